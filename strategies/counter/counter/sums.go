package counter

import (
	"fmt"
	"slices"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// sums are the sums of all nodes, as one node knows them.
type sums struct {
	env    server.Env
	config server.Config
	self   int
	known  []sum  // by node
	round  func() // what the node does every interval
	every  time.Duration
	begun  bool
}

func newSums(env server.Env, c server.Config, every time.Duration) (*sums, error) {
	s := &sums{env: env, config: c, self: slices.Index(c.Nodes, c.Self), known: make([]sum, len(c.Nodes)), every: every}
	if s.self < 0 {
		return nil, fmt.Errorf("%s is not among the nodes %v", c.Self, c.Nodes)
	}
	lived := false
	for i, name := range c.Nodes {
		text, kept := c.Disk.Get(name)
		if !kept {
			continue
		}
		lived = true
		var ok bool
		if s.known[i], ok = readSum(text); !ok {
			return nil, fmt.Errorf("the disk's sum of %s: want two integers, got %.40q", name, text)
		}
	}
	if lived { // the other nodes run too, and may all wait for a message
		s.begin()
	}
	return s, nil
}

// handlers returns the handlers of client requests. The node begins its rounds at
// its first message, or at its start if its disk shows a former life.
func (s *sums) handlers() server.Handlers {
	return server.Handlers{"add": s.add, "read": s.read}
}

func (s *sums) add(m server.Message) {
	s.begin()
	n, ok := delta(s.env, m)
	if !ok {
		return
	}
	s.learn(s.self, s.known[s.self].plus(n))
	s.env.Reply(m, "add_ok", nil)
}

func (s *sums) read(m server.Message) {
	s.begin()
	var n int64
	for _, sum := range s.known {
		n += sum.total
	}
	s.env.Reply(m, "read_ok", total(n))
}

// begin starts the rounds, the first after a random time.
func (s *sums) begin() {
	if s.begun {
		return
	}
	s.begun = true
	var again func()
	again = func() {
		s.env.After(s.every, again)
		s.round()
	}
	s.env.After(time.Duration(s.config.Rand.Int64N(int64(s.every))), again)
}

// learn keeps the newer sum of a node, also on disk: peers rely on it that a
// restarted node has what it acknowledged.
func (s *sums) learn(node int, heard sum) {
	if heard.adds > s.known[node].adds {
		s.known[node] = heard
		s.config.Disk.Put(s.config.Nodes[node], heard.text())
	}
}

// SeqKV is the strategy of that name.
var SeqKV = server.Spec{
	Workloads: workloads,
	Name:      "seqkv",
	Doc:       "each node counts under a key of its own in seq-kv, and reads those of the others now and then",
	Source:    "Maelstrom, doc/services.md; Fly.io, Gossip Glomers, challenge 4",
	Promise:   "reads come to show all that was acknowledged while nodes keep their disks and reach the store again; available at every node",
	Params: []param.Decl{{Name: "interval", Kind: param.Duration, Default: "200ms", Min: .001, Max: 3600,
		Doc: "time between the rounds of a node"}},
	New: func(p param.Values) server.Service { return seqKV{p.Duration("interval")} },
}

type seqKV struct{ interval time.Duration }

// Start implements server.Service.
func (k seqKV) Start(env server.Env, c server.Config) (server.Handlers, error) {
	s, err := newSums(env, c, k.interval)
	if err != nil {
		return nil, err
	}
	n := &keeper{sums: s, asked: make([]bool, len(c.Nodes))}
	s.round = n.tick
	handlers := s.handlers()
	handlers["wake"] = func(server.Message) { s.begin() }
	return handlers, nil
}

// keeper is a node of seqkv.
type keeper struct {
	*sums
	stored sum    // under the node's own key, as far as the node knows
	asked  []bool // by node: a read of its key is open
	wake   int    // the last node that it woke
}

// tick stores the node's own sum if it is new, and reads those of the others. It
// also wakes one node in turn, since a restarted node may receive no message before
// the read of a client.
func (k *keeper) tick() {
	if k.wake = (k.wake + 1) % len(k.known); k.wake != k.self {
		k.env.Send(k.config.Nodes[k.wake], "wake", nil)
	}
	for node := range k.known {
		switch {
		case k.asked[node]:
		case node != k.self:
			k.get(node)
		case k.known[node].adds > k.stored.adds:
			k.put()
		}
	}
}

// put replaces the stored sum by compare-and-set, so that a delayed request
// overwrites nothing newer. If it is refused, the node reads the key: an earlier
// attempt or a former life has written it.
func (k *keeper) put() {
	next := k.known[k.self]
	fields := wire.Fields(nil).Text("key", k.config.Self).Raw("from", k.stored.text()).Raw("to", next.text()).Raw("create_if_not_exists", []byte("true"))
	k.asked[k.self] = true
	k.env.Call(store, "cas", fields, wait, func(_ server.Message, err *wire.Error) {
		k.asked[k.self] = false
		switch {
		case err == nil:
			k.stored = next
		case err.Code == wire.PreconditionFailed:
			k.get(k.self)
		}
	})
}

// get reads the key of node.
func (k *keeper) get(node int) {
	k.asked[node] = true
	k.env.Call(store, "read", wire.Fields(nil).Text("key", k.config.Nodes[node]), wait, func(reply server.Message, err *wire.Error) {
		k.asked[node] = false
		heard, ok := readSum(wire.Field(reply.Body, "value"))
		switch {
		case err != nil || !ok:
		case node != k.self:
			k.learn(node, heard)
		case heard.adds > k.stored.adds:
			k.stored = heard
		}
	})
}
