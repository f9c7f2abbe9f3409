package sim

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/strategies"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/param"
)

// seeds is for soaking: see TestPromises.
var (
	seeds = flag.Int("seeds", 200, "how many random trials TestPromises runs")
	seed  = flag.Int("seed", -1, "the one trial that TestPromises runs")
)

// TestPromises runs random trials of every strategy under random faults. None
// may lose what its strategy promises to deliver, count twice or panic, and each
// comes to the same result when it is run again.
func TestPromises(t *testing.T) {
	first, last := uint64(0), uint64(*seeds)
	if *seed >= 0 {
		first, last = uint64(*seed), uint64(*seed)+1
	}
	for s := first; s < last; s++ {
		trial, promised := randomTrial(s)
		again := fmt.Sprintf("go test ./harness/sim -run TestPromises -seed %d\nor %s", s, command(trial))
		r := run(t, trial)
		if first, second := r.AppendJSON(nil), run(t, trial).AppendJSON(nil); !bytes.Equal(first, second) {
			t.Errorf("seed %d: run again, it gives another result; compare\n%s", s, again)
		}
		if promised && r.Metrics["lost"]+r.Metrics["never-read"] > 0 {
			t.Errorf("seed %d: %s promises more: %v values lost, %v never read; run it again by\n%s",
				s, trial.Strategy, r.Metrics["lost"], r.Metrics["never-read"], again)
		}
		if r.Metrics["stable"]+r.Metrics["lost"]+r.Metrics["never-read"] != r.Metrics["broadcasts"] || r.Metrics["duplicated"] > 0 || len(others(r.Warnings)) > 0 {
			t.Errorf("seed %d: the counts of values do not add up: %v %v; run it again by\n%s", s, r.Metrics, r.Warnings, again)
		}
		if down := strings.Contains(trial.Nemesis, "kill") || strings.Contains(trial.Nemesis, "pause"); r.Metrics["unanswered"] > 0 && !down {
			t.Errorf("seed %d: all nodes were up, and %v; run it again by\n%s", s, r.Warnings, again)
		}
	}
}

// others are the warnings that no fault accounts for.
func others(warnings []string) []string {
	return slices.DeleteFunc(slices.Clone(warnings), func(w string) bool { return strings.HasPrefix(w, "ops without an answer: ") })
}

// randomTrial draws a trial, and whether its strategy promises it to be valid.
func randomTrial(s uint64) (trial experiment.Trial, promised bool) {
	r := rand.New(rand.NewPCG(s, 0))
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	trial = experiment.Default()
	trial.Seed, trial.Nodes = s, 1+r.IntN(12)
	trial.Topology = pick("grid", "line", "tree2", "tree4", "total", "star", "hypercube")
	trial.Network = pick("maelstrom", "ideal")
	trial.LatencyDist = pick("constant", "uniform", "exponential")
	trial.Latency = time.Duration(r.IntN(60)) * msec
	trial.Rate, trial.TimeLimit, trial.Recovery = float64(10+r.IntN(60)), 2*time.Second, 60*time.Second
	trial.Nemesis = pick("none", "none", "partition", "one-way", "slow", "pause", "kill", "partition+pause", "slow+kill+pause")
	trial.NemesisInterval = time.Duration(200+r.IntN(1000)) * msec
	if r.IntN(2) == 0 {
		trial.Loss, trial.Duplicate = float64(r.IntN(30))/100, float64(r.IntN(30))/100
	}
	all := strategies.Broadcast()
	spec := all[r.IntN(len(all))]
	for {
		raw := map[string]string{}
		for _, d := range spec.Params {
			if value, ok := draw(d, r); ok {
				raw[d.Name] = value
			}
		}
		p, errs := spec.Check(raw)
		if errs == nil {
			trial.Strategy, trial.Params = spec.Name, p
			break
		}
	}
	switch spec.Promise(trial.Params) {
	case gossip.IfHealed:
		promised = !strings.Contains(trial.Nemesis, "kill")
	case gossip.IfLossless:
		promised = trial.Loss == 0 && (trial.Nemesis == "none" || trial.Nemesis == "slow" || trial.Nemesis == "pause")
	}
	return trial, promised
}

// draw draws a level of a parameter.
func draw(d param.Decl, r *rand.Rand) (string, bool) {
	switch d.Kind {
	case param.Choice:
		return d.Choices[r.IntN(len(d.Choices))], true
	case param.Bool:
		return fmt.Sprint(r.IntN(2) == 0), true
	case param.Int:
		return fmt.Sprint(int(d.Min) + r.IntN(4)), true
	case param.Duration:
		return (time.Duration(d.Min*float64(time.Second)) + time.Duration(r.IntN(200))*msec).String(), true
	}
	return "", false
}

// command is the command line that runs a trial.
func command(t experiment.Trial) string {
	line := fmt.Sprintf("harness run --seed %d", t.Seed)
	values, defaults := t.Values(), experiment.Default().Values()
	for _, d := range experiment.Settings() {
		if values[d.Name] != defaults[d.Name] {
			line += fmt.Sprintf(" --set %s=%s", d.Name, values[d.Name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		line += fmt.Sprintf(" --set %s=%s", name, t.Params[name])
	}
	return line
}

// TestCommand: the command that a failure prints makes the very trial.
func TestCommand(t *testing.T) {
	for s := range uint64(50) {
		trial, _ := randomTrial(s)
		var flags experiment.Flags
		words := strings.Fields(command(trial))
		for i := 2; i < len(words); i += 2 { // after "harness run"
			switch words[i] {
			case "--seed":
				flags.Seed = words[i+1]
			case "--set":
				flags.Set = append(flags.Set, words[i+1])
			}
		}
		e, err := experiment.AdHoc(flags, catalog{})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Trials) != 1 || e.Trials[0].ID() != trial.ID() {
			t.Fatalf("%s makes\n%v, want\n%v", command(trial), e.Trials, trial)
		}
	}
}

// catalog is the strategies of broadcasts, as package experiment asks for them.
type catalog struct{}

func (catalog) Strategies(string) (names []string) {
	for _, spec := range strategies.Broadcast() {
		names = append(names, spec.Name)
	}
	return names
}

func (catalog) Params(_, strategy string) []param.Decl {
	spec, _ := strategies.FindBroadcast(strategy)
	return spec.Params
}

func (catalog) Check(_, strategy string, raw map[string]string) (param.Values, []error) {
	spec, err := strategies.FindBroadcast(strategy)
	if err != nil {
		return nil, []error{err}
	}
	return spec.Check(raw)
}
