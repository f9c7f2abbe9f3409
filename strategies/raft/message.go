package raft

import (
	"fmt"
	"slices"
)

// NodeID is a dense index, 0…N−1.
type NodeID int32

// None is no node.
const None NodeID = -1

// State is what a node must store besides its log (§5.1, figure 2).
type State struct {
	Term uint64
	Vote NodeID // in Term, or None
}

// Entry is a command in the log.
type Entry struct {
	Index   uint64 // from 1 on, without gaps
	Term    uint64 // of the leader that made it
	Command []byte // empty for the first entry of a leader's term (§8)
}

// Snapshot replaces all entries up to Index.
type Snapshot struct {
	Index uint64
	Term  uint64 // of the entry Index
	State []byte // of the state machine after Index
}

// Saved is the durable state of a node. Nobody votes in term 0, so the zero Saved
// is a new node.
type Saved struct {
	State
	Snapshot *Snapshot
	Entries  []Entry // after the snapshot, without gaps
}

// Save is what must become durable. If the machine fails meanwhile, a prefix of it
// may be durable, in the order of its fields. Truncate must remove entries
// atomically or from the last one on.
type Save struct {
	State    State
	Truncate uint64    // remove entries from here on; 0 for none
	Snapshot *Snapshot // entries up to its Index may be removed; nil for none
	Entries  []Entry   // append these
}

// Apply adds a Save to the durable state in memory. It also defines what a program
// with a disk must do.
func (s *Save) Apply(to *Saved) {
	to.State = s.State
	if s.Truncate != 0 {
		to.Entries = slices.DeleteFunc(slices.Clone(to.Entries), func(e Entry) bool { return e.Index >= s.Truncate })
	}
	if s.Snapshot != nil {
		to.Snapshot = s.Snapshot
		to.Entries = slices.DeleteFunc(slices.Clone(to.Entries), func(e Entry) bool { return e.Index <= s.Snapshot.Index })
	}
	to.Entries = append(to.Entries, s.Entries...)
}

// Output is what a program must do, in the order of the fields.
type Output struct {
	Save      *Save     // nil if nothing changed
	Install   *Snapshot // replaces the state machine; usually nil
	Committed []Entry   // apply in order, each once; skip entries without a command
	Answers   []Answer  // to reads, after Committed is applied
	Messages  []Message
}

// Answer allows or refuses a read. A read is refused if the node is no longer the
// leader.
type Answer struct {
	ID uint64
	OK bool
}

// Kind is the type of a message.
type Kind uint8

// The kinds of messages, with the fields they use besides From, To and Term.
// Figures 2 and 13 call them RequestVote, AppendEntries and InstallSnapshot.
const (
	Vote         Kind = iota // Index, LogTerm: of the candidate's last entry
	VoteReply                // Refused
	PreVote                  // as Vote; Term is the term that the sender would start
	PreVoteReply             // Refused; Term is the one asked for, or the refusing node's
	Append                   // Index, LogTerm: the entry before Entries; Commit, Round
	Install                  // Snapshot, Round
	AppendReply              // Index: the logs match up to it; Round; or Refused, Index of the Append, Conflict, LogTerm
	kinds
)

func (k Kind) String() string {
	return [...]string{"vote", "vote-reply", "pre-vote", "pre-vote-reply", "append", "install", "append-reply"}[k]
}

// Message is one flat struct for all kinds. What it refers to is shared and never
// changes.
type Message struct {
	Kind     Kind
	Refused  bool
	From, To NodeID
	Term     uint64
	Index    uint64
	LogTerm  uint64
	Conflict uint64 // the index that the leader should try next (§5.3)
	Commit   uint64 // the leader's commit index
	Round    uint64 // round of heartbeats; the reply repeats it
	Entries  []Entry
	Snapshot *Snapshot
}

// bound exceeds all terms, indexes and rounds of a node. Numbers below it do not
// overflow.
const bound = 1 << 62

// malformed reports whether no node can have sent the message.
func (m *Message) malformed() bool {
	if m.Kind >= kinds || m.Term == 0 || m.LogTerm > m.Term || max(m.Term, m.Index, m.Conflict, m.Commit, m.Round) >= bound {
		return true
	}
	if m.Kind == Install {
		return m.Snapshot == nil || m.Snapshot.check(m.Term) != nil
	}
	return check(m.Index, m.LogTerm, m.Entries, m.Term) != nil
}

// check returns an error if the entries cannot follow the entry with index and term
// in the log of a node whose term is most. It checks messages and saved entries.
func check(index, term uint64, entries []Entry, most uint64) error {
	for _, e := range entries {
		index++
		if e.Index != index || e.Term < max(term, 1) || e.Term > most {
			return fmt.Errorf("raft: want entry %d of a term from %d to %d, got entry %d of term %d", index, max(term, 1), most, e.Index, e.Term)
		}
		term = e.Term
	}
	return nil
}

// check returns an error if a node whose term is most cannot have the snapshot.
func (s *Snapshot) check(most uint64) error {
	if s.Index == 0 || s.Index >= bound || s.Term == 0 || s.Term > most {
		return fmt.Errorf("raft: want a snapshot of an entry above 0 and of a term from 1 to %d, got entry %d of term %d", most, s.Index, s.Term)
	}
	return nil
}

// hypothetical reports whether the message is about a term that may never start.
func (m *Message) hypothetical() bool {
	return m.Kind == PreVote || m.Kind == PreVoteReply && !m.Refused
}
