package server

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// Broadcast is Maelstrom's workload broadcast, with a broadcast.Strategy that
// spreads the values. It answers
//
//	topology {topology: {node: [neighbor…]…}} → topology_ok
//	broadcast {message} → broadcast_ok, at once, for every strategy
//	read → read_ok {messages: […]}
//
// or, if Set is true, Maelstrom's workload g-set, which offers no topology:
//
//	add {element} → add_ok, at once
//	read → read_ok {value: […]}
//
// Messages between strategies are {type, values, seq, ack, age, hops}. The type is
// the name of the message's Kind. Values are called numbers if the Spec says so.
// Age is in nanoseconds. Zero fields are omitted. A client's message may be any
// JSON. Inside the node, JSON that is no integer is a hash; a node can forward it
// only after it has received the JSON as a value.
//
// The strategy starts at the first message, because then all nodes run. If
// topologies are offered, it starts when the topology arrives. Earlier broadcasts
// are kept, and reads return them. Earlier messages of other nodes are kept up to a
// bound; the rest is lost. A second topology has no effect.
type Broadcast struct {
	Spec   broadcast.Spec
	Params broadcast.Params // returned by Spec.Check
	// Graph returns the neighbors of each node. If it is nil, the topology message
	// provides them; unknown names in it are ignored.
	Graph func(nodes int) ([][]broadcast.NodeID, error)
	// Set selects the workload g-set. If Graph is nil then, all other nodes are
	// neighbors.
	Set bool
}

// maxHeld is how many messages wait for the topology. Chosen: enough for minutes of
// gossip in a cluster around one node without a topology.
const maxHeld = 10000

// Start implements Service. It fails if Graph fails, or if Self is not in the
// cluster.
func (s Broadcast) Start(env Env, c Config) (Handlers, error) {
	b := &broadcaster{env: env, spec: s.Spec, params: s.Params, words: ofBroadcast, names: c.Nodes, ids: make(map[string]broadcast.NodeID, len(c.Nodes))}
	for i, name := range c.Nodes {
		b.ids[name] = broadcast.NodeID(i)
	}
	self, ok := b.ids[c.Self]
	if !ok {
		return nil, fmt.Errorf("%s is not among the nodes %v", c.Self, c.Nodes)
	}
	b.config = broadcast.Config{Self: self, Nodes: len(c.Nodes), Rand: c.Rand}
	if s.Graph != nil {
		graph, err := s.Graph(len(c.Nodes))
		if err != nil {
			return nil, err
		}
		b.config.Neighbors = graph[self]
	}
	b.offered = s.Graph == nil
	if s.Set {
		b.speakSet()
	}
	return b.handlers(), nil
}

// broadcaster is the node that Broadcast makes. It is the broadcast.Env of its
// strategy.
type broadcaster struct {
	env    Env
	spec   broadcast.Spec
	params broadcast.Params
	config broadcast.Config
	names  []string // by NodeID
	ids    map[string]broadcast.NodeID

	offered  bool               // the topology message provides the neighbors
	strategy broadcast.Strategy // nil before it starts
	began    time.Duration
	early    broadcast.Set // broadcasts that arrived before the start
	held     []Message     // messages of other nodes that arrived before the start

	words  words
	values values
	fields wire.Fields // of the current message
}

// words are the names that a workload has for its requests and their fields.
type words struct{ add, added, element, elements string }

var (
	ofBroadcast = words{"broadcast", "broadcast_ok", "message", "messages"}
	ofSet       = words{"add", "add_ok", "element", "value"}
)

// speakSet selects the workload g-set, in which nobody offers neighbors.
func (b *broadcaster) speakSet() {
	b.words = ofSet
	if !b.offered {
		return
	}
	b.offered = false
	for id := range broadcast.NodeID(b.config.Nodes) {
		if id != b.config.Self {
			b.config.Neighbors = append(b.config.Neighbors, id)
		}
	}
}

func (b *broadcaster) handlers() Handlers {
	handlers := Handlers{"topology": b.topology, b.words.add: b.broadcast, "read": b.read}
	for kind, name := range b.spec.Kinds {
		if name == "" {
			continue // a kind of timer
		}
		if _, taken := handlers[name]; taken || name == "init" || name == "error" {
			panic(fmt.Sprintf("service: strategy %s sends messages of type %q, which Maelstrom has taken", b.spec.Name, name))
		}
		handlers[name] = func(m Message) { b.receive(broadcast.Kind(kind), m) }
	}
	return handlers
}

func (b *broadcaster) topology(m Message) {
	if b.offered && b.strategy == nil {
		graph := wire.Field(m.Body, "topology")
		if len(graph) == 0 || graph[0] != '{' {
			Fail(b.env, m, wire.MalformedRequest, "topology: want an object of lists of nodes, got %.40q", graph)
			return
		}
		b.offer(wire.Field(graph, b.names[b.config.Self]))
	}
	b.begin()
	b.env.Reply(m, "topology_ok", nil)
}

// offer sets the neighbors to the nodes in list.
func (b *broadcaster) offer(list []byte) {
	for element := range wire.Elements(list) {
		name, _ := wire.Text(element)
		id, known := b.ids[name]
		if known && id != b.config.Self && !slices.Contains(b.config.Neighbors, id) {
			b.config.Neighbors = append(b.config.Neighbors, id)
		}
	}
	b.offered = false
}

// begin starts the strategy, unless it has started or its neighbors are unknown.
func (b *broadcaster) begin() {
	if b.strategy != nil || b.offered {
		return
	}
	b.strategy = b.spec.New(b.config, b.params)
	b.began = b.env.Now()
	b.strategy.Start(b)
	for _, v := range b.early.Log() {
		b.strategy.Broadcast(b, v)
	}
	held := b.held
	b.held = nil
	for _, m := range held {
		b.receive(broadcast.Kind(slices.Index(b.spec.Kinds, m.Type)), m)
	}
}

func (b *broadcaster) broadcast(m Message) {
	message := wire.Field(m.Body, b.words.element)
	if message == nil {
		Fail(b.env, m, wire.MalformedRequest, "%s: want a field %s, got none", b.words.add, b.words.element)
		return
	}
	b.env.Reply(m, b.words.added, nil)
	b.begin()
	v := b.values.read(message)
	if b.strategy == nil {
		b.early.Add(v)
		return
	}
	b.strategy.Broadcast(b, v)
}

func (b *broadcaster) read(m Message) {
	b.begin()
	known := &b.early
	if b.strategy != nil {
		known = b.strategy.Values()
	}
	b.fields = b.values.appendAll(b.fields[:0].Key(b.words.elements), known.Log())
	b.env.Reply(m, "read_ok", b.fields)
}

// receive passes a message to the strategy.
func (b *broadcaster) receive(kind broadcast.Kind, m Message) {
	from, known := b.ids[m.Src]
	if !known {
		Fail(b.env, m, wire.NotSupported, "%s: only nodes of the cluster may say so", m.Type)
		return
	}
	b.begin()
	if b.strategy == nil {
		if len(b.held) < maxHeld {
			b.held = append(b.held, m)
		}
		return
	}
	message, ok := b.decode(m.Body)
	if !ok {
		Fail(b.env, m, wire.MalformedRequest, "%s: want values, numbers, seq, ack, age and hops of the right type", m.Type)
		return
	}
	message.Kind = kind
	b.strategy.Receive(b, from, message)
}

func (b *broadcaster) decode(body []byte) (m broadcast.Message, ok bool) {
	ok = true
	for key, value := range wire.Members(body) {
		switch string(key) {
		case "values":
			m.Values, ok = b.values.readAll(value)
		case "numbers":
			m.Values, ok = wire.Ints(m.Values[:0:0], value)
		case "seq":
			m.Seq, ok = wire.Uint(value)
		case "ack":
			m.Ack, ok = wire.Uint(value)
		case "age":
			var age int64
			age, ok = wire.Int(value)
			m.Age = time.Duration(age)
		case "hops":
			var hops int64
			hops, ok = wire.Int(value)
			m.Hops = int32(hops)
			ok = ok && hops >= math.MinInt32 && hops <= math.MaxInt32
		}
		if !ok {
			break
		}
	}
	return m, ok
}

// Now implements broadcast.Env.
func (b *broadcaster) Now() time.Duration { return b.env.Now() - b.began }

// Send implements broadcast.Env.
func (b *broadcaster) Send(to broadcast.NodeID, m broadcast.Message) {
	fields := b.fields[:0]
	switch {
	case len(m.Values) == 0:
	case slices.Contains(b.spec.Numbers, m.Kind):
		fields = wire.AppendInts(fields.Key("numbers"), m.Values)
	default:
		fields = b.values.appendAll(fields.Key("values"), m.Values)
	}
	if m.Seq != 0 {
		fields = fields.Uint("seq", m.Seq)
	}
	if m.Ack != 0 {
		fields = fields.Uint("ack", m.Ack)
	}
	if m.Age != 0 {
		fields = fields.Int("age", int64(m.Age))
	}
	if m.Hops != 0 {
		fields = fields.Int("hops", int64(m.Hops))
	}
	b.fields = fields
	b.env.Send(b.names[to], b.spec.Kinds[m.Kind], fields)
}

// After implements broadcast.Env.
func (b *broadcaster) After(d time.Duration, t broadcast.Timer) {
	b.env.After(d, func() { b.strategy.Expire(b, t) })
}
