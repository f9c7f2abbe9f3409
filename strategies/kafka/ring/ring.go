// Package ring gives each log one writer. Keys are spread over the nodes by
// consistent hashing. A node forwards messages to the writer of their log, which
// stores it in lin-kv.
//
// It is the log of the articles on Gossip Glomers, with the ring of Karger et al.,
// "Consistent Hashing and Random Trees", STOC 1997, section 4, in which each node
// has many points. A writer knows its logs: it appends by one compare-and-set
// without reading first, and answers polls from memory. So a polled node asks the
// writers, each once for all its keys. That is cheaper than reading the last
// segments from lin-kv, which it does if a writer does not answer. Requests that
// arrive while a writer is asked are combined in the next request, polls and sends
// alike. Both ways are correct: what a writer returns is in lin-kv, and no part of
// a log ever changes.
//
// Though each log has one writer, it writes by compare-and-set only, since a write
// of its former life may be in flight. After a write without an answer, it finds
// out the outcome before the next write. Each node has its own committed offsets in
// lin-kv.
//
// A forwarded message is appended once, even if the network duplicates it: a writer
// recognizes requests (server.Once), and after a restart accepts only requests for
// its current life.
//
// Not promised: that a send succeeds while the writer is down, which is the price
// of a single writer; the node then says truthfully whether it may have been done.
// Memory is not bounded: nodes cache the logs that they write and read.
package ring

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kafka"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.Kafka},
	Name:      "ring",
	Doc:       "one writer for each log, found by consistent hashing; logs lie in lin-kv, and can be read anywhere",
	Source:    "Gossip Glomers 5c, with one writer a key; Karger et al., Consistent Hashing and Random Trees, STOC 1997, section 4",
	Promise:   "every log shows each offset's one message to all, and loses none; a poll shows all that was acknowledged before; polls are available to those who reach lin-kv, sends to those who reach the writer as well",
	Params: []param.Decl{
		{Name: "points", Kind: param.Int, Default: "64", Min: 1, Max: 10000, Unit: "points",
			Doc: "how many points each node has on the circle of hashes: the more, the more alike are the nodes' shares"},
		kafka.Segment,
		kafka.Batch,
	},
	New: func(p param.Values) server.Service {
		return ring{points: p.Int("points"), segment: p.Int("segment"), batch: p.Int("batch")}
	},
}

type ring struct{ points, segment, batch int }

// node is a node of the ring.
type node struct {
	env    server.Env
	self   string
	circle circle
	batch  int
	logs   *kafka.Logs
	peers  map[string]*peer
	life   uint64      // number of this node's lives before
	once   server.Once // forwarded requests
}

// Start implements server.Service.
func (r ring) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n := &node{env: env, self: c.Self, circle: newCircle(c.Nodes, r.points), batch: r.batch, peers: map[string]*peer{}, life: server.Life(c.Disk)}
	n.logs = kafka.NewLogs(env, c, n.life, kafka.Options{Segment: r.segment, Batch: r.batch, Sole: n.writes, Backoff: time.Millisecond})
	for _, name := range c.Nodes {
		if name != c.Self {
			// After a restart, check first whether the others run.
			n.peers[name] = &peer{name: name, mute: n.life > 0}
		}
	}
	handlers := kafka.NewCommitted(env, c).Handlers()
	handlers["send"], handlers["poll"], handlers["sends"] = n.send, n.poll, n.sends
	return handlers, nil
}

// writes reports whether this node writes the log of a key.
func (n *node) writes(key string) bool { return n.circle.owner(key) == n.self }

func (n *node) send(m server.Message) {
	key, message, ok := kafka.ReadSend(n.env, m)
	if !ok {
		return
	}
	until := n.env.Now() + kafka.Patience
	answer := func(offset int64, err *wire.Error) { kafka.AnswerSend(n.env, m, offset, err) }
	if n.writes(key) {
		n.logs.Append(key, message, until, answer)
		return
	}
	p := n.peers[n.circle.owner(key)]
	p.waiting = append(p.waiting, send{key, message, until, answer})
	n.flow(p)
}

// poll reads logs: its own from memory, others by asking their writers. If another
// node asks, it reads all of them itself.
func (n *node) poll(m server.Message) {
	positions, ok := kafka.ReadPositions(n.env, m)
	if !ok {
		return
	}
	_, asked := n.peers[m.Src]
	var order []*peer // writers to ask, in the order of keys
	theirs := map[*peer][]kafka.Position{}
	var own []kafka.Position
	for _, at := range positions {
		p := n.peers[n.circle.owner(at.Key)]
		if asked || p == nil {
			own = append(own, at)
			continue
		}
		if theirs[p] == nil {
			order = append(order, p)
		}
		theirs[p] = append(theirs[p], at)
	}
	until := n.env.Now() + kafka.Patience
	left := 1 + len(order)
	var runs []kafka.Run
	var failed *wire.Error
	one := func(more []kafka.Run, err *wire.Error) {
		runs = append(runs, more...)
		if err != nil {
			failed = err
		}
		if left--; left == 0 {
			kafka.AnswerPoll(n.env, m, runs, failed)
		}
	}
	n.logs.Poll(own, until, one)
	for _, p := range order {
		n.ask(p, poll{theirs[p], until, one})
	}
}
