// Package trialtest draws random trials for the tests that check every strategy's
// promise.
//
// The draw follows the declarations of package trial: each setting that may be set on its
// own can be drawn, including faults and networks, and so can settings that are added
// later. Trials are made as the command line makes them, so a refused combination is
// never drawn, and every trial has a command that runs it.
package trialtest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"gossipbench/strategies/param"
	"gossipbench/strategies/topology"
)

// given are the settings that the caller of Draw decides: what is run, how long, and how
// it is judged.
var given = []string{
	"workload", "backend", "strategy", "bin", "args", "nodes", "rate", "time_limit", "recovery", "rpc_timeout",
	"availability", "consistency_models",
}

// Draw draws the settings of a trial that are not in set (key=value), and the parameters
// of its strategy. Each setting has a random stream of its own, so a seed gives the same
// level whatever else is declared.
func Draw(seed uint64, set ...string) trial.Trial {
	tr, err := parse(seed, set)
	if err != nil {
		panic(fmt.Sprintf("trialtest: %v: %v", set, err))
	}
	decls := trial.Settings()
	if s, err := strategies.Find(asked(tr.Workload), tr.Strategy); err == nil {
		decls = append(decls, s.Params...)
	}
	for _, d := range decls {
		if slices.Contains(given, d.Name) || slices.ContainsFunc(set, func(s string) bool { return strings.HasPrefix(s, d.Name+"=") }) {
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(d.Name))
		r := rand.New(rand.NewPCG(seed, h.Sum64()))
		if r.IntN(3) == 0 {
			continue // keep its default
		}
		more := append(slices.Clip(set), d.Name+"="+level(d, r))
		if t, err := parse(seed, more); err == nil { // else it cannot be combined with the others
			tr, set = t, more
		}
	}
	return tr
}

// level draws a value of a setting or parameter that suits small clusters.
func level(d param.Decl, r *rand.Rand) string {
	switch {
	case d.Name == "nemesis":
		var faults []string
		for _, fault := range trial.Faults {
			if r.IntN(len(trial.Faults)) < 2 {
				faults = append(faults, fault)
			}
		}
		if faults == nil {
			return "none"
		}
		return strings.Join(faults, "+")
	case d.Name == "nemesis_interval": // several faults in a trial
		return between(r, 200*time.Millisecond, 1700*time.Millisecond).String()
	case d.Name == "message_time":
		return fmt.Sprintf("%dµs", 1+r.IntN(5))
	case d.Name == "jitter": // little more than real threads have
		return between(r, 0, time.Millisecond).String()
	case d.Name == "stall": // several in a trial
		return fmt.Sprintf("%.1f", 10*r.Float64())
	case d.Name == "concurrency":
		return fmt.Sprintf("%dn", 1+r.IntN(3))
	case d.Kind == param.Duration && d.Default == "0s":
		return between(r, time.Duration(d.Min*float64(time.Second)), 30*time.Millisecond).String()
	case d.Kind == param.Float && d.Min == 0: // a share, or a rate per second
		return fmt.Sprintf("%.2f", r.Float64()*min(0.3, d.Max))
	}
	return broadcasttest.Level(d, r)
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return (least + time.Duration(r.Int64N(int64(max(most-least, 1))))).Truncate(100 * time.Microsecond)
}

// parse makes a trial as the command line does.
func parse(seed uint64, set []string) (trial.Trial, error) {
	e, err := experiment.AdHoc(experiment.Flags{Seed: fmt.Sprint(seed), Set: set}, catalog{})
	if err != nil {
		return trial.Trial{}, err
	}
	t := e.Trials[0]
	return t, topology.Check(t.Topology, t.Nodes, t.Degree) // as backends check it
}

// lossless are the nemeses that lose no message and no memory.
var lossless = []string{"none", "slow", "pause"}

// Promised reports whether the strategy promises that the trial is valid, if its final
// ops come late enough.
func Promised(t trial.Trial) bool {
	s, err := strategies.Find(t.Workload, t.Strategy)
	if err != nil {
		return false
	}
	faults := strings.Split(t.Nemesis, "+")
	switch {
	case s.Gossip != nil && s.Gossip.Promise(t.Params) == broadcast.IfHealed:
		return !slices.Contains(faults, "kill") // values are in memory
	case s.Gossip != nil && s.Gossip.Promise(t.Params) == broadcast.IfLossless:
		return t.Loss == 0 && !slices.ContainsFunc(faults, func(f string) bool { return !slices.Contains(lossless, f) })
	case s.Gossip != nil:
		return false
	case t.Strategy == "memory":
		return !slices.Contains(faults, "kill")
	}
	return true
}

// Command returns the command line that runs a trial.
func Command(t trial.Trial) string {
	line := fmt.Sprintf("harness run --seed %d", t.Seed)
	for _, d := range trial.Settings() {
		if value, has := t.Value(d.Name); has && value != d.Default {
			line += fmt.Sprintf(" --set %s=%s", d.Name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		line += fmt.Sprintf(" --set %s=%s", name, t.Params[name])
	}
	return line
}

// asked returns the workload under which the strategies of a trial's workload are
// registered: a dissemination uses the strategies of broadcast.
func asked(workload string) string {
	if workload == "dissemination" {
		return "broadcast"
	}
	return workload
}

// catalog gives package experiment the strategies.
type catalog struct{}

func (catalog) Strategies(workload string) (names []string) {
	for _, s := range strategies.Of(asked(workload)) {
		names = append(names, s.Name)
	}
	return names
}

func (catalog) Params(workload, strategy string) []param.Decl {
	s, err := strategies.Find(asked(workload), strategy)
	if err != nil {
		panic(err)
	}
	return s.Params
}

func (catalog) Check(workload, strategy string, raw map[string]string) (param.Values, []error) {
	s, err := strategies.Find(asked(workload), strategy)
	if err != nil {
		return nil, []error{err}
	}
	return s.Check(raw)
}

func (catalog) CheckFlag(verb, name string, values []string) error { return nil }
