// Package linkv is what the strategies of Maelstrom's workload lin-kv share: how a
// request is read, and what it does to a register.
//
// Source: doc/workloads.md of Maelstrom, lin-kv.
package linkv

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// Patience is how long a node tries to answer: less than the five seconds that a
// client of Maelstrom waits, so that the client hears whether its request may have
// been done.
const Patience = 4 * time.Second

// The kinds of operations, by their names on the wire.
const (
	Read  = "read"
	Write = "write"
	CAS   = "cas"
)

// Operation is what a client asks for. Keys and values are JSON without space.
type Operation struct {
	Kind      string
	Key       string
	From      []byte // of CAS
	Value     []byte // to be written
	CreateNew bool   // CAS makes a key that is missing, as Maelstrom's lin-kv does
}

// wanted says what a request of each kind holds.
var wanted = map[string]string{Read: "a key", Write: "a key and a value", CAS: "a key, from and to"}

// maxDepth is how deep keys and values may nest. Chosen: what carries them from node
// to node then keeps to the 10,000 of encoding/json, and of package wire.
const maxDepth = 1000

// ReadRequest reads a client's request, or answers it with an error and reports
// false.
func ReadRequest(env server.Env, m server.Message) (Operation, bool) {
	op, ok := Parse(m.Type, m.Body)
	switch {
	case !ok && deep(m.Body):
		server.Fail(env, m, wire.MalformedRequest, "%s: want keys and values that nest less than %d deep", m.Type, maxDepth)
	case !ok:
		server.Fail(env, m, wire.MalformedRequest, "%s: want %s", m.Type, wanted[m.Type])
	}
	return op, ok
}

// Parse reads an operation from the fields of an object.
func Parse(kind string, body []byte) (op Operation, ok bool) {
	op = Operation{Kind: kind}
	var key []byte
	for k, value := range wire.Members(body) {
		switch string(k) {
		case "key":
			key = compact(value)
		case "from":
			op.From = compact(value)
		case "value", "to":
			op.Value = compact(value)
		case "create_if_not_exists":
			op.CreateNew = string(value) == "true"
		}
	}
	op.Key = string(key)
	ok = key != nil && (kind == Read || kind == Write || kind == CAS)
	return op, ok && (kind == Read || op.Value != nil) && (kind != CAS || op.From != nil)
}

// Valid reports whether a key or a value is as Parse returns it.
func Valid(text []byte) bool { return len(text) > 0 && bytes.Equal(compact(text), text) }

// compact takes the space out of JSON, so that equal values are equal bytes as
// far as they are written the same. It returns nil for what no key or value is.
func compact(text []byte) []byte {
	var b bytes.Buffer
	if deep(text) || json.Compact(&b, text) != nil {
		return nil
	}
	return b.Bytes()
}

// deep reports whether JSON nests too deep.
func deep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '[', c == '{':
			if depth++; depth >= maxDepth {
				return true
			}
		case c == ']', c == '}':
			depth--
		}
	}
	return false
}

// Do returns what the operation makes of a register, or why it fails. Old and next
// are nil where there is no such register. It changes neither.
func (op Operation) Do(old []byte) (next []byte, err *wire.Error) {
	switch {
	case op.Kind == Read && old == nil, op.Kind == CAS && old == nil && !op.CreateNew:
		return old, &wire.Error{Code: wire.KeyDoesNotExist, Text: "no such key"}
	case op.Kind == Read:
		return old, nil
	case op.Kind == CAS && old != nil && !equal(old, op.From):
		return old, &wire.Error{Code: wire.PreconditionFailed, Text: "want " + clip(op.From) + ", got " + clip(old)}
	}
	return op.Value, nil
}

// clip shortens a value for an error: who asks has it in full.
func clip(value []byte) string {
	const most = 80
	if len(value) <= most {
		return string(value)
	}
	return strings.ToValidUTF8(string(value[:most]), "") + "…"
}

// equal reports whether two texts have the same value, however it is written. As
// in Maelstrom an integer equals no fraction.
func equal(a, b []byte) bool {
	return bytes.Equal(a, b) || wire.Canonical(a) == wire.Canonical(b)
}
