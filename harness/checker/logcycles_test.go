package checker

import (
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLogsCycles: no client can poll a message before it is sent.
func TestLogsCycles(t *testing.T) {
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1), sending(0, history.OK, 13, 2)}
	for _, test := range []struct {
		name string
		ops  []history.Op
		want string
	}{
		{"polled before it was sent", []history.Op{showing(1, 0, 11, 12, 13, 14), sending(3, history.OK, 14, 3)}, "G1c-realtime"},
		{"polled before an unknown send", []history.Op{showing(1, 0, 11, 12, 13, 14), sending(3, history.Info, 14, -1)}, "G1c-realtime"},
		{"each polled what the other sent", []history.Op{
			transaction(1, history.OK, `[[:poll {"a" [[0 11] [1 12] [2 13] [3 14]]}] [:send "b" [0 21]]]`),
			transaction(3, history.OK, `[[:send "a" [3 14]] [:poll {"b" [[0 21]]}]]`)}, "G1c"},
		{"one polled what the other sent", []history.Op{
			transaction(1, history.OK, `[[:poll {"a" [[0 11] [1 12] [2 13]]}] [:send "b" [0 21]]]`),
			transaction(3, history.OK, `[[:send "b" [1 22]] [:poll {"b" [[0 21]]}]]`), transaction(4, history.OK, `[[:poll {"b" [[0 21] [1 22]]}]]`)}, ""},
	} {
		var l Logs
		want := trial.Valid
		if test.want != "" {
			want = trial.Invalid
		}
		if got := outcomeOf(&l, done(append(sends[:3:3], test.ops...)...)); got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
		v := l.Verdict().(*LogsVerdict)
		if got := strings.Join(v.types(), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		for _, e := range v.errors[test.want] {
			if told := e.tell(); told.At("cycle").Len() != 2 {
				t.Errorf("%s: got %s, want a cycle of 2 ops", test.name, told)
			}
		}
	}
}

// TestLogsCyclesOfTwo: if each op is one send or one poll, there is a cycle if and only
// if some poll ended before the send of its message began. Proof for a longer cycle s1 p1
// s2 p2: if there is no such poll, s1 began before p1 ended, p1 ended before s2 began, s2
// began before p2 ended, and p2 ended before s1 began, a contradiction.
func TestLogsCyclesOfTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "ops")
		begins, ends := make([]int, n), make([]int, n)
		var turns []int // each op twice: once for its start, once for its end
		for i := range n {
			turns = append(turns, i, i)
		}
		turns = rapid.Permutation(turns).Draw(t, "turns")
		sends := n / 2 // the first ops send, the others poll
		shown := make([]int64, n)
		var l Logs
		begun := map[int]bool{}
		for turn, i := range turns {
			op := history.Op{Index: turn, Process: i, Type: history.Invoke, F: "send", Value: sending(i, history.Invoke, int64(i), -1).Value}
			if i >= sends {
				op.F, op.Value = "poll", history.Poll{}
			}
			if !begun[i] {
				begun[i], begins[i] = true, turn
				l.Add(op)
				continue
			}
			ends[i], op.Type = turn, history.OK
			if op.Value = sending(i, history.OK, int64(i), int64(i)).Value; i >= sends {
				shown[i] = rapid.Int64Range(0, int64(sends-1)).Draw(t, "shown")
				op.Value = history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{at(shown[i], shown[i])}}}}
			}
			l.Add(op)
		}
		want := false
		for i := sends; i < n; i++ {
			want = want || ends[i] < begins[shown[i]]
		}
		types := l.Verdict().(*LogsVerdict).types()
		if got := slices.Contains(types, "G1c-realtime"); got != want || slices.Contains(types, "G1c") {
			t.Fatalf("got %v, want G1c-realtime: %v", types, want)
		}
	})
}
