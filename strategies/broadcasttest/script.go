// Package broadcasttest runs strategies on networks for tests.
//
// RunScripts runs conversations of a few nodes, written by hand in readable files.
// A Scenario is a network in virtual time with random faults; it tests a strategy's
// promise.
//
// The scripts follow etcd raft (interaction_test.go and testdata), the scenarios
// FoundationDB and TigerBeetle: one seed replays everything. Rates and measurements
// are not here but in the simulator.
package broadcasttest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/topology"
)

// RunScripts runs every script in testdata. With -rewrite it writes the output into
// the scripts instead; read it before you commit it.
//
// The commands of a script:
//
//	cluster nodes=3 topology=line [degree=4] [seed=1] [show=(hops, seq)] [PARAMETER=VALUE]...
//	    starts the nodes; prints the mistakes if the strategy refuses the parameters
//	broadcast n0 7
//	    a client sends a value
//	deliver [all] [from=n0] [to=n1] [reverse] [drop=n1] [dup=n1]
//	    delivers messages in flight, in order of sending or reversed. Messages to
//	    drop are lost, messages to dup arrive twice. Messages sent meanwhile stay
//	    in flight; with all they are delivered too, until none is left
//	sleep 100ms
//	    advances the time and expires timers; messages in flight stay there
//	partition n0 n1, heal
//	    cuts these nodes off from the others: messages that are delivered across
//	    the cut are lost
//	restart n1
//	    the node loses its values, timers and state
//	inject from=n9 to=n0 kind=rumor [values=(7, 8)] [seq=5] [ack=4] [age=2ms] [hops=2]
//	    delivers a message that no node sent
//	read [n0]
//	    prints what a client reads from this node, or from all nodes
func RunScripts(t *testing.T, spec broadcast.Spec) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &script{spec: spec}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.printed.Reset()
			s.asked = s.now
			if err := s.run(d); err != nil {
				t.Fatalf("%s: %s: %v", d.Pos, d.Cmd, err)
			}
			return s.printed.String()
		})
	})
}

// limit is the most messages of deliver all.
const limit = 1000

type script struct {
	spec     broadcast.Spec
	params   broadcast.Params
	graph    [][]broadcast.NodeID
	seed     uint64
	showHops bool
	showSeq  bool

	nodes   []broadcast.Strategy
	now     time.Duration
	started []time.Duration // when each node started; its clock begins then
	asked   time.Duration   // when the current command began
	flight  []envelope
	timers  []alarm // in the order in which they were set
	aside   []bool  // the nodes on one side of a partition
	printed strings.Builder
}

type envelope struct {
	from, to broadcast.NodeID
	message  broadcast.Message
}

type alarm struct {
	at    time.Duration
	node  broadcast.NodeID
	timer broadcast.Timer
}

// scriptEnv is the Env of a node.
type scriptEnv struct {
	*script
	self broadcast.NodeID
}

func (e scriptEnv) Now() time.Duration { return e.now - e.started[e.self] }

func (e scriptEnv) Send(to broadcast.NodeID, m broadcast.Message) {
	e.printf("n%d -> n%d %s\n", e.self, to, e.describe(m))
	e.flight = append(e.flight, envelope{e.self, to, m})
}

func (e scriptEnv) After(d time.Duration, t broadcast.Timer) {
	e.printf("n%d sets %s for %v\n", e.self, e.kind(t.Kind), rounded(d))
	e.timers = append(e.timers, alarm{e.now + d, e.self, t})
}

// rounded returns a time for printing, since random phases are long.
func rounded(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d
	}
	return d.Round(time.Millisecond)
}

func (s *script) printf(format string, args ...any) { fmt.Fprintf(&s.printed, format, args...) }

func (s *script) kind(k broadcast.Kind) string {
	if int(k) < len(s.spec.Kinds) {
		return s.spec.Kinds[k]
	}
	return fmt.Sprintf("kind %d", k)
}

func (s *script) describe(m broadcast.Message) string {
	text := s.kind(m.Kind)
	if len(m.Values) > 0 {
		text += fmt.Sprintf(" %d", m.Values)
	}
	if s.showSeq && m.Seq != 0 {
		text += fmt.Sprintf(" seq=%d", m.Seq)
	}
	if m.Ack != 0 {
		text += fmt.Sprintf(" ack=%d", m.Ack)
	}
	if m.Age != 0 {
		text += fmt.Sprintf(" age=%v", rounded(m.Age))
	}
	if s.showHops && m.Hops != 0 {
		text += fmt.Sprintf(" hops=%d", m.Hops)
	}
	return text
}

func (s *script) run(d *datadriven.TestData) error {
	a := arguments{named: map[string][]string{}}
	for _, arg := range d.CmdArgs {
		if len(arg.Vals) == 0 {
			a.bare = append(a.bare, arg.Key)
		} else {
			a.named[arg.Key] = arg.Vals
		}
	}
	if d.Cmd == "cluster" {
		return s.cluster(&a)
	}
	if s.nodes == nil {
		return fmt.Errorf("there is no cluster yet")
	}
	switch d.Cmd {
	case "broadcast":
		node, value := s.node(&a, a.word(0)), a.number(a.word(1))
		a.check(2)
		if a.err == nil {
			s.nodes[node].Broadcast(scriptEnv{s, node}, broadcast.Value(value))
		}
	case "deliver":
		s.deliverSome(&a)
	case "sleep":
		length, err := time.ParseDuration(a.word(0))
		if err != nil {
			return err
		}
		a.check(1)
		s.sleep(length)
	case "partition":
		s.aside = make([]bool, len(s.nodes))
		for _, name := range a.bare {
			s.aside[s.node(&a, name)] = true
		}
	case "heal":
		a.check(0)
		s.aside = nil
	case "restart":
		a.check(1)
		s.start(s.node(&a, a.word(0)))
	case "inject":
		s.inject(&a)
	case "read":
		for i, n := range s.nodes {
			if len(a.bare) == 0 || a.word(0) == fmt.Sprint("n", i) {
				s.printf("n%d %d\n", i, n.Values().Log())
			}
		}
	default:
		return fmt.Errorf("no such command")
	}
	return a.err
}

func (s *script) cluster(a *arguments) error {
	size := int(a.number(a.option("nodes", "3")))
	degree := int(a.number(a.option("degree", "4")))
	name := a.option("topology", "line")
	*s = script{spec: s.spec, seed: uint64(a.number(a.option("seed", "1")))}
	for _, what := range a.take("show") {
		s.showHops = s.showHops || what == "hops"
		s.showSeq = s.showSeq || what == "seq"
	}
	raw := map[string]string{}
	for key, values := range a.named {
		raw[key] = values[0]
	}
	a.named = nil
	a.check(0)
	if a.err != nil {
		return a.err
	}
	params, mistakes := s.spec.Check(raw)
	for _, err := range mistakes {
		s.printf("%v\n", err)
	}
	if mistakes != nil {
		return nil
	}
	graph, err := topology.Build(name, size, degree, s.seed)
	if err != nil {
		return err
	}
	s.params, s.graph = params, graph
	s.nodes = make([]broadcast.Strategy, size)
	s.started = make([]time.Duration, size)
	for i := range s.nodes {
		s.start(broadcast.NodeID(i))
	}
	return nil
}

// start starts or restarts a node.
func (s *script) start(node broadcast.NodeID) {
	kept := s.timers[:0]
	for _, a := range s.timers {
		if a.node != node {
			kept = append(kept, a)
		}
	}
	s.timers = kept
	s.started[node] = s.now
	s.nodes[node] = s.spec.New(broadcast.Config{
		Self: node, Nodes: len(s.nodes), Neighbors: s.graph[node], Rand: broadcast.NewRand(s.seed, node),
	}, s.params)
	s.nodes[node].Start(scriptEnv{s, node})
}

// deliverSome is the command deliver.
func (s *script) deliverSome(a *arguments) {
	from, to := s.optional(a, "from"), s.optional(a, "to")
	drop, dup := s.optional(a, "drop"), s.optional(a, "dup")
	reverse, all := a.flag("reverse"), a.flag("all")
	a.check(0)
	for count := 0; a.err == nil; {
		var batch, rest []envelope
		for _, e := range s.flight {
			if (from < 0 || e.from == from) && (to < 0 || e.to == to) {
				batch = append(batch, e)
			} else {
				rest = append(rest, e)
			}
		}
		s.flight = rest
		for i := range batch {
			e := batch[i]
			if reverse {
				e = batch[len(batch)-1-i]
			}
			if e.to == drop {
				s.printf("dropped n%d -> n%d\n", e.from, e.to)
				continue
			}
			s.deliver(e)
			if e.to == dup {
				s.deliver(e)
			}
		}
		if count += len(batch); count > limit {
			a.fail("still talking after %d messages", count)
		}
		if !all || len(batch) == 0 {
			return
		}
	}
}

func (s *script) deliver(e envelope) {
	if s.aside != nil && s.aside[e.from] != s.aside[e.to] {
		s.printf("cut n%d -> n%d\n", e.from, e.to)
		return
	}
	s.printf("n%d gets %s from n%d\n", e.to, s.describe(e.message), e.from)
	s.nodes[e.to].Receive(scriptEnv{s, e.to}, e.from, e.message)
}

func (s *script) sleep(length time.Duration) {
	end := s.now + length
	for {
		next := -1
		for i, a := range s.timers {
			if a.at <= end && (next < 0 || a.at < s.timers[next].at) {
				next = i
			}
		}
		if next < 0 {
			s.now = end
			return
		}
		a := s.timers[next]
		s.timers = append(s.timers[:next], s.timers[next+1:]...)
		if a.at > s.now {
			s.now = a.at
		}
		before := s.printed.Len()
		s.nodes[a.node].Expire(scriptEnv{s, a.node}, a.timer)
		if s.printed.Len() > before && s.now > s.asked {
			text := s.printed.String()
			s.printed.Reset()
			s.printf("%sat %v:\n%s", text[:before], rounded(s.now), text[before:])
			s.asked = s.now
		}
	}
}

func (s *script) inject(a *arguments) {
	age, err := time.ParseDuration(a.option("age", "0s"))
	if err != nil {
		a.fail("age: %v", err)
	}
	m := broadcast.Message{
		Seq:  uint64(a.number(a.option("seq", "0"))),
		Ack:  uint64(a.number(a.option("ack", "0"))),
		Age:  age,
		Hops: int32(a.number(a.option("hops", "0"))),
	}
	kind := a.option("kind", "")
	m.Kind = broadcast.Kind(len(s.spec.Kinds))
	for k, name := range s.spec.Kinds {
		if name == kind {
			m.Kind = broadcast.Kind(k)
		}
	}
	for _, v := range a.take("values") {
		m.Values = append(m.Values, broadcast.Value(a.number(v)))
	}
	from := a.id(a.option("from", ""))
	to := s.node(a, a.option("to", ""))
	a.check(0)
	if a.err == nil {
		s.nodes[to].Receive(scriptEnv{s, to}, from, m)
	}
}

// node returns the node with that name. It must exist.
func (s *script) node(a *arguments, name string) broadcast.NodeID {
	id := a.id(name)
	if id < 0 || int(id) >= len(s.nodes) {
		a.fail("no such node: %q", name)
		return 0
	}
	return id
}

// optional returns the node that an option names, or −1 without the option.
func (s *script) optional(a *arguments, name string) broadcast.NodeID {
	if text := a.option(name, ""); text != "" {
		return s.node(a, text)
	}
	return -1
}
