package peers

import (
	"gossipbench/strategies/broadcast"
	"slices"
	"testing"
	"time"
)

// clock is an Env that stores the time of the last timer.
type clock struct{ now, next time.Duration }

func (c *clock) Now() time.Duration                       { return c.now }
func (c *clock) Send(broadcast.NodeID, broadcast.Message) {}
func (c *clock) After(d time.Duration, _ broadcast.Timer) { c.next = c.now + d }

func rounds(idle string) Rounds {
	return NewRounds(broadcast.Config{Self: 0, Nodes: 3, Neighbors: []broadcast.NodeID{1, 2}, Rand: broadcast.NewRand(1, 0)},
		broadcast.Params{"peers": "neighbors", "fanout": "0", "interval": "100ms", "idle": idle})
}

// TestRounds tests that rounds are interval apart, even if the node wakes late, and
// that one timer is pending at a time.
func TestRounds(t *testing.T) {
	r, c := rounds("always"), &clock{}
	r.Wake(c, broadcast.Timer{})
	phase := c.next
	if phase < 0 || phase >= 100*time.Millisecond {
		t.Fatalf("the first round is at %v, want it within 100ms", phase)
	}
	c.next = -1
	if r.Wake(c, broadcast.Timer{}); c.next != -1 {
		t.Errorf("a second timer is set for %v", c.next)
	}
	for _, late := range []time.Duration{0, 50 * time.Millisecond, 99 * time.Millisecond} {
		c.now = phase + late
		if got := r.Begin(nil); !slices.Equal(got, []broadcast.NodeID{1, 2}) {
			t.Errorf("got %v, want both neighbors", got)
		}
		if r.Wake(c, broadcast.Timer{}); c.next != phase+100*time.Millisecond {
			t.Errorf("woken %v late: the next round is at %v, want %v", late, c.next, phase+100*time.Millisecond)
		}
	}
}

// TestRest tests that a silent node skips peers that lack nothing, and rests if all
// peers do, until Changed or Doubt.
func TestRest(t *testing.T) {
	r, c := rounds("silent"), &clock{}
	awake := func() bool {
		r.Begin(nil)
		c.next = -1
		r.Wake(c, broadcast.Timer{})
		return c.next >= 0
	}
	r.Satisfy(1)
	r.Satisfy(7) // a peer that it never chooses
	if got := r.Begin(nil); !slices.Equal(got, []broadcast.NodeID{2}) || !awake() {
		t.Errorf("got %v, want [2], and another round", got)
	}
	r.Satisfy(2)
	if awake() {
		t.Errorf("does not rest although both neighbors lack nothing")
	}
	r.Doubt(1)
	if got := r.Begin(nil); !slices.Equal(got, []broadcast.NodeID{1}) || !awake() {
		t.Errorf("got %v, want [1], and another round", got)
	}
	r.Satisfy(1)
	if r.Changed(); !awake() {
		t.Errorf("rests although it has learned something")
	}
	always := rounds("always")
	always.Satisfy(1)
	if got := always.Begin(nil); len(got) != 2 {
		t.Errorf("idle=always: got %v, want both neighbors", got)
	}
}
