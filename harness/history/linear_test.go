package history

import (
	"testing"
	"time"

	"gossipbench/harness/experiment"
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// TestLinearizable has histories of one key whose verdicts are plain.
func TestLinearizable(t *testing.T) {
	op := func(process int, typ Type, f string, value any) Op {
		return Op{Process: process, Type: typ, F: f, Value: Keyed{Key: 7, Value: value}}
	}
	write := func(n int64) []Op { return []Op{op(0, Invoke, "write", n), op(0, OK, "write", n)} }
	read := func(value any) []Op { return []Op{op(1, Invoke, "read", nil), op(1, OK, "read", value)} }
	for _, tt := range []struct {
		name string
		want experiment.Outcome
		ops  [][]Op
	}{
		{"read what was written", experiment.Valid, [][]Op{write(1), read(int64(1))}},
		{"a stale read", experiment.Invalid, [][]Op{write(1), write(2), read(int64(1))}},
		{"read while it was being written", experiment.Valid, [][]Op{
			write(1), {op(0, Invoke, "write", int64(2))}, read(int64(2)), {op(0, OK, "write", int64(2))}, read(int64(2))}},
		{"back again while it was being written", experiment.Invalid, [][]Op{
			write(1), {op(0, Invoke, "write", int64(2))}, read(int64(2)), read(int64(1)), {op(0, OK, "write", int64(2))}}},
		{"a write that may have happened, seen late", experiment.Valid, [][]Op{
			write(1), {op(2, Invoke, "write", int64(3)), op(2, Info, "write", int64(3))}, read(int64(1)), read(int64(3))}},
		{"a write that did not happen, seen", experiment.Invalid, [][]Op{
			write(1), {op(2, Invoke, "write", int64(3)), op(2, Fail, "write", int64(3))}, read(int64(3))}},
		{"compared and set", experiment.Valid, [][]Op{
			write(1), {op(0, Invoke, "cas", Swap{1, 4}), op(0, OK, "cas", Swap{1, 4})}, read(int64(4))}},
		{"set without comparing", experiment.Invalid, [][]Op{
			write(1), {op(0, Invoke, "cas", Swap{2, 4}), op(0, OK, "cas", Swap{2, 4})}, read(int64(4))}},
		{"never answered", experiment.Valid, [][]Op{
			write(1), {op(3, Invoke, "cas", Swap{1, 2})}, read(int64(2))}},
	} {
		var history []Op
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

// TestNoTime: what cannot be decided in time is unknown, not wrong.
func TestNoTime(t *testing.T) {
	var history []Op
	for i := range 2 {
		history = append(history, done(Op{Process: i, Type: OK, F: "write", Value: Keyed{Key: int64(i), Value: int64(1)}})...)
	}
	if got := outcomeOf(&Linearizable{Limit: 1}, history); got == experiment.Invalid {
		t.Errorf("got %s, want unknown or, on a machine that is quick enough, valid", got)
	}
}
