package raft

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// liar makes arbitrary messages that use knowledge of the node. Choose returns a
// number below n.
type liar struct {
	choose func(n int) int
	node   *Node
}

// extremes are as large as a node's numbers may be, larger, and close to overflow.
var extremes = []uint64{bound - 1, bound, bound + 1, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1}

// number returns a number, usually close to one of near.
func (l *liar) number(near ...uint64) uint64 {
	switch kind := l.choose(200); {
	case kind == 0:
		return extremes[l.choose(len(extremes))]
	case kind < 60:
		return uint64(l.choose(5))
	}
	return near[l.choose(len(near))] + []uint64{0, 0, 0, 0, 1, 1<<64 - 1}[l.choose(6)]
}

func (l *liar) index() uint64 {
	return l.number(l.node.log.base, l.node.log.last(), l.node.commit)
}

func (l *liar) term() uint64 {
	return l.number(l.node.state.Term, l.node.log.lastTerm(), l.node.log.baseTerm)
}

func (l *liar) entries(index, term uint64) []Entry {
	var entries []Entry
	for range l.choose(5) {
		index++
		if term == 0 || l.choose(4) == 0 {
			term = l.term()
		}
		e := Entry{Index: index, Term: term}
		if l.choose(20) == 0 {
			e.Index = l.index()
		}
		if l.choose(2) == 0 {
			e.Command = []byte("x")
		}
		entries = append(entries, e)
	}
	return entries
}

func (l *liar) message() Message {
	m := Message{
		Kind: []Kind{Append, Append, Append, Install, AppendReply, Vote, VoteReply, PreVote, PreVoteReply, kinds}[l.choose(10)],
		From: []NodeID{1, 1, 1, 2, 0, None, 3}[l.choose(7)], Refused: l.choose(2) == 0,
		Term: l.term(), Index: l.index(), Conflict: l.index(), Commit: l.index(), Round: l.number(l.node.leading.round),
	}
	if m.LogTerm = l.term(); l.choose(2) == 0 {
		m.LogTerm, _ = l.node.log.term(m.Index)
	}
	if m.Kind == Append || l.choose(10) == 0 {
		m.Entries = l.entries(m.Index, m.LogTerm)
	}
	if m.Kind == Install && l.choose(10) > 0 {
		m.Snapshot = &Snapshot{Index: l.index(), Term: l.term()}
	}
	return m
}

// hostile tests the promise about lying peers: for any messages in any order, the
// node keeps running, hands out each entry once and in order, and can restart from
// what it saved.
func hostile(steps int, choose func(n int) int) error {
	c := config()
	c.PreVote, c.Nodes = choose(2) == 0, 1+choose(3)
	var saved Saved
	var n *Node
	var now time.Duration
	var applied uint64
	start := func() (err error) {
		c.Rand = rand.New(rand.NewPCG(1, 1))
		if n, err = New(0, c, saved); err != nil {
			return fmt.Errorf("does not start with %+v, snapshot %+v: %w", saved, saved.Snapshot, err)
		}
		now, applied = 0, 0
		return nil
	}
	if err := start(); err != nil {
		return err
	}
	for range steps {
		switch choose(12) {
		case 0:
			if err := start(); err != nil {
				return err
			}
		case 1:
			now += 3 * time.Second
			n.Tick(now)
		case 2:
			n.Propose(now, []byte("y"))
		case 3:
			n.Read(now, 7)
		case 4:
			n.Compact(applied, []byte("state"))
		default:
			n.Step(now, (&liar{choose, n}).message())
		}
		o := n.Output()
		if o.Save != nil {
			o.Save.Apply(&saved)
		}
		if o.Install != nil {
			if o.Install.Index < applied {
				return fmt.Errorf("a snapshot of entry %d after entry %d", o.Install.Index, applied)
			}
			applied = o.Install.Index
		}
		for _, e := range o.Committed {
			if applied++; e.Index != applied {
				return fmt.Errorf("got entry %d, want entry %d", e.Index, applied)
			}
		}
		for _, m := range o.Messages {
			if m.From != 0 || m.To <= 0 || int(m.To) >= c.Nodes || m.Term == 0 {
				return fmt.Errorf("sends %+v", m)
			}
		}
	}
	return start()
}

// TestMalformed tests that a malformed message has no effect, not even by its term.
func TestMalformed(t *testing.T) {
	for name, m := range map[string]Message{
		"an unknown kind":          {Kind: kinds, Term: 1},
		"a term of 0":              {Kind: Append},
		"a term too large":         {Kind: Vote, Term: bound},
		"an index too large":       {Kind: Append, Term: 1, Index: bound},
		"a round too large":        {Kind: Append, Term: 1, Round: 1<<64 - 1},
		"an entry of the future":   {Kind: Append, Term: 1, Entries: []Entry{{Index: 1, Term: 2}}},
		"an entry of term 0":       {Kind: Append, Term: 1, Entries: []Entry{{Index: 1}}},
		"terms that fall":          {Kind: Append, Term: 3, Index: 1, LogTerm: 2, Entries: []Entry{{Index: 2, Term: 1}}},
		"a gap":                    {Kind: Append, Term: 1, Entries: []Entry{{Index: 2, Term: 1}}},
		"no snapshot":              {Kind: Install, Term: 1},
		"a snapshot of nothing":    {Kind: Install, Term: 1, Snapshot: &Snapshot{Term: 1}},
		"a snapshot of term 0":     {Kind: Install, Term: 1, Snapshot: &Snapshot{Index: 1}},
		"a snapshot of the future": {Kind: Install, Term: 1, Snapshot: &Snapshot{Index: 1, Term: 2}},
		"a snapshot too large":     {Kind: Install, Term: 1, Snapshot: &Snapshot{Index: 1<<64 - 1, Term: 1}},
		"a stranger":               {Kind: Append, Term: 1, From: 3},
	} {
		n, err := New(0, config(), Saved{})
		if err != nil {
			t.Fatal(err)
		}
		if m.From == 0 {
			m.From = 1
		}
		n.Step(0, m)
		if o := n.Output(); n.Term() != 0 || o.Save != nil || len(o.Messages) > 0 {
			t.Errorf("%s: got term %d and %+v", name, n.Term(), o)
		}
	}
}

// TestBeforeSnapshot tests entries that begin before a snapshot and continue after
// it: they must match its last entry, or are refused.
func TestBeforeSnapshot(t *testing.T) {
	saved := Saved{State: State{Term: 2, Vote: None}, Snapshot: &Snapshot{Index: 1, Term: 2}}
	n, err := New(0, config(), saved)
	if err != nil {
		t.Fatal(err)
	}
	n.Output()
	n.Step(0, Message{Kind: Append, From: 1, Term: 2, Entries: []Entry{{Index: 1, Term: 1}, {Index: 2, Term: 1}}})
	if o := n.Output(); o.Save != nil {
		t.Errorf("saves %+v behind entry 1 of term 2", o.Save)
	}
}

// TestHostile runs random sequences of messages.
func TestHostile(t *testing.T) {
	for s := range uint64(20_000) {
		r := rand.New(rand.NewPCG(s, 0x6c696172)) // "liar"
		if err := hostile(40, r.IntN); err != nil {
			t.Fatalf("seed %d: %v", s, err)
		}
	}
}

// FuzzHostile runs sequences that the fuzzer chooses.
func FuzzHostile(f *testing.F) {
	for s := range uint64(20) {
		r := rand.New(rand.NewPCG(s, 0x6c696172))
		choices := make([]byte, 400)
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		f.Add(choices)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		choose := func(n int) int {
			if len(choices) == 0 {
				return 0
			}
			c := choices[0]
			choices = choices[1:]
			return int(c) % n
		}
		if err := hostile(min(len(choices)/4, 200), choose); err != nil {
			t.Error(err)
		}
	})
}
