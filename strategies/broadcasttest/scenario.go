package broadcasttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
	"gossipbench/strategies/topology"
)

// Scenario is a random network in virtual time. Its Seed determines everything.
//
// Clients send values to random nodes during Load. A client of a node that is down
// waits until the node is up. Latencies are between MinLatency and MaxLatency, or
// exponential with the same mean, so messages overtake each other. Until Heal,
// messages are lost, partitions cut nodes off, nodes pause, and latencies grow.
// Some messages are duplicated at any time.
type Scenario struct {
	Spec     broadcast.Spec
	Params   broadcast.Params
	Seed     uint64
	Topology string
	Nodes    int
	Degree   int

	Values     int
	Load       time.Duration
	MinLatency time.Duration
	MaxLatency time.Duration
	Spread     string // of latencies, one of Spreads; "" is uniform
	Network    string // one of Networks; "" is ideal
	Duplicate  float64
	Loss       float64
	Partitions []Partition
	Pauses     []Pause
	Slow       []Span // latencies are ten times as long
	Restarts   []Restart
	Heal       time.Duration

	Patient bool // run until no event is left, even if all nodes have all values
}

// The networks, distributions of latencies, and kinds of faults, named as in
// experiments.
var (
	Networks = []string{"maelstrom", "ideal"}
	Spreads  = []string{"constant", "uniform", "exponential"}
	Kinds    = []string{"partition", "one-way", "slow", "kill", "pause"}
)

// Span is a period of time.
type Span struct{ From, To time.Duration }

func (s Span) has(now time.Duration) bool { return s.From <= now && now < s.To }

// Partition cuts the nodes of Aside off from the others. A message across the cut
// is lost when it is delivered, or, on network maelstrom, when the receiver takes
// it.
type Partition struct {
	Span
	Aside  []bool
	OneWay bool // the nodes of Aside receive nothing from the others, but not vice versa
}

// Pause is a period in which a node does nothing. Its events are handled
// afterwards.
type Pause struct {
	Span
	Node broadcast.NodeID
}

// Restart is the time at which a node restarts without its state.
type Restart struct {
	At   time.Duration
	Down time.Duration // how long the node was down before
	Node broadcast.NodeID
}

// Faults are the kinds of faults in a Scenario, besides delay and duplication.
type Faults int

// Each level includes the ones before it.
const (
	Calm      Faults = iota // latencies and duplicates only
	Lossless                // pauses and slow periods; no message is lost
	Healing                 // losses and partitions until Heal
	Forgetful               // nodes that restart without their values
)

func (f Faults) String() string { return [...]string{"calm", "lossless", "healing", "forgetful"}[f] }

// Draw returns a random scenario for a strategy, with random parameters that it
// accepts.
func Draw(spec broadcast.Spec, faults Faults, seed uint64) Scenario {
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
	if faults == Calm {
		return s
	}
	s.Spread = Spreads[r.IntN(len(Spreads))]
	s.Network = Networks[r.IntN(len(Networks))]
	s.Heal = between(r, 0, 600*time.Millisecond)
	if faults >= Healing {
		s.Loss = 0.4 * r.Float64()
	}
	for _, kind := range Kinds {
		s.draw(kind, faults, r)
	}
	return s
}

// draw adds random faults of a kind, if the level of faults allows it.
func (s *Scenario) draw(kind string, faults Faults, r *rand.Rand) {
	for range r.IntN(3) {
		from := between(r, 0, s.Heal)
		span := Span{from, between(r, from, s.Heal)}
		node := broadcast.NodeID(r.IntN(s.Nodes))
		switch {
		case kind == "slow":
			s.Slow = append(s.Slow, span)
		case kind == "pause":
			s.Pauses = append(s.Pauses, Pause{span, node})
		case kind == "kill" && faults >= Forgetful:
			at := between(r, 0, s.Heal+s.Load)
			s.Restarts = append(s.Restarts, Restart{at, between(r, 0, at), node})
		case (kind == "partition" || kind == "one-way") && faults >= Healing:
			p := Partition{Span: span, Aside: make([]bool, s.Nodes), OneWay: kind == "one-way"}
			for i := range p.Aside {
				p.Aside[i] = r.IntN(2) == 0
			}
			s.Partitions = append(s.Partitions, p)
		}
	}
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

// Level returns one of a few legal values of a parameter, including its default and
// its minimum.
func Level(d broadcast.Param, r *rand.Rand) string {
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

// calm returns when the last fault ends.
func (s Scenario) calm() time.Duration {
	calm := s.Heal
	for _, r := range s.Restarts {
		calm = max(calm, r.At)
	}
	return calm
}

// Lossless reports whether no message is lost and no node restarts.
func (s Scenario) Lossless() bool {
	return s.Loss == 0 && s.Partitions == nil && s.Restarts == nil
}

// Name returns the strategy and its parameters.
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
	text += fmt.Sprintf(", %d values in %v, latency %v to %v %s, network %s, duplicate %.2f, loss %.2f until %v",
		s.Values, s.Load, s.MinLatency, s.MaxLatency, s.Spread, s.Network, s.Duplicate, s.Loss, s.Heal)
	for _, p := range s.Partitions {
		kind := "partition"
		if p.OneWay {
			kind = "one-way"
		}
		text += fmt.Sprintf(", %s %v %v", kind, members(p.Aside), p.Span)
	}
	for _, p := range s.Pauses {
		text += fmt.Sprintf(", n%d stands still %v", p.Node, p.Span)
	}
	for _, span := range s.Slow {
		text += fmt.Sprintf(", slow %v", span)
	}
	for _, r := range s.Restarts {
		text += fmt.Sprintf(", n%d restarts at %v after %v", r.Node, r.At, r.Down)
	}
	return text
}

func (s Span) String() string { return fmt.Sprintf("from %v to %v", s.From, s.To) }

func members(aside []bool) []string {
	var names []string
	for i, in := range aside {
		if in {
			names = append(names, fmt.Sprint("n", i))
		}
	}
	return names
}

// Outcome is the result of a scenario.
type Outcome struct {
	Messages int                 // sent
	Elapsed  time.Duration       // when all nodes had all values, or the end
	Quiet    bool                // no message or timer was pending at the end
	Log      [][]broadcast.Value // what each node had, in order of arrival
	Origin   []broadcast.NodeID  // the node that received each of the values 0, 1, … from its client
	Reached  []int               // how many nodes had each value
}

// Complete reports whether all nodes had all values.
func (o Outcome) Complete() bool {
	return !slices.ContainsFunc(o.Reached, func(n int) bool { return n < len(o.Log) })
}

// Judge runs the scenario and returns an error if the strategy broke its promise.
// Whatever its promise, without losses each value must reach at least one more
// node.
func (s Scenario) Judge() (Outcome, error) {
	o, err := s.Run()
	if err != nil {
		return o, err
	}
	promised := s.Spec.Promise(s.Params)
	switch {
	case s.Restarts != nil:
	case promised == broadcast.IfHealed, promised == broadcast.IfLossless && s.Lossless():
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
