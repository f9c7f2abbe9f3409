package raft

import (
	"fmt"
	"slices"
)

// NodeID is a dense index 0…N−1.
type NodeID int32

// None is no node.
const None NodeID = -1

// State is what a node must not forget beside its log (§5.1, figure 2).
type State struct {
	Term uint64
	Vote NodeID // in Term, or None
}

// Entry is a command in the log.
type Entry struct {
	Index   uint64 // from 1 on, without gaps
	Term    uint64 // of the leader that made it
	Command []byte // empty where a leader began its term with it (§8)
}

// Snapshot stands for all entries up to Index.
type Snapshot struct {
	Index uint64
	Term  uint64 // of the entry Index
	State []byte // of the state machine that has applied them
}

// Saved is what was durable of a node. In term 0 nobody votes, so the zero Saved
// is that of a new node.
type Saved struct {
	State
	Snapshot *Snapshot
	Entries  []Entry // behind the snapshot, without gaps
}

// Save is what must become durable: all of it, or where the machine fails
// meanwhile a beginning of it, in the order of its fields. Entries that go are to
// go from the last one on, if not all at once.
type Save struct {
	State    State
	Truncate uint64    // entries from this one on must go; 0 for none
	Snapshot *Snapshot // entries up to its Index may go then; nil for no new one
	Entries  []Entry   // to be appended behind what is left
}

// Apply makes of what was durable what is, with all of the Save. It is for
// those who keep it in memory, and says what those must do who do not.
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

// Output is what is to be done, in the order of its fields.
type Output struct {
	Save      *Save     // nil where nothing changed
	Install   *Snapshot // replaces the state machine; nil for most
	Committed []Entry   // to be applied in order, each once; not those without a command
	Answers   []Answer  // to reads, when all of Committed has been applied
	Messages  []Message
}

// Answer says that a read may be answered, or that it must not be: the leader
// was deposed, or another one has begun.
type Answer struct {
	ID uint64
	OK bool
}

// Kind is the type of a message.
type Kind uint8

// The kinds of messages, with the fields that they fill beside From, To and
// Term. The names of figures 2 and 13 are RequestVote, AppendEntries and
// InstallSnapshot.
const (
	Vote         Kind = iota // Index, LogTerm: of the candidate's last entry
	VoteReply                // Refused
	PreVote                  // as Vote; Term is the one that the asker would begin
	PreVoteReply             // Refused; Term is the asker's next, or of who refuses
	Append                   // Index, LogTerm: of the entry before Entries; Commit, Round
	Install                  // Snapshot, Round
	AppendReply              // Index: up to it the logs are the same; Round; or else Refused, Index of the Append, Conflict, LogTerm
	kinds
)

func (k Kind) String() string {
	return [...]string{"vote", "vote-reply", "pre-vote", "pre-vote-reply", "append", "install", "append-reply"}[k]
}

// Message is one flat struct for all kinds. What it points to is shared, and
// never changed.
type Message struct {
	Kind     Kind
	Refused  bool
	From, To NodeID
	Term     uint64
	Index    uint64
	LogTerm  uint64
	Conflict uint64 // the first index at which the leader may look further (§5.3)
	Commit   uint64 // what the leader knows to be committed
	Round    uint64 // of the leader's heartbeats; the reply repeats it
	Entries  []Entry
	Snapshot *Snapshot
}

// bound is above all terms, indexes and rounds that a node can have come to. None
// that is below it overflows.
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

// check says why entries cannot follow an entry in the log of a node that has come
// to a term. Entries of messages and saved ones are held to the same.
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

// check says why a node that has come to a term cannot have the snapshot.
func (s *Snapshot) check(most uint64) error {
	if s.Index == 0 || s.Index >= bound || s.Term == 0 || s.Term > most {
		return fmt.Errorf("raft: want a snapshot of an entry above 0 and of a term from 1 to %d, got entry %d of term %d", most, s.Index, s.Term)
	}
	return nil
}

// hypothetical reports whether the message is about a term that may never begin.
func (m *Message) hypothetical() bool {
	return m.Kind == PreVote || m.Kind == PreVoteReply && !m.Refused
}
