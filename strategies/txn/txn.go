// Package txn is what the strategies of Maelstrom's transactions share: how a
// transaction is read, done and answered, and how lin-kv is asked.
//
// A transaction is a list of micro-ops [f, key, value]: r reads a key, w writes
// it, append appends to the list that it holds.
//
// Source: doc/workloads.md of Maelstrom, txn-rw-register and txn-list-append.
package txn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/server"
)

// Op is a micro-op.
type Op struct {
	F     string // r, w or append
	Key   string // JSON
	Value json.RawMessage
}

// Read takes the transaction of a request apart, or answers with an error and
// reports false.
func Read(env server.Env, m server.Message) ([]Op, bool) {
	list := wire.Field(m.Body, "txn")
	if len(list) == 0 || list[0] != '[' {
		server.Fail(env, m, wire.MalformedRequest, "txn: want a list, got %.40q", list)
		return nil, false
	}
	var ops []Op
	for element := range wire.Elements(list) {
		parts := slices.Collect(wire.Elements(element))
		var f string
		if len(parts) == 3 {
			f, _ = wire.Text(parts[0])
		}
		if f != "r" && f != "w" && f != "append" {
			server.Fail(env, m, wire.MalformedRequest, `txn: want [f, key, value] where f is r, w or append, got %.60q`, element)
			return nil, false
		}
		ops = append(ops, Op{f, string(parts[1]), bytes.Clone(parts[2])})
	}
	return ops, true
}

// Keys returns the keys that ops touch, each once, sorted.
func Keys(ops []Op) []string {
	var keys []string
	for _, op := range ops {
		keys = append(keys, op.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Writes reports whether any of ops writes.
func Writes(ops []Op) bool {
	return slices.ContainsFunc(ops, func(op Op) bool { return op.F != "r" })
}

// Do does ops on state, which has the JSON of each key, or nothing. It fills in
// what is read, and returns what has been written, by key.
func Do(ops []Op, state map[string]json.RawMessage) (done []Op, written map[string]json.RawMessage) {
	written = map[string]json.RawMessage{}
	for _, op := range ops {
		now, has := written[op.Key]
		if !has {
			now = state[op.Key]
		}
		switch op.F {
		case "r":
			op.Value = now
		case "w":
			written[op.Key] = op.Value
		case "append":
			written[op.Key] = extend(now, op.Value)
		}
		done = append(done, op)
	}
	return done, written
}

// extend returns the JSON of a list with one more element.
func extend(list, element json.RawMessage) json.RawMessage {
	if len(list) < 2 || list[0] != '[' {
		return slices.Concat([]byte{'['}, element, []byte{']'})
	}
	longer := slices.Clone(list[:len(list)-1])
	for range wire.Elements(list) { // there is one at least
		longer = append(longer, ',')
		break
	}
	return append(append(longer, element...), ']')
}

// Answer answers a request with what was done.
func Answer(env server.Env, m server.Message, done []Op) {
	txn := []byte{'['}
	for i, op := range done {
		if i > 0 {
			txn = append(txn, ',')
		}
		value := op.Value
		if value == nil {
			value = []byte("null")
		}
		txn = append(wire.AppendText(append(txn, '['), op.F), ',')
		txn = append(append(append(txn, op.Key...), ','), value...)
		txn = append(txn, ']')
	}
	env.Reply(m, "txn_ok", wire.Fields(nil).Raw("txn", append(txn, ']')))
}

// Store asks the service lin-kv, until it answers: a request that is lost is made
// again.
type Store struct{ kv.Store }

// NewStore returns the store of a node. Patience is how long to wait for an answer
// before asking again.
func NewStore(env server.Env, patience time.Duration) Store {
	return Store{kv.Store{Env: env, Name: "lin-kv", Wait: patience}}
}

// Get reads a key. What is missing is nil.
func (s Store) Get(key string, then func(value []byte)) {
	s.Store.Get(key, math.MaxInt64, func(value []byte, err *wire.Error) {
		if err != nil {
			s.Get(key, then)
			return
		}
		then(value)
	})
}

// The answers to a Swap.
type Swapped uint8

const (
	No Swapped = iota
	Yes
	Unknown // nobody answered: it may have been done, or be done yet
)

// Swap compares and sets a key. From is nil for a key that is missing.
func (s Store) Swap(key string, from, to []byte, then func(Swapped)) {
	s.Store.Swap(key, from, to, func(err *wire.Error) {
		switch {
		case err == nil:
			then(Yes)
		case err.Code.Definite():
			then(No)
		default:
			then(Unknown)
		}
	})
}

// Encode returns the JSON of a record.
func Encode(record any) []byte {
	text, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("txn: %v", err)) // records hold nothing that has no JSON
	}
	return text
}

// Decode reads the JSON of a record into record. Nothing leaves it as it is.
func Decode(text []byte, record any) {
	if text != nil {
		// What another strategy left there reads as an empty record.
		_ = json.Unmarshal(text, record)
	}
}

// Name makes a name that no other transaction has: of a node, of its life, which
// its disk counts, and of a number.
func Name(self string, life, number uint64) string {
	return self + "." + strconv.FormatUint(life, 10) + "." + strconv.FormatUint(number, 10)
}
