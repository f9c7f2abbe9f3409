// Package linkv is shared by the strategies of Maelstrom's workload lin-kv: it
// parses requests and applies them to registers.
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

// Patience is how long a node tries to answer. A client of Maelstrom waits five
// seconds, so it learns whether its request may have been done.
const Patience = 4 * time.Second

// The kinds of operations, by their names on the wire.
const (
	Read  = "read"
	Write = "write"
	CAS   = "cas"
)

// Operation is a client's request. Keys and values are JSON without space.
type Operation struct {
	Kind      string
	Key       string
	From      []byte // of CAS
	Value     []byte // to be written
	CreateNew bool   // CAS creates a missing key, as in Maelstrom's lin-kv
}

// wanted describes the fields of each kind of request.
var wanted = map[string]string{Read: "a key", Write: "a key and a value", CAS: "a key, from and to"}

// maxDepth is how deep keys and values may nest. Chosen: messages between nodes
// stay below the limit of 10,000 of encoding/json and package wire.
const maxDepth = 1000

// ReadRequest parses a client's request. If it is malformed, ReadRequest answers
// with an error and returns false.
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

// Parse parses an operation from the fields of an object.
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

// Valid reports whether text is a key or a value as Parse returns it.
func Valid(text []byte) bool { return len(text) > 0 && bytes.Equal(compact(text), text) }

// compact removes space from JSON, so that values that are written alike are equal
// bytes. It returns nil if text is no key or value.
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

// Do applies the operation to a register, and returns its next value or an error.
// Old and next are nil if the register does not exist. Do does not change old.
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

// clip shortens a value for an error.
func clip(value []byte) string {
	const most = 80
	if len(value) <= most {
		return string(value)
	}
	return strings.ToValidUTF8(string(value[:most]), "") + "…"
}

// equal reports whether two JSON texts have the same value. As in Maelstrom, an
// integer does not equal a fraction.
func equal(a, b []byte) bool {
	return bytes.Equal(a, b) || wire.Canonical(a) == wire.Canonical(b)
}
