package trialtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcasttest"
	"gossipbench/strategies/param"
)

// TestDrawCoversDeclarations: a few hundred trials contain each choice of each setting, each fault,
// losses and duplicates. It reads the declarations, so new settings are covered too.
func TestDrawCoversDeclarations(t *testing.T) {
	drawn := map[string]map[string]bool{} // by setting
	note := func(name, value string) {
		if drawn[name] == nil {
			drawn[name] = map[string]bool{}
		}
		drawn[name][value] = true
	}
	for seed := range uint64(200) {
		trial := Draw(seed, "workload=lin-kv", "strategy=proxy", fmt.Sprint("nodes=", 1+seed%9))
		for name, value := range trial.Values() {
			note(name, value)
		}
		for _, fault := range strings.Split(trial.Nemesis, "+") {
			note("nemesis", fault)
		}
		if strings.Contains(trial.Nemesis, "+") {
			note("nemesis", "joined")
		}
	}
	for _, d := range trial.Settings() {
		if slices.Contains(given, d.Name) || refused(d) {
			continue
		}
		want := []string{d.Default}
		switch {
		case d.Kind == param.Choice:
			want = d.Choices
		case d.Name == "nemesis":
			want = append(slices.Clone(trial.Faults), "none", "joined")
		}
		for _, value := range want {
			if !drawn[d.Name][value] {
				t.Errorf("%s: never drew %q of %d values", d.Name, value, len(drawn[d.Name]))
			}
		}
		if len(drawn[d.Name]) < 2 {
			t.Errorf("%s: is never but %v", d.Name, drawn[d.Name])
		}
	}
}

// refused reports whether a trial of lin-kv refuses the setting on its own.
func refused(d param.Decl) bool {
	for seed := range uint64(20) {
		value := level(d, rand.New(rand.NewPCG(seed, 1)))
		if _, err := parse(1, []string{"workload=lin-kv", "strategy=proxy", d.Name + "=" + value}); err == nil {
			return false
		}
	}
	return true
}

// TestCommand: the command that a failed test prints makes the same trial, for every
// strategy.
func TestCommand(t *testing.T) {
	for _, workload := range strategies.Workloads {
		for _, s := range strategies.Of(workload) {
			for seed := range uint64(5) {
				trial := Draw(seed, "workload="+workload, "strategy="+s.Name, "nodes=4", "rate=7.5")
				var set []string
				words := strings.Fields(Command(trial))
				for i := 4; i < len(words); i += 2 { // after "harness run --seed N"
					set = append(set, words[i+1])
				}
				again, err := parse(trial.Seed, set)
				if err != nil || again.ID() != trial.ID() {
					t.Fatalf("%s makes\n%v (%v), want\n%v", Command(trial), again, err, trial)
				}
			}
		}
	}
}

// TestDrawIsDeterministic: a seed always draws the same trial.
func TestDrawIsDeterministic(t *testing.T) {
	for seed := range uint64(20) {
		set := []string{"workload=kafka", "strategy=ring", "nodes=3"}
		if a, b := Draw(seed, set...), Draw(seed, set...); a.ID() != b.ID() {
			t.Errorf("seed %d: got %v and %v", seed, a, b)
		}
	}
}

// TestScenarios: the random scenarios of broadcasttest cover what experiments can set.
// Whoever declares a fault or a network adds it to broadcasttest too.
func TestScenarios(t *testing.T) {
	choices := map[string][]string{}
	for _, d := range trial.Settings() {
		choices[d.Name] = d.Choices
	}
	for _, tt := range []struct {
		what      string
		have, set []string
	}{
		{"faults", broadcasttest.Kinds, trial.Faults},
		{"networks", broadcasttest.Networks, choices["network"]},
		{"distributions of latencies", broadcasttest.Spreads, choices["latency_dist"]},
	} {
		if !slices.Equal(slices.Sorted(slices.Values(tt.have)), slices.Sorted(slices.Values(tt.set))) {
			t.Errorf("%s: broadcasttest has %v, experiments %v", tt.what, tt.have, tt.set)
		}
	}
}
