package history

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"gossipbench/harness/edn"
)

// Writer writes a history.edn as Maelstrom does: an op a line, the keys in
// Jepsen's order.
type Writer struct {
	w    *bufio.Writer
	line []byte
}

// NewWriter returns a writer to w. Flush it at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// Write writes one op.
func (w *Writer) Write(op Op) error {
	w.line = append(appendOp(w.line[:0], op), '\n')
	_, err := w.w.Write(w.line)
	return err
}

// Flush writes what is still held back.
func (w *Writer) Flush() error { return w.w.Flush() }

// appendOp appends the map of an op.
func appendOp(dst []byte, op Op) []byte {
	dst = strconv.AppendInt(append(dst, "{:index "...), int64(op.Index), 10)
	dst = strconv.AppendInt(append(dst, ", :time "...), int64(op.Time), 10)
	dst = append(append(dst, ", :type :"...), op.Type.String()...)
	if op.client() {
		dst = strconv.AppendInt(append(dst, ", :process "...), int64(op.Process), 10)
	} else {
		dst = append(dst, ", :process :nemesis"...)
	}
	dst = append(edn.Append(append(dst, ", :f "...), asked(op.F)), ", :value "...)
	if ints, ok := op.Value.([]int64); ok {
		dst = appendInts(dst, ints)
	} else {
		dst = edn.Append(dst, valueOf(op.Value))
	}
	for i, v := range rest(op) {
		if i%2 == 0 {
			dst = append(dst, ',')
		}
		dst = edn.Append(append(dst, ' '), v)
	}
	return append(dst, '}')
}

func appendInts(dst []byte, ints []int64) []byte {
	dst = append(dst, '[')
	for i, n := range ints {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, n, 10)
	}
	return append(dst, ']')
}

// asked returns an op's F in EDN.
func asked(f string) edn.Value {
	if f == "" {
		return edn.NewNil()
	}
	return edn.NewKeyword(f)
}

// rest returns the keys and values of an op after :value.
func rest(op Op) []edn.Value {
	var all []edn.Value
	if op.Final {
		all = append(all, edn.NewKeyword("final?"), edn.NewBool(true))
	}
	if op.Error != "" && !op.extra("error").Present() {
		all = append(all, edn.NewKeyword("error"), writtenError(op.Error))
	}
	return append(all, op.Extra...)
}

// errorNames are Maelstrom's names of its error codes.
//
// Source: deferror in src/maelstrom/client.clj.
var errorNames = map[int]string{
	0: "timeout", 1: "node-not-found", 10: "not-supported", 11: "temporarily-unavailable", 12: "malformed-request",
	13: "crash", 14: "abort", 20: "key-does-not-exist", 21: "key-already-exists", 22: "precondition-failed", 30: "txn-conflict",
}

// writtenError returns what Maelstrom writes for an error in words: "timeout" is
// :net-timeout there, "error 22: want 1" is [:precondition-failed "want 1"].
//
// Source: with-errors in src/maelstrom/client.clj.
func writtenError(words string) edn.Value {
	if words == "timeout" {
		return edn.NewKeyword("net-timeout")
	}
	head, text, _ := strings.Cut(words, ": ")
	code, err := strconv.Atoi(strings.TrimPrefix(head, "error "))
	if err != nil || !strings.HasPrefix(head, "error ") {
		return edn.NewString(words)
	}
	name, known := errorNames[code]
	if !known {
		name = "unknown"
	}
	return edn.NewVector(edn.NewKeyword(name), edn.NewString(text))
}

// record returns the op as Jepsen prints it within results.
func (op Op) record() edn.Value {
	process := edn.NewInt(int64(op.Process))
	if !op.client() {
		process = edn.NewKeyword("nemesis")
	}
	pairs := []edn.Value{
		edn.NewKeyword("index"), edn.NewInt(int64(op.Index)),
		edn.NewKeyword("time"), edn.NewInt(int64(op.Time)),
		edn.NewKeyword("type"), edn.NewKeyword(op.Type.String()),
		edn.NewKeyword("process"), process,
		edn.NewKeyword("f"), asked(op.F),
		edn.NewKeyword("value"), valueOf(op.Value),
	}
	return edn.NewTagged("jepsen.history.Op", edn.NewMap(append(pairs, rest(op)...)...))
}
