package maelstrom

import (
	"bufio"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
)

// A jepsen.log is entries, each of which begins with a line such as
//
//	2026-11-21 02:44:16,409{GMT}	WARN	[n0 stdout] maelstrom.process: Error!
//
// and goes on, without an end mark, until the next.
var entryStart = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}(?:\{[^}]*\})?\t([A-Z]+)\t\[([^\]]*)\] ([^:\s]+): (.*)$`)

// Bounds of what is kept of a jepsen.log, which with the reads of a large test
// has hundreds of megabytes. A test's settings take 200 lines.
const (
	maxLine     = 64 << 10 // bytes of one line
	maxStart    = 512      // bytes of an entry's first line: what a read returned need not be looked at
	maxEntry    = 2000     // lines of one entry
	lastEntries = 8
)

// testLog is what we want to know of a jepsen.log.
type testLog struct {
	settings  string   // the map of the test's settings, as EDN that Clojure could print but not always read
	muted     []mute   // nodes that are ignored
	crash     string   // why the test crashed, as the message of an exception; empty where it did not
	loaded    bool     // the nodes were set up, and the clients began
	complete  bool     // the clients are done, and the nodes are about to be killed
	analyzing bool     // the checkers have begun
	analyzed  bool     // they have come to their ends
	last      []string // the first lines of the last entries, for when nothing else tells what went wrong
}

// mute is a node whose output Maelstrom could not read. Its reader has given up
// and everything that the node prints later is ignored, without a word.
//
// Source: stdout-thread in maelstrom/process.clj.
type mute struct{ node, why string }

// readLog reads the jepsen.log at path. One that is missing is empty.
func readLog(path string) (testLog, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return testLog{}, nil
	}
	if err != nil {
		return testLog{}, err
	}
	defer file.Close()
	return scanLog(file)
}

func scanLog(r io.Reader) (testLog, error) {
	var log testLog
	var take func(text string) // what to do with the entry that is being read
	var entry []string
	finish := func() {
		if take != nil {
			take(strings.Join(entry, "\n"))
		}
		take, entry = nil, nil
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
			if take != nil && len(entry) < maxEntry {
				entry = append(entry, line)
			}
			continue
		}
		if log.last = append(log.last, line); len(log.last) > lastEntries {
			log.last = append(log.last[:0], log.last[1:]...)
		}
		finish()
		take = log.enter(start[1], start[2], start[4])
	}
}

// enter notes an entry's first line, and returns what is to be done with the
// rest.
func (l *testLog) enter(level, thread, message string) func(string) {
	node, isStdout := strings.CutSuffix(thread, " stdout")
	switch {
	case level == "WARN" && isStdout && !l.complete: // a node may send to one that is already gone, in the end
		return func(text string) { l.muted = append(l.muted, mute{node, exception(text)}) }
	case message == "Test crashed!":
		return func(text string) { l.crash = exception(text) }
	case message == "Running test:":
		return func(text string) { l.settings = text }
	case message == "Relative time begins now":
		l.loaded = true
	case message == "Run complete, writing", strings.HasPrefix(message, "Tearing down n"): // DB comes before the nodes are set up
		l.complete = true
	case message == "Analyzing...":
		l.analyzing = true
	case message == "Analysis complete":
		l.analyzed = true
	}
	return nil
}

// exceptionClass is what Java prints before the message of an exception.
var exceptionClass = regexp.MustCompile(`^[\w.$]+(?:Exception|Error|ExceptionInfo): `)

// exception returns the message of a printed exception, without its class
// where that is Clojure's general one, and without its stack.
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
