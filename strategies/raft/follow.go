package raft

import "fmt"

// obey handles a message of the leader of the current term.
func (n *Node) obey(m Message) {
	if n.role == Leader {
		return // a node lies: no term has two leaders
	}
	if err := n.contradicts(m); err != nil {
		n.lie = err
		return
	}
	n.follow(m.Term, m.From)
	n.heard = n.now
	n.postpone()
	reply := Message{Kind: AppendReply, To: m.From, Round: m.Round}
	if m.Kind == Install {
		n.install(m.Snapshot)
		reply.Index = n.commit
	} else if at, ok := n.accept(m); ok {
		reply.Index = at
	} else {
		reply.Refused, reply.Index = true, m.Index
		reply.Conflict, reply.LogTerm = n.log.conflict(m.Index)
	}
	n.send(reply)
}

// contradicts returns an error if the message has entries that differ from
// committed ones that the log still has.
func (n *Node) contradicts(m Message) error {
	for _, e := range m.Entries {
		if e.Index > n.commit {
			break
		}
		if term, known := n.log.term(e.Index); known && term != e.Term {
			return fmt.Errorf("raft: node %d: entry %d of term %d is committed, and the leader %d of term %d has one of term %d: a node has forgotten or lied",
				n.config.Self, e.Index, term, m.From, m.Term, e.Term)
		}
	}
	return nil
}

// accept appends the entries of a message if the logs match before them. It returns
// up to which index the logs match then (§5.3).
func (n *Node) accept(m Message) (at uint64, ok bool) {
	at = m.Index + uint64(len(m.Entries))
	if at <= n.log.base {
		return at, true // the snapshot has all of it
	}
	if m.Index >= n.log.base {
		if term, known := n.log.term(m.Index); !known || term != m.LogTerm {
			return 0, false
		}
	}
	for i, e := range m.Entries {
		if e.Index <= n.log.base {
			continue
		}
		term, known := n.log.term(e.Index)
		if known && term == e.Term {
			continue // a late message must not remove the entries after it
		}
		n.log.replace(m.Entries[i:])
		n.output.stable = min(n.output.stable, e.Index-1)
		break
	}
	n.commit = max(n.commit, min(m.Commit, at))
	return at, true
}

// install replaces the log by a leader's snapshot if the log ends before it or
// differs (§7).
func (n *Node) install(s *Snapshot) {
	if s.Index <= n.commit {
		return
	}
	if term, known := n.log.term(s.Index); known && term == s.Term {
		n.commit = s.Index // the log has these entries
		return
	}
	n.latest, n.output.snapshot, n.output.installed = s, s, true
	n.log = log{base: s.Index, baseTerm: s.Term}
	n.commit, n.output.applied = s.Index, s.Index
	n.output.stable = min(n.output.stable, s.Index)
}
