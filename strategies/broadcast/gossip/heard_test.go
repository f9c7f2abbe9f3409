package gossip

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestUnheard tests that a node learns the same values in the same order whether
// messages share an array, as in the simulator, or not, as on a wire. Logs grow,
// arrive late or twice, and start again in a new life.
func TestUnheard(t *testing.T) {
	params := checked(t, map[string]string{"payload": "full", "peers": "random"})
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		config := func() broadcast.Config {
			return broadcast.Config{Self: 0, Nodes: 3, Rand: rand.New(rand.NewPCG(seed, 2))}
		}
		shared, copied := Spec.New(config(), params).(*node), Spec.New(config(), params).(*node)
		peers := make([]broadcast.Set, 3)
		var want broadcast.Set
		var sent [3][][]broadcast.Value
		skipped := 0
		for range 200 {
			peer := 1 + r.IntN(2)
			if r.IntN(40) == 0 { // a restart
				peers[peer] = broadcast.Set{}
			}
			for range r.IntN(20) {
				peers[peer].Add(broadcast.Value(r.IntN(2000)))
			}
			sent[peer] = append(sent[peer], peers[peer].Log())
			values := sent[peer][len(sent[peer])-1-r.IntN(min(5, len(sent[peer])))]
			shared.Receive(nobody{}, broadcast.NodeID(peer), broadcast.Message{Kind: Rumor, Values: values})
			copied.Receive(nobody{}, broadcast.NodeID(peer), broadcast.Message{Kind: Rumor, Values: slices.Clone(values)})
			for _, v := range values {
				want.Add(v)
			}
			if got := shared.values.Log(); !slices.Equal(got, want.Log()) || !slices.Equal(got, copied.values.Log()) {
				t.Fatalf("seed %d: got %d values, and of copies %d, want %d", seed, len(got), copied.values.Len(), want.Len())
			}
			if len(values) >= long && len(shared.unheard(broadcast.NodeID(peer), values)) == 0 {
				skipped++
			}
		}
		if skipped == 0 {
			t.Fatal("unheard skipped no values")
		}
	}
}

// nobody is an Env that does nothing.
type nobody struct{ broadcast.Env }
