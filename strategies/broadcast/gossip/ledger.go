package gossip

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// remembered is how many peers a node remembers that are drawn from all nodes.
// Chosen: 128 KiB of links, and no test of Maelstrom's has as many nodes.
const remembered = 4096

// ledger is what a node knows of its peers. Lengths of the log stand for the
// values up to there.
type ledger struct {
	links  []link
	index  map[broadcast.NodeID]int32 // of links
	fixed  bool                       // nobody gets a link but those who have one
	oldest int32                      // the link to be reused next
	level  int32                      // links that have been sent the whole log
	size   int32                      // of the log

	retry   time.Duration
	marking bool
	prints  []uint32 // where marking: fingerprints of the log, after each value

	// Without rounds and with ack-retry: the rumors on their way. Only looked
	// up, never walked through.
	unacked map[delivery]attempt
}

// link is what a node knows of one peer.
type link struct {
	mark   uint64 // bookmark in the peer's log: what came from it
	peer   broadcast.NodeID
	sent   int32  // of the log, how much the peer has been sent or has
	acked  int32  // with ack-retry, how much it has
	wait   int32  // for the acknowledgement, in units of retry
	rumors uint32 // sent with ack-retry
}

// delivery is a rumor on its way to a peer that ends at end in the log.
type delivery struct {
	peer broadcast.NodeID
	end  int
}

// attempt is what it takes to send a rumor again.
type attempt struct {
	first int   // in the log
	hops  int32 // of the message
	wait  int32 // for the acknowledgement, in units of retry
}

// fix makes links to the neighbors, and to nobody else.
func (l *ledger) fix(neighbors []broadcast.NodeID) {
	l.fixed = true
	l.index = make(map[broadcast.NodeID]int32, len(neighbors))
	l.links = make([]link, len(neighbors))
	for i, peer := range neighbors {
		l.links[i].peer = peer
		l.index[peer] = int32(i)
	}
}

// find returns the link to a peer, or nil where there is none.
func (l *ledger) find(peer broadcast.NodeID) *link {
	if i, known := l.index[peer]; known {
		return &l.links[i]
	}
	return nil
}

// link returns the link to a peer, and makes it if need be, in place of the
// oldest where there are too many. It is nil where none is to be made. It is
// good until the next call.
func (l *ledger) link(peer broadcast.NodeID) *link {
	if k := l.find(peer); k != nil || l.fixed {
		return k
	}
	if l.index == nil {
		l.index = map[broadcast.NodeID]int32{}
	}
	i := int32(len(l.links))
	if i < remembered {
		l.links = append(l.links, link{})
	} else {
		i = l.oldest
		l.oldest = (l.oldest + 1) % remembered
		delete(l.index, l.links[i].peer)
		if l.links[i].sent == l.size {
			l.level--
		}
	}
	l.links[i] = link{peer: peer}
	if l.size == 0 {
		l.level++ // it has all that there is
	}
	l.index[peer] = i
	return &l.links[i]
}

// extend follows the log by one value.
func (l *ledger) extend(v broadcast.Value) {
	l.size++
	l.level = 0
	if l.marking {
		var last uint32
		if len(l.prints) > 0 {
			last = l.prints[len(l.prints)-1]
		}
		l.prints = append(l.prints, fingerprint(last, v))
	}
}

// brought notes that a peer has what lies in the log from before on, which it
// brought.
func (l *ledger) brought(peer broadcast.NodeID, before int32) {
	k := l.link(peer)
	if k == nil {
		return
	}
	if k.acked == before {
		k.acked = l.size
	}
	if k.sent == before {
		l.send(k)
	}
}

// send notes that a peer has been sent the whole log.
func (l *ledger) send(k *link) {
	if k.sent < l.size {
		k.sent = l.size
		l.level++
	}
}

// bookmark returns the mark of that length of the log.
func (l *ledger) bookmark(length int) uint64 {
	return uint64(length)<<32 | uint64(l.prints[length-1])
}

// place returns the length of the log that a bookmark marks, and 0 where it is
// not of this log.
func (l *ledger) place(mark uint64) int {
	length := mark >> 32
	if length == 0 || length > uint64(len(l.prints)) || l.prints[length-1] != uint32(mark) {
		return 0
	}
	return int(length)
}

// keep keeps the bookmark that came with an answer, unless the answer begins
// after the last bookmark: then it was to a question from before a restart.
func (l *ledger) keep(peer broadcast.NodeID, m broadcast.Message) {
	length, count := m.Seq>>32, uint64(len(m.Values))
	if k := l.link(peer); k != nil && length >= count && length-count <= k.mark>>32 {
		k.mark = m.Seq
	}
}

// await notes a rumor on its way.
func (l *ledger) await(d delivery, a attempt) {
	if l.unacked == nil {
		l.unacked = map[delivery]attempt{}
	}
	l.unacked[d] = a
}

// fingerprint returns the fingerprint of a log that has grown by v. It guards
// against logs of a node's former life, not against enemies. The constants are
// those of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func fingerprint(last uint32, v broadcast.Value) uint32 {
	x := (uint64(last) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ uint64(v)) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return uint32(x >> 32)
}
