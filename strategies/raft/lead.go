package raft

import (
	"slices"
	"time"
)

// leading is what a leader knows beside its log.
type leading struct {
	begin  uint64        // the first entry of its term
	review time.Duration // when it asks itself whether a majority answers
	round  uint64        // of heartbeats, the last one
	peers  []peer        // by NodeID; its own counts as any other
	reads  []read        // in the order in which they came
	asked  bool          // a read waits for a round
}

// peer is how far another node is.
type peer struct {
	match   uint64 // the logs are the same up to here
	next    uint64 // the entry to be sent next
	probing bool   // where the logs meet is not known: one message at a time
	waiting bool   // for an answer to that one
	install uint64 // the snapshot that it has been sent; 0 for none
	sent    time.Duration
	beat    bool          // a heartbeat is due
	heard   time.Duration // when it answered last
	round   uint64        // the last one that it answered
}

// read waits until a majority has answered a round and an entry is committed.
type read struct {
	id, index, round uint64
}

// lead begins to lead, with an entry that commits those of former terms (§8).
func (n *Node) lead() {
	n.role, n.leader = Leader, n.config.Self
	n.leading = leading{begin: n.log.last() + 1, review: n.now + n.config.Election, peers: make([]peer, n.config.Nodes)}
	for i := range n.leading.peers {
		n.leading.peers[i] = peer{next: n.log.last() + 1, probing: true, heard: n.now}
	}
	n.log.append(n.state.Term, nil)
	n.deadline = n.now + n.config.Heartbeat
	n.advance()
}

// tickLeader sends heartbeats, and steps down where no majority has answered
// since the last review (thesis, §6.2).
func (n *Node) tickLeader() {
	l := &n.leading
	if n.now >= l.review {
		alive := 1
		for i, p := range l.peers {
			if NodeID(i) != n.config.Self && n.now-p.heard < n.config.Election {
				alive++
			}
		}
		if alive < n.quorum() {
			n.follow(n.state.Term, None)
			return
		}
		l.review = n.now + n.config.Election
	}
	if n.now >= n.deadline {
		n.deadline = n.now + n.config.Heartbeat
		for i := range l.peers {
			l.peers[i].beat = true
		}
	}
}

// talk says to every other node what there is to say.
func (n *Node) talk() {
	l := &n.leading
	if l.asked {
		l.asked = false
		l.round++
		for i := range l.peers {
			l.peers[i].beat = true
		}
	}
	for i := range l.peers {
		if to := NodeID(i); to != n.config.Self {
			n.tell(to, &l.peers[i])
			l.peers[i].beat = false
		}
	}
}

// tell sends a node the entries that it may lack, else a heartbeat if one is
// due. Entries are sent ahead of the answers; a heartbeat then stands behind
// them, so that it is refused where they were lost.
func (n *Node) tell(to NodeID, p *peer) {
	if p.install != 0 {
		if p.beat && n.now-p.sent >= n.config.Election {
			n.offer(to, p)
		} else if p.beat {
			n.send(Message{Kind: Append, To: to, Round: n.leading.round})
		}
		return
	}
	for !p.waiting && p.next <= n.log.last() {
		if p.next <= n.log.base {
			n.offer(to, p)
			return
		}
		until := min(n.log.last(), p.next-1+uint64(n.config.Batch))
		n.entries(to, p, n.log.between(p.next-1, until))
		p.beat = false
		if p.probing {
			p.waiting = true
		} else {
			p.next = until + 1
		}
	}
	if p.beat {
		if p.next <= n.log.base {
			n.offer(to, p)
			return
		}
		n.entries(to, p, nil)
	}
}

func (n *Node) entries(to NodeID, p *peer, entries []Entry) {
	term, _ := n.log.term(p.next - 1)
	n.send(Message{
		Kind: Append, To: to, Index: p.next - 1, LogTerm: term, Entries: entries, Commit: n.commit, Round: n.leading.round,
	})
}

// offer sends the latest snapshot to a node that is so far behind that the
// entries are gone.
func (n *Node) offer(to NodeID, p *peer) {
	p.install, p.sent = n.latest.Index, n.now
	n.send(Message{Kind: Install, To: to, Snapshot: n.latest, Round: n.leading.round})
}

// progress takes an answer of the present term. Even one that refuses entries
// says that its sender still followed when it was sent.
func (n *Node) progress(m Message) {
	p := &n.leading.peers[m.From]
	p.heard = n.now
	p.round = max(p.round, min(m.Round, n.leading.round))
	if m.Refused {
		n.retreat(p, m)
		return
	}
	if m.Index > n.log.last() {
		return // a node that lies: it has more than it was sent
	}
	p.match = max(p.match, m.Index)
	p.next = max(p.next, p.match+1)
	if p.install != 0 && p.match >= p.install {
		p.install = 0
	}
	if p.match+1 == p.next {
		p.probing, p.waiting = false, false
	}
	n.advance()
}

// retreat goes back to where the logs may meet, past all entries of a term that
// conflicts in one step (§5.3, the end). An answer that was overtaken by others
// is of no use.
func (n *Node) retreat(p *peer, m Message) {
	if m.Index <= p.match || m.Index >= p.next || p.probing && m.Index != p.next-1 || p.install != 0 {
		return
	}
	next := m.Conflict
	if m.LogTerm != 0 {
		if ours := n.log.lastOf(m.LogTerm, m.Index+1); ours != 0 {
			next = ours + 1
		}
	}
	p.next = max(min(next, m.Index), p.match+1)
	p.probing, p.waiting = true, false
}

// advance commits what a majority has, up to the last such entry of the present
// term: entries of former terms are committed by it and never by being counted
// (§5.4.2).
func (n *Node) advance() {
	index := n.majority(func(p peer) uint64 { return p.match }, n.log.last())
	if term, known := n.log.term(index); known && term == n.state.Term {
		n.commit = max(n.commit, index)
	}
}

// majority is the largest number that a majority of the nodes has reached.
func (n *Node) majority(reached func(peer) uint64, own uint64) uint64 {
	numbers := make([]uint64, n.config.Nodes)
	for i, p := range n.leading.peers {
		numbers[i] = reached(p)
	}
	numbers[n.config.Self] = own
	slices.Sort(numbers)
	return numbers[n.config.Nodes-n.quorum()]
}

// ask has a read wait for the round that comes next.
func (l *leading) ask(id, index uint64) {
	l.reads = append(l.reads, read{id: id, index: index, round: l.round + 1})
	l.asked = true
}

// answer answers the reads whose round a majority has answered, so that nobody
// else led when they came, and whose entry is committed.
func (n *Node) answer() {
	l := &n.leading
	round := n.majority(func(p peer) uint64 { return p.round }, l.round)
	done := 0
	for done < len(l.reads) && l.reads[done].round <= round && l.reads[done].index <= n.commit {
		n.output.answers = append(n.output.answers, Answer{ID: l.reads[done].id, OK: true})
		done++
	}
	l.reads = slices.Delete(l.reads, 0, done)
}

// dismiss refuses the reads that wait.
func (n *Node) dismiss() {
	for _, r := range n.leading.reads {
		n.output.answers = append(n.output.answers, Answer{ID: r.id})
	}
}
