package glomers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/trial"
)

// Options say how challenges are run.
type Options struct {
	Backend string
	// Bin is the node, and Args its arguments; "" is ours. {challenge} and {workload}
	// in them stand for those of each test.
	Bin, Args string
	Quick     bool
	Runs      int
	Seed      uint64
}

// What a quick test has in place of the official conditions. Chosen: long enough for
// some partitions, and for a node that tries again within a second or two. Maelstrom's
// recovery cannot be changed.
const (
	quickTime     = 4 * time.Second
	quickRecovery = 4 * time.Second
	quickInterval = time.Second
)

// Plan is an experiment that has the tests of some challenges.
type Plan struct {
	Text  []byte // of its file
	tests []test
	kinds int // of trials in one replicate
}

// test is a test of a challenge in a plan.
type test struct {
	challenge Challenge
	title     string
	targets   []trial.Target
	kind      int // the index of its trial in a replicate
}

// NewPlan makes the plan of challenges. Tests that differ in nothing but their limits,
// as those of 3d and 3e do, share a trial.
func NewPlan(challenges []Challenge, o Options) Plan {
	var p Plan
	var kinds []string
	for _, c := range challenges {
		for _, arguments := range c.Tests {
			entry := o.entry(c, settings(arguments))
			kind := slices.Index(kinds, entry)
			if kind < 0 {
				kind = len(kinds)
				kinds = append(kinds, entry)
			}
			title := c.Title
			if len(c.Tests) > 1 && strings.Contains(arguments, "--nemesis") {
				title += ", under partitions"
			}
			p.tests = append(p.tests, test{c, title, c.targets(arguments), kind})
		}
	}
	p.kinds = len(kinds)
	question := "Does the node pass the challenges of Gossip Glomers?"
	if o.Quick {
		question += " Quick: shorter than the official tests."
	}
	p.Text = fmt.Appendf(nil, "# harness glomers; the conditions are those of https://fly.io/dist-sys\nquestion: %s\ninclude:\n%s\nreplicates: %d\nseed: %d\n",
		quote(question), strings.Join(kinds, "\n"), o.Runs, o.Seed)
	return p
}

// entry is a test as an entry of include.
func (o *Options) entry(c Challenge, conditions []setting) string {
	given := slices.Clone(conditions)
	value := func(name string) *string {
		for i := range given {
			if given[i].name == name {
				return &given[i].value
			}
		}
		return nil
	}
	add := func(name, value string) { given = append(given, setting{name, value}) }
	if o.Quick {
		*value("time_limit") = quickTime.String()
		if value("nemesis") != nil {
			add("nemesis_interval", quickInterval.String())
		}
		switch *value("workload") {
		case "broadcast", "g-counter", "kafka": // which end with final reads
			if o.Backend != trial.Maelstrom {
				add("recovery", quickRecovery.String())
			}
		}
	}
	add("backend", o.Backend)
	if o.Bin == "" {
		for pair := range strings.FieldsSeq(c.Ours) {
			name, value, _ := strings.Cut(pair, "=")
			add(name, value)
		}
	} else {
		own := strings.NewReplacer("{challenge}", c.Name, "{workload}", *value("workload"))
		add("bin", own.Replace(o.Bin))
		if o.Args != "" {
			add("args", own.Replace(o.Args))
		}
	}
	parts := make([]string, len(given))
	for i, s := range given {
		parts[i] = s.name + ": " + quote(s.value)
	}
	return "  - {" + strings.Join(parts, ", ") + "}"
}

// quote writes a text as JSON, which YAML reads.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(b)
}

// Run is a test of a challenge with one seed.
type Run struct {
	Challenge Challenge
	Title     string // of the challenge, and what this test of it has
	Trial     trial.Trial
	targets   []trial.Target
}

// Runs are the tests that trials answer, which are those of the plan's experiment: the
// tests in the order of the challenges, each with all its seeds.
func (p Plan) Runs(trials []trial.Trial) []Run {
	if len(trials)%p.kinds != 0 {
		panic(fmt.Sprintf("glomers: %d trials of %d kinds", len(trials), p.kinds))
	}
	var runs []Run
	for _, t := range p.tests {
		for i := t.kind; i < len(trials); i += p.kinds {
			runs = append(runs, Run{t.challenge, t.title, trials[i], t.targets})
		}
	}
	return runs
}

// Light reports whether a trial keeps no processor busy, so that several may run at
// once: few nodes and few ops. Chosen.
func Light(t trial.Trial) bool { return t.Nodes <= 5 && t.Rate <= 10 }
