package raft

import "time"

// postpone sets a random time for the next election (§5.2).
func (n *Node) postpone() {
	n.deadline = n.now + n.config.Election + time.Duration(n.config.Rand.Int64N(int64(n.config.Election)))
}

// follow makes the node a follower of leader, which may be None.
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

// campaign asks for votes or pre-votes.
func (n *Node) campaign() {
	n.postpone()
	if !n.config.PreVote {
		n.stand()
		return
	}
	n.role, n.leader = PreCandidate, None
	n.poll(PreVote, n.state.Term+1)
}

// stand starts a term as a candidate (§5.2).
func (n *Node) stand() {
	n.role, n.leader = Candidate, None
	n.state = State{Term: n.state.Term + 1, Vote: n.config.Self}
	n.poll(Vote, n.state.Term)
}

// poll asks all other nodes, and counts the node's own vote.
func (n *Node) poll(kind Kind, term uint64) {
	clear(n.granted)
	for peer := range NodeID(n.config.Nodes) {
		if peer != n.config.Self {
			n.send(Message{Kind: kind, To: peer, Term: term, Index: n.log.last(), LogTerm: n.log.lastTerm()})
		}
	}
	n.grant(n.config.Self)
}

// vote answers a request for a vote or a pre-vote (§5.2, §5.4.1).
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

// led reports whether, as far as the node knows, there is a leader. If so, the node
// refuses pre-votes (thesis, §9.6).
func (n *Node) led() bool {
	return n.role == Leader || n.heard >= 0 && n.now-n.heard < n.config.Election
}

// count counts a vote or a pre-vote.
func (n *Node) count(m Message) {
	if m.Refused {
		return
	}
	if m.Kind == VoteReply && n.role == Candidate || m.Kind == PreVoteReply && n.role == PreCandidate && m.Term == n.state.Term+1 {
		n.grant(m.From)
	}
}

// grant counts a granted vote. With a majority the node becomes a candidate or the
// leader.
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
