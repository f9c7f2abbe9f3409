package sim

import (
	"math"
	"testing"
	"time"
)

// TestPushThenPull: of the n + o(n) messages of Mercier, Hayez and Matos, n − 1 are
// necessary, and only pushes can be wasted. At age t at most k = 2^(t−1) nodes push. Of
// their pushes on average at most k²/n reach nodes that have the value, and k²/2n reach
// nodes that another push reaches too: over p rounds (4^p − 1)/2n. The rounds are p, log₂
// ln n until half have the value, and log₂ log₂ n until all do, each up to a constant;
// the test allows 3 in total.
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
