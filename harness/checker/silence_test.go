package checker

import (
	"strings"
	"testing"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// TestSilence: five threads on three nodes. n0 (threads 0 and 3) leaves one of three ops
// without an answer; n1 (threads 1 and 4) answers nothing; n2 answers, with an error.
func TestSilence(t *testing.T) {
	var s Silence
	op := func(process int, typ history.Type, error string, extra ...edn.Value) {
		s.Add(history.Op{Type: history.Invoke, Process: process, F: "echo"})
		if typ != history.Invoke {
			s.Add(history.Op{Type: typ, Process: process, F: "echo", Error: error})
		}
	}
	op(0, history.OK, "")
	op(3, history.Info, "timeout")
	op(8, history.OK, "") // thread 3
	op(1, history.Fail, "net-timeout")
	op(4, history.Info, "indeterminate: Client read timeout")
	op(6, history.Invoke, "") // thread 1; it never ends
	op(2, history.Fail, "error 11: not now")
	// Ignored: a crash and an assign from the beginning send no request, and a fault is
	// not an op of a client.
	s.Add(history.Op{Type: history.Invoke, Process: 9, F: "crash"})
	s.Add(history.Op{Type: history.Info, Process: 9, F: "crash"})
	from := []edn.Value{edn.NewKeyword("seek-to-beginning?"), edn.NewBool(true)}
	s.Add(history.Op{Type: history.Invoke, Process: 4, F: "assign", Extra: from})
	s.Add(history.Op{Type: history.OK, Process: 4, F: "assign", Extra: from})
	s.Add(history.Op{Type: history.Info, Process: history.Nemesis, F: "start-partition"})
	for _, tt := range []struct {
		cast        Cast
		want, never string
	}{
		{Cast{5, 3}, "ops without an answer: 4: n1 answered none of 3, n0 left out 1 of 3", "n1"},
		{Cast{}, "ops without an answer: 4: process 1 answered none of 1, process 3 answered none of 1, process 4 answered none of 1, process 6 answered none of 1",
			"process 1 process 3 process 4 process 6"},
	} {
		r := s.Result(tt.cast)
		metrics := map[string]float64{}
		r.AddMetrics(metrics)
		if got := strings.Join(r.Warnings(), "|"); got != tt.want || metrics["unanswered"] != 4 {
			t.Errorf("%v: got %s, %v\nwant %s", tt.cast, got, metrics, tt.want)
		}
		if got := strings.Join(r.Never(1), " "); got != tt.never {
			t.Errorf("%v: got %s, want %s", tt.cast, got, tt.never)
		}
	}
	if r := (&Silence{}).Result(Cast{}); r.Warnings() != nil || r.Unanswered != 0 {
		t.Errorf("without requests: got %v, want none", r.Warnings())
	}
}

// TestSilenceWarning: ops without an answer cause a warning; the verdict does not
// change.
func TestSilenceWarning(t *testing.T) {
	c := NewCheckers(&Echo{}, 0).Among(Cast{2, 2})
	for i, op := range []history.Op{
		{Type: history.Invoke, Process: 0, F: "echo", Value: "a"}, {Type: history.OK, Process: 0, F: "echo", Value: mapOf("echo", "a")},
		{Type: history.Invoke, Process: 1, F: "echo", Value: "a"}, {Type: history.Info, Process: 1, F: "echo", Value: "a", Error: "timeout"},
	} {
		op.Time = time.Duration(i) * time.Second
		c.Add(op)
	}
	r := c.Results(history.Net{}, nil)
	if got := strings.Join(r.Warnings(), "|"); r.Outcome() != "valid" || got != "ops without an answer: 1: n1 answered none of 1" {
		t.Errorf("got %s, %q", r.Outcome(), got)
	}
}
