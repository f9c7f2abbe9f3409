package gossip

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// remembered is how many random peers a node remembers. Chosen: the links take 128
// KiB, and no Maelstrom test has as many nodes.
const remembered = 4096

// ledger is what a node knows about its peers. A length of the log stands for the
// values up to there.
type ledger struct {
	links  []link
	index  map[broadcast.NodeID]int32 // of links
	fixed  bool                       // no more links are made
	oldest int32                      // the link that is replaced next
	level  int32                      // number of links that were sent the whole log
	size   int32                      // of the log

	retry   time.Duration
	marking bool
	prints  []uint32 // if marking: the fingerprint of the log after each value

	// Without rounds and with ack-retry: unacknowledged rumors. Never iterated.
	unacked map[delivery]attempt
}

// link is what a node knows about one peer.
type link struct {
	mark   uint64 // bookmark in the peer's log: what it has sent
	peer   broadcast.NodeID
	sent   int32  // length of the log that the peer was sent or has
	acked  int32  // with ack-retry, length of the log that the peer has
	wait   int32  // time to the next attempt, in units of retry
	rumors uint32 // number of rumors sent with ack-retry
}

// delivery is an unacknowledged rumor to peer that ends at end in the log.
type delivery struct {
	peer broadcast.NodeID
	end  int
}

// attempt is what tellOne needs to send a rumor again.
type attempt struct {
	first int   // index in the log
	hops  int32 // of the message
	wait  int32 // time to the next attempt, in units of retry
}

// fix makes links to the neighbors and prevents others.
func (l *ledger) fix(neighbors []broadcast.NodeID) {
	l.fixed = true
	l.index = make(map[broadcast.NodeID]int32, len(neighbors))
	l.links = make([]link, len(neighbors))
	for i, peer := range neighbors {
		l.links[i].peer = peer
		l.index[peer] = int32(i)
	}
}

// find returns the link to a peer, or nil if there is none.
func (l *ledger) find(peer broadcast.NodeID) *link {
	if i, known := l.index[peer]; known {
		return &l.links[i]
	}
	return nil
}

// link returns the link to a peer. It makes one if necessary, and replaces the
// oldest if there are too many. It returns nil if the links are fixed. The pointer
// is valid until the next call.
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
		l.level++ // an empty log has been sent
	}
	l.index[peer] = i
	return &l.links[i]
}

// extend adds a value to the log.
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

// brought notes that a peer has the log from before on, because it sent these
// values.
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

// bookmark returns the bookmark of a length of the log.
func (l *ledger) bookmark(length int) uint64 {
	return uint64(length)<<32 | uint64(l.prints[length-1])
}

// place returns the length of a bookmark, or 0 if it does not match this log.
func (l *ledger) place(mark uint64) int {
	length := mark >> 32
	if length == 0 || length > uint64(len(l.prints)) || l.prints[length-1] != uint32(mark) {
		return 0
	}
	return int(length)
}

// keep stores the bookmark of an answer. If the answer begins after the last
// bookmark, it belongs to a question from before a restart, and is ignored.
func (l *ledger) keep(peer broadcast.NodeID, m broadcast.Message) {
	length, count := m.Seq>>32, uint64(len(m.Values))
	if k := l.link(peer); k != nil && length >= count && length-count <= k.mark>>32 {
		k.mark = m.Seq
	}
}

// await stores an unacknowledged rumor.
func (l *ledger) await(d delivery, a attempt) {
	if l.unacked == nil {
		l.unacked = map[delivery]attempt{}
	}
	l.unacked[d] = a
}

// fingerprint returns the fingerprint of a log after v is added. It distinguishes
// the logs of a node's lives; it does not resist attacks. The constants are those
// of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func fingerprint(last uint32, v broadcast.Value) uint32 {
	x := (uint64(last) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ uint64(v)) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return uint32(x >> 32)
}
