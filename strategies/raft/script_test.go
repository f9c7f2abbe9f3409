package raft

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs conversations of nodes, written by hand in testdata, after those
// of etcd's raft. With -rewrite it writes the output into the scripts instead; read
// it before you commit it.
//
//	cluster nodes=3 [prevote] [batch=1]
//	    starts nodes whose election timeout is ten heartbeats
//	disk n0 term=3 [vote=n1] [log=(1, 1, 2)] [snapshot=2]
//	    starts a node with that term and entries of those terms; the snapshot
//	    has the first ones
//	tick n0
//	    advances the time until the node acts: a leader sends heartbeats, other
//	    nodes start an election
//	propose n0 x, read n0 7, compact n0, crash n0, start n0
//	deliver [all] [from=n0] [to=n1] [drop=n1] [dup=n1] [reverse]
//	    delivers messages in flight, in order of sending or reversed; messages
//	    sent meanwhile stay in flight, except with all
//	run 2s [drop=n2]
//	    advances the time without latency, and prints nothing; messages to and
//	    from drop are lost
//	logs
//	    prints the terms of the entries, with an x for a committed one
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &script{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.printed.Reset()
			s.run(t, d)
			return s.printed.String()
		})
	})
}

type script struct {
	config  Config
	now     time.Duration
	nodes   []*Node // nil if dead
	saved   []Saved
	applied []uint64
	flight  []Message
	printed strings.Builder
}

func (s *script) printf(format string, args ...any) { fmt.Fprintf(&s.printed, format, args...) }

func (s *script) run(t *testing.T, d *datadriven.TestData) {
	var id NodeID
	if len(d.CmdArgs) > 0 && !slices.Contains([]string{"cluster", "deliver", "run"}, d.Cmd) {
		id = nodeID(t, d.CmdArgs[0].Key)
	}
	argument := func(i int) string { return d.CmdArgs[i].Key }
	switch d.Cmd {
	case "cluster":
		s.cluster(t, d)
	case "disk":
		s.saved[id] = disk(t, d)
		s.start(t, id)
	case "start":
		s.start(t, id)
	case "crash":
		s.nodes[id] = nil
	case "tick":
		s.now = max(s.now, s.nodes[id].Deadline())
		s.nodes[id].Tick(s.now)
		s.output(id)
	case "propose":
		if _, _, ok := s.nodes[id].Propose(s.now, []byte(argument(1))); !ok {
			s.printf("n%d does not lead\n", id)
		}
		s.output(id)
	case "read":
		number, _ := strconv.ParseUint(argument(1), 10, 64)
		if !s.nodes[id].Read(s.now, number) {
			s.printf("n%d does not lead\n", id)
		}
		s.output(id)
	case "compact":
		s.nodes[id].Compact(s.applied[id], []byte(fmt.Sprintf("state %d", s.applied[id])))
		s.output(id)
	case "deliver":
		s.deliver(t, d)
	case "run":
		length, err := time.ParseDuration(argument(0))
		if err != nil {
			t.Fatal(err)
		}
		s.pass(t, d, s.now+length)
		s.printed.Reset()
	case "logs":
		s.logs()
	default:
		t.Fatalf("%s: no such command: %s", d.Pos, d.Cmd)
	}
}

func (s *script) cluster(t *testing.T, d *datadriven.TestData) {
	var nodes, batch int
	d.ScanArgs(t, "nodes", &nodes)
	d.MaybeScanArgs(t, "batch", &batch)
	*s = script{config: Config{
		Nodes: nodes, Election: time.Second, Heartbeat: 100 * time.Millisecond, PreVote: d.HasArg("prevote"), Batch: batch,
		Rand: rand.New(rand.NewPCG(1, 1)),
	}}
	s.nodes, s.saved, s.applied = make([]*Node, nodes), make([]Saved, nodes), make([]uint64, nodes)
	for id := range NodeID(nodes) {
		s.start(t, id)
	}
}

// disk is the saved state that a script's line describes.
func disk(t *testing.T, d *datadriven.TestData) Saved {
	saved := Saved{State: State{Vote: None}}
	var snapshot uint64
	var vote string
	var terms []uint64
	d.ScanArgs(t, "term", &saved.Term)
	d.MaybeScanArgs(t, "snapshot", &snapshot)
	if d.MaybeScanArgs(t, "vote", &vote) {
		saved.Vote = nodeID(t, vote)
	}
	if list, found := d.Arg("log"); found {
		for _, text := range list.Vals {
			term, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			terms = append(terms, term)
		}
	}
	for i, term := range terms {
		index := uint64(i) + 1
		if index == snapshot {
			saved.Snapshot = &Snapshot{Index: index, Term: term, State: []byte(fmt.Sprintf("state %d", index))}
		}
		if index > snapshot {
			saved.Entries = append(saved.Entries, Entry{Index: index, Term: term, Command: []byte(fmt.Sprintf("%d.%d", index, term))})
		}
	}
	return saved
}

func nodeID(t *testing.T, name string) NodeID {
	id, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
	if err != nil {
		t.Fatalf("want a node such as n0, got %q", name)
	}
	return NodeID(id)
}

func (s *script) start(t *testing.T, id NodeID) {
	s.config.Self = id
	saved := s.saved[id]
	saved.Entries = slices.Clone(saved.Entries)
	node, err := New(s.now, s.config, saved)
	if err != nil {
		t.Fatal(err)
	}
	s.nodes[id], s.applied[id] = node, 0
	s.output(id)
}

// output handles a node's Output, and prints it.
func (s *script) output(id NodeID) {
	n := s.nodes[id]
	before := s.saved[id].State
	o := n.Output()
	if o.Save != nil {
		o.Save.Apply(&s.saved[id])
		if o.Save.State != before {
			s.printf("n%d is %v of term %d%s\n", id, n.Role(), n.Term(), votes(n.state.Vote))
		}
		if o.Save.Truncate > 0 {
			s.printf("n%d truncates from %d\n", id, o.Save.Truncate)
		}
		if o.Save.Snapshot != nil {
			s.printf("n%d saves a snapshot of %d\n", id, o.Save.Snapshot.Index)
		}
		if len(o.Save.Entries) > 0 {
			s.printf("n%d appends %s\n", id, entries(o.Save.Entries))
		}
	}
	if o.Install != nil {
		s.applied[id] = o.Install.Index
		s.printf("n%d installs %q\n", id, o.Install.State)
	}
	if len(o.Committed) > 0 {
		s.applied[id] += uint64(len(o.Committed))
		s.printf("n%d applies %s\n", id, entries(o.Committed))
	}
	for _, a := range o.Answers {
		s.printf("n%d answers read %d: %v, at %d\n", id, a.ID, a.OK, s.applied[id])
	}
	for _, m := range o.Messages {
		s.printf("%s\n", describe(m))
	}
	s.flight = append(s.flight, o.Messages...)
}

func votes(id NodeID) string {
	if id == None {
		return ""
	}
	return fmt.Sprintf(", votes for n%d", id)
}

func entries(all []Entry) string {
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, " %d.%d", e.Index, e.Term)
		if len(e.Command) > 0 && string(e.Command) != fmt.Sprintf("%d.%d", e.Index, e.Term) {
			fmt.Fprintf(&b, ":%s", e.Command)
		}
	}
	return strings.TrimSpace(b.String())
}

// describe formats a message; index.term is an entry.
func describe(m Message) string {
	text := fmt.Sprintf("n%d -> n%d %v %d", m.From, m.To, m.Kind, m.Term)
	switch m.Kind {
	case Vote, PreVote:
		text += fmt.Sprintf(" last=%d.%d", m.Index, m.LogTerm)
	case Append:
		text += fmt.Sprintf(" after=%d.%d [%s] commit=%d", m.Index, m.LogTerm, entries(m.Entries), m.Commit)
	case Install:
		text += fmt.Sprintf(" snapshot=%d.%d", m.Snapshot.Index, m.Snapshot.Term)
	case AppendReply:
		if m.Refused {
			return text + fmt.Sprintf(" refused=%d try=%d term=%d", m.Index, m.Conflict, m.LogTerm)
		}
		text += fmt.Sprintf(" match=%d", m.Index)
	}
	if m.Round > 0 {
		text += fmt.Sprintf(" round=%d", m.Round)
	}
	if m.Refused {
		text += " refused"
	}
	return text
}

// deliver delivers messages; with all, until none is left.
func (s *script) deliver(t *testing.T, d *datadriven.TestData) {
	chosen := func(key string, id NodeID) bool {
		arg, found := d.Arg(key)
		return found && slices.Contains(arg.Vals, fmt.Sprintf("n%d", id))
	}
	all := d.HasArg("all") || d.Cmd == "run"
	for rounds := 0; rounds < 100; rounds++ {
		flight := s.flight
		s.flight = nil
		if d.HasArg("reverse") {
			slices.Reverse(flight)
		}
		for _, m := range flight {
			switch {
			case d.HasArg("from") && !chosen("from", m.From), d.HasArg("to") && !chosen("to", m.To):
				s.flight = append(s.flight, m)
				continue
			case chosen("drop", m.To), chosen("drop", m.From), s.nodes[m.To] == nil:
				s.printf("lost: %s\n", describe(m))
				continue
			}
			copies := 1
			if chosen("dup", m.To) {
				copies = 2
			}
			for range copies {
				s.nodes[m.To].Step(s.now, m)
				s.output(m.To)
			}
		}
		if !all || len(s.flight) == 0 {
			return
		}
	}
	t.Fatalf("%s: messages have no end", d.Pos)
}

// pass runs the nodes until a time.
func (s *script) pass(t *testing.T, d *datadriven.TestData, end time.Duration) {
	for {
		first := None
		for id, n := range s.nodes {
			if n != nil && n.Deadline() <= end && (first == None || n.Deadline() < s.nodes[first].Deadline()) {
				first = NodeID(id)
			}
		}
		if first == None {
			s.now = end
			return
		}
		s.now = max(s.now, s.nodes[first].Deadline())
		s.nodes[first].Tick(s.now)
		s.output(first)
		s.deliver(t, d)
	}
}

func (s *script) logs() {
	for id, n := range s.nodes {
		if n == nil {
			s.printf("n%d is dead\n", id)
			continue
		}
		s.printf("n%d %v of %d:", id, n.Role(), n.Term())
		if n.log.base > 0 {
			s.printf(" snapshot %d.%d", n.log.base, n.log.baseTerm)
		}
		for _, e := range n.log.entries {
			s.printf(" %d", e.Term)
			if e.Index <= n.commit {
				s.printf("x")
			}
		}
		s.printf("\n")
	}
}
