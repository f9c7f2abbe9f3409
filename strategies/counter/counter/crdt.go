package counter

import (
	"slices"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// CRDT is the strategy of that name.
var CRDT = server.Spec{
	Workloads: workloads,
	Name:      "crdt",
	Doc:       "each node tells others the sums of all nodes, and keeps the newest of each",
	Source:    "Shapiro et al., Convergent and Commutative Replicated Data Types, 2011, section 3.1; Almeida et al., Delta State Replicated Data Types, 2018",
	Promise:   "reads come to show all that was acknowledged while nodes keep their disks and partitions heal; available at every node",
	Params: []param.Decl{
		{Name: "interval", Kind: param.Duration, Default: "200ms", Min: .001, Max: 3600,
			Doc: "time between the rounds of a node"},
		{Name: "fanout", Kind: param.Int, Default: "1", Max: 1e6, Unit: "peers",
			Doc: "how many peers a node tells in a round, drawn at random; 0 is all"},
		{Name: "payload", Kind: param.Choice, Default: "full", Choices: []string{"full", "delta"},
			Doc: "what to tell a peer: all sums, or those that it is not known to have"},
	},
	New: func(p param.Values) server.Service { return crdt{p} },
}

type crdt struct{ params param.Values }

// Start implements server.Service.
func (d crdt) Start(env server.Env, c server.Config) (server.Handlers, error) {
	s, err := newSums(env, c, d.params.Duration("interval"))
	if err != nil {
		return nil, err
	}
	n := &teller{sums: s, fanout: d.params.Int("fanout"), delta: d.params.Text("payload") == "delta", has: make([][]int64, len(c.Nodes))}
	for node := range c.Nodes {
		n.has[node] = make([]int64, len(c.Nodes))
		if node != s.self {
			n.peers = append(n.peers, node)
		}
	}
	s.round = n.tick
	handlers := s.handlers()
	handlers["sums"], handlers["sums_ok"] = n.hear, n.hear
	return handlers, nil
}

// teller is a node of crdt.
type teller struct {
	*sums
	fanout int
	delta  bool
	peers  []int
	has    [][]int64 // how many adds of each node each peer is known to know
}

func (t *teller) tick() {
	fanout := t.fanout
	if fanout == 0 || fanout > len(t.peers) {
		fanout = len(t.peers)
	}
	for i := range fanout { // a partial shuffle
		j := i + t.config.Rand.IntN(len(t.peers)-i)
		t.peers[i], t.peers[j] = t.peers[j], t.peers[i]
		t.tell(t.peers[i])
	}
}

// tell sends sums to a peer, each as node number, adds and total.
func (t *teller) tell(peer int) {
	var numbers []int64
	for node, sum := range t.known {
		if sum.adds > 0 && (!t.delta || sum.adds > t.has[peer][node]) {
			numbers = append(numbers, int64(node), sum.adds, sum.total)
		}
	}
	if len(numbers) > 0 {
		t.env.Send(t.config.Nodes[peer], "sums", wire.AppendInts(wire.Fields(nil).Key("sums"), numbers))
	}
}

// hear learns the sums of a peer. If the peer sent deltas, hear acknowledges them,
// so that the peer resends only what is lost.
func (t *teller) hear(m server.Message) {
	t.begin()
	text := wire.Field(m.Body, "sums")
	numbers, ok := wire.Ints[int64](nil, text)
	peer := slices.Index(t.config.Nodes, m.Src)
	if !ok || peer < 0 || peer == t.self || len(numbers)%3 != 0 {
		return // malformed, or not from another node
	}
	for triple := range slices.Chunk(numbers, 3) {
		node, heard := triple[0], sum{triple[1], triple[2]}
		if node < 0 || node >= int64(len(t.known)) || heard.adds >= mostAdds {
			continue
		}
		t.has[peer][node] = max(t.has[peer][node], heard.adds)
		if int(node) != t.self {
			t.learn(int(node), heard)
		}
	}
	if t.delta && m.Type == "sums" {
		t.env.Send(m.Src, "sums_ok", wire.Fields(nil).Raw("sums", text))
	}
}
