// Package lock does one transaction at a time, in the whole cluster: it holds a
// lock in lin-kv while it reads and writes there.
//
// It is the transactions of the articles on Gossip Glomers, made safe against
// holders that die. A lock that did not change for a lease is taken over, and a
// holder that was only slow must not write then. So it commits by one
// compare-and-set on the lock itself, which turns it into a list of what is to be
// written; whoever finds such a list writes it first. Each record has the
// number of the transaction that wrote it, and none is overwritten by an older
// one. A transaction that only reads gives the lock back the same way, which
// proves that nobody had taken it.
//
// Not promised: that anybody gets through where many contend, or while lin-kv
// cannot be reached. Who waited too long is told to try again.
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
	patience = time.Second     // for an answer of lin-kv
	giveUp   = 4 * time.Second // for the lock: a client of Maelstrom waits five
)

// state is what a lock is.
type state string

const (
	free state = ""
	held state = "held"
	done state = "done" // committed: writes are to be written
)

// record is the lock. Only its number and its owner tell one holding of it from
// another.
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

// cell is what a key of a transaction holds in lin-kv.
type cell struct {
	Number uint64 // of the transaction that wrote it
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
	waiting        []*attempt // one at a time; the first is at work
}

// attempt is a transaction on its way.
type attempt struct {
	request server.Message
	ops     []txn.Op
	began   time.Duration
	owner   string // of the lock, for this transaction
	seen    string // the lock as it was seen last, and when it was first seen so
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

// next begins the next transaction.
func (n *node) next() {
	n.waiting = n.waiting[1:]
	if len(n.waiting) > 0 {
		n.acquire(n.waiting[0])
	}
}

// acquire takes the lock, once it can be had. It gives up when nothing is on its
// way that could take the lock later and commit.
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
		case lock.State == held && lock.Owner == a.owner: // an answer was lost
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

// later does something after a while, which is drawn, lest two meet again.
func (n *node) later(f func()) {
	n.env.After(time.Duration(n.rand.Int64N(int64(2*n.backoff))), f)
}

// read reads all keys while lock is held.
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

// commit does the transaction, if the lock is still held.
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
		case end.State == free: // taken over, perhaps; nothing was to be written
			n.later(func() { n.acquire(a) })
		default: // even a refusal may be that of a second copy of the request
			n.find(a, lock, end, result)
		}
	})
}

// find finds out what became of a commit that was not answered, or refused.
func (n *node) find(a *attempt, lock, end record, result []txn.Op) {
	n.store.Get(lockKey, func(text []byte) {
		var now record
		txn.Decode(text, &now)
		switch {
		case now.Number == lock.Number && now.State != held: // somebody may have written it already
			txn.Answer(n.env, a.request, result)
			n.finish(now)
		case now.Number == lock.Number: // the request may come yet, and does no harm twice
			n.store.Swap(lockKey, txn.Encode(lock), txn.Encode(end), func(txn.Swapped) { n.find(a, lock, end, result) })
		default:
			server.Fail(n.env, a.request, wire.Timeout, "nobody knows whether it was committed")
			n.next()
		}
	})
}

// finish writes what was committed, gives the lock back and goes on.
func (n *node) finish(lock record) {
	if lock.State != done {
		n.next()
		return
	}
	n.apply(lock, n.next)
}

// apply writes what a lock says, and frees it. Others may do the same at the same
// time.
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
