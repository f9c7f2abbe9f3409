package raft

import (
	"slices"
	"time"
)

// leading is the state of a leader besides its log.
type leading struct {
	begin  uint64        // the first entry of its term
	review time.Duration // when it checks next whether a majority answers
	round  uint64        // the last round of heartbeats
	peers  []peer        // by NodeID; the leader's own is unused
	reads  []read        // in order of arrival
	asked  bool          // a read needs a new round
}

// peer is the progress of another node. Invariant: match < next ≤ log.last()+1.
//
// If probing, the leader does not know where the logs match, and sends one message
// at a time. If install is not 0, the peer is receiving that snapshot. Otherwise
// the leader sends entries before earlier ones are acknowledged.
type peer struct {
	match   uint64 // the logs match up to here
	next    uint64 // the next entry to send
	probing bool   // one message at a time
	waiting bool   // probing: the message is not answered yet
	install uint64 // index of the snapshot in flight; 0 for none
	sent    time.Duration
	beat    bool          // a heartbeat is due
	heard   time.Duration // time of its last answer
	round   uint64        // the last round that it answered
}

// read waits until a majority has answered round, and index is committed.
type read struct {
	id, index, round uint64
}

// lead makes the node the leader. An empty entry commits those of former terms
// (§8).
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

// tickLeader sends heartbeats. The leader steps down if no majority has answered
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

// talk sends each other node what it needs.
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

// tell sends the entries that a node may lack, or a heartbeat if one is due. It
// does not wait for answers to earlier entries. A heartbeat refers to the last
// entry sent, so a node that did not receive it refuses.
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

// offer sends the latest snapshot to a node that needs entries before it.
func (n *Node) offer(to NodeID, p *peer) {
	p.install, p.sent = n.latest.Index, n.now
	n.send(Message{Kind: Install, To: to, Snapshot: n.latest, Round: n.leading.round})
}

// progress handles an answer of the current term. Even a refusal shows that the
// node still follows.
func (n *Node) progress(m Message) {
	p := &n.leading.peers[m.From]
	p.heard = n.now
	p.round = max(p.round, min(m.Round, n.leading.round))
	if m.Refused {
		n.retreat(p, m)
		return
	}
	if m.Index > n.log.last() {
		return // a node lies: it has more than it was sent
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

// retreat moves next back to where the logs may match. It skips all entries of a
// conflicting term at once (end of §5.3). It ignores outdated answers.
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

// advance commits what a majority has, up to the last such entry of the current
// term. Entries of former terms are only committed together with it (§5.4.2).
func (n *Node) advance() {
	index := n.majority(func(p peer) uint64 { return p.match }, n.log.last())
	if term, known := n.log.term(index); known && term == n.state.Term {
		n.commit = max(n.commit, index)
	}
}

// majority returns the largest number that a majority of nodes has reached.
func (n *Node) majority(reached func(peer) uint64, own uint64) uint64 {
	numbers := make([]uint64, n.config.Nodes)
	for i, p := range n.leading.peers {
		numbers[i] = reached(p)
	}
	numbers[n.config.Self] = own
	slices.Sort(numbers)
	return numbers[n.config.Nodes-n.quorum()]
}

// ask adds a read that waits for the next round.
func (l *leading) ask(id, index uint64) {
	l.reads = append(l.reads, read{id: id, index: index, round: l.round + 1})
	l.asked = true
}

// answer answers reads whose index is committed and whose round a majority has
// answered. So no other node was leader when they arrived.
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

// dismiss refuses all waiting reads.
func (n *Node) dismiss() {
	for _, r := range n.leading.reads {
		n.output.answers = append(n.output.answers, Answer{ID: r.id})
	}
}
