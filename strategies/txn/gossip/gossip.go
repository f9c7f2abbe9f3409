// Package gossip answers transactions from memory, without waiting for other nodes:
// totally available, as defined by Bailis et al. ("Highly Available Transactions",
// VLDB 2014).
//
// A transaction reads and writes the node's own copy at once. Its writes get one
// Lamport time (Lamport, CACM 1978). Its last write to each key is sent to all
// other nodes in one message, repeated until they acknowledge it. Of two writes to
// a key the later one wins. No transaction sees a part of another, or an
// intermediate value, and all keys order transactions alike: read committed without
// write cycles.
//
// Not promised: that a transaction sees the latest values, or that transactions do
// not overwrite each other's writes. It does not support lists, since an append
// depends on a read.
package gossip

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
	"gossipbench/strategies/txn"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.RWRegister},
	Name:      "gossip",
	Doc:       "each node answers from its own copy, and tells the others what was written: the last writer wins",
	Source:    "Bailis et al., Highly Available Transactions: Virtues and Limitations, VLDB 2014, section 5.1",
	Promise:   "read committed; totally available, also while every node is alone",
	Params: []param.Decl{
		{Name: "retry", Kind: param.Duration, Default: "500ms", Min: 0.001, Max: 3600,
			Doc: "how long to wait for the acknowledgement of what was written before telling it again"},
		{Name: "batch", Kind: param.Int, Default: "100", Min: 1, Max: 1_000_000, Unit: "transactions",
			Doc: "how many transactions are told again in one message at most"},
	},
	New: func(p param.Values) server.Service {
		return &node{retry: p.Duration("retry"), batch: p.Int("batch")}
	},
}

// bound exceeds every clock of a node. Clocks below it do not overflow.
const bound = 1 << 62

// stamp is the time of a transaction: Lamport's clock, then the node.
type stamp struct {
	Clock uint64
	Node  int
}

func (s stamp) before(other stamp) bool {
	return s.Clock < other.Clock || s.Clock == other.Clock && s.Node < other.Node
}

// cell is a node's value of a key.
type cell struct {
	At    stamp
	Value json.RawMessage
}

// writes are the writes of a transaction.
type writes struct {
	Number uint64 // 1, 2, … at the node that executed it
	At     stamp
	Values map[string]json.RawMessage
}

// node stores on disk what it acknowledged: its cells, its clock, its
// unacknowledged writes, and its progress with each peer. It also stores the last
// received message in one record.
type node struct {
	retry time.Duration
	batch int

	env    server.Env
	disk   server.Disk
	names  []string
	self   int
	clock  uint64
	cells  map[string]cell
	own    []writes // writes that some peer has not acknowledged, in order
	made   uint64   // the number of the last write
	acked  []uint64 // by node: the last of our numbers that it acknowledged
	heard  []uint64 // by node: the last of its numbers that we have
	ticker bool     // a timer is pending
}

// Start implements server.Service.
func (n *node) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n.env, n.disk, n.names = env, c.Disk, c.Nodes
	n.self = slices.Index(c.Nodes, c.Self)
	n.cells = map[string]cell{}
	n.acked, n.heard = make([]uint64, len(c.Nodes)), make([]uint64, len(c.Nodes))
	if err := n.load(); err != nil {
		return nil, err
	}
	return server.Handlers{"txn": n.txn, "writes": n.take, "writes_ack": n.acknowledged}, nil
}

// load loads the state of a former life from disk.
func (n *node) load() error {
	var taken []writes
	for _, key := range n.disk.Keys() {
		text, _ := n.disk.Get(key)
		kind, name, _ := strings.Cut(key, " ")
		number, _ := strconv.ParseUint(name, 10, 64)
		if (kind == "heard" || kind == "acked") && number >= uint64(len(n.names)) {
			return fmt.Errorf("disk: %s: want a node below %d: it is of a larger cluster", key, len(n.names))
		}
		switch kind {
		case "cell":
			var c cell
			txn.Decode(text, &c)
			n.cells[name] = c
			n.clock = max(n.clock, c.At.Clock)
		case "own":
			var w writes
			txn.Decode(text, &w)
			n.own = append(n.own, w)
			n.made = max(n.made, w.Number)
		case "taken":
			txn.Decode(text, &taken)
		case "heard":
			txn.Decode(text, &n.heard[number])
		case "acked":
			txn.Decode(text, &n.acked[number])
		case "made":
			var made uint64
			txn.Decode(text, &made)
			n.made = max(n.made, made)
		}
	}
	slices.SortFunc(n.own, func(a, b writes) int { return cmp.Compare(a.Number, b.Number) })
	for _, w := range slices.Concat(n.own, taken) { // the node may have died before it applied the last ones
		n.apply(w)
	}
	return nil
}

func (n *node) txn(m server.Message) {
	ops, ok := txn.Read(n.env, m)
	if !ok {
		return
	}
	state := map[string]json.RawMessage{}
	for _, key := range txn.Keys(ops) {
		state[key] = n.cells[key].Value
	}
	result, written := txn.Do(ops, state)
	if len(written) > 0 {
		n.clock++
		n.made++
		w := writes{n.made, stamp{n.clock, n.self}, written}
		if len(n.names) > 1 { // first the writes to send: a node may die between its puts
			n.own = append(n.own, w)
			n.disk.Put("own "+strconv.FormatUint(w.Number, 10), txn.Encode(w))
			n.disk.Put("made", txn.Encode(n.made))
		}
		n.apply(w)
		if len(n.names) > 1 {
			n.tell(func(peer int) []writes { return []writes{w} })
		}
	}
	n.wake()
	txn.Answer(n.env, m, result)
}

// apply applies the writes of a transaction, except those that later ones have
// overwritten.
func (n *node) apply(w writes) {
	n.clock = max(n.clock, w.At.Clock)
	for _, key := range slices.Sorted(maps.Keys(w.Values)) {
		if c, has := n.cells[key]; !has || c.At.before(w.At) {
			n.cells[key] = cell{w.At, w.Values[key]}
			n.disk.Put("cell "+key, txn.Encode(n.cells[key]))
		}
	}
}

// tell sends writes to every other node.
func (n *node) tell(what func(peer int) []writes) {
	for peer, name := range n.names {
		if peer == n.self {
			continue
		}
		if some := what(peer); len(some) > 0 {
			n.env.Send(name, "writes", wire.Fields(nil).Raw("writes", txn.Encode(some)))
		}
	}
}

// take handles the writes of another node. It applies them in order; writes that
// arrive too early wait for their repetition.
func (n *node) take(m server.Message) {
	from := slices.Index(n.names, m.Src)
	var all []writes
	txn.Decode(wire.Field(m.Body, "writes"), &all)
	lies := func(w writes) bool { return w.At.Node != from || w.At.Clock >= bound }
	if from < 0 || from == n.self || slices.ContainsFunc(all, lies) {
		return // malformed, or not from another node
	}
	n.wake() // a former life may have left unacknowledged writes
	all = slices.DeleteFunc(all, func(w writes) bool {
		next := w.Number == n.heard[from]+1
		if next {
			n.heard[from]++
		}
		return !next
	})
	if len(all) > 0 { // first all of it: a node may die between its puts
		n.disk.Put("taken", txn.Encode(all))
		for _, w := range all {
			n.apply(w)
		}
		n.disk.Put("heard "+strconv.Itoa(from), txn.Encode(n.heard[from]))
	}
	n.env.Send(m.Src, "writes_ack", wire.Fields(nil).Uint("number", n.heard[from]))
}

func (n *node) acknowledged(m server.Message) {
	from := slices.Index(n.names, m.Src)
	number, ok := wire.Uint(wire.Field(m.Body, "number"))
	if from < 0 || from == n.self || !ok || number <= n.acked[from] || number > n.made {
		return
	}
	n.acked[from] = number
	n.disk.Put("acked "+strconv.Itoa(from), txn.Encode(number))
	least := number
	for peer, acked := range n.acked {
		if peer != n.self {
			least = min(least, acked)
		}
	}
	for len(n.own) > 0 && n.own[0].Number <= least {
		n.disk.Delete("own " + strconv.FormatUint(n.own[0].Number, 10))
		n.own = n.own[1:]
	}
}

// wake sets the timer of repeat if there are unacknowledged writes.
func (n *node) wake() {
	if !n.ticker && len(n.own) > 0 {
		n.ticker = true
		n.env.After(n.retry, n.repeat)
	}
}

// repeat resends to each node what it has not acknowledged.
func (n *node) repeat() {
	n.ticker = false
	n.tell(func(peer int) []writes {
		i := slices.IndexFunc(n.own, func(w writes) bool { return w.Number > n.acked[peer] })
		if i < 0 {
			return nil
		}
		return n.own[i:min(len(n.own), i+n.batch)]
	})
	n.wake()
}
