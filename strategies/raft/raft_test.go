package raft

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func config() Config {
	return Config{Nodes: 3, Election: time.Second, Heartbeat: 100 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1))}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config, *Saved)
		want   string
	}{
		{"nobody", func(c *Config, _ *Saved) { c.Nodes = 0 }, "raft: want at least one node, got 0"},
		{"a stranger", func(c *Config, _ *Saved) { c.Self = 3 }, "raft: want a node below 3, got 3"},
		{"no heartbeat", func(c *Config, _ *Saved) { c.Heartbeat = 0 }, "raft: want times above zero, got election 1s and heartbeat 0s"},
		{"a negative batch", func(c *Config, _ *Saved) { c.Batch = -1 }, "raft: want batches of at least one entry, got -1"},
		{"no chance", func(c *Config, _ *Saved) { c.Rand = nil }, "raft: want a source of chance, got none"},
		{"a gap", func(_ *Config, s *Saved) { s.Term, s.Entries = 1, []Entry{{Index: 2, Term: 1}} },
			"saved: raft: want entry 1 of a term from 1 to 1, got entry 2 of term 1"},
		{"terms that fall", func(_ *Config, s *Saved) {
			s.Term, s.Snapshot = 4, &Snapshot{Index: 4, Term: 3}
			s.Entries = []Entry{{Index: 5, Term: 2}}
		}, "saved: raft: want entry 5 of a term from 3 to 4, got entry 5 of term 2"},
		{"an entry of the future", func(_ *Config, s *Saved) {
			s.Term = 1
			s.Entries = []Entry{{Index: 1, Term: 2}}
		}, "saved: raft: want entry 1 of a term from 1 to 1, got entry 1 of term 2"},
		{"a term of 0", func(_ *Config, s *Saved) { s.Term, s.Entries = 1, []Entry{{Index: 1}} },
			"saved: raft: want entry 1 of a term from 1 to 1, got entry 1 of term 0"},
		{"a snapshot of nothing", func(_ *Config, s *Saved) { s.Term, s.Snapshot = 1, &Snapshot{Term: 1} },
			"saved: raft: want a snapshot of an entry above 0 and of a term from 1 to 1, got entry 0 of term 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := config(), Saved{}
			tt.change(&c, &s)
			_, err := New(0, c, s)
			if err == nil || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestAlone tests a cluster of one: it elects itself and commits as soon as its
// Save is durable.
func TestAlone(t *testing.T) {
	c := config()
	c.Nodes = 1
	n, err := New(0, c, Saved{})
	if err != nil {
		t.Fatal(err)
	}
	n.Tick(n.Deadline())
	index, term, ok := n.Propose(0, []byte("x"))
	if !ok || index != 2 || term != 1 || !n.Read(0, 9) {
		t.Errorf("got entry %d of term %d, %v, want entry 2 of term 1", index, term, ok)
	}
	o := n.Output()
	if o.Save == nil || len(o.Save.Entries) != 2 || len(o.Committed) != 2 || len(o.Messages) > 0 || !reflect.DeepEqual(o.Answers, []Answer{{9, true}}) {
		t.Errorf("got %+v, want two entries saved and committed, an answer and no message", o)
	}
	if again := n.Output(); !reflect.DeepEqual(again, Output{}) {
		t.Errorf("got %+v, want nothing the second time", again)
	}
}

// TestMisuse tests that bugs of the caller panic.
func TestMisuse(t *testing.T) {
	for want, misuse := range map[string]func(*Node){
		"raft: empty commands are for leaders that begin a term": func(n *Node) { n.Propose(0, nil) },
		"raft: snapshot of entry 1, of which 0 were handed out":  func(n *Node) { n.Compact(1, nil) },
	} {
		t.Run(want, func(t *testing.T) {
			n, err := New(0, config(), Saved{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, want) {
					t.Errorf("got panic %q, want %q", got, want)
				}
			}()
			misuse(n)
		})
	}
}

// TestContradiction tests that a node keeps committed entries, and reports a leader
// that contradicts them.
func TestContradiction(t *testing.T) {
	n, err := New(0, config(), Saved{})
	if err != nil {
		t.Fatal(err)
	}
	n.Step(0, Message{Kind: Append, From: 1, Term: 1, Entries: []Entry{{Index: 1, Term: 1, Command: []byte("x")}}, Commit: 1})
	n.Output()
	if n.Contradiction() != nil {
		t.Errorf("got %v, want none", n.Contradiction())
	}
	n.Step(0, Message{Kind: Append, From: 2, Term: 2, Entries: []Entry{{Index: 1, Term: 2, Command: []byte("y")}}})
	if o := n.Output(); len(o.Messages) > 0 || len(o.Save.Entries) > 0 || o.Save.Truncate > 0 {
		t.Errorf("got %+v, want nothing but a new term to be saved", o)
	}
	want := "raft: node 0: entry 1 of term 1 is committed, and the leader 2 of term 2 has one of term 2: a node has forgotten or lied"
	if got := n.Contradiction(); got == nil || got.Error() != want {
		t.Errorf("\n got %v\nwant %s", got, want)
	}
}

// TestSaveApply tests that New accepts the state after any prefix of a Save. So
// entries that a leader's snapshot invalidates must be removed before the snapshot
// is stored.
func TestSaveApply(t *testing.T) {
	entry := func(index, term uint64) Entry { return Entry{Index: index, Term: term} }
	before := Saved{State: State{Term: 2, Vote: 1}, Entries: []Entry{entry(1, 1), entry(2, 1), entry(3, 2), entry(4, 2)}}
	save := Save{State: State{Term: 3, Vote: None}, Truncate: 4, Snapshot: &Snapshot{Index: 3, Term: 3}, Entries: []Entry{entry(4, 3)}}
	for _, tt := range []struct {
		name string
		cut  func(*Save)
		want []Entry
	}{
		{"state", func(s *Save) { s.Truncate, s.Snapshot, s.Entries = 0, nil, nil }, before.Entries},
		{"truncate", func(s *Save) { s.Snapshot, s.Entries = nil, nil }, before.Entries[:3]},
		{"snapshot", func(s *Save) { s.Entries = nil }, []Entry{}},
		{"all", func(*Save) {}, []Entry{entry(4, 3)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			after, torn := before, save
			after.Entries = slices.Clone(before.Entries)
			tt.cut(&torn)
			torn.Apply(&after)
			if !reflect.DeepEqual(after.Entries, tt.want) || after.Term != 3 {
				t.Errorf("got %+v, want entries %+v", after, tt.want)
			}
			if _, err := New(0, config(), after); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGarbage sends arbitrary messages. A node may report the one lie that breaks a
// promise, and must go on following.
func TestGarbage(t *testing.T) {
	number := rapid.OneOf(rapid.Uint64Range(0, 4), rapid.Uint64())
	message := rapid.Custom(func(t *rapid.T) Message {
		m := Message{
			Kind: Kind(rapid.IntRange(0, int(kinds)).Draw(t, "kind")), Refused: rapid.Bool().Draw(t, "refused"),
			From: NodeID(rapid.IntRange(-1, 3).Draw(t, "from")), Term: rapid.Uint64Range(0, 4).Draw(t, "term"),
			Index: number.Draw(t, "index"), LogTerm: number.Draw(t, "log term"), Conflict: number.Draw(t, "conflict"), Round: number.Draw(t, "round"),
		}
		index := m.Index
		for range rapid.IntRange(0, 2).Draw(t, "entries") {
			index++
			m.Entries = append(m.Entries, Entry{Index: index, Term: rapid.Uint64Range(0, 4).Draw(t, "entry's term")})
		}
		if rapid.Bool().Draw(t, "snapshot") {
			m.Snapshot = &Snapshot{Index: number.Draw(t, "snapshot's index"), Term: number.Draw(t, "snapshot's term")}
		}
		return m
	})
	rapid.Check(t, func(t *rapid.T) {
		c := config()
		c.PreVote = rapid.Bool().Draw(t, "prevote")
		n, err := New(0, c, Saved{})
		if err != nil {
			t.Fatal(err)
		}
		var saved Saved
		for _, m := range rapid.SliceOfN(message, 1, 30).Draw(t, "messages") {
			if m.Term == 0 && rapid.Bool().Draw(t, "tick") {
				n.Tick(n.Deadline())
			}
			n.Step(0, m)
			if o := n.Output(); o.Save != nil {
				o.Save.Apply(&saved)
			}
			if _, err := New(0, c, saved); err != nil {
				t.Fatalf("cannot restart: %v", err)
			}
		}
		n.Step(0, Message{Kind: Append, From: 1, Term: 9})
		if n.Leader() != 1 || n.Term() != 9 {
			t.Fatalf("got leader %d in term %d, want 1 in term 9", n.Leader(), n.Term())
		}
	})
}
