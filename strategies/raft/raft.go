// Package raft is consensus on a log of commands, as a state machine that a
// program can embed.
//
// It is Raft by Ongaro and Ousterhout, "In Search of an Understandable
// Consensus Algorithm (Extended Version)", 2014; sections are named with a §.
// From Ongaro's thesis, "Consensus: Bridging Theory and Practice", 2014, come
// the step down of a leader that no majority answers (§6.2 there), reads by
// ReadIndex (§6.4) and PreVote (§9.6).
//
// A Node has no goroutine, clock, lock, log or file. A program tells it of the
// time, of messages, commands and reads, and after one or many such calls takes
// its Output: what must become durable, and then what may be sent, applied and
// answered. Chance comes from Config.Rand. So one seed replays a run.
//
// As long as what Output.Save holds is durable before the rest of the Output
// has any effect, and as long as nodes do not lie, committed entries are the
// same at all nodes for ever, whatever is lost, doubled, delayed or restarted.
// Whatever a node is sent, it goes on, and what it saves it can start with.
// Entries are committed as long as a majority of the nodes run and hear each
// other soon against the election timeout.
//
// What is not there: changes of membership (§6), the parts of a snapshot (§7: it
// travels as one message), reads by clocks and leases, and flow control. A
// command that was proposed twice is applied twice (§8): who repeats one must
// give it a name that the state machine knows again.
package raft

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Config is complete before New.
type Config struct {
	Self  NodeID
	Nodes int // how many there are, Self among them
	// Election is the least election timeout. A node that has heard of no
	// leader for a time uniform between once and twice as long stands for
	// election (§5.2). A leader looks as often whether a majority has answered
	// it meanwhile, and else steps down.
	Election time.Duration
	// Heartbeat is the time between two rounds of a leader's heartbeats. It
	// should be a few times the latency, and Election a few times Heartbeat.
	Heartbeat time.Duration
	// PreVote has a node ask first whether it would be elected. Then one that
	// was cut off does not depose the leader when it comes back.
	PreVote bool
	// Batch bounds the entries of a message; 0 means 1000.
	Batch int
	Rand  *rand.Rand
}

// batch is the default of Config.Batch. Chosen: commands of some hundred bytes
// make messages of some hundred kilobytes.
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

// Role is what a node is in its term.
type Role int

// The roles. A PreCandidate asks whether it would be elected; its term is still
// the old one.
const (
	Follower Role = iota
	PreCandidate
	Candidate
	Leader
)

func (r Role) String() string {
	return [...]string{"follower", "pre-candidate", "candidate", "leader"}[r]
}

// Node is one of the nodes. One goroutine at a time may call it.
//
// Every call that brings something takes the time, on a clock of the caller's
// that does not go back; it need not agree with the clocks of other nodes.
type Node struct {
	config   Config
	now      time.Duration
	deadline time.Duration // of a leader's next heartbeats, else of the next election

	state  State
	log    log
	commit uint64
	latest *Snapshot // of which log is the rest; nil where log is all

	role    Role
	leader  NodeID
	lie     error         // see Contradiction
	heard   time.Duration // from a leader; below zero: never
	granted []bool        // votes, of a candidate
	leading leading       // of a leader

	output output
}

// output is what the next Output is made of.
type output struct {
	state     State // that is durable
	snapshot  *Snapshot
	stable    uint64 // up to here the durable log is ours
	saved     uint64 // up to here there is a durable log
	applied   uint64 // up to here entries were handed out
	installed bool   // the snapshot came from a leader
	messages  []Message
	answers   []Answer
}

// New makes a node of what was durable of it; the zero Saved where it is new.
// The error says what is wrong with the Config, or why what was saved cannot
// have come from a Node.
func New(now time.Duration, c Config, s Saved) (*Node, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	n := &Node{config: c, now: now, state: s.State, leader: None, heard: -1, granted: make([]bool, c.Nodes)}
	if s.Term == 0 {
		n.state.Vote = None // the zero Saved is that of a new node
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
		n.output.installed = true // the state machine begins with it
	}
	n.postpone()
	return n, nil
}

// Role, Term and Leader say what the node is, in which term, and who leads as
// far as it knows (None where it does not).
func (n *Node) Role() Role     { return n.role }
func (n *Node) Term() uint64   { return n.state.Term }
func (n *Node) Leader() NodeID { return n.leader }

// Commit is the index of the last entry that the node knows to be committed.
func (n *Node) Commit() uint64 { return n.commit }

// Contradiction says what a leader has said that contradicts what is committed here,
// and nil where none did: some node has forgotten or lied. The node takes nothing of
// such a message.
func (n *Node) Contradiction() error { return n.lie }

// Length is the number of entries behind the latest snapshot.
func (n *Node) Length() int { return len(n.log.entries) }

// Deadline is when Tick must be called next. Every other call may move it.
func (n *Node) Deadline() time.Duration {
	if n.role == Leader {
		return min(n.deadline, n.leading.review)
	}
	return n.deadline
}

// Tick lets time pass.
func (n *Node) Tick(now time.Duration) {
	n.pass(now)
	switch {
	case n.role == Leader:
		n.tickLeader()
	case n.now >= n.deadline:
		n.campaign()
	}
}

// Propose has a leader append a command, which must not be empty. Its entry is
// committed when an entry of that index and term is, and never will be when
// another entry of that index is committed. Where ok is false the node does not
// lead, and did nothing.
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

// Read asks a leader for a moment at which its state may be read: the Answer
// with that id comes with an Output, and what was applied by then has all that
// was committed before Read was called. Where Read reports false the node does
// not lead, and no Answer comes.
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

// Compact puts a snapshot of the state machine in the place of the entries that
// made it, up to an index (§7). It panics where those have not all been handed
// out, and does nothing where a later snapshot is there.
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

// Step takes a message from another node. It ignores those that are malformed.
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

// refuse answers one who is behind with our term, so that he gives up (§5.1).
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

// Output takes what is to be done. The caller makes Save durable, and only then
// replaces its state by Install, applies Committed, sends Messages and gives
// Answers.
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

// save is what the durable state lacks of ours.
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

// send sends a message of the present term, or of the one that it names.
func (n *Node) send(m Message) {
	m.From = n.config.Self
	if m.Term == 0 {
		m.Term = n.state.Term
	}
	n.output.messages = append(n.output.messages, m)
}

// quorum is a majority of the nodes.
func (n *Node) quorum() int { return n.config.Nodes/2 + 1 }

func (n *Node) pass(now time.Duration) { n.now = max(n.now, now) }
