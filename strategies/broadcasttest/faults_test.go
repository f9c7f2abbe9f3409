package broadcasttest

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"slices"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// diary is a strategy whose first node sends each client's value to all others. It
// records the times of events.
type diary struct {
	config broadcast.Config
	values broadcast.Set
	lines  *[]string
}

func (d *diary) Start(broadcast.Env)    {}
func (d *diary) Values() *broadcast.Set { return &d.values }
func (d *diary) note(what string)       { *d.lines = append(*d.lines, what) }
func (d *diary) Expire(env broadcast.Env, t broadcast.Timer) {
	d.note(fmt.Sprintf("n%d's timer at %v", d.config.Self, env.Now()))
}

func (d *diary) Broadcast(env broadcast.Env, v broadcast.Value) {
	d.note(fmt.Sprintf("n%d is brought %d at %v", d.config.Self, v, env.Now()))
	d.values.Add(v)
	for peer := range broadcast.NodeID(d.config.Nodes) {
		if peer != d.config.Self {
			env.Send(peer, broadcast.Message{Values: []broadcast.Value{v}})
		}
	}
}

func (d *diary) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	d.note(fmt.Sprintf("n%d has %v of n%d at %v", d.config.Self, m.Values, from, env.Now()))
	env.After(5*ms, broadcast.Timer{})
}

// diaryOf runs a scenario of two nodes with a latency of 10 ms, in which a client of
// n0 sends one value, and returns the events.
func diaryOf(t *testing.T, s Scenario) []string {
	t.Helper()
	var lines []string
	s.Spec = broadcast.Spec{
		Name: "diary", Kinds: []string{"note"},
		Promise: func(broadcast.Params) broadcast.Promise { return broadcast.Probably },
		New: func(c broadcast.Config, _ broadcast.Params) broadcast.Strategy {
			return &diary{config: c, lines: &lines}
		},
	}
	s.Topology, s.Nodes, s.Values, s.Patient = "line", 2, 1, true
	if s.MaxLatency == 0 {
		s.MinLatency, s.MaxLatency = 10*ms, 10*ms
	}
	for ; ; s.Seed++ { // until n0 receives the value
		lines = nil
		o, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		if o.Origin[0] == 0 {
			return lines
		}
	}
}

// TestFaults tests the effect of each fault.
func TestFaults(t *testing.T) {
	all := Span{0, time.Second}
	aside := func(node int) []bool { return []bool{node == 0, node == 1} }
	for _, tt := range []struct {
		name string
		s    Scenario
		want []string
	}{
		{"none", Scenario{}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms", "n1's timer at 15ms"}},
		{"constant", Scenario{Spread: "constant", MinLatency: 10 * ms, MaxLatency: 30 * ms}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 20ms", "n1's timer at 25ms"}},
		{"duplicate", Scenario{Duplicate: 1}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms", "n1 has [0] of n0 at 10ms", "n1's timer at 15ms", "n1's timer at 15ms"}},
		{"loss", Scenario{Loss: 1, Heal: time.Second}, []string{"n0 is brought 0 at 0s"}},
		{"partition", Scenario{Partitions: []Partition{{all, aside(0), false}}}, []string{"n0 is brought 0 at 0s"}},
		{"partition that is over", Scenario{Partitions: []Partition{{Span{0, 10 * ms}, aside(0), false}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms", "n1's timer at 15ms"}},
		{"partition, when the receiver takes", Scenario{Network: "maelstrom", Partitions: []Partition{{Span{0, 5 * ms}, aside(0), false}}}, []string{"n0 is brought 0 at 0s"}},
		{"deaf", Scenario{Partitions: []Partition{{all, aside(1), true}}}, []string{"n0 is brought 0 at 0s"}},
		{"others are deaf", Scenario{Partitions: []Partition{{all, aside(0), true}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms", "n1's timer at 15ms"}},
		{"slow", Scenario{Slow: []Span{{0, 1 * ms}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 100ms", "n1's timer at 105ms"}},
		{"pause", Scenario{Pauses: []Pause{{Span{5 * ms, 50 * ms}, 1}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 50ms", "n1's timer at 55ms"}},
		{"pause of a timer", Scenario{Pauses: []Pause{{Span{12 * ms, 50 * ms}, 1}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms", "n1's timer at 50ms"}},
		{"pause of who is brought", Scenario{Pauses: []Pause{{Span{0, 50 * ms}, 0}}}, []string{"n0 is brought 0 at 50ms", "n1 has [0] of n0 at 60ms", "n1's timer at 65ms"}},
		{"kill", Scenario{Restarts: []Restart{{At: 50 * ms, Down: 45 * ms, Node: 1}}}, []string{"n0 is brought 0 at 0s"}},
		{"kill that loses a timer", Scenario{Restarts: []Restart{{At: 12 * ms, Down: ms, Node: 1}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 10ms"}},
		{"kill of who is brought", Scenario{Restarts: []Restart{{At: 50 * ms, Down: 50 * ms, Node: 0}}}, []string{"n0 is brought 0 at 0s", "n1 has [0] of n0 at 60ms", "n1's timer at 65ms"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := diaryOf(t, tt.s); !slices.Equal(got, tt.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
			}
		})
	}
}

// TestHeadOfLine tests that on network maelstrom a message blocks those behind it:
// with falling latencies copies arrive in the order of sending, and never before a
// message that was taken earlier.
func TestHeadOfLine(t *testing.T) {
	w := &world{Scenario: Scenario{Network: "maelstrom", Nodes: 2}, inboxes: make([]inbox, 2)}
	var got []time.Duration
	w.carry(event{at: 30 * ms, to: 1})
	w.carry(event{at: 10 * ms, to: 1})
	w.carry(event{at: 20 * ms, to: 1})
	for len(w.queue) > 0 {
		e := w.queue[0]
		w.queue = w.queue[1:]
		w.now = e.at
		got = append(got, e.at)
		w.inboxes[1].busy = false
		w.take(1)
	}
	if want := []time.Duration{30 * ms, 30 * ms, 30 * ms}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestDrawn tests that a few hundred scenarios contain each kind of fault, network
// and distribution of latencies, and no fault above their level.
func TestDrawn(t *testing.T) {
	for _, faults := range []Faults{Calm, Lossless, Healing, Forgetful} {
		drawn := map[string]bool{}
		for seed := range uint64(300) {
			s := Draw(toySpec("nothing", broadcast.Probably), faults, seed)
			for kind, is := range map[string]bool{
				"slow": s.Slow != nil, "pause": s.Pauses != nil, "kill": s.Restarts != nil, "loss": s.Loss > 0, "duplicate": s.Duplicate > 0,
			} {
				drawn[kind] = drawn[kind] || is
			}
			for _, p := range s.Partitions {
				drawn[map[bool]string{false: "partition", true: "one-way"}[p.OneWay]] = true
			}
			drawn[s.Spread], drawn[s.Network] = true, true
		}
		want := []string{"duplicate"}
		switch faults {
		case Calm:
			want = append(want, "")
		case Lossless:
			want = append(append(append(want, "slow", "pause"), Networks...), Spreads...)
		case Healing:
			want = append(append(append(want, "slow", "pause", "partition", "one-way", "loss"), Networks...), Spreads...)
		case Forgetful:
			want = append(append(append(append(want, "loss"), Kinds...), Networks...), Spreads...)
		}
		for kind, is := range drawn {
			if is != slices.Contains(want, kind) {
				t.Errorf("%v: %q: drawn %v", faults, kind, is)
			}
		}
		for _, kind := range want {
			if !drawn[kind] {
				t.Errorf("%v: never drew %q", faults, kind)
			}
		}
	}
}
