// Package raft is consensus on a log of commands, as a state machine that a program
// can embed.
//
// It is Raft by Ongaro and Ousterhout, "In Search of an Understandable Consensus
// Algorithm (Extended Version)", 2014; § is a section of it. From Ongaro's thesis,
// "Consensus: Bridging Theory and Practice", 2014, come the step down of a leader
// without a majority (§6.2 there), reads by ReadIndex (§6.4) and PreVote (§9.6).
//
// A Node has no goroutine, clock, lock, log or file. A program passes the time,
// messages, commands and reads to it. After one or more such calls it takes the
// Output: first what must become durable, then what may be sent, applied and
// answered. Chance comes from Config.Rand. So one seed replays a run.
//
// If Output.Save is durable before the rest of the Output has any effect, and no
// node lies, all nodes agree on committed entries forever, whatever is lost,
// duplicated, delayed or restarted. A node keeps running whatever it receives, and
// can restart from what it saves. Entries are committed while a majority of nodes
// run and their latency is well below the election timeout.
//
// Not implemented: membership changes (§6), snapshots in parts (§7: a snapshot is
// one message), reads by clocks or leases, flow control. A command that is proposed
// twice is applied twice (§8): a client that repeats one must give it a name that
// the state machine recognizes.
package raft

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Config is the configuration of a node. It is complete before New is called.
type Config struct {
	Self  NodeID
	Nodes int // number of nodes, Self among them
	// Election is the least election timeout. A node that has not heard from a
	// leader for a random time, uniform from Election to twice Election, starts an
	// election (§5.2). A leader that has no answers of a majority within Election
	// steps down.
	Election time.Duration
	// Heartbeat is the time between a leader's heartbeats. It should be a few times
	// the latency, and Election a few times Heartbeat.
	Heartbeat time.Duration
	// PreVote makes a node ask first whether it could win. So a node that was
	// partitioned does not depose the leader when it returns.
	PreVote bool
	// Batch bounds the entries of a message; 0 means 1000.
	Batch int
	Rand  *rand.Rand
}

// batch is the default of Config.Batch. Chosen: with commands of some hundred
// bytes, messages have some hundred kilobytes.
const batch = 1000

func (c *Config) check() error {
	switch {
	case c.Nodes < 1:
		return fmt.Errorf("raft: want at least one node, got %d", c.Nodes)
	case c.Self < 0 || int(c.Self) >= c.Nodes:
		return fmt.Errorf("raft: want a node below %d, got %d", c.Nodes, c.Self)
	case c.Heartbeat <= 0 || c.Election <= 0:
		return fmt.Errorf("raft: want times above zero, got election %v and heartbeat %v", c.Election, c.Heartbeat)
	case c.Batch < 0:
		return fmt.Errorf("raft: want batches of at least one entry, got %d", c.Batch)
	case c.Rand == nil:
		return fmt.Errorf("raft: want a source of chance, got none")
	}
	if c.Batch == 0 {
		c.Batch = batch
	}
	return nil
}

// Role is the role of a node in its term.
type Role int

// The roles. A PreCandidate asks whether it could win, and its term is still the
// old one.
const (
	Follower Role = iota
	PreCandidate
	Candidate
	Leader
)

func (r Role) String() string {
	return [...]string{"follower", "pre-candidate", "candidate", "leader"}[r]
}

// Node is one of the nodes. Calls must not overlap.
//
// Each call with an input takes the time, on a clock that never goes back. The
// clocks of nodes need not agree.
//
// Invariant: log.base ≤ output.applied ≤ commit ≤ log.last().
type Node struct {
	config   Config
	now      time.Duration
	deadline time.Duration // of the leader's next heartbeat, else of the next election

	state  State
	log    log
	commit uint64
	latest *Snapshot // the snapshot before log; nil if log is complete

	role    Role
	leader  NodeID
	lie     error         // see Contradiction
	heard   time.Duration // time of the leader's last message; −1 for never
	granted []bool        // votes for a candidate
	leading leading       // state of a leader

	output output
}

// output is the state of the next Output.
type output struct {
	state     State // the durable State
	snapshot  *Snapshot
	stable    uint64 // durable entries up to here equal the log
	saved     uint64 // last index of the durable log
	applied   uint64 // entries up to here were handed out
	installed bool   // the snapshot must replace the state machine
	messages  []Message
	answers   []Answer
}

// New makes a node from its durable state; a new node has the zero Saved. The error
// describes a mistake in the Config, or why no Node can have saved s.
func New(now time.Duration, c Config, s Saved) (*Node, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	n := &Node{config: c, now: now, state: s.State, leader: None, heard: -1, granted: make([]bool, c.Nodes)}
	if s.Term == 0 {
		n.state.Vote = None // a new node
	}
	if s.Snapshot != nil {
		if err := s.Snapshot.check(s.Term); err != nil {
			return nil, fmt.Errorf("saved: %w", err)
		}
		n.latest = s.Snapshot
		n.log = log{base: s.Snapshot.Index, baseTerm: s.Snapshot.Term}
	}
	if err := check(n.log.base, n.log.baseTerm, s.Entries, s.Term); err != nil {
		return nil, fmt.Errorf("saved: %w", err)
	}
	n.log.entries = append([]Entry(nil), s.Entries...)
	n.commit = n.log.base
	n.output = output{state: n.state, stable: n.log.last(), saved: n.log.last(), applied: n.commit}
	if n.latest != nil {
		n.output.installed = true // the state machine starts from it
	}
	n.postpone()
	return n, nil
}

// Role, Term and Leader return the role, the term and the leader, or None if the
// leader is unknown.
func (n *Node) Role() Role     { return n.role }
func (n *Node) Term() uint64   { return n.state.Term }
func (n *Node) Leader() NodeID { return n.leader }

// Commit returns the index of the last entry known to be committed.
func (n *Node) Commit() uint64 { return n.commit }

// Contradiction returns an error if a leader contradicted a committed entry, which
// means that some node has forgotten or lied. The node ignores such messages.
func (n *Node) Contradiction() error { return n.lie }

// Length returns the number of entries after the latest snapshot.
func (n *Node) Length() int { return len(n.log.entries) }

// Deadline returns when to call Tick next. Any other call may change it.
func (n *Node) Deadline() time.Duration {
	if n.role == Leader {
		return min(n.deadline, n.leading.review)
	}
	return n.deadline
}

// Tick advances the time.
func (n *Node) Tick(now time.Duration) {
	n.pass(now)
	switch {
	case n.role == Leader:
		n.tickLeader()
	case n.now >= n.deadline:
		n.campaign()
	}
}

// Propose appends a command to the log of a leader. The command must not be empty.
// It is committed when an entry with this index and term is; it never will be once
// another entry with this index is. If ok is false, the node is not the leader and
// does nothing.
func (n *Node) Propose(now time.Duration, command []byte) (index, term uint64, ok bool) {
	if len(command) == 0 {
		panic("raft: empty commands are for leaders that begin a term")
	}
	n.pass(now)
	if n.role != Leader {
		return 0, 0, false
	}
	index = n.log.append(n.state.Term, command)
	n.advance()
	return index, n.state.Term, true
}

// Read asks a leader for a time at which its state may be read. An Output brings
// the Answer with that id; the commands applied by then include all that were
// committed before the call of Read. Read returns false, and no Answer comes, if
// the node is not the leader.
//
// Source: thesis, §6.4.
func (n *Node) Read(now time.Duration, id uint64) bool {
	n.pass(now)
	if n.role != Leader {
		return false
	}
	n.leading.ask(id, max(n.commit, n.leading.begin))
	return true
}

// Compact replaces the entries up to index by a snapshot of the state machine that
// has applied them (§7). It panics if they have not all been handed out, and does
// nothing if a later snapshot exists.
func (n *Node) Compact(index uint64, state []byte) {
	if index > n.output.applied {
		panic(fmt.Sprintf("raft: snapshot of entry %d, of which %d were handed out", index, n.output.applied))
	}
	if index <= n.log.base {
		return
	}
	term, _ := n.log.term(index)
	n.latest = &Snapshot{Index: index, Term: term, State: state}
	n.output.snapshot = n.latest
	n.log.compact(index)
}

// Step handles a message from another node. It ignores malformed messages.
func (n *Node) Step(now time.Duration, m Message) {
	n.pass(now)
	if m.From < 0 || int(m.From) >= n.config.Nodes || m.From == n.config.Self || m.malformed() {
		return
	}
	if m.Term > n.state.Term && !m.hypothetical() {
		n.follow(m.Term, None)
	}
	if m.Term < n.state.Term {
		n.refuse(m)
		return
	}
	switch m.Kind {
	case Vote, PreVote:
		n.vote(m)
	case VoteReply, PreVoteReply:
		n.count(m)
	case Append, Install:
		n.obey(m)
	case AppendReply:
		if n.role == Leader {
			n.progress(m)
		}
	}
}

// refuse sends our term to a node with an older one, which then gives up (§5.1).
func (n *Node) refuse(m Message) {
	switch m.Kind {
	case Vote:
		n.send(Message{Kind: VoteReply, To: m.From, Refused: true})
	case PreVote:
		n.send(Message{Kind: PreVoteReply, To: m.From, Refused: true})
	case Append, Install:
		n.send(Message{Kind: AppendReply, To: m.From, Refused: true})
	}
}

// Output returns what to do. The caller makes Save durable first. Then it replaces
// its state by Install, applies Committed, sends Messages and gives Answers.
func (n *Node) Output() Output {
	if n.role == Leader {
		n.talk()
	}
	o := Output{Messages: n.output.messages, Save: n.save()}
	if n.output.installed {
		o.Install = n.latest
	}
	if n.commit > n.output.applied {
		o.Committed = n.log.between(n.output.applied, n.commit)
	}
	if n.role == Leader {
		n.answer()
	}
	o.Answers = n.output.answers
	last := n.log.last()
	n.output = output{state: n.state, stable: last, saved: last, applied: n.commit}
	return o
}

// save returns what must be saved, or nil.
func (n *Node) save() *Save {
	out := &n.output
	last := n.log.last()
	if out.state == n.state && out.snapshot == nil && out.stable == last && out.saved == last {
		return nil
	}
	s := &Save{State: n.state, Snapshot: out.snapshot, Entries: n.log.between(max(out.stable, n.log.base), last)}
	if out.saved > out.stable {
		s.Truncate = out.stable + 1
	}
	return s
}

// send sends a message, of the current term if it has none.
func (n *Node) send(m Message) {
	m.From = n.config.Self
	if m.Term == 0 {
		m.Term = n.state.Term
	}
	n.output.messages = append(n.output.messages, m)
}

// quorum returns the size of a majority.
func (n *Node) quorum() int { return n.config.Nodes/2 + 1 }

func (n *Node) pass(now time.Duration) { n.now = max(n.now, now) }
