package star

import (
	"testing"

	"gossipbench/strategies/gossiptest"
)

func TestScripts(t *testing.T) { gossiptest.RunScripts(t, Spec) }

// TestSoak
func TestSoak(t *testing.T) {
	for _, f := range []gossiptest.Faults{gossiptest.Lossless, gossiptest.Healing, gossiptest.Forgetful} {
		for seed := range uint64(1000) {
			s := gossiptest.Draw(Spec, f, seed)
			if o, err := s.Judge(); err != nil {
				t.Errorf("%v %d: %v\n%v\n%v", f, seed, err, s, o.Messages)
				return
			}
		}
	}
}
