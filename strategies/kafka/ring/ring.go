// Package ring gives each log one node that writes it. Keys are spread over the
// nodes by consistent hashing, and a node hands what is sent to a log of another
// node on to that one, which keeps the log in lin-kv.
//
// It is the log of the articles on Gossip Glomers, with the ring of Karger et al.,
// "Consistent Hashing and Random Trees", STOC 1997, section 4, in which each node
// has many points. A writer knows its logs by heart: it appends by one
// compare-and-set and need not look before, and answers polls out of its memory. So
// a node that is polled asks the writers, each once for all its keys. That is
// cheaper than to read the logs' last segments in lin-kv, which it does where a
// writer does not answer, being killed or cut off. What comes in while a writer is
// being asked goes together in the next request to it, polls and sends alike. Both are right: what a writer
// shows is in lin-kv, and no part of a log ever changes.
//
// Though there is one writer, it never writes but by compare-and-set: a write of
// its former life may still be on its way. A write that nobody answers for is found
// out about before the next. Committed offsets lie in lin-kv, too, where each node
// has its own.
//
// What is handed on is appended once, though the network may deliver it twice: a
// writer knows requests again (server.Once), and where it was killed and has
// forgotten them it takes only those that were meant for its present life.
//
// Not promised: that a send succeeds while its key's writer is away, which is the
// price of one writer; the node then says truly whether it may have been done. Nor
// bounds on memory: a writer keeps its logs, and others what they read.
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
	life   uint64      // of this node
	once   server.Once // what peers have handed on
}

// Start implements server.Service.
func (r ring) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n := &node{env: env, self: c.Self, circle: newCircle(c.Nodes, r.points), batch: r.batch, peers: map[string]*peer{}, life: server.Life(c.Disk)}
	n.logs = kafka.NewLogs(env, c, n.life, kafka.Options{Segment: r.segment, Batch: r.batch, Sole: n.writes, Backoff: time.Millisecond})
	for _, name := range c.Nodes {
		if name != c.Self {
			// Who was killed asks first whether the others were, too.
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

// poll reads logs: those that the node writes itself from memory, those of others
// by asking them, and all where it is another node that asks.
func (n *node) poll(m server.Message) {
	positions, ok := kafka.ReadPositions(n.env, m)
	if !ok {
		return
	}
	_, asked := n.peers[m.Src]
	var order []*peer // whom to ask, in the order of the keys
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
