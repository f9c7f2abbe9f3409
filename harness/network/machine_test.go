package network

import (
	"testing"
	"time"
)

// TestMachine: the machine handles one message at a time, at once if it is idle.
func TestMachine(t *testing.T) {
	m := Machine{Each: 10 * time.Microsecond}
	for i, tt := range []struct{ now, want time.Duration }{
		{0, 10}, {0, 20}, {5, 30}, {100, 110}, {100, 120}, {115, 130},
	} {
		if got := m.Send(tt.now * time.Microsecond); got != tt.want*time.Microsecond {
			t.Errorf("message %d, sent at %v µs, leaves at %v, want %v µs", i, int64(tt.now), got, int64(tt.want))
		}
	}
	if m.Behind() != 25*time.Microsecond || m.InStep() != 0 {
		t.Errorf("%v behind and %v in step, want 25µs and none: it spreads them", m.Behind(), m.InStep())
	}
}

// TestMachineWithoutLimit: messages leave when they are sent. A message counts if more
// than a hundred others leave before it in the same instant.
func TestMachineWithoutLimit(t *testing.T) {
	var m Machine
	for instant := range 4 {
		for range 400 {
			now := time.Duration(instant) * 100 * time.Millisecond
			if got := m.Send(now); got != now {
				t.Fatalf("sent at %v, leaves at %v", now, got)
			}
		}
	}
	if m.InStep() != .75 || m.Behind() != 0 {
		t.Errorf("%v in step and %v behind, want .75 and 0s", m.InStep(), m.Behind())
	}
}
