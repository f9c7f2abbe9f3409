package maelstrom

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A jepsen.log has entries. Each begins with a line such as
//
//	2026-11-21 02:44:16,409{GMT}	WARN	[n0 stdout] maelstrom.process: Error!
//
// and continues, without an end mark, until the next one.
var entryStart = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}(?:\{[^}]*\})?\t([A-Z]+)\t\[([^\]]*)\] ([^:\s]+): (.*)$`)

// Bounds on what is kept of a jepsen.log, which can have hundreds of megabytes if reads
// are large. The settings of a test take 200 lines.
const (
	maxLine     = 64 << 10 // bytes of a line
	maxStart    = 512      // bytes of an entry's first line; the result of a read is longer and not needed
	maxEntry    = 2000     // lines of an entry
	maxText     = 1 << 20  // bytes of an entry
	lastEntries = 8
)

// testLog is what we need of a jepsen.log.
type testLog struct {
	digest    string      // of the file
	entries   int         // 0 if it is not a jepsen.log
	maelstrom bool        // some entry comes from Maelstrom's own code
	command   string      // the command line, quoted as for a shell
	settings  string      // the map of the test's settings, in EDN that Clojure can print but not always read
	muted     []mute      // nodes whose output is ignored, each once
	waited    map[int]int // by worker: its last entry about an op without an answer
	crash     string      // message of the exception that ended the test; empty if there is none
	working   bool        // the log has ops
	loaded    bool        // the nodes were set up and the clients started
	complete  bool        // the clients are done and the nodes are about to be killed
	analyzing bool        // the checkers have started
	analyzed  bool        // the checkers have ended
	last      []string    // first lines of the last entries, for errors without another explanation
}

// mute is a node whose output Maelstrom could not parse. Maelstrom's reader has ended,
// and everything that the node prints later is ignored silently.
//
// Source: stdout-thread in maelstrom/process.clj.
type mute struct {
	node, why string
	entry     int // number of the log's entry about it
}

// number returns the number of the node, and whether it has one.
func (m mute) number() (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(m.node, "n"))
	return n, err == nil && n >= 0
}

// missed reports whether a mute node still had to answer, in a test of nodes nodes; 0 if
// unknown. Worker w uses node w mod nodes.
func (l *testLog) missed(m mute, nodes int) bool {
	number, known := m.number()
	for worker, entry := range l.waited {
		if entry > m.entry && (!known || nodes == 0 || worker%nodes == number) {
			return true
		}
	}
	return false
}

// harmful returns the mute nodes that may have affected the result, and the others.
func (l *testLog) harmful() (harmful, harmless []mute) {
	nodes, _ := strconv.Atoi(logged(*l)["nodes"])
	for _, m := range l.muted {
		if !l.loaded || !l.working || l.crash != "" || l.missed(m, nodes) {
			harmful = append(harmful, m)
		} else {
			harmless = append(harmless, m)
		}
	}
	return harmful, harmless
}

// notes returns warnings from the log of a completed test.
func (l *testLog) notes() []string {
	var all []string
	_, harmless := l.harmful()
	for _, m := range harmless {
		all = append(all, fmt.Sprintf("node %s printed a line that Maelstrom could not read, when all its answers had been given: %s", m.node, firstLine(m.why)))
	}
	return all
}

// readLog reads the jepsen.log at path. A missing file gives an empty testLog.
func readLog(ctx context.Context, path string) (testLog, error) {
	file, err := open(ctx, path)
	if errors.Is(err, os.ErrNotExist) {
		return testLog{}, nil
	}
	if err != nil {
		return testLog{}, err
	}
	defer file.Close()
	sum := sha256.New()
	log, err := scanLog(io.TeeReader(file, sum))
	log.digest = hex.EncodeToString(sum.Sum(nil))
	if err == nil && log.entries == 0 {
		err = fmt.Errorf("%s: no log of Jepsen's: it has no entry such as 2026-01-01 12:00:00,000{GMT}\tINFO\t[jepsen test runner] jepsen.core: …", path)
	}
	return log, err
}

func scanLog(r io.Reader) (testLog, error) {
	var log testLog
	var take func(text string) // handles the current entry
	var entry []string
	size := 0 // of the current entry
	finish := func() {
		if take != nil {
			take(strings.Join(entry, "\n"))
		}
		take, entry, size = nil, nil, 0
	}
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := readLine(lines)
		if err == io.EOF {
			finish()
			return log, nil
		}
		if err != nil {
			return log, err
		}
		start := entryStart.FindStringSubmatch(line[:min(len(line), maxStart)])
		if start == nil {
			if take != nil && len(entry) < maxEntry && size+len(line) <= maxText {
				entry = append(entry, line)
				size += len(line)
			}
			continue
		}
		if log.last = append(log.last, line); len(log.last) > lastEntries {
			log.last = append(log.last[:0], log.last[1:]...)
		}
		finish()
		log.entries++
		log.maelstrom = log.maelstrom || strings.HasPrefix(start[3], "maelstrom.")
		take = log.enter(start[1], start[2], start[4])
	}
}

// enter records the first line of an entry, and returns a function that handles the rest;
// nil if it is not needed.
func (l *testLog) enter(level, thread, message string) func(string) {
	node, isStdout := strings.CutSuffix(thread, " stdout")
	switch {
	case level == "WARN" && isStdout && !l.complete: // at the end a node may send to one that has ended
		at := l.entries
		return func(text string) { l.mute(node, exception(text), at) }
	case message == "Test crashed!":
		return func(text string) { l.crash = exception(text) }
	case message == "Command line:":
		return func(text string) { l.command = text }
	case message == "Running test:":
		return func(text string) { l.settings = text }
	case message == "Relative time begins now":
		l.loaded = true
	case message == "Run complete, writing", strings.HasPrefix(message, "Tearing down n"): // "Tearing down DB" comes before the set-up
		l.complete = true
	case message == "Analyzing...":
		l.analyzing = true
	case message == "Analysis complete":
		l.analyzed = true
	case !l.working || len(l.muted) > 0:
		l.work(thread, message)
	}
	return nil
}

// maxMuted bounds the mute nodes that are kept. Chosen: Maelstrom's clusters are smaller.
const maxMuted = 1000

// mute records that a node's output is ignored. Only the first reason counts.
func (l *testLog) mute(node, why string, entry int) {
	if len(l.muted) == maxMuted || slices.ContainsFunc(l.muted, func(m mute) bool { return m.node == node }) {
		return
	}
	l.muted = append(l.muted, mute{node, why, entry})
}

// logOp matches the lines with which Jepsen logs ops. Worker 3's thread is "jepsen worker
// 3".
//
// Source: log-op in jepsen/util.clj.
var logOp = regexp.MustCompile(`^\d+\t:(invoke|ok|info|fail)\t`)

// work handles a line that may be an op of a worker. An invocation, an info, and a fail
// by time-out have no answer.
func (l *testLog) work(thread, message string) {
	worker, err := strconv.Atoi(strings.TrimPrefix(thread, "jepsen worker "))
	found := logOp.FindStringSubmatch(message)
	if err != nil || found == nil {
		return
	}
	l.working = true
	if found[1] == "ok" || found[1] == "fail" && !strings.HasSuffix(message, "\t:net-timeout") {
		return
	}
	if l.waited == nil {
		l.waited = map[int]int{}
	}
	l.waited[worker] = l.entries
}

// exceptionClass matches what Java prints before the message of an exception.
var exceptionClass = regexp.MustCompile(`^[\w.$]+(?:Exception|Error|ExceptionInfo): `)

// exception returns the message of a printed exception without its stack, and without its
// class if that is Clojure's general one.
func exception(text string) string {
	if stack := strings.Index(text, "\n\tat "); stack >= 0 {
		text = text[:stack]
	}
	text = strings.TrimSpace(text)
	if class := exceptionClass.FindString(text); strings.HasPrefix(class, "clojure.lang.ExceptionInfo") {
		text = text[len(class):]
	}
	return text
}

// readLine returns the next line without its end, cut to maxLine bytes.
func readLine(r *bufio.Reader) (string, error) {
	line, isPrefix, err := r.ReadLine()
	if err != nil {
		return "", err
	}
	text := string(line)
	for isPrefix && err == nil {
		_, isPrefix, err = r.ReadLine()
	}
	return text, nil
}
