package sim

import (
	"testing"
	"time"

	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// TestHealToLast: a value at time 0 must cross a link of 10 ms that is cut until 50 ms.
// It is sent at 0, after 20 ms, and after 40 ms more; it arrives at 70 ms, 20 ms after
// the heal. A value after the heal does not count, nor does the end of a fault that has
// not begun.
func TestHealToLast(t *testing.T) {
	trial := disseminate("flood", "line", 2, map[string]string{"delivery": "ack-retry", "retry": "20ms"})
	trial.Spread, trial.Rate = 2, 10 // the second value comes at 100 ms
	apart := network.Apart(2, []broadcast.NodeID{0})
	for _, tt := range []struct {
		name   string
		faults []workload.Fault
		want   time.Duration
		known  bool
	}{
		{"none", nil, 0, false},
		{"an end alone", []workload.Fault{{At: 50 * msec, Kind: "partition"}}, 0, false},
		{"one", []workload.Fault{{Kind: "partition", Starts: true, Cut: apart}, {At: 50 * msec, Kind: "partition"}}, 20 * msec, true},
		{"one, and the end of time", []workload.Fault{{Kind: "partition", Starts: true, Cut: apart}, {At: 50 * msec, Kind: "partition"},
			{At: time.Second, Kind: "partition"}}, 20 * msec, true},
		{"all there before", []workload.Fault{{At: 30 * msec, Kind: "partition", Starts: true, Cut: apart}, {At: 50 * msec, Kind: "partition"}}, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newCluster(&trial)
			if err != nil {
				t.Fatal(err)
			}
			c.plan()
			c.nemesis.faults = tt.faults
			for i, f := range tt.faults {
				c.queue.push(f.At, strike, event{ref: uint32(i)})
			}
			d := newDissemination(c)
			d.play()
			d.sum()
			if got, known := c.healToLast(); got != tt.want || known != tt.known {
				t.Errorf("got %v, %v, want %v, %v", got, known, tt.want, tt.known)
			}
		})
	}
}

// TestHealToLastNever: a value that is lost forever counts with the time from the heal
// until the end of the trial.
func TestHealToLastNever(t *testing.T) {
	trial := disseminate("flood", "line", 2, nil)
	trial.Nemesis, trial.NemesisInterval, trial.TimeLimit = "partition", 100*msec, time.Second
	lost := 0
	for trial.Seed = range 40 {
		m := run(t, trial).Metrics
		took, known := m["heal-to-last"]
		faults := nemesis{faults: workload.Faults(trial)}
		healed, _ := faults.heal()
		switch {
		case known != (healed < time.Second):
			t.Errorf("seed %d: healed at %v, got %v ms, %v", trial.Seed, healed, took, known)
		case known && m["coverage"] < 1 && took != ms(time.Second-healed):
			t.Errorf("seed %d: healed at %v, lost a value, got %v ms", trial.Seed, healed, took)
		case known && m["coverage"] == 1 && took > 20:
			t.Errorf("seed %d: lost nothing, got %v ms", trial.Seed, took)
		}
		if known && m["coverage"] < 1 {
			lost++
		}
	}
	// Two of four targets separate two nodes, and a fault that begins at 0 and lasts 100
	// ms on average seldom ends before a value has crossed, in 10 ms. Half of the trials
	// end with a fault.
	if lost < 5 {
		t.Errorf("lost in %d of 40 trials, want some quarter", lost)
	}
}
