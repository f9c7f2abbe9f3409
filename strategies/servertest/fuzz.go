package servertest

import (
	"gossipbench/strategies/server"
	"math/rand/v2"
	"testing"
)

// Of returns the world of a strategy with the parameters raw.
func Of(spec server.Spec, raw map[string]string) World {
	params, errs := spec.Check(raw)
	if errs != nil {
		panic(errs)
	}
	return World{Name: spec.Name, New: func() server.Service { return spec.New(params) }}
}

// Run runs scripts in each world, and as many random scripts as random says. A
// failure shows the seed and the script.
func Run(t *testing.T, worlds []World, scripts []string, g Grammar, random int) {
	for _, w := range worlds {
		t.Run(w.Name, func(t *testing.T) {
			for i, script := range scripts {
				if err := w.Play([]byte(script)); err != nil {
					t.Errorf("script %d: %v", i, err)
				}
			}
			for seed := range uint64(random) {
				script := g.Random(source(seed), 30)
				if err := w.Play([]byte(script)); err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, script)
				}
			}
		})
	}
}

// Fuzz runs the fuzzer's scripts, each in one of the worlds. The corpus begins with
// scripts and some random scripts.
func Fuzz(f *testing.F, worlds []World, scripts []string, g Grammar) {
	for i := range worlds {
		for _, script := range scripts {
			f.Add(uint8(i), []byte(script))
		}
		for seed := range uint64(10) {
			f.Add(uint8(i), []byte(g.Random(source(seed), 10)))
		}
	}
	f.Fuzz(func(t *testing.T, world uint8, script []byte) {
		w := worlds[int(world)%len(worlds)]
		if err := w.Play(script); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
	})
}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x736372697074)) } // "script"
