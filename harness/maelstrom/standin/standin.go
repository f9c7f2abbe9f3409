// Package standin stands in for Maelstrom in tests. It accepts Maelstrom's command line
// and refuses what Maelstrom would refuse, starts the nodes and sends them init and
// topology, and then plays back a recorded test of real Maelstrom: its history, its
// results, its exit status. Or it fails, in each of the ways in which Maelstrom fails.
//
// It runs no test: the results do not depend on the nodes. Comments mark what is not
// recorded but written from Maelstrom's sources.
package standin

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// The environment variables that say what to play.
const (
	StoreVariable   = "STANDIN_STORE"   // folder of the recording: results.edn and history.edn.gz
	FailureVariable = "STANDIN_FAILURE" // one of the failures below; empty for none
	WhenVariable    = "STANDIN_WHEN"    // a text that the command line must contain for the failure to happen
	PauseVariable   = "STANDIN_PAUSE"   // duration of the load; 0 by default
)

// The failures.
const (
	NoJava        = "no-java"
	OldJava       = "old-java"
	NoJar         = "no-jar"
	NodeCrash     = "node-crash"     // in addition to that of a node that really ends
	AnalysisCrash = "analysis-crash" // out of memory, outside any checker
	CheckerCrash  = "checker-crash"  // which Jepsen calls unknown
	NoGnuplot     = "no-gnuplot"
	NoResults     = "no-results"
	CutResults    = "cut-results"
	Hang          = "hang" // ignores SIGTERM, too
	Mute          = "mute" // a node printed something other than JSON
	TwoTests      = "two-tests"
)

// Main acts as Maelstrom and returns its exit status.
func Main() int {
	line := strings.Join(os.Args[1:], " ")
	failure := os.Getenv(FailureVariable)
	if !strings.Contains(line, os.Getenv(WhenVariable)) {
		failure = ""
	}
	switch failure {
	case NoJava: // bash, as the release's script calls java
		fmt.Fprintf(os.Stderr, "%s: line 5: exec: java: not found\n", os.Args[0])
		return 127
	case OldJava: // as in jepsen-io/maelstrom issue 53
		fmt.Fprintln(os.Stderr, "Exception in thread \"main\" java.lang.UnsupportedClassVersionError: ch/qos/logback/classic/spi/LogbackServiceProvider has been compiled by a more recent version of the Java Runtime (class file version 55.0), this version of the Java Runtime only recognizes class file versions up to 52.0")
		return 1
	case NoJar:
		fmt.Fprintln(os.Stderr, "Error: Unable to access jarfile /opt/maelstrom/lib/maelstrom.jar")
		return 1
	}
	opts, complaints := parse(os.Args[1:])
	if len(complaints) > 0 {
		fmt.Println(strings.Join(complaints, "\n"))
		return 254
	}
	status, err := play(opts, failure)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		return 3 // Maelstrom never returns this
	}
	return status
}

// play runs the test.
func play(opts options, failure string) (int, error) {
	began := time.Now().UTC()
	folder := filepath.Join("store", opts.text["-w"], began.Format("20060102T150405.000Z"))
	if err := os.MkdirAll(filepath.Join(folder, "node-logs"), 0o777); err != nil {
		return 0, err
	}
	if failure == TwoTests {
		if err := os.MkdirAll(folder+"-other", 0o777); err != nil {
			return 0, err
		}
	}
	for _, link := range []string{"store/latest", "store/" + opts.text["-w"] + "/latest"} {
		if target, err := filepath.Rel(filepath.Dir(link), folder); err != nil || os.Symlink(target, link) != nil {
			return 0, fmt.Errorf("cannot link %s", link)
		}
	}
	log, err := startLog(filepath.Join(folder, "jepsen.log"))
	if err != nil {
		return 0, err
	}
	defer log.file.Close()
	log.info("jepsen test runner", "jepsen.core: Command line:\nlein run "+strings.Join(os.Args[1:], " "))
	log.info("jepsen test runner", "jepsen.core: Running test:\n"+opts.test()+"\n")

	nodes, err := startNodes(opts, folder, log)
	defer nodes.kill()
	if err != nil {
		log.crash(err.Error())
		return 255, nil
	}
	log.info("jepsen test runner", "jepsen.core: Relative time begins now")
	if failure == Hang {
		hang()
	}
	if pause, err := time.ParseDuration(os.Getenv(PauseVariable)); err == nil {
		time.Sleep(pause)
	}
	if failure == Mute {
		log.mute()
	}
	log.info("jepsen test runner", "jepsen.core: Run complete, writing")
	if err := unpack("history.edn.gz", filepath.Join(folder, "history.edn")); err != nil {
		return 0, err
	}
	crashed := nodes.crashed()
	if failure == NodeCrash {
		crashed = crashReport("n1", 134, []string{`{"src":"n1","dest":"c4","body":{"type":"init_ok","in_reply_to":1}}`}, []string{"panic: index out of range", "goroutine 1 [running]:"})
	}
	if crashed != "" {
		log.crash(crashed)
		return 255, nil
	}
	return analyze(folder, failure, log)
}

// valid matches the verdict at the end of a results.edn.
var valid = regexp.MustCompile(`:valid\? (\S+)\}\s*$`)

// analyze writes the results.
func analyze(folder, failure string, log *testLog) (int, error) {
	log.info("jepsen test runner", "jepsen.core: Analyzing...")
	if failure == AnalysisCrash {
		log.crash("java.lang.OutOfMemoryError: Java heap space")
		return 255, nil
	}
	results, err := os.ReadFile(filepath.Join(os.Getenv(StoreVariable), "results.edn"))
	if err != nil {
		return 0, err
	}
	switch failure { // texts of Jepsen's check-safe, which stores the exception as text
	case NoGnuplot:
		results = replace(results, `:latency-graph {:valid? true}`, `:latency-graph {:valid? :unknown, :error "java.lang.IllegalStateException: Error rendering plot, verify gnuplot is installed and reachable\n at jepsen.checker.perf"}`)
		results = replace(results, "},\n        :rate-graph {:valid? true},\n        :valid? true}", "},\n        :rate-graph {:valid? true},\n        :valid? :unknown}")
		results = valid.ReplaceAll(results, []byte(":valid? :unknown}\n"))
	case CheckerCrash:
		at := strings.Index(string(results), ":workload {")
		if at < 0 {
			return 0, errors.New("results.edn has no :workload")
		}
		results = append(results[:at:at], ":workload {:valid? :unknown, :error \"java.lang.NullPointerException: x is null\\n at maelstrom\"},\n :valid? :unknown}\n"...)
	case CutResults:
		results = results[:len(results)/2]
	}
	log.info("jepsen test runner", "jepsen.core: Analysis complete")
	if failure == NoResults {
		return 0, nil
	}
	if err := os.WriteFile(filepath.Join(folder, "results.edn"), results, 0o666); err != nil {
		return 0, err
	}
	log.info("jepsen results", "jepsen.store: Wrote ./"+folder+"/results.edn")
	verdict := valid.FindSubmatch(results)
	switch {
	case verdict == nil:
		return 0, nil
	case string(verdict[1]) == "true":
		fmt.Println("Everything looks good! ヽ(‘ー`)ノ")
		return 0, nil
	case string(verdict[1]) == "false":
		fmt.Println("Analysis invalid! (ﾉಥ益ಥ）ﾉ ┻━┻")
		return 1, nil
	}
	fmt.Println("Errors occurred during analysis, but no anomalies found. ಠ~ಠ")
	return 2, nil
}

func replace(text []byte, from, to string) []byte {
	return []byte(strings.Replace(string(text), from, to, 1))
}

// unpack unpacks a compressed file of the recording to Maelstrom's place for it.
func unpack(name, to string) error {
	in, err := os.Open(filepath.Join(os.Getenv(StoreVariable), name))
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, text)
	return errors.Join(err, out.Close())
}
