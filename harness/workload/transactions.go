package workload

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// transactions is Maelstrom's workload txn-rw-register if f is w, and txn-list-append if
// f is append. With equal probability a micro-op reads a key or writes the next of 1, 2,
// 3, … to it.
//
// Source: workload/txn_rw_register.clj and txn_list_append.clj in Maelstrom; wr-txns in
// Elle's txn.clj.
func transactions(f string) Protocol {
	check := checker.NewRegisterTxns
	if f == "append" {
		check = checker.NewListTxns
	}
	return Protocol{
		Setup: noSetup, Idempotent: never, Reusable: true,
		Generator: func(t trial.Trial, _ int) *Generator {
			keys := newKeys(t.KeyCount, t.MaxWritesPerKey)
			return &Generator{Mix: func(r *rand.Rand, _ time.Duration, _ int) Ask {
				txn := make(history.Txn, 1+r.IntN(t.MaxTxnLength))
				for i := range txn {
					key, value := keys.draw(r)
					if txn[i] = (history.Mop{F: "r", Key: key}); value > 0 {
						txn[i] = history.Mop{F: f, Key: key, Value: value}
					}
				}
				return Ask{F: "txn", Value: txn}
			}}
		},
		Session: func() Session {
			return &once{request: txnRequest, value: func(a Ask, body []byte) (any, error) { return txnValue(a, body, f == "append") }}
		},
		Checker: check,
		Stores:  true,
	}
}

// keys are the keys in use. A key with maxWrites writes is replaced by a new one when
// another write to it is drawn; the op is then drawn again.
//
// Each key is drawn about twice as often as the one before it: key-dist exponential with
// base 2 in Elle's txn.clj.
type keys struct {
	active    []int64
	writes    []int64 // by index in active
	last      int64
	maxWrites int64
}

func newKeys(count, maxWrites int) *keys {
	k := &keys{last: int64(count) - 1, maxWrites: int64(maxWrites), writes: make([]int64, count)}
	for i := range int64(count) {
		k.active = append(k.active, i)
	}
	return k
}

// draw draws a key and a value: 0 for a read, 1, 2, 3, … for a write. Source: wr-txns in
// Elle's txn.clj.
func (k *keys) draw(r *rand.Rand) (key, value int64) {
	for {
		write, i := r.Uint64()&1 == 1, k.place(r)
		switch {
		case !write:
			return k.active[i], 0
		case k.writes[i] < k.maxWrites:
			k.writes[i]++
			return k.active[i], k.writes[i]
		}
		k.last++
		k.active[i], k.writes[i] = k.last, 0
	}
}

func (k *keys) place(r *rand.Rand) int {
	for {
		if back := bits.TrailingZeros64(r.Uint64()); back < len(k.active) {
			return len(k.active) - 1 - back
		}
	}
}

func txnRequest(a Ask) Request {
	txn := []byte{'['}
	for i, m := range a.Value.(history.Txn) {
		if i > 0 {
			txn = append(txn, ',')
		}
		txn = append(wire.AppendText(append(txn, '['), m.F), ',')
		txn = append(strconv.AppendInt(txn, m.Key, 10), ',')
		if m.Value == nil {
			txn = append(txn, "null]"...)
		} else {
			txn = append(strconv.AppendInt(txn, m.Value.(int64), 10), ']')
		}
	}
	return Request{Type: "txn", Fields: wire.Fields(nil).Raw("txn", append(txn, ']')), Keys: []string{"txn"}}
}

// txnValue parses the answer to a transaction. Except for the results of reads it must
// equal the request; Maelstrom accepts any other transaction.
func txnValue(a Ask, body []byte, lists bool) (any, error) {
	asked := a.Value.(history.Txn)
	txn := make(history.Txn, 0, len(asked))
	for element := range wire.Elements(wire.Field(body, "txn")) {
		parts := firstElements(element, 4)
		if len(parts) != 3 || len(txn) == len(asked) {
			return nil, fmt.Errorf("txn: want %d micro-ops [f, key, value], got %s", len(asked), clip(body))
		}
		m := asked[len(txn)]
		f, _ := wire.Text(parts[0])
		key, isKey := wire.Int(parts[1])
		if f != m.F || !isKey || key != m.Key {
			return nil, fmt.Errorf("txn: want micro-op %d to be %s of key %d, got %s", len(txn), m.F, m.Key, clip(element))
		}
		if f == "r" {
			var err error
			if m.Value, err = readValue(parts[2], lists); err != nil {
				return nil, fmt.Errorf("txn: micro-op %d: %w", len(txn), err)
			}
		} else if value, isInt := wire.Int(parts[2]); !isInt || value != m.Value {
			return nil, fmt.Errorf("txn: want micro-op %d to write %v, got %s", len(txn), m.Value, clip(element))
		}
		txn = append(txn, m)
	}
	if len(txn) != len(asked) {
		return nil, fmt.Errorf("txn: want %d micro-ops, got %s", len(asked), clip(body))
	}
	return txn, nil
}

// readValue parses the result of a read: nil, an integer of a register, a list of
// integers, or anything else as EDN. Of lists it accepts only lists.
func readValue(text []byte, lists bool) (any, error) {
	if string(text) == "null" {
		return nil, nil
	}
	if n, ok := wire.Int(text); ok && !lists {
		return n, nil
	}
	if list, ok := wire.Ints([]int64{}, text); ok && lists {
		return list, nil
	}
	if lists && text[0] != '[' {
		return nil, fmt.Errorf("want null or a list, got %s", told(text))
	}
	return fromJSON(text), nil
}
