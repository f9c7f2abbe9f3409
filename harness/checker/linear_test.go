package checker

import (
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// TestLinearizable judges histories of one key with obvious verdicts.
func TestLinearizable(t *testing.T) {
	op := func(process int, typ history.Type, f string, value any) history.Op {
		return history.Op{Process: process, Type: typ, F: f, Value: history.Keyed{Key: 7, Value: value}}
	}
	write := func(n int64) []history.Op {
		return []history.Op{op(0, history.Invoke, "write", n), op(0, history.OK, "write", n)}
	}
	read := func(value any) []history.Op {
		return []history.Op{op(1, history.Invoke, "read", nil), op(1, history.OK, "read", value)}
	}
	for _, tt := range []struct {
		name string
		want trial.Outcome
		ops  [][]history.Op
	}{
		{"read what was written", trial.Valid, [][]history.Op{write(1), read(int64(1))}},
		{"a stale read", trial.Invalid, [][]history.Op{write(1), write(2), read(int64(1))}},
		{"read while it was being written", trial.Valid, [][]history.Op{
			write(1), {op(0, history.Invoke, "write", int64(2))}, read(int64(2)), {op(0, history.OK, "write", int64(2))}, read(int64(2))}},
		{"back again while it was being written", trial.Invalid, [][]history.Op{
			write(1), {op(0, history.Invoke, "write", int64(2))}, read(int64(2)), read(int64(1)), {op(0, history.OK, "write", int64(2))}}},
		{"a write that may have happened, seen late", trial.Valid, [][]history.Op{
			write(1), {op(2, history.Invoke, "write", int64(3)), op(2, history.Info, "write", int64(3))}, read(int64(1)), read(int64(3))}},
		{"a write that did not happen, seen", trial.Invalid, [][]history.Op{
			write(1), {op(2, history.Invoke, "write", int64(3)), op(2, history.Fail, "write", int64(3))}, read(int64(3))}},
		{"compared and set", trial.Valid, [][]history.Op{
			write(1), {op(0, history.Invoke, "cas", history.Swap{From: 1, To: 4}), op(0, history.OK, "cas", history.Swap{From: 1, To: 4})}, read(int64(4))}},
		{"set without comparing", trial.Invalid, [][]history.Op{
			write(1), {op(0, history.Invoke, "cas", history.Swap{From: 2, To: 4}), op(0, history.OK, "cas", history.Swap{From: 2, To: 4})}, read(int64(4))}},
		{"never answered", trial.Valid, [][]history.Op{
			write(1), {op(3, history.Invoke, "cas", history.Swap{From: 1, To: 2})}, read(int64(2))}},
	} {
		var history []history.Op
		for _, some := range tt.ops {
			history = append(history, some...)
		}
		for i := range history {
			history[i].Time = ms(i)
		}
		if got := outcomeOf(&Linearizable{}, history); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestRegisterForms: a history of one key has no keys; keys and values may be anything.
func TestRegisterForms(t *testing.T) {
	for _, tt := range []struct {
		name, history string
		want          trial.Outcome
		unread        int
	}{
		{"no key", `{:type :invoke, :process 0, :f :write, :value 3}{:type :ok, :process 0, :f :write, :value 3}
			{:type :invoke, :process 1, :f :cas, :value [3 4]}{:type :ok, :process 1, :f :cas, :value [3 4]}
			{:type :invoke, :process 0, :f :read, :value nil}{:type :ok, :process 0, :f :read, :value 4}`, trial.Valid, 0},
		{"no key, a stale read", `{:type :invoke, :process 0, :f :write, :value 3}{:type :ok, :process 0, :f :write, :value 3}
			{:type :invoke, :process 1, :f :cas, :value [3 4]}{:type :ok, :process 1, :f :cas, :value [3 4]}
			{:type :invoke, :process 0, :f :read, :value nil}{:type :ok, :process 0, :f :read, :value 3}`, trial.Invalid, 0},
		{"text for keys and values", `{:type :invoke, :process 0, :f :write, :value ["x" "a"]}{:type :ok, :process 0, :f :write, :value ["x" "a"]}
			{:type :invoke, :process 1, :f :cas, :value ["x" ["a" {:b 1}]]}{:type :ok, :process 1, :f :cas, :value ["x" ["a" {:b 1}]]}
			{:type :invoke, :process 0, :f :read, :value ["x" nil]}{:type :ok, :process 0, :f :read, :value ["x" {:b 1}]}`, trial.Valid, 0},
		{"another's text", `{:type :invoke, :process 0, :f :write, :value ["x" "a"]}{:type :ok, :process 0, :f :write, :value ["x" "a"]}
			{:type :invoke, :process 0, :f :read, :value ["x" nil]}{:type :ok, :process 0, :f :read, :value ["x" "b"]}`, trial.Invalid, 0},
		{"beyond 64 bits", `{:type :invoke, :process 0, :f :write, :value [1 99999999999999999999N]}{:type :ok, :process 0, :f :write, :value [1 99999999999999999999N]}
			{:type :invoke, :process 0, :f :read, :value [1 nil]}{:type :ok, :process 0, :f :read, :value [1 99999999999999999999N]}`, trial.Valid, 0},
		{"a compare-and-set of nothing, and an answer without its key", `{:type :invoke, :process 0, :f :cas, :value 7}{:type :ok, :process 0, :f :cas, :value 7}
			{:type :invoke, :process 0, :f :read, :value [1 nil]}{:type :ok, :process 0, :f :read, :value 5}`, trial.Unknown, 2},
		// The two are concurrent, so the compare-and-set may have come first.
		{"nothing seen of a write under way", `{:type :invoke, :process 0, :f :write, :value [1 2]}{:type :invoke, :process 1, :f :cas, :value [1 [nil 5]]}
			{:type :ok, :process 0, :f :write, :value [1 2]}{:type :ok, :process 1, :f :cas, :value [1 [nil 5]]}
			{:type :invoke, :process 0, :f :read, :value [1 nil]}{:type :ok, :process 0, :f :read, :value [1 2]}`, trial.Valid, 0},
	} {
		var l Linearizable
		r := history.NewReader("h", strings.NewReader(tt.history))
		for op := range ops(t, r) {
			l.Add(op)
		}
		if got := l.Verdict().Valid(); got != tt.want || len(l.unread) != tt.unread {
			t.Errorf("%s: got %s and %d unread, want %s and %d", tt.name, got, len(l.unread), tt.want, tt.unread)
		}
	}
}

// TestLinearizableTwin compares verdicts with Porcupine's.
func TestLinearizableTwin(t *testing.T) {
	verdicts := map[trial.Outcome]int{}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(r, "accesses")
		times := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range 2 * n {
				if !yield(i) {
					return
				}
			}
		})).Draw(r, "times")
		accesses := make([]access, n)
		twins := make([]porcupine.Operation, n)
		for i := range accesses {
			a := access{
				kind: accessKind(rapid.IntRange(0, 2).Draw(r, "kind")), from: int32(rapid.IntRange(0, 2).Draw(r, "from")), to: int32(rapid.IntRange(1, 2).Draw(r, "to")),
				began: min(times[2*i], times[2*i+1]), ended: max(times[2*i], times[2*i+1]),
			}
			if a.kind != reads && rapid.IntRange(0, 3).Draw(r, "unknown") == 0 {
				a.ended = never
			}
			accesses[i] = a
			twins[i] = porcupine.Operation{ClientId: i, Input: a, Call: int64(a.began), Return: int64(a.ended)}
		}
		model := porcupine.Model{Init: func() any { return int32(0) }, Step: func(state, input, _ any) (bool, any) {
			a, holds := input.(access), state.(int32)
			switch {
			case a.kind == reads:
				return holds == a.to, holds
			case a.kind == writes || holds == a.from:
				return true, a.to
			}
			return a.ended == never, holds // it may have failed
		}}
		want := trial.Invalid
		if porcupine.CheckOperations(model, twins) {
			want = trial.Valid
		}
		verdicts[want]++
		if got := linearize(accesses, time.Now().Add(time.Hour)); got != want {
			r.Fatalf("got %s, Porcupine has %s of %+v", got, want, accesses)
		}
	})
	if verdicts[trial.Valid] < 5 || verdicts[trial.Invalid] < 5 {
		t.Errorf("drew %v", verdicts)
	}
}

// TestLinearizableLong: memory grows with the accesses, not with their square.
func TestLinearizableLong(t *testing.T) {
	const n = 200_000
	accesses := make([]access, n)
	for i := range accesses {
		accesses[i] = access{kind: writes, to: int32(i%5 + 1), began: 2 * i, ended: 2*i + 1}
	}
	if got := linearize(accesses, time.Now().Add(time.Hour)); got != trial.Valid {
		t.Errorf("got %s", got)
	}
}

// TestLinearizableTimeout: a history that cannot be decided in time is unknown, not invalid.
func TestLinearizableTimeout(t *testing.T) {
	var h []history.Op
	for i := range 2 {
		h = append(h, done(history.Op{Process: i, Type: history.OK, F: "write", Value: history.Keyed{Key: int64(i), Value: int64(1)}})...)
	}
	if got := outcomeOf(&Linearizable{Limit: 1}, h); got == trial.Invalid {
		t.Errorf("got %s, want unknown or, on a machine that is quick enough, valid", got)
	}
}
