package gossiptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gossipbench/strategies/gossip"
	"gossipbench/strategies/param"
	"gossipbench/strategies/topology"
)

// Scenario is a random network in virtual time. Everything in it follows from
// its Seed.
//
// Clients bring values to random nodes during the first Load of time. A message
// takes a time uniform between the latencies, so messages overtake each other.
// Until Heal some are lost and partitions cut nodes off; some are duplicated
// for ever.
type Scenario struct {
	Spec     gossip.Spec
	Params   gossip.Params
	Seed     uint64
	Topology string
	Nodes    int
	Degree   int

	Values     int
	Load       time.Duration
	MinLatency time.Duration
	MaxLatency time.Duration
	Duplicate  float64
	Loss       float64
	Partitions []Partition
	Restarts   []Restart
	Heal       time.Duration

	Patient bool // run on until nothing is left to happen, though all have everything
}

// Partition cuts the nodes on one side off from the others. What crosses when
// it is to be delivered is lost.
type Partition struct {
	From, To time.Duration
	Aside    []bool
}

// Restart is the moment at which a node forgets everything and starts again.
type Restart struct {
	At   time.Duration
	Node gossip.NodeID
}

// Faults are what may happen in a Scenario besides delay and duplication.
type Faults int

// Each of the faults has those before it.
const (
	Lossless  Faults = iota // no message is lost
	Healing                 // losses and partitions, up to a time
	Forgetful               // and nodes that restart without their values
)

func (f Faults) String() string { return [...]string{"lossless", "healing", "forgetful"}[f] }

// Draw draws a scenario for a strategy, its parameters included. It draws again
// what the strategy refuses.
func Draw(spec gossip.Spec, faults Faults, seed uint64) Scenario {
	r := rand.New(rand.NewPCG(seed, 0x7363656e6172696f)) // "scenario"
	s := Scenario{Spec: spec, Seed: seed}
	for s.Params == nil {
		raw := map[string]string{}
		for _, d := range spec.Params {
			raw[d.Name] = Level(d, r)
		}
		s.Params, _ = spec.Check(raw)
	}
	s.Nodes = 1 + r.IntN(12)
	for {
		s.Topology = topology.Names[r.IntN(len(topology.Names))]
		s.Degree = 2 + r.IntN(4)
		if topology.Check(s.Topology, s.Nodes, s.Degree) == nil {
			break
		}
	}
	s.Values = 1 + r.IntN(20)
	s.Load = between(r, 0, 400*time.Millisecond)
	s.MinLatency = between(r, 0, 20*time.Millisecond)
	s.MaxLatency = s.MinLatency + between(r, 0, 40*time.Millisecond)
	if r.IntN(2) == 0 {
		s.Duplicate = 0.3 * r.Float64()
	}
	if faults >= Healing {
		s.Heal = between(r, 0, 600*time.Millisecond)
		s.Loss = 0.4 * r.Float64()
		for range r.IntN(4) {
			p := Partition{From: between(r, 0, s.Heal), To: between(r, 0, s.Heal), Aside: make([]bool, s.Nodes)}
			for i := range p.Aside {
				p.Aside[i] = r.IntN(2) == 0
			}
			s.Partitions = append(s.Partitions, p)
		}
	}
	if faults >= Forgetful {
		for range 1 + r.IntN(3) {
			s.Restarts = append(s.Restarts, Restart{between(r, 0, s.Heal+s.Load), gossip.NodeID(r.IntN(s.Nodes))})
		}
	}
	return s
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

// Level draws a value of a parameter among a few that are legal, the default
// and the least among them.
func Level(d gossip.Param, r *rand.Rand) string {
	candidates := []string{d.Default}
	switch d.Kind {
	case param.Choice:
		candidates = d.Choices
	case param.Bool:
		candidates = []string{"false", "true"}
	case param.Int:
		candidates = append(candidates, fmt.Sprint(d.Min), fmt.Sprint(d.Min+1), "2", "3", "5")
	case param.Float:
		candidates = append(candidates, fmt.Sprint(d.Min), fmt.Sprint((d.Min+d.Max)/2), fmt.Sprint(d.Max))
	case param.Duration:
		candidates = append(candidates, time.Duration(d.Min*float64(time.Second)).String(), "10ms", "50ms", "200ms")
	}
	for {
		c := candidates[r.IntN(len(candidates))]
		if _, err := d.Parse(c); err == nil {
			return c
		}
	}
}

// calm is when the last fault is past.
func (s Scenario) calm() time.Duration {
	calm := s.Heal
	for _, r := range s.Restarts {
		calm = max(calm, r.At)
	}
	return calm
}

// Lossless reports whether no message is lost and no node forgets.
func (s Scenario) Lossless() bool {
	return s.Loss == 0 && s.Partitions == nil && s.Restarts == nil
}

// Name says which strategy runs and with which parameters.
func (s Scenario) Name() string {
	var b strings.Builder
	b.WriteString(s.Spec.Name)
	for _, d := range s.Spec.Params {
		fmt.Fprintf(&b, " %s=%s", d.Name, s.Params[d.Name])
	}
	return b.String()
}

func (s Scenario) String() string {
	text := fmt.Sprintf("%s on %d nodes, topology %s", s.Name(), s.Nodes, s.Topology)
	if s.Topology == "random" {
		text += fmt.Sprintf(" of degree %d", s.Degree)
	}
	text += fmt.Sprintf(", %d values in %v, latency %v to %v, duplicate %.2f, loss %.2f until %v",
		s.Values, s.Load, s.MinLatency, s.MaxLatency, s.Duplicate, s.Loss, s.Heal)
	for _, p := range s.Partitions {
		text += fmt.Sprintf(", partition %v from %v to %v", members(p.Aside), p.From, p.To)
	}
	for _, r := range s.Restarts {
		text += fmt.Sprintf(", n%d restarts at %v", r.Node, r.At)
	}
	return text
}

func members(aside []bool) []string {
	var names []string
	for i, in := range aside {
		if in {
			names = append(names, fmt.Sprint("n", i))
		}
	}
	return names
}

// Outcome is what came of a scenario.
type Outcome struct {
	Messages int              // sent
	Elapsed  time.Duration    // until all had everything, or until the end
	Quiet    bool             // nothing was in flight or to expire at the end
	Log      [][]gossip.Value // what each node had, in order of arrival
	Origin   []gossip.NodeID  // whom each of the values 0, 1, … was brought to
	Reached  []int            // how many nodes had each value
}

// Complete reports whether all nodes had all values.
func (o Outcome) Complete() bool {
	return !slices.ContainsFunc(o.Reached, func(n int) bool { return n < len(o.Log) })
}

// Judge runs the scenario and returns how the strategy broke its promise, if it
// did. Whatever the promise, in a scenario without losses each value must reach
// someone besides the node that it was brought to.
func (s Scenario) Judge() (Outcome, error) {
	o, err := s.Run()
	if err != nil {
		return o, err
	}
	promised := s.Spec.Promise(s.Params)
	switch {
	case s.Restarts != nil:
	case promised == gossip.IfHealed, promised == gossip.IfLossless && s.Lossless():
		if !o.Complete() {
			return o, fmt.Errorf("promised every value everywhere (%v), but after %v %d nodes have these: %v", promised, o.Elapsed, s.Nodes, o.Reached)
		}
	case s.Lossless() && s.Nodes > 1:
		if v := slices.Index(o.Reached, 1); v >= 0 {
			return o, fmt.Errorf("nobody was told the value %d that n%d got", v, o.Origin[v])
		}
	}
	return o, nil
}
