package maelstrom

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lastLines is the number of last lines of a node or of Maelstrom in an error, as in
// Maelstrom's own errors about nodes.
//
// Source: debug-buffer-size in maelstrom/process.clj.
const lastLines = 32

// getJava says what to do without a suitable java. Maelstrom 0.2.3 needs 11, whatever its
// documentation says; versions built on 21 need 21.
//
// Source: jepsen-io/maelstrom issue 53.
const getJava = "; get a JDK: apt-get install default-jdk-headless (Debian), brew install openjdk (macOS)"

// moreMemory says what to do if there was too little memory.
const moreMemory = "; give it more memory, as by JDK_JAVA_OPTIONS=-Xmx4g, or ask for fewer nodes, a lower rate or a shorter time_limit"

// What Java prints if it cannot run the jar.
var (
	noJava     = regexp.MustCompile(`java: (?:command )?not found|env: .?java.?: No such file|Unable to locate a Java Runtime`)
	oldJava    = regexp.MustCompile(`class file version (\d+)\.\d+\), this version of the Java Runtime only recognizes class file versions up to (\d+)`)
	older21    = regexp.MustCompile(`java[./]util[./]SequencedCollection`)
	noJar      = regexp.MustCompile(`Unable to access jarfile.*|Invalid or corrupt jarfile.*`)
	noMemory   = regexp.MustCompile(`java\.lang\.OutOfMemoryError.*|There is insufficient memory for the Java Runtime.*`)
	badOption  = regexp.MustCompile(`(?m)^(?:Failed to validate|Unknown option|Missing required|Expected|Error while parsing).*$`)
	unknownOpt = regexp.MustCompile(`Unknown option`)
)

// startFailure returns why Maelstrom did not start a test, from its output; nil if the
// output does not show it.
func startFailure(end ended, output string) error {
	switch {
	case end.status == 254:
		refused := strings.TrimSpace(strings.Join(badOption.FindAllString(output, -1), "; "))
		if refused == "" {
			refused = tail(output, lastLines)
		}
		if unknownOpt.MatchString(output) {
			refused += "; a newer Maelstrom may know it: scripts/install-maelstrom --version"
		}
		return errors.New("maelstrom refuses its options (exit status 254): " + refused)
	case noJava.MatchString(output):
		return errors.New("no java, which Maelstrom needs" + getJava)
	case oldJava.MatchString(output):
		versions := oldJava.FindStringSubmatch(output)
		return fmt.Errorf("java is too old: Maelstrom wants version %s or newer, found %s%s",
			javaOf(versions[1]), javaOf(versions[2]), getJava)
	case older21.MatchString(output):
		return errors.New("java is too old: this Maelstrom wants version 21 or newer" + getJava)
	case noJar.MatchString(output):
		return errors.New("maelstrom is not complete: " + noJar.FindString(output) + "; run scripts/install-maelstrom again")
	case noMemory.MatchString(output):
		return errors.New("maelstrom ran out of memory: " + noMemory.FindString(output) + moreMemory)
	}
	return nil
}

// javaOf returns the version of Java for a version of class files, such as 11 for 55.
func javaOf(classVersion string) string {
	n, err := strconv.Atoi(classVersion)
	if err != nil {
		return classVersion
	}
	return strconv.Itoa(n - 44)
}

// nodeCrash matches Maelstrom's message about a node that ended too early.
//
// Source: stop-node! in maelstrom/process.clj.
var nodeCrash = regexp.MustCompile(`(?s)^Node (\S+) crashed with exit status (-?\d+)\. Before crashing, it wrote to STDOUT:\n\n(.*)\n\nAnd to STDERR:\n\n(.*)\n\nFull STDERR logs`)

// noInit matches Maelstrom's message about a node that does not answer init, for example
// because it refused its flags and ended.
//
// Source: setup! in maelstrom/db.clj.
var noInit = regexp.MustCompile(`Expected node (\S+) to respond to an init message`)

// logFailure returns why a test has no usable result, from its log and the nodes' logs in
// its folder; nil if the log shows no failure.
func logFailure(log testLog, folder string) error {
	if crash := nodeCrash.FindStringSubmatch(log.crash); crash != nil {
		return fmt.Errorf("node %s crashed with exit status %s before it was told to end%s%s", crash[1], crash[2],
			quoted("\nits last lines on standard error:", crash[4]), quoted("\nits last lines on standard output:", crash[3]))
	}
	if silent := noInit.FindStringSubmatch(log.crash); silent != nil && len(log.muted) == 0 {
		said := quoted("\nits last lines on standard error:", endOf(filepath.Join(folder, "node-logs", silent[1]+".log")))
		if said == "" {
			said = "; it printed nothing to standard error"
		}
		return fmt.Errorf("node %s did not answer init within 10 s%s", silent[1], said)
	}
	if log.crash != "" && len(log.muted) == 0 {
		what, hint := "maelstrom crashed: ", ""
		if log.analyzing {
			what = "maelstrom's analysis crashed: "
		}
		if noMemory.MatchString(log.crash) {
			hint = moreMemory
		}
		return errors.New(what + tail(log.crash, lastLines) + hint)
	}
	if harmful, _ := log.harmful(); len(harmful) > 0 {
		first := harmful[0]
		return fmt.Errorf("node %s went mute: Maelstrom ignores all that a node prints after a line that it cannot read, and may call the test valid even so: %s",
			first.node, tail(first.why, lastLines))
	}
	return nil
}

// endFailure returns why there is no result if neither the output nor the log shows it.
func endFailure(end ended, limit time.Duration, log testLog, output string) error {
	doing := "while it was starting up"
	switch {
	case log.analyzed:
		doing = "after its analysis"
	case log.analyzing:
		doing = "while it was analyzing the history"
	case log.complete:
		doing = "while it was ending the nodes"
	case log.loaded:
		doing = "while it was running the clients"
	}
	if end.timedOut {
		return fmt.Errorf("maelstrom had not ended after %v and was killed %s; it may be given more time%s", limit, doing, quoted("\nits last lines:", lastWords(log, output)))
	}
	if end.signal != 0 || end.status > 128 && end.status < 160 {
		signal := end.signal
		if signal == 0 { // a shell reports a signal so
			signal = syscall.Signal(end.status - 128)
		}
		hint := ""
		if signal == syscall.SIGKILL {
			hint = "; the system kills so where memory runs out"
		}
		return fmt.Errorf("maelstrom was ended by a signal (%v) %s%s", signal, doing, hint)
	}
	return fmt.Errorf("maelstrom ended with exit status %d %s, and left no results.edn%s", end.status, doing, quoted("\nits last lines:", lastWords(log, output)))
}

// lastWords returns the end of the log, or of the output if there is no log.
func lastWords(log testLog, output string) string {
	if len(log.last) > 0 {
		return strings.Join(log.last, "\n")
	}
	return output
}

// maxShown bounds the bytes of a line in an error.
const maxShown = 500

// tail returns the last n lines of a text, each cut to maxShown bytes.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = lines[max(0, len(lines)-n):]
	for i, line := range lines {
		if len(line) > maxShown {
			lines[i] = strings.ToValidUTF8(line[:maxShown], "") + "…"
		}
	}
	return strings.Join(lines, "\n")
}

// quoted returns a heading and the indented end of a text; nothing if the text is empty.
func quoted(heading, text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return heading + "\n  " + strings.ReplaceAll(tail(text, lastLines), "\n", "\n  ")
}

// maxOutput bounds what is read from the end of Maelstrom's output, in bytes.
const maxOutput = 1 << 20

// output returns what Maelstrom printed in its folder: standard output, then standard
// error.
func output(folder string) string {
	var both strings.Builder
	for _, name := range []string{stdoutLog, stderrLog} {
		both.WriteString(endOf(filepath.Join(folder, name)))
		both.WriteString("\n")
	}
	return both.String()
}

// endOf returns the last maxOutput bytes of a file; nothing if it cannot be read.
func endOf(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return ""
	}
	text := make([]byte, min(about.Size(), maxOutput))
	n, err := file.ReadAt(text, about.Size()-int64(len(text)))
	if err != nil && err != io.EOF {
		return ""
	}
	return string(text[:n])
}
