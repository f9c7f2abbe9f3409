package history

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/experiment"
)

// showing is a poll that showed messages of log a from an offset on.
func showing(process int, offset int64, messages ...int64) Op {
	log := Log{Key: "a"}
	for i, m := range messages {
		log.Entries = append(log.Entries, Entry{offset + int64(i), m})
	}
	return Op{Type: OK, Process: process, F: "poll", Value: Poll{[]Log{log}}}
}

func sending(process int, end Type, message, offset int64) Op {
	return Op{Type: end, Process: process, F: "send", Value: Send{Key: "a", Message: message, Offset: offset}}
}

// TestLogs plants each error by itself in the log a: 11 12 13 of offsets 0 1 2.
func TestLogs(t *testing.T) {
	sends := []Op{sending(0, OK, 11, 0), sending(0, OK, 12, 1), sending(0, OK, 13, 2)}
	all := showing(1, 0, 11, 12, 13)
	for _, test := range []struct {
		name string
		ops  []Op
		want string
	}{
		{"in order", []Op{showing(1, 0, 11), showing(1, 1, 12, 13)}, ""},
		{"an unknown send that came to be", []Op{sending(0, Info, 14, -1), showing(1, 0, 11, 12, 13, 14)}, ""},
		{"an unknown send that did not", []Op{sending(0, Info, 14, -1), all}, ""},
		{"an offset skipped", []Op{showing(1, 0, 11), showing(1, 2, 13), showing(2, 1, 12)}, "poll-skip"},
		{"a gap after another assign", []Op{showing(1, 0, 11), {Type: OK, Process: 1, F: "assign", Value: []string{"b"}},
			showing(1, 2, 13), showing(2, 1, 12)}, ""},
		{"a gap after one that keeps the key", []Op{showing(1, 0, 11), {Type: OK, Process: 1, F: "assign", Value: []string{"a"}},
			showing(1, 2, 13), showing(2, 1, 12)}, "poll-skip"},
		{"a gap after an empty poll", []Op{showing(1, 0, 11), showing(1, 1), showing(1, 2, 13), showing(2, 1, 12)}, ""},
		{"a message read twice", []Op{all, showing(1, 2, 13)}, "nonmonotonic-poll"},
		{"an offset skipped within a poll", []Op{
			{Type: OK, Process: 1, F: "poll", Value: Poll{[]Log{{"a", []Entry{{0, 11}, {2, 13}}}}}}, showing(2, 1, 12)}, "int-poll-skip"},
		{"backwards within a poll", []Op{
			{Type: OK, Process: 1, F: "poll", Value: Poll{[]Log{{"a", []Entry{{1, 12}, {0, 11}}}}}}, showing(2, 2, 13)}, "int-nonmonotonic-poll"},
		{"a lost write", []Op{showing(1, 0, 11), showing(2, 2, 13)}, "lost-write unseen"},
		{"the last unseen", []Op{showing(1, 0, 11, 12)}, "unseen"},
		{"two messages at an offset", []Op{all, sending(3, OK, 14, 1), showing(2, 1, 14)}, "inconsistent-offsets"},
		{"one message at two offsets", []Op{showing(1, 0, 11, 12, 13, 11)}, "duplicate int-nonmonotonic-poll nonmonotonic-send"},
		{"a failed send that is there", []Op{sending(3, Fail, 14, -1), showing(1, 0, 11, 12, 13, 14)}, "G1a"},
		{"sent backwards", []Op{sending(3, OK, 15, 4), sending(3, OK, 14, 3), showing(1, 0, 11, 12, 13, 14, 15)}, "nonmonotonic-send"},
	} {
		var l Logs
		want := experiment.Valid
		if test.want != "" {
			want = experiment.Invalid
		}
		if got := outcomeOf(&l, done(append(slices.Clone(sends), test.ops...)...)); got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
		if got := strings.Join(l.Verdict().(*LogsVerdict).types(), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestLogsLag: offset 1 exists from 3 ms on; process 1, who has seen offset 0, is
// shown nothing by the poll that it asks for at 6 ms.
func TestLogsLag(t *testing.T) {
	var l Logs
	for _, op := range done(sending(0, OK, 11, 0), sending(0, OK, 12, 1), showing(1, 0, 11), showing(1, 1)) {
		l.Add(op)
	}
	got := l.Verdict().(*LogsVerdict).lag
	if want := (behind{time: 6 * time.Millisecond, lag: 3 * time.Millisecond, process: 1, key: "a"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestLogsLong: 100,000 sends and polls are judged, and one loss among them found.
func TestLogsLong(t *testing.T) {
	var history []Op
	for i := range int64(50_000) {
		history = append(history, sending(0, OK, i, i))
		if i != 31_000 {
			history = append(history, showing(1, i, i))
		}
	}
	var l Logs
	outcomeOf(&l, done(history...))
	if got := strings.Join(l.Verdict().(*LogsVerdict).types(), " "); got != "lost-write poll-skip unseen" {
		t.Errorf("got %q", got)
	}
}
