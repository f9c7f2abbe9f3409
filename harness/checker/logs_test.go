package checker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// showing returns a poll with messages of log a from an offset on.
func showing(process int, offset int64, messages ...int64) history.Op {
	log := history.Log{Key: "a"}
	for i, m := range messages {
		log.Entries = append(log.Entries, at(offset+int64(i), m))
	}
	return history.Op{Type: history.OK, Process: process, F: "poll", Value: history.Poll{Logs: []history.Log{log}}}
}

func at(offset, message int64) history.Entry {
	return history.Entry{Offset: edn.NewInteger(offset), Message: history.NewDatum(message)}
}

// sending returns a send with that offset in its answer, unless offset is below 0.
func sending(process int, end history.Type, message, offset int64) history.Op {
	s := history.Send{Key: "a", Message: history.NewDatum(message), Offset: edn.NewInteger(offset), Placed: offset >= 0}
	return history.Op{Type: end, Process: process, F: "send", Value: s}
}

// TestLogs plants each error alone in log a, which has 11 12 13 at offsets 0 1 2.
func TestLogs(t *testing.T) {
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1), sending(0, history.OK, 13, 2)}
	all := showing(1, 0, 11, 12, 13)
	for _, test := range []struct {
		name string
		ops  []history.Op
		want string
	}{
		{"in order", []history.Op{showing(1, 0, 11), showing(1, 1, 12, 13)}, ""},
		{"an unknown send that came to be", []history.Op{sending(0, history.Info, 14, -1), showing(1, 0, 11, 12, 13, 14)}, ""},
		{"an unknown send that did not", []history.Op{sending(0, history.Info, 14, -1), all}, ""},
		{"an offset skipped", []history.Op{showing(1, 0, 11), showing(1, 2, 13), showing(2, 1, 12)}, "poll-skip"},
		{"a gap after another assign", []history.Op{showing(1, 0, 11), {Type: history.OK, Process: 1, F: "assign", Value: []string{"b"}},
			showing(1, 2, 13), showing(2, 1, 12)}, ""},
		{"a gap after one that keeps the key", []history.Op{showing(1, 0, 11), {Type: history.OK, Process: 1, F: "assign", Value: []string{"a"}},
			showing(1, 2, 13), showing(2, 1, 12)}, "poll-skip"},
		{"a gap after an empty poll", []history.Op{showing(1, 0, 11), showing(1, 1), showing(1, 2, 13), showing(2, 1, 12)}, ""},
		{"a message read twice", []history.Op{all, showing(1, 2, 13)}, "nonmonotonic-poll"},
		{"an offset skipped within a poll", []history.Op{
			{Type: history.OK, Process: 1, F: "poll", Value: history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{at(0, 11), at(2, 13)}}}}}, showing(2, 1, 12)}, "int-poll-skip"},
		{"backwards within a poll", []history.Op{
			{Type: history.OK, Process: 1, F: "poll", Value: history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{at(1, 12), at(0, 11)}}}}}, showing(2, 2, 13)}, "int-nonmonotonic-poll"},
		{"a lost write", []history.Op{showing(1, 0, 11), showing(2, 2, 13)}, "lost-write unseen"},
		{"the last unseen", []history.Op{showing(1, 0, 11, 12)}, "unseen"},
		{"two messages at an offset", []history.Op{all, sending(3, history.OK, 14, 1), showing(2, 1, 14)}, "inconsistent-offsets"},
		{"one message at two offsets", []history.Op{showing(1, 0, 11, 12, 13, 11)}, "duplicate int-nonmonotonic-poll nonmonotonic-send"},
		{"a failed send that is there", []history.Op{sending(3, history.Fail, 14, -1), showing(1, 0, 11, 12, 13, 14)}, "G1a"},
		{"sent backwards", []history.Op{sending(3, history.OK, 15, 4), sending(3, history.OK, 14, 3), showing(1, 0, 11, 12, 13, 14, 15)}, "nonmonotonic-send"},
		{"what a failed op polled was there, and nobody saw it", []history.Op{
			transaction(2, history.Fail, `[[:poll {"a" [[3 14]]}]]`), sending(3, history.Info, 14, -1), sending(3, history.OK, 15, 4), showing(1, 0, 11, 12, 13), showing(1, 4, 15)}, "poll-skip"},
		{"of two that were sent at once one is seen, the other lost", []history.Op{
			transaction(3, history.Info, `[[:send "a" [3 14]] [:send "a" [4 15]]]`), showing(1, 0, 11, 12, 13), {Type: history.OK, Process: 1, F: "assign", Value: []string{"b"}},
			showing(2, 4, 15)}, "lost-write"},
		{"sent backwards at once", []history.Op{transaction(3, history.OK, `[[:send "a" [4 15]] [:send "a" [3 14]]]`), showing(1, 0, 11, 12, 13, 14, 15)}, "int-nonmonotonic-send"},
		{"its own messages polled", []history.Op{all, transaction(3, history.OK, `[[:send "a" [3 14]] [:poll {"a" [[3 14]]}]]`)}, "precommitted-read"},
		{"skipped between two polls of one op", []history.Op{transaction(1, history.OK, `[[:poll {"a" [[0 11]]}] [:poll {"a" [[2 13]]}]]`), showing(2, 1, 12)}, "int-poll-skip"},
	} {
		var l Logs
		want := trial.Valid
		if test.want != "" {
			want = trial.Invalid
		}
		if got := outcomeOf(&l, done(append(slices.Clone(sends), test.ops...)...)); got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
		if got := strings.Join(l.Verdict().(*LogsVerdict).types(), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// transaction returns an op with several sends and polls, as in Jepsen's histories.
func transaction(process int, end history.Type, mops string) history.Op {
	value, err := edn.Parse("mops", []byte(mops))
	if err != nil {
		panic(err)
	}
	return history.Op{Type: end, Process: process, F: "txn", Value: value}
}

// TestLogsAllowed: a send of another client between two sends of an op is reported, but
// is not an error.
func TestLogsAllowed(t *testing.T) {
	var l Logs
	got := outcomeOf(&l, done(transaction(0, history.OK, `[[:send "a" [0 11]] [:send "a" [2 13]]]`), sending(1, history.OK, 12, 1), showing(2, 0, 11, 12, 13)))
	v := l.Verdict().(*LogsVerdict)
	if got != trial.Valid || strings.Join(v.types(), " ") != "int-send-skip" || len(v.bad()) > 0 {
		t.Errorf("got %s, %v, want it valid with int-send-skip", got, v.types())
	}
	if told := v.EDN(); told.At("error-types").Len() != 1 || told.At("bad-error-types").Len() != 0 || !told.At("int-send-skip").Present() {
		t.Errorf("got %s, want int-send-skip, not among the bad ones", told)
	}
}

// TestLogsEmpty: a single op proves nothing, except its own errors.
func TestLogsEmpty(t *testing.T) {
	for name, tt := range map[string]struct {
		op   history.Op
		want trial.Outcome
	}{
		"a poll of nothing": {showing(0, 0), trial.Unknown},
		"a send unseen":     {sending(0, history.OK, 11, 0), trial.Invalid},
	} {
		var l Logs
		if got := outcomeOf(&l, done(tt.op)); got != tt.want || !slices.Contains(l.Verdict().(*LogsVerdict).bad(), "empty-transaction-graph") {
			t.Errorf("%s: got %s, %v, want %s", name, got, l.Verdict().EDN(), tt.want)
		}
	}
}

// TestLogsUnsent: a message that nobody sent makes a history unknown, unless it is
// invalid. A message whose send was not answered was sent.
func TestLogsUnsent(t *testing.T) {
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1)}
	var l Logs
	if got := outcomeOf(&l, done(append(sends, showing(1, 0, 11, 12, 99))...)); got != trial.Unknown {
		t.Errorf("got %s, want unknown", got)
	}
	if found := l.Verdict().Findings(); found != nil {
		t.Errorf("got %q beside the reasons", found)
	}
	l = Logs{}
	if got := outcomeOf(&l, done(append(sends, showing(1, 0, 11, 99))...)); got != trial.Invalid {
		t.Errorf("with a loss: got %s, want invalid", got)
	}
	if found := l.Verdict().Findings(); len(found) != 1 || found[0] != "1 messages were polled that nobody sent, such as 99 of a" {
		t.Errorf("got %q", found)
	}
	l = Logs{}
	l.Add(history.Op{Type: history.Invoke, Process: 7, F: "send", Value: history.Send{Key: "a", Message: history.NewDatum(99)}})
	if got := outcomeOf(&l, done(append(sends, showing(1, 0, 11, 12, 99))...)); got != trial.Valid {
		t.Errorf("sent: got %s, want valid", got)
	}
	if causes := l.Verdict().EDN().At("info-txn-causes"); causes.Len() != 0 {
		t.Errorf("got %s, want no cause for an op without an answer", causes)
	}
}

// TestLogsCauses: the errors of unknown ops are listed once each.
func TestLogsCauses(t *testing.T) {
	timeout, crash := sending(0, history.Info, 11, -1), sending(0, history.Info, 12, -1)
	timeout.Error, crash.Error = "timeout", "error 13: crashed"
	var l Logs
	outcomeOf(&l, done(timeout, crash, timeout))
	if got := l.Verdict().EDN().At("info-txn-causes").String(); got != `(:net-timeout [:crash "crashed"])` {
		t.Errorf("got %s", got)
	}
}

// TestLogsShownErrors: of ten skips the eight longest are shown, the longest last; of ten
// steps back the eight longest, the longest first.
func TestLogsShownErrors(t *testing.T) {
	var skips, steps []fault
	for i := range int64(10) {
		skips = append(skips, fault{11 - i, func() edn.Value { return mapOf("delta", 11-i) }})
		steps = append(steps, fault{i - 9, func() edn.Value { return mapOf("delta", i-9) }})
	}
	for _, test := range []struct {
		name        string
		errors      []fault
		first, last int64
	}{{"poll-skip", skips, 4, 11}, {"int-nonmonotonic-poll", steps, -9, -2}} {
		got := telling(test.name, test.errors)
		first, _ := got[0].At("delta").Int()
		last, _ := got[len(got)-1].At("delta").Int()
		if len(got) != 8 || first != test.first || last != test.last {
			t.Errorf("%s: got %v, want 8 from %d to %d", test.name, got, test.first, test.last)
		}
	}
}

// TestLogsLag: offset 1 exists from 3 ms on. Process 1 has seen offset 0, and its poll
// that begins at 6 ms shows nothing.
func TestLogsLag(t *testing.T) {
	var l Logs
	for _, op := range done(sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1), showing(1, 0, 11), showing(1, 1)) {
		l.Add(op)
	}
	got := l.Verdict().(*LogsVerdict).lag
	if want := (behind{time: 6 * time.Millisecond, lag: 3 * time.Millisecond, process: 1, key: "a", poll: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestLogsLong: one loss among 100,000 sends and polls is found.
func TestLogsLong(t *testing.T) {
	var h []history.Op
	for i := range int64(50_000) {
		h = append(h, sending(0, history.OK, i, i))
		if i != 31_000 {
			h = append(h, showing(1, i, i))
		}
	}
	var l Logs
	outcomeOf(&l, done(h...))
	if got := strings.Join(l.Verdict().(*LogsVerdict).types(), " "); got != "lost-write poll-skip unseen" {
		t.Errorf("got %q", got)
	}
}

// TestLogsNoLag: without an answered poll the lag is unknown, not 0.
func TestLogsNoLag(t *testing.T) {
	poll := showing(1, 0)
	poll.Type, poll.Error = history.Info, "timeout"
	for name, tt := range map[string]struct {
		op   history.Op
		want bool
	}{"answered": {showing(1, 0, 11), true}, "not answered": {poll, false}} {
		var l Logs
		outcomeOf(&l, done(sending(0, history.OK, 11, 0), tt.op))
		metrics := map[string]float64{}
		l.Verdict().AddMetrics(metrics)
		if _, known := metrics["poll-lag"]; known != tt.want {
			t.Errorf("%s: known %t, want %t", name, known, tt.want)
		}
	}
}
