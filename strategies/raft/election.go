package raft

import "time"

// postpone draws the time of the next election (§5.2).
func (n *Node) postpone() {
	n.deadline = n.now + n.config.Election + time.Duration(n.config.Rand.Int64N(int64(n.config.Election)))
}

// follow makes a follower of the node, of a leader or None.
func (n *Node) follow(term uint64, leader NodeID) {
	if term > n.state.Term {
		n.state = State{Term: term, Vote: None}
	}
	if n.role == Leader {
		n.dismiss()
		n.leading = leading{}
		n.postpone() // the deadline was that of heartbeats
	}
	n.role, n.leader = Follower, leader
}

// campaign asks for votes, or whether to ask for them.
func (n *Node) campaign() {
	n.postpone()
	if !n.config.PreVote {
		n.stand()
		return
	}
	n.role, n.leader = PreCandidate, None
	n.poll(PreVote, n.state.Term+1)
}

// stand begins a term as a candidate (§5.2).
func (n *Node) stand() {
	n.role, n.leader = Candidate, None
	n.state = State{Term: n.state.Term + 1, Vote: n.config.Self}
	n.poll(Vote, n.state.Term)
}

// poll asks all others, and counts the node's own vote.
func (n *Node) poll(kind Kind, term uint64) {
	clear(n.granted)
	for peer := range NodeID(n.config.Nodes) {
		if peer != n.config.Self {
			n.send(Message{Kind: kind, To: peer, Term: term, Index: n.log.last(), LogTerm: n.log.lastTerm()})
		}
	}
	n.grant(n.config.Self)
}

// vote answers a candidate, or one who would be one (§5.2, §5.4.1).
func (n *Node) vote(m Message) {
	able := n.log.upToDate(m.Index, m.LogTerm)
	if m.Kind == PreVote {
		if m.Term > n.state.Term && able && !n.led() {
			n.send(Message{Kind: PreVoteReply, To: m.From, Term: m.Term})
		} else {
			n.send(Message{Kind: PreVoteReply, To: m.From, Refused: true})
		}
		return
	}
	if n.state.Vote == None && able {
		n.state.Vote = m.From
	}
	if n.state.Vote != m.From {
		n.send(Message{Kind: VoteReply, To: m.From, Refused: true})
		return
	}
	if n.role == PreCandidate {
		n.role = Follower
	}
	n.postpone()
	n.send(Message{Kind: VoteReply, To: m.From})
}

// led reports whether there is a leader, as far as the node can know. Then it
// helps nobody to depose it (thesis, §9.6).
func (n *Node) led() bool {
	return n.role == Leader || n.heard >= 0 && n.now-n.heard < n.config.Election
}

// count counts a vote that the node asked for.
func (n *Node) count(m Message) {
	if m.Refused {
		return
	}
	if m.Kind == VoteReply && n.role == Candidate || m.Kind == PreVoteReply && n.role == PreCandidate && m.Term == n.state.Term+1 {
		n.grant(m.From)
	}
}

// grant counts a vote, and does what a majority of them allows.
func (n *Node) grant(by NodeID) {
	n.granted[by] = true
	votes := 0
	for _, yes := range n.granted {
		if yes {
			votes++
		}
	}
	if votes < n.quorum() {
		return
	}
	if n.role == PreCandidate {
		n.stand()
	} else {
		n.lead()
	}
}
