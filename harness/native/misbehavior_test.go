package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	procs "gossipbench/harness/process"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// TestMisbehavior: whatever a node does, the trial ends, its error describes the
// misbehavior, and no process is left.
func TestMisbehavior(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		program string
		want    string // a pattern of the error
		shows   string // what the last lines contain
	}{
		{"dies", `n1 ended by itself: exit status 3`, "about to die"},
		{"dies at once", `n\d ended by itself: exit status 2`, "no strategy"},
		{"garbage", `n1 printed a line that is no message: it is text, which belongs on stderr, want a message such as {"src":….*: debug: got a value`, "debug: got a value"},
		{"truncated", `n1 printed a line that is no message: byte 39: want a value, got the end of the line: {"src":"n1",`, ""},
		{"has no src", `n1 printed a message without src: {"type":"rumor"}`, ""},
		{"has no dest", `n1 printed a message without dest: {"type":"rumor"}`, ""},
		{"has more keys", `n1 printed a message with the key "ttl" beside src, dest and body, which Maelstrom refuses: {"type":"rumor"}`, ""},
		{"asks in the name of nobody", `n1 printed a message from "c99", which does not exist: {"type":"read"`, ""},
		{"nests deep", `n1 printed a line that is no message: byte \d+: want at most 1000 levels of arrays and objects, got`, ""},
		{"ends no line", `n1 did not answer its final read within 2s: it printed an answer, or half of one, without a newline, so that nobody can read it: {"src":"n1",`, ""},
		{"ends no line at all", `n1 did not answer init within 2s: it printed an answer, or half of one, without a newline, so that nobody can read it: {"src":"n1",`, ""},
		{"answers by text", `n1 did not answer its final read within 2s: it answered c\d+ with in_reply_to "\d+", a string, where msg_id is a number such as \d+: {"type":"read_ok"`, ""},
		{"answers init by text", `n1 did not answer init within 2s: it answered c\d+ with in_reply_to "1", a string, where msg_id is a number such as 1: {"type":"init_ok"`, ""},
		{"asks for too much", `n1 overwhelmed the network: its messages, and the answers of services to its requests, are \d{8} bytes of the [67]\d{7} that are on their way or wait for nodes`, ""},
		{"has two on a line", `n1 printed a line that is no message: a second message stands on the same line, want a newline behind each: {"src":"n1",`, ""},
		{"has no end", `n1 printed a line too long: more than 8388608 bytes: {"src":"n1"`, ""},
		{"stranger", `n1 printed a message to "n9", which does not exist: {"type":"rumor"}`, ""},
		{"half and dies", `n1 printed half a line and no more: {"src":"n1",`, ""},
		{"half and hangs", `n1 did not answer its final read within 2s: it printed an answer, or half of one, without a newline, so that nobody can read it: {"src":"n1",`, ""},
		{"long lines", `n1 printed a line too long: more than 8388608 bytes: {"src":"n1","dest":"n0"`, ""},
		{"floods", `n1 (flooded: it printed \d{6} lines, \d+ bytes, within 1s|did not answer its final read within 2s, though it prints: \d+ bytes so far)`, `{"src":"n1","dest":"n0","body":{"type":"rumor"`},
		{"answers never", `n1 did not answer init within 2s`, ""},
		{"reads never", `n\d did not read its stdin for 2s, where init had come`, ""},
		{"answers wrong", `n1 answered init by {"type":"ok","in_reply_to":1}, want init_ok`, ""},
		{"answers the topology with it", `n1 answered topology in a malformed way: want no key topology, got {"type":"topology_ok"`, ""},
		{"refuses", `n1 answered topology by {"type":"error",.*never heard of it"}, want topology_ok`, ""},
		{"answers the unasked", `n1 did not answer its final read within 2s: it answered message 77 of c\d+, which was never sent: {"type":"read_ok"`, ""},
		{"answers nobody", `n1 printed a message to "c999", which does not exist: {"type":"read_ok"`, ""},
		{"answers nothing", `n1 did not answer its final read within 2s: it sent c\d+ a message without in_reply_to, which answers nothing: {"type":"read_ok"}`, ""},
		{"answers without a body", `n1 did not answer its final read within 2s: it sent c\d+ a message without a body, which answers nothing`, ""},
		{"stops reading", `n1 stopped reading its stdin, where \d+ bytes lie unread, and has printed nothing for .*s`, ""},
		{"drowns", `n1 does not read its stdin: \d+ bytes wait for it, and it has read nothing for .*s; n0 has sent it most, \d+ bytes`, ""},
		{"falls silent", `n1 fell silent: it has printed nothing for .*s, and not answered its final read`, ""},
		{"closes stdout", `n1 closed its stdout and kept running`, ""},
		{"closes stdin", `n1 closed its stdin and kept running`, ""},
		{"ignores SIGTERM", `n0 did not end when its stdin was closed, and ignored SIGTERM for 2s`, ""},
		{"leaves children", `n0 ended and left children behind, which have been killed`, ""},
		{"leaves strangers", `n\d ended and left a process of another group behind, which has been killed: \d+, sleep 1000`, ""},
	} {
		t.Run(tt.program, func(t *testing.T) {
			t.Parallel()
			trial := quick(tt.program)
			var m *Misbehavior
			patient(t, func() error {
				b := New(Options{})
				b.initTimeout, b.maxHeld, b.maxWaiting = 2*time.Second, 64<<20, 4<<20
				ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errors.New("the trial hangs"))
				defer cancel()
				_, err := b.Run(ctx, trial)
				if !errors.As(err, &m) {
					return fmt.Errorf("got %w, want a Misbehavior", err)
				}
				sentence, _, _ := strings.Cut(m.Error(), "\n")
				if !regexp.MustCompile("^" + tt.want).MatchString(sentence) {
					return fmt.Errorf("\n got %s\nwant %s", sentence, tt.want)
				}
				if strict := strings.Contains(sentence, " (stricter than Maelstrom, which "); strict == lenient(tt.program) {
					return fmt.Errorf("got %s, and that it is stricter than Maelstrom: %t", sentence, strict)
				}
				if lines := strings.Join(append(m.Stdout, m.Stderr...), "\n"); !strings.Contains(lines, tt.shows) {
					return fmt.Errorf("got last lines\n%s\nwant %q among them", lines, tt.shows)
				}
				return nil
			})
			if len(m.Stdout) > lastLines || len(m.Stderr) > lastLines {
				t.Errorf("got %d and %d last lines, want at most %d each", len(m.Stdout), len(m.Stderr), lastLines)
			}
			mark := fmt.Sprintf("%s=%s.%d.", procs.Mark, trial.ID(), os.Getpid())
			alive := procs.Marked(mark)
			for deadline := time.Now().Add(10 * time.Second); len(alive) > 0 && time.Now().Before(deadline); alive = procs.Marked(mark) {
				time.Sleep(10 * time.Millisecond) // a killed process takes some time to end
			}
			if len(alive) > 0 {
				t.Errorf("processes survive: %v", alive)
			}
		})
	}
}

// lenient reports whether the program also breaks Maelstrom's tests.
func lenient(program string) bool {
	for _, sign := range []string{"dies", "init", "no line at all", "refuses", "topology", "wrong", "never"} {
		if strings.Contains(program, sign) {
			return true
		}
	}
	return false
}

// TestDepartures: the bounds in the list are the actual ones.
func TestDepartures(t *testing.T) {
	for _, want := range []string{
		fmt.Sprintf("more than %d MB;", maxLine>>20), "more than 100,000 lines", fmt.Sprintf("or %d MB within a second", floodBytes>>20),
		fmt.Sprintf("than %d MB that a node's messages", maxHeld>>20), fmt.Sprintf("more than %d MB that wait", maxWaiting>>20),
		fmt.Sprintf("reads nothing for %.0f s", readGrace.Seconds()), "more than 1,000 levels", "more than 1,000 characters",
	} {
		if !strings.Contains(strings.ReplaceAll(Departures, "\n  ", " "), want) {
			t.Errorf("want %q in the list", want)
		}
	}
	if floodLines != 100_000 || wire.MaxDepth != 1000 || wire.MaxDigits != 1000 {
		t.Error("the list has other bounds")
	}
}

// TestDaemon: a process that has left its group, session, parent and environment does not
// outlive its trial. The test runs alone, since nothing shows to which trial such a
// process belongs.
func TestDaemon(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux hands orphans to the harness")
	}
	_, err := New(Options{}).Run(t.Context(), quick("leaves a daemon"))
	if want := "a node ended and left a process of another group behind, which has been killed: "; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), ", sleep 1234 (stricter than Maelstrom, which takes no notice)") {
		t.Errorf("got %v, want %s…, sleep 1234", err, want)
	}
	if strays := procs.Strays(); len(strays) > 0 {
		t.Errorf("processes survive: %v", strays)
	}
}

// TestSurroundings: a node runs in a folder of its own, which is also its TMPDIR, and
// gets no secrets in its environment.
func TestSurroundings(t *testing.T) {
	t.Setenv("GOSSIPBENCH_TEST_SECRET", "s")
	if r, err := New(Options{}).Run(t.Context(), quick("looks round")); err != nil || r.Outcome != trial.Valid {
		t.Errorf("got %s, %v", r.Outcome, err)
	}
	entries, err := filepath.Glob(filepath.Join(os.TempDir(), "gossipbench.native.*"))
	for _, folder := range entries { // of concurrent trials
		if _, err := os.Stat(filepath.Join(folder, "n0", "looked")); err == nil {
			t.Errorf("%s is left", folder)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
