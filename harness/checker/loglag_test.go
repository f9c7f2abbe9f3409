package checker

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// lagTwin computes worstLag from every key of every poll.
func lagTwin(l *logged) behind {
	var worst behind
	seen := map[int]map[string]edn.Integer{}
	for i, a := range l.acts {
		if a.op.Type != history.OK || a.op.F == "send" {
			continue
		}
		keys := map[string]edn.Integer{}
		for key, offset := range seen[a.op.Process] {
			keys[key] = offset
		}
		seen[a.op.Process] = keys
		if a.assigns != nil {
			next := map[string]edn.Integer{}
			for _, key := range a.assigns {
				next[key] = keys[key]
			}
			seen[a.op.Process] = next
			continue
		}
		for _, log := range a.polled {
			keys[log.Key] = keys[log.Key].Plus(edn.Integer{}) // adds the key if it is missing
			for _, e := range log.Entries {
				if keys[log.Key].Compare(e.Offset) <= 0 {
					keys[log.Key] = e.Offset.Plus(edn.NewInteger(1))
				}
			}
		}
		for _, key := range []string{"a", "b", "c"} {
			offset, assigned := keys[key]
			if !assigned {
				continue
			}
			b := behind{time: a.asked, process: a.op.Process, key: key, poll: i}
			if log := l.logs[key]; log != nil {
				if since, ok := log.since(offset); ok {
					b.lag = max(0, a.asked-since)
				}
			}
			if worst.key == "" || b.lag > worst.lag {
				worst = b
			}
		}
	}
	return worst
}

// TestLagTwin: the last poll at each offset gives the same result as all polls.
func TestLagTwin(t *testing.T) {
	positive := 0
	rapid.Check(t, func(r *rapid.T) {
		var l Logs
		keys := []string{"a", "b", "c"}
		key := rapid.SampledFrom(keys)
		for i := range rapid.IntRange(1, 25).Draw(r, "ops") {
			op := history.Op{Type: history.OK, Process: rapid.IntRange(0, 2).Draw(r, "process"), Index: 2*i + 1}
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				op.F, op.Value = "assign", rapid.SliceOfNDistinct(key, 0, 3, rapid.ID[string]).Draw(r, "keys")
			case 1:
				op.F, op.Value = "send", history.Send{Key: key.Draw(r, "key"), Message: history.NewDatum(int64(i)), Offset: edn.NewInteger(int64(rapid.IntRange(0, 5).Draw(r, "offset"))), Placed: true}
			default:
				log := history.Log{Key: key.Draw(r, "key")}
				for range rapid.IntRange(0, 2).Draw(r, "messages") {
					log.Entries = append(log.Entries, history.Entry{Offset: edn.NewInteger(int64(rapid.IntRange(0, 4).Draw(r, "offset"))), Message: history.NewDatum(int64(i))})
				}
				op.F, op.Value = "poll", history.Poll{Logs: []history.Log{log}}
			}
			asked := op
			asked.Type, asked.Index, asked.Time, op.Time = history.Invoke, 2*i, time.Duration(10*i), time.Duration(10*i+rapid.IntRange(1, 9).Draw(r, "takes"))
			l.Add(asked)
			l.Add(op)
		}
		all := l.logged()
		got, want := all.worstLag(), lagTwin(all)
		if got != want {
			r.Fatalf("got %+v, want %+v", got, want)
		}
		if want.lag > 0 {
			positive++
		}
	})
	if positive < 20 {
		t.Errorf("only %d histories lag", positive)
	}
}
