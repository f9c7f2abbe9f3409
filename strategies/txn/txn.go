// Package txn is shared by the strategies of Maelstrom's transactions: it parses,
// executes and answers transactions, and is a client of lin-kv.
//
// A transaction is a list of micro-ops [f, key, value]: r reads a key, w writes it,
// append appends to its list.
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

// Read parses the transaction of a request. If it is malformed, Read answers with
// an error and returns false.
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

// Keys returns the distinct keys of ops, sorted.
func Keys(ops []Op) []string {
	var keys []string
	for _, op := range ops {
		keys = append(keys, op.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Writes reports whether any op writes.
func Writes(ops []Op) bool {
	return slices.ContainsFunc(ops, func(op Op) bool { return op.F != "r" })
}

// Do executes ops on state, which maps keys to JSON or nil. It returns the ops with
// the values read, and the written values by key.
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

// extend returns the JSON of a list with another element.
func extend(list, element json.RawMessage) json.RawMessage {
	if len(list) < 2 || list[0] != '[' {
		return slices.Concat([]byte{'['}, element, []byte{']'})
	}
	longer := slices.Clone(list[:len(list)-1])
	for range wire.Elements(list) { // if the list is not empty
		longer = append(longer, ',')
		break
	}
	return append(append(longer, element...), ']')
}

// Answer answers a request with its executed ops.
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

// Store is a client of lin-kv that repeats a request until it is answered.
type Store struct{ kv.Store }

// NewStore returns the store of a node. Patience is the timeout of one request.
func NewStore(env server.Env, patience time.Duration) Store {
	return Store{kv.Store{Env: env, Name: "lin-kv", Wait: patience}}
}

// Get reads a key. The value of a missing key is nil.
func (s Store) Get(key string, then func(value []byte)) {
	s.Store.Get(key, math.MaxInt64, func(value []byte, err *wire.Error) {
		if err != nil {
			s.Get(key, then)
			return
		}
		then(value)
	})
}

// Swapped is the outcome of a Swap.
type Swapped uint8

const (
	No Swapped = iota
	Yes
	Unknown // no answer: it may have been done, or may be done later
)

// Swap compares and sets a key. From is nil for a missing key.
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
		panic(fmt.Sprintf("txn: %v", err)) // records can be encoded
	}
	return text
}

// Decode parses the JSON of a record. If text is nil, it does not change record.
func Decode(text []byte, record any) {
	if text != nil {
		// A foreign value is an empty record.
		_ = json.Unmarshal(text, record)
	}
}

// Name returns a unique name for a transaction. Life is the result of server.Life.
func Name(self string, life, number uint64) string {
	return self + "." + strconv.FormatUint(life, 10) + "." + strconv.FormatUint(number, 10)
}
