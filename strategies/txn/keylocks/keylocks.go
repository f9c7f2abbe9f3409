// Package keylocks locks only the keys of a transaction in lin-kv, in order, so
// that transactions on other keys do not wait.
//
// Each transaction has a record: pending, committed or aborted. A key holds its
// value and, if locked, the owner of the lock and the next value. The owner's
// record decides which value counts. A transaction that has locked all its keys
// commits by one compare-and-set of its record. Any node that finds a lock of a
// finished transaction removes it. A transaction that is pending for a lease while
// another waits for it is aborted by the waiting node. The compare-and-set of the
// record decides which of commit and abort came first.
//
// It is two-phase locking with the commit of Percolator (Peng and Dabek,
// "Large-scale Incremental Processing Using Distributed Transactions and
// Notifications", OSDI 2010). Keys are locked in order, so there is no deadlock.
//
// Not promised: that a transaction succeeds if many compete, or while lin-kv is
// unreachable. Records of transactions are never removed, since lin-kv cannot
// delete.
package keylocks

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
	"gossipbench/strategies/txn"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.RWRegister, server.ListAppend},
	Name:      "keylocks",
	Doc:       "a lock in lin-kv for each key that a transaction touches, taken in order",
	Source:    "Peng and Dabek, Percolator, OSDI 2010, section 2.2; two-phase locking",
	Promise:   "strict serializable; a transaction that does not get its keys in time fails",
	Params: []param.Decl{
		{Name: "lease", Kind: param.Duration, Default: "1s", Min: 0.001, Max: 3600,
			Doc: "how long a transaction may keep others waiting before it is aborted"},
		{Name: "backoff", Kind: param.Duration, Default: "10ms", Min: 0.001, Max: 3600,
			Doc: "mean time between two looks at a key that somebody has locked"},
	},
	New: func(p param.Values) server.Service {
		return &node{lease: p.Duration("lease"), backoff: p.Duration("backoff")}
	},
}

const (
	patience = time.Second     // timeout of a request to lin-kv
	giveUp   = 4 * time.Second // for the keys; a client of Maelstrom waits five seconds
)

// The states of a transaction's record. Before it has a record, a transaction locks
// nothing.
const (
	pending   = `"pending"`
	committed = `"committed"`
	aborted   = `"aborted"`
)

func recordKey(owner string) string { return "txn " + owner }
func cellKey(key string) string     { return "key " + key }

// cell is the value of a key. Writer is the transaction that wrote Value, so no two
// states of a cell are equal.
type cell struct {
	Writer string
	Value  json.RawMessage
	Owner  string          `json:",omitempty"` // of the lock
	Next   json.RawMessage `json:",omitempty"` // the value if Owner commits; nil if Owner only reads
}

type node struct {
	lease, backoff time.Duration
	env            server.Env
	store          txn.Store
	rand           *rand.Rand
	self           string
	life, count    uint64
}

// attempt is a transaction in progress.
type attempt struct {
	request server.Message
	ops     []txn.Op
	keys    []string
	owner   string
	began   time.Duration
	state   map[string]json.RawMessage // the values of the locked keys
	seen    string                     // the owner of the next key, and since when it is the owner
	since   time.Duration
}

// Start implements server.Service.
func (n *node) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n.env, n.rand, n.self, n.life = env, c.Rand, c.Self, server.Life(c.Disk)
	n.store = txn.NewStore(env, patience)
	return server.Handlers{"txn": n.txn}, nil
}

func (n *node) txn(m server.Message) {
	if ops, ok := txn.Read(n.env, m); ok {
		n.begin(&attempt{request: m, ops: ops, keys: txn.Keys(ops), began: n.env.Now()})
	}
}

// begin gives the transaction a name and a record. Each attempt is a new
// transaction.
func (n *node) begin(a *attempt) {
	n.count++
	a.owner, a.state = txn.Name(n.self, n.life, n.count), map[string]json.RawMessage{}
	n.store.Swap(recordKey(a.owner), nil, []byte(pending), func(s txn.Swapped) {
		if s == txn.Unknown {
			n.again(a)
			return
		}
		n.lock(a)
	})
}

// again starts the next attempt, unless it is too late. No commit may be in flight.
func (n *node) again(a *attempt) {
	if n.env.Now()-a.began > giveUp {
		server.Fail(n.env, a.request, wire.TxnConflict, "the keys were not to be had")
		return
	}
	n.later(func() { n.begin(a) })
}

// later calls f after a random time, so that nodes do not collide again.
func (n *node) later(f func()) {
	n.env.After(time.Duration(n.rand.Int64N(int64(2*n.backoff))), f)
}

// lock locks the next key, or commits if all are locked.
func (n *node) lock(a *attempt) {
	if len(a.state) == len(a.keys) {
		n.commit(a)
		return
	}
	key := a.keys[len(a.state)]
	n.store.Get(cellKey(key), func(text []byte) {
		var c cell
		txn.Decode(text, &c)
		switch c.Owner {
		case a.owner: // the answer was lost
			a.state[key] = c.Value
			n.lock(a)
			return
		case "":
		default:
			n.await(a, key, text, c)
			return
		}
		ops := slices.DeleteFunc(slices.Clone(a.ops), func(op txn.Op) bool { return op.Key != key })
		_, written := txn.Do(ops, map[string]json.RawMessage{key: c.Value})
		locked := cell{Writer: c.Writer, Value: c.Value, Owner: a.owner, Next: written[key]}
		n.store.Swap(cellKey(key), text, txn.Encode(locked), func(s txn.Swapped) {
			if s == txn.Yes {
				a.state[key] = c.Value
			}
			n.lock(a)
		})
	})
}

// await handles a key that another transaction has locked.
func (n *node) await(a *attempt, key string, text []byte, c cell) {
	if a.seen != c.Owner {
		a.seen, a.since = c.Owner, n.env.Now()
	}
	n.store.Get(recordKey(c.Owner), func(record []byte) {
		switch {
		case string(record) == committed, string(record) == aborted:
			n.clear(key, text, c, string(record) == committed, func() { n.lock(a) })
		case n.env.Now()-a.began > giveUp:
			n.abandon(a)
		case n.env.Now()-a.since < n.lease:
			n.later(func() { n.lock(a) })
		default:
			n.store.Swap(recordKey(c.Owner), record, []byte(aborted), func(txn.Swapped) { n.lock(a) })
		}
	})
}

// abandon aborts the transaction and answers its client.
func (n *node) abandon(a *attempt) {
	n.store.Swap(recordKey(a.owner), []byte(pending), []byte(aborted), func(s txn.Swapped) {
		server.Fail(n.env, a.request, wire.TxnConflict, "the keys were not to be had")
		n.unlock(a, false)
	})
}

// clear removes the lock of a finished transaction from a key whose value was text.
func (n *node) clear(key string, text []byte, c cell, done bool, then func()) {
	after := cell{Writer: c.Writer, Value: c.Value}
	if done && c.Next != nil {
		after = cell{Writer: c.Owner, Value: c.Next}
	}
	n.store.Swap(cellKey(key), text, txn.Encode(after), func(txn.Swapped) { then() })
}

// commit commits a transaction that has all its keys, unless it was aborted.
func (n *node) commit(a *attempt) {
	result, _ := txn.Do(a.ops, a.state)
	n.store.Swap(recordKey(a.owner), []byte(pending), []byte(committed), func(s txn.Swapped) {
		if s == txn.Yes {
			txn.Answer(n.env, a.request, result)
			n.unlock(a, true)
			return
		}
		n.store.Get(recordKey(a.owner), func(record []byte) {
			switch string(record) {
			case committed:
				txn.Answer(n.env, a.request, result)
				n.unlock(a, true)
			case aborted:
				n.unlock(a, false)
				n.again(a)
			default: // the request is lost or in flight; repeating it does no harm
				n.commit(a)
			}
		})
	})
}

// unlock removes the locks of a finished transaction. If the node dies, other nodes
// do that.
func (n *node) unlock(a *attempt, done bool) {
	owner := a.owner
	for _, key := range a.keys[:min(len(a.keys), len(a.state)+1)] {
		n.store.Get(cellKey(key), func(text []byte) {
			var c cell
			txn.Decode(text, &c)
			if c.Owner == owner {
				n.clear(key, text, c, done, func() {})
			}
		})
	}
}
