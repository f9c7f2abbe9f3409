package sim

import (
	"gossipbench/harness/trial"
	"testing"
	"time"
)

// starred returns a trial of star in the setting of Gossip Glomers' challenges 3d and 3e
// (see experiments/challenge-3d.yaml) with that many stalls per second.
func starred(period string, stall float64, seed uint64, more map[string]string) trial.Trial {
	t := trial.Default()
	t.Backend, t.Strategy, t.Topology, t.Nodes, t.Rate = "sim", "star", "grid", 25, 100
	t.Latency, t.TimeLimit, t.Stall, t.Seed = 100*msec, 20*time.Second, stall, seed
	raw := map[string]string{"period": period, "margin": "5ms", "hint": "100ms"}
	for name, value := range more {
		raw[name] = value
	}
	t.Params = params("star", raw)
	return t
}

// TestStalledStar: with one stall every 10 s, star is within the limits of challenges 3d
// and 3e for 20 of 20 seeds.
func TestStalledStar(t *testing.T) {
	for _, tt := range []struct {
		name, period      string
		msgs, median, max float64
	}{
		{"3d", "470ms", 30, 400, 600},
		{"3e", "1.76s", 20, 1000, 2000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(20) {
				m := run(t, starred(tt.period, .1, seed+1, nil)).Metrics
				if m["msgs-per-op"] >= tt.msgs || m["stable-latency.p50"] >= tt.median || m["stable-latency.max"] >= tt.max {
					t.Errorf("seed %d: %.2f messages an op, stable latencies of %.0f ms in the median and %.0f ms at most, want less than %v, %v and %v",
						seed+1, m["msgs-per-op"], m["stable-latency.p50"], m["stable-latency.max"], tt.msgs, tt.median, tt.max)
				}
			}
		})
	}
}

// TestStallCosts: a stall of up to 300 ms delays no value by more than that, at any
// period and in a star of two levels: no value waits for another period. Stalls every
// second cost at most 3 % more messages, and two flushes.
func TestStallCosts(t *testing.T) {
	const latency, longest, late = 100., 300., 60. // late: a margin, a late flush, and a start that is 20 ms off
	for _, tt := range []struct {
		period string
		levels float64
		stall  float64
		more   map[string]string
	}{
		{"470ms", 1, .1, nil},
		{"470ms", 1, .1, map[string]string{"robust": "false"}},
		{"1.76s", 1, .1, nil},
		{"700ms", 2, .1, map[string]string{"width": "6"}},
	} {
		period, err := time.ParseDuration(tt.period)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(20) {
			calm, stalled := run(t, starred(tt.period, 0, seed, tt.more)).Metrics, run(t, starred(tt.period, tt.stall, seed, tt.more)).Metrics
			if most := ms(period) + (2*tt.levels-1)*latency + longest + late; stalled["stable-latency.max"] > most {
				t.Errorf("period %s %v, seed %d: a stable latency of %.0f ms, want at most %.0f", tt.period, tt.more, seed, stalled["stable-latency.max"], most)
			}
			if got, most := stalled["msgs-per-op"]*stalled["ops"], calm["msgs-per-op"]*calm["ops"]*1.03+2*24; got > most {
				t.Errorf("period %s %v, seed %d: %.0f messages, want at most %.0f", tt.period, tt.more, seed, got, most)
			}
		}
	}
}

// TestStarStaggeredStarts: if nodes start up to 20 ms apart, and .2 to .6 s before the load, star
// is within the limits of 3d and sends no more messages. Initially its leaves assume that
// the hub started when they did.
func TestStarStaggeredStarts(t *testing.T) {
	for seed := range uint64(20) {
		m := run(t, starred("460ms", 0, seed+1, nil)).Metrics
		if m["msgs-per-op"] > .95 || m["stable-latency.max"] >= 600 {
			t.Errorf("seed %d: %.3f messages an op, a stable latency of %.0f ms at most, want less than .95 and 600", seed+1, m["msgs-per-op"], m["stable-latency.max"])
		}
	}
}
