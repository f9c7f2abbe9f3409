package checker

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// placings replace the offsets 0, 1, 2, … by other numbers in the same order.
var placings = map[string]func(offset int64) edn.Integer{
	"in milliseconds since 1970": func(o int64) edn.Integer { return edn.NewInteger(1_700_000_000_000 + o) },
	"with gaps":                  func(o int64) edn.Integer { return edn.NewInteger(o * 1_000_000_007) },
	"below zero":                 func(o int64) edn.Integer { return edn.NewInteger(o - 100) },
	"round the greatest":         func(o int64) edn.Integer { return edn.NewInteger(1<<63 - 2).Plus(edn.NewInteger(o)) },
	"far apart and beyond 64 bits": func(o int64) edn.Integer {
		n, _ := edn.ParseInteger("1" + strings.Repeat("0", 20) + string(rune('0'+o)) + strings.Repeat("0", 20))
		return n
	},
}

// placed returns op with its offsets replaced.
func placed(op history.Op, place func(int64) edn.Integer) history.Op {
	move := func(n edn.Integer) edn.Integer {
		small, _ := n.Int64()
		return place(small)
	}
	switch v := op.Value.(type) {
	case history.Send:
		v.Offset = move(v.Offset)
		op.Value = v
	case history.Poll:
		var logs []history.Log
		for _, log := range v.Logs {
			log.Entries = slices.Clone(log.Entries)
			for i, e := range log.Entries {
				log.Entries[i].Offset = move(e.Offset)
			}
			logs = append(logs, log)
		}
		op.Value = history.Poll{Logs: logs}
	}
	return op
}

// TestLogsPlacings: errors depend on the order of offsets only, not on their size; nor
// does memory.
func TestLogsPlacings(t *testing.T) {
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1), sending(0, history.OK, 13, 2)}
	for want, ops := range map[string][]history.Op{
		"":                     {showing(1, 0, 11), showing(1, 1, 12, 13)},
		"poll-skip":            {showing(1, 0, 11), showing(1, 2, 13), showing(2, 1, 12)},
		"lost-write unseen":    {showing(1, 0, 11), showing(2, 2, 13)},
		"inconsistent-offsets": {showing(1, 0, 11, 12, 13), sending(3, history.OK, 14, 1), showing(2, 1, 14)},
		"nonmonotonic-poll":    {showing(1, 0, 11, 12, 13), showing(1, 2, 13)},
	} {
		for name, place := range placings {
			var moved []history.Op
			for _, op := range slices.Concat(sends, ops) {
				moved = append(moved, placed(op, place))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var l Logs
			outcomeOf(&l, done(moved...))
			v := l.Verdict().(*LogsVerdict)
			runtime.ReadMemStats(&after)
			if got := strings.Join(v.types(), " "); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
				t.Errorf("%s: %d bytes were allocated", name, took)
			}
			if _, err := edn.Parse("results.edn", edn.AppendPretty(nil, v.EDN())); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestLogsWritten: writing and reading a history keeps offsets and messages of any size
// and kind.
func TestLogsWritten(t *testing.T) {
	for name, place := range placings {
		for _, op := range []history.Op{
			placed(sending(0, history.OK, 11, 0), place), placed(showing(1, 0, 11, 12), place),
			{Type: history.OK, F: "poll", Value: history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{{Offset: place(0), Message: history.DatumOf(edn.NewString("11"))}, {Offset: place(1), Message: history.DatumOf(edn.NewFloat(12))}}}}}},
		} {
			var written strings.Builder
			w := history.NewWriter(&written)
			if err := w.Write(op); err != nil {
				t.Fatal(err)
			}
			_ = w.Flush()
			got, err := history.NewReader("history.edn", strings.NewReader(written.String())).Read()
			if err != nil {
				t.Fatalf("%s: %v: %s", name, err, written.String())
			}
			if send, ok := op.Value.(history.Send); ok {
				if read, ok := history.ReadSend(got.Value); !ok || read != send {
					t.Errorf("%s: got %v, want %v", name, read, send)
				}
			} else if read, ok := history.ReadPoll(got.Value); !ok || len(read.Logs) != 1 || !slices.Equal(read.Logs[0].Entries, op.Value.(history.Poll).Logs[0].Entries) {
				t.Errorf("%s: got %v, want %v", name, read, op.Value)
			}
		}
	}
}

// TestLogsOtherMessages: the message "11" is not 11, and nobody sent it.
func TestLogsOtherMessages(t *testing.T) {
	var l Logs
	shown := history.Op{Type: history.OK, Process: 1, F: "poll", Value: history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{{Offset: edn.NewInteger(0), Message: history.DatumOf(edn.NewString("11"))}}}}}}
	outcomeOf(&l, done(sending(0, history.OK, 11, 0), shown))
	v := l.Verdict().(*LogsVerdict)
	if got := strings.Join(v.types(), " "); !strings.Contains(got, "inconsistent-offsets") || len(v.phantoms) != 1 {
		t.Errorf("got %q and %v", got, v.phantoms)
	}
}

// TestLogsHostile: time and memory stay linear for polls that show ever different
// messages at one offset, a log backwards, or keys without sends.
func TestLogsHostile(t *testing.T) {
	const n = 20_000
	crowd, backwards, keys := make([]history.Entry, n), make([]history.Entry, n), make([]history.Log, n)
	for i := range int64(n) {
		crowd[i], backwards[i] = at(0, i), at(n-i, n+i)
		keys[i] = history.Log{Key: "k" + history.NewDatum(i).String(), Entries: []history.Entry{at(0, i)}}
	}
	var l Logs
	outcomeOf(&l, done(sending(0, history.OK, 11, 0),
		history.Op{Type: history.OK, Process: 1, F: "poll", Value: history.Poll{Logs: []history.Log{{Key: "a", Entries: crowd}, {Key: "b", Entries: backwards}}}},
		history.Op{Type: history.OK, Process: 2, F: "poll", Value: history.Poll{Logs: keys}}))
	v := l.Verdict().(*LogsVerdict)
	if got := len(v.errors["int-nonmonotonic-poll"]); got != n-1 {
		t.Errorf("got %d steps backwards, want %d", got, n-1)
	}
	if got := len(edn.Append(nil, v.EDN())); got > 256<<20 {
		t.Errorf("the verdict has %d bytes", got)
	}
	v.Findings()
}
