package standin

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// testLog writes a jepsen.log.
type testLog struct {
	file *os.File
}

func startLog(path string) (*testLog, error) {
	file, err := os.Create(path)
	return &testLog{file}, err
}

func (l *testLog) entry(level, thread, message string) {
	at := strings.Replace(time.Now().UTC().Format("2006-01-02 15:04:05.000"), ".", ",", 1)
	fmt.Fprintf(l.file, "%s{GMT}\t%s\t[%s] %s\n", at, level, thread, message)
}

func (l *testLog) info(thread, message string) { l.entry("INFO", thread, message) }

// stack is a stack trace, for code that looks for its end.
const stack = "\n\tat slingshot.support$stack_trace.invoke(support.clj:201)\n\tat maelstrom.core.main(Unknown Source)"

// crash ends a test as Jepsen does, in the log and on standard output.
func (l *testLog) crash(message string) {
	if strings.HasPrefix(message, "Node ") {
		message = "clojure.lang.ExceptionInfo: " + message
	}
	l.entry("WARN", "jepsen test runner", "jepsen.core: Test crashed!\n"+message+stack)
	fmt.Printf("ERROR [%s] main - jepsen.cli Oh jeez, I'm sorry, Jepsen broke. Here's why:\n%s%s\n", time.Now().UTC().Format("2006-01-02 15:04:05,000"), message, stack)
}

// mute logs that a node printed something other than JSON, as recorded.
func (l *testLog) mute() {
	l.entry("WARN", "n0 stdout", "maelstrom.process: Error!\nclojure.lang.ExceptionInfo: Node n0 printed a line to STDOUT which was not well-formed JSON:\nthis is not json\nDid you mean to encode this line as JSON? Or was this line intended for STDERR? See doc/protocol.md for more guidance."+stack)
}

// crashReport returns Maelstrom's message about a node that ended by itself, as recorded.
func crashReport(node string, status int, stdout, stderr []string) string {
	return fmt.Sprintf("Node %s crashed with exit status %d. Before crashing, it wrote to STDOUT:\n\n%s\n\nAnd to STDERR:\n\n%s\n\nFull STDERR logs are available in ./store/latest/node-logs/%s.log",
		node, status, strings.Join(stdout, "\n"), strings.Join(stderr, "\n"), node)
}

// hang waits to be killed.
func hang() {
	signal.Ignore(syscall.SIGTERM)
	time.Sleep(5 * time.Minute)
	os.Exit(3)
}
