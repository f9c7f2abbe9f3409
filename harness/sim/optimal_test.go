package sim

import (
	"math"
	"testing"
	"time"
)

// TestPushThenPull: of Mercier, Hayez and Matos' n + o(n) messages n − 1 are
// needed, and only pushes are in vain. At the age t at most k = 2^(t−1) nodes
// push. Of what they push, at most k²/n in the mean strikes nodes that know, and
// k²/2n nodes that another of them strikes as well: over p rounds (4^p − 1)/2n.
// The rounds are p, log₂ ln n until half know, and log₂ log₂ n until all do, each
// up to a constant; 3 in all are allowed.
func TestPushThenPull(t *testing.T) {
	for _, tt := range []struct{ nodes, pushes, seeds int }{{1000, 7, 40}, {10_000, 10, 4}} {
		trial := disseminate("pushthenpull", "star", tt.nodes, map[string]string{"interval": "1s"})
		trial.Rounds, trial.Latency, trial.Until = "synchronous", time.Second, "complete"
		n := float64(tt.nodes)
		waste, deviation := sample(tt.seeds, func(seed uint64) float64 {
			trial.Seed = seed
			m := run(t, trial).Metrics
			if most := float64(tt.pushes) + math.Log2(math.Log(n)) + math.Log2(math.Log2(n)) + 3; m["coverage"] != 1 || m["rounds"] > most {
				t.Errorf("%d nodes, seed %d: coverage %v after %v rounds, want 1 after at most %.1f", tt.nodes, seed, m["coverage"], m["rounds"], most)
			}
			return m["traffic.values"]*n - (n - 1)
		})
		most := (math.Pow(4, float64(tt.pushes)) - 1) / 2 / n
		t.Logf("%d nodes: %.2f of the messages in vain, want at most %.2f in the mean", tt.nodes, waste, most)
		if waste > most+4*deviation/math.Sqrt(float64(tt.seeds)) || waste == 0 {
			t.Errorf("%d nodes: %.2f of the messages in vain, want at most %.2f, and some", tt.nodes, waste, most)
		}
	}
}
