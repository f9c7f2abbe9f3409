// Package lock executes one transaction at a time in the whole cluster. A node
// holds a lock in lin-kv while it reads and writes there.
//
// It is the solution of the articles on Gossip Glomers, made safe against holders
// that die. A lock that has not changed for a lease is taken over, and a holder
// that was only slow must not write after that. So the holder commits by one
// compare-and-set of the lock itself, which turns it into a list of writes. Any
// node that finds such a list applies it first. Each record has the number of the
// transaction that wrote it, and is never overwritten by an older one. A read-only
// transaction returns the lock in the same way, which proves that nobody has taken
// it over.
//
// Not promised: that a transaction succeeds if many compete, or while lin-kv is
// unreachable. A transaction that has waited too long fails.
package lock

import (
	"encoding/json"
	"maps"
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
	Name:      "lock",
	Doc:       "one lock in lin-kv for all transactions of the cluster",
	Source:    "Gossip Glomers 6, with the lock of one holder; two-phase locking as in Gray and Reuter, Transaction Processing, 1992, chapter 7",
	Promise:   "strict serializable; a transaction that does not get the lock in time fails",
	Params: []param.Decl{
		{Name: "lease", Kind: param.Duration, Default: "1s", Min: 0.001, Max: 3600,
			Doc: "how long a lock must stand unchanged before another node takes it over"},
		{Name: "backoff", Kind: param.Duration, Default: "10ms", Min: 0.001, Max: 3600,
			Doc: "mean time between two looks at a lock that somebody holds"},
	},
	New: func(p param.Values) server.Service {
		return &node{lease: p.Duration("lease"), backoff: p.Duration("backoff")}
	},
}

const (
	lockKey  = "lock"
	patience = time.Second     // timeout of a request to lin-kv
	giveUp   = 4 * time.Second // for the lock; a client of Maelstrom waits five seconds
)

// state is the state of the lock.
type state string

const (
	free state = ""
	held state = "held"
	done state = "done" // committed; the writes must be applied
)

// record is the value of the lock. Number and Owner identify a holding.
type record struct {
	Number uint64
	Owner  string
	State  state
	Writes []write `json:",omitempty"`
}

type write struct {
	Key   string
	Value json.RawMessage
}

// cell is the value of a transaction's key in lin-kv.
type cell struct {
	Number uint64 // the transaction that wrote it
	Value  json.RawMessage
}

func cellKey(key string) string { return "key " + key }

type node struct {
	lease, backoff time.Duration
	env            server.Env
	store          txn.Store
	rand           *rand.Rand
	self           string
	life, count    uint64
	waiting        []*attempt // the first is running
}

// attempt is a transaction in progress.
type attempt struct {
	request server.Message
	ops     []txn.Op
	began   time.Duration
	owner   string // of the lock for this transaction
	seen    string // the last seen lock, unchanged since then
	since   time.Duration
}

// Start implements server.Service.
func (n *node) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n.env, n.rand, n.self, n.life = env, c.Rand, c.Self, server.Life(c.Disk)
	n.store = txn.NewStore(env, patience)
	return server.Handlers{"txn": n.txn}, nil
}

func (n *node) txn(m server.Message) {
	ops, ok := txn.Read(n.env, m)
	if !ok {
		return
	}
	n.count++
	n.waiting = append(n.waiting, &attempt{request: m, ops: ops, began: n.env.Now(), owner: txn.Name(n.self, n.life, n.count)})
	if len(n.waiting) == 1 {
		n.acquire(n.waiting[0])
	}
}

// next starts the next transaction.
func (n *node) next() {
	n.waiting = n.waiting[1:]
	if len(n.waiting) > 0 {
		n.acquire(n.waiting[0])
	}
}

// acquire takes the lock when it is available. It gives up only when no request in
// flight could take the lock and commit.
func (n *node) acquire(a *attempt) {
	if n.env.Now()-a.began > giveUp {
		server.Fail(n.env, a.request, wire.TxnConflict, "the lock was not to be had")
		n.next()
		return
	}
	n.store.Get(lockKey, func(text []byte) {
		var lock record
		txn.Decode(text, &lock)
		mine := txn.Encode(record{Number: lock.Number + 1, Owner: a.owner, State: held})
		switch {
		case lock.State == held && lock.Owner == a.owner: // the answer was lost
			n.read(a, lock)
			return
		case lock.State == done:
			n.apply(lock, func() { n.acquire(a) })
			return
		case lock.State == held:
			if a.seen != string(text) {
				a.seen, a.since = string(text), n.env.Now()
			}
			if n.env.Now()-a.since < n.lease {
				n.later(func() { n.acquire(a) })
				return
			}
		}
		n.store.Swap(lockKey, text, mine, func(s txn.Swapped) {
			if s != txn.Yes {
				n.later(func() { n.acquire(a) })
				return
			}
			txn.Decode(mine, &lock)
			n.read(a, lock)
		})
	})
}

// later calls f after a random time, so that nodes do not collide again.
func (n *node) later(f func()) {
	n.env.After(time.Duration(n.rand.Int64N(int64(2*n.backoff))), f)
}

// read reads all keys while the lock is held.
func (n *node) read(a *attempt, lock record) {
	keys := txn.Keys(a.ops)
	values, missing := map[string]json.RawMessage{}, len(keys)
	if missing == 0 {
		n.commit(a, lock, values)
	}
	for _, key := range keys {
		n.store.Get(cellKey(key), func(text []byte) {
			var c cell
			txn.Decode(text, &c)
			values[key] = c.Value
			if missing--; missing == 0 {
				n.commit(a, lock, values)
			}
		})
	}
}

// commit executes the transaction, and commits it if the lock is still held.
func (n *node) commit(a *attempt, lock record, values map[string]json.RawMessage) {
	result, written := txn.Do(a.ops, values)
	end := record{Number: lock.Number, Owner: lock.Owner, State: free}
	for _, key := range slices.Sorted(maps.Keys(written)) {
		end.State = done
		end.Writes = append(end.Writes, write{key, written[key]})
	}
	n.store.Swap(lockKey, txn.Encode(lock), txn.Encode(end), func(s txn.Swapped) {
		switch {
		case s == txn.Yes:
			txn.Answer(n.env, a.request, result)
			n.finish(end)
		case end.State == free: // perhaps taken over; it writes nothing
			n.later(func() { n.acquire(a) })
		default: // the refusal may belong to a second copy of the request
			n.find(a, lock, end, result)
		}
	})
}

// find determines the outcome of a commit without an answer or with a refusal.
func (n *node) find(a *attempt, lock, end record, result []txn.Op) {
	n.store.Get(lockKey, func(text []byte) {
		var now record
		txn.Decode(text, &now)
		switch {
		case now.Number == lock.Number && now.State != held: // another node may have applied the writes already
			txn.Answer(n.env, a.request, result)
			n.finish(now)
		case now.Number == lock.Number: // the request may still arrive; repeating it does no harm
			n.store.Swap(lockKey, txn.Encode(lock), txn.Encode(end), func(txn.Swapped) { n.find(a, lock, end, result) })
		default:
			server.Fail(n.env, a.request, wire.Timeout, "nobody knows whether it was committed")
			n.next()
		}
	})
}

// finish applies the committed writes, returns the lock, and continues.
func (n *node) finish(lock record) {
	if lock.State != done {
		n.next()
		return
	}
	n.apply(lock, n.next)
}

// apply applies the writes in a lock and frees it. Several nodes may do so at once.
func (n *node) apply(lock record, then func()) {
	left := len(lock.Writes)
	for _, w := range lock.Writes {
		n.write(lock.Number, w, func() {
			if left--; left > 0 {
				return
			}
			freed := record{Number: lock.Number, Owner: lock.Owner, State: free}
			n.store.Swap(lockKey, txn.Encode(lock), txn.Encode(freed), func(txn.Swapped) { then() })
		})
	}
}

// write writes a value, unless a later one is there.
func (n *node) write(number uint64, w write, then func()) {
	n.store.Get(cellKey(w.Key), func(text []byte) {
		var c cell
		txn.Decode(text, &c)
		if c.Number >= number {
			then()
			return
		}
		n.store.Swap(cellKey(w.Key), text, txn.Encode(cell{number, w.Value}), func(s txn.Swapped) {
			if s == txn.Yes {
				then()
			} else {
				n.write(number, w, then)
			}
		})
	})
}
