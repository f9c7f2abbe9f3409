package history

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/edn"
)

// Writer writes a history.edn as Maelstrom does: one op a line, keys in Jepsen's order.
type Writer struct {
	w    *bufio.Writer
	line []byte
}

// NewWriter returns a writer to w. Call Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// Write writes one op.
func (w *Writer) Write(op Op) error {
	w.line = append(AppendOp(w.line[:0], op), '\n')
	_, err := w.w.Write(w.line)
	return err
}

// Flush writes what is buffered.
func (w *Writer) Flush() error { return w.w.Flush() }

// AppendOp appends an op as an EDN map.
func AppendOp(dst []byte, op Op) []byte {
	dst = strconv.AppendInt(append(dst, "{:index "...), int64(op.Index), 10)
	dst = strconv.AppendInt(append(dst, ", :time "...), int64(op.Time), 10)
	dst = append(append(dst, ", :type :"...), op.Type.String()...)
	if op.Client() {
		dst = strconv.AppendInt(append(dst, ", :process "...), int64(op.Process), 10)
	} else {
		dst = append(dst, ", :process :nemesis"...)
	}
	dst = append(edn.Append(append(dst, ", :f "...), Asked(op.F)), ", :value "...)
	if ints, ok := op.Value.([]int64); ok {
		dst = appendInts(dst, ints)
	} else {
		dst = edn.Append(dst, ValueOf(op.Value))
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

// Asked returns an op's F in EDN.
func Asked(f string) edn.Value {
	if f == "" {
		return edn.NewNil()
	}
	return edn.NewKeyword(f)
}

// rest returns the keys and values of an op that follow :value.
func rest(op Op) []edn.Value {
	var all []edn.Value
	if op.Final {
		all = append(all, edn.NewKeyword("final?"), edn.NewBool(true))
	}
	if op.Error != "" && !op.ExtraOf("error").Present() {
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

// writtenError returns the EDN that Maelstrom writes for an error text: :net-timeout for
// "timeout", [:precondition-failed "want 1"] for "error 22: want 1".
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

// Record returns the op in the form in which Jepsen prints it in results.
func (op Op) Record() edn.Value {
	process := edn.NewInt(int64(op.Process))
	if !op.Client() {
		process = edn.NewKeyword("nemesis")
	}
	pairs := []edn.Value{
		edn.NewKeyword("index"), edn.NewInt(int64(op.Index)),
		edn.NewKeyword("time"), edn.NewInt(int64(op.Time)),
		edn.NewKeyword("type"), edn.NewKeyword(op.Type.String()),
		edn.NewKeyword("process"), process,
		edn.NewKeyword("f"), Asked(op.F),
		edn.NewKeyword("value"), Abridged(op.Value),
	}
	return edn.NewTagged("jepsen.history.Op", edn.NewMap(append(pairs, rest(op)...)...))
}

// MaxAbridged bounds the elements of an op's value in results. Results may show an op in
// many places, and a node may answer with a full line. Chosen, above all recorded tests.
const MaxAbridged = 20_000

// Abridged returns an op's value. A large value is cut and tagged as such.
func Abridged(value any) edn.Value {
	left := MaxAbridged
	part := value
	switch v := value.(type) {
	case []int64:
		part = v[:min(len(v), left)]
		left -= len(v)
	case Poll:
		logs := []Log{}
		for _, log := range v.Logs {
			if left < 0 {
				break
			}
			n := len(log.Entries)
			log.Entries = log.Entries[:min(n, max(left, 0))]
			logs = append(logs, log)
			left -= 1 + n
		}
		if left < 0 {
			part = Poll{logs}
		}
	case Txn:
		txn := slices.Clone(v)
		for i, m := range txn {
			if list, ok := m.Value.([]int64); ok {
				txn[i].Value = list[:min(len(list), max(left, 0))]
				left -= len(list)
			}
		}
		part = txn
	case edn.Value:
		if size(v, MaxAbridged*10) > MaxAbridged*10 {
			return DatumOf(v).EDN()
		}
	case string:
		if len(v) > MaxAbridged*10 {
			return DatumOf(edn.NewString(v)).EDN()
		}
	}
	if left < 0 {
		return edn.NewTagged("beginning", ValueOf(part))
	}
	return ValueOf(value)
}

// size returns about how many bytes v has in EDN. It stops counting above most.
func size(v edn.Value, most int) int {
	n := 8 + len(v.Text())
	for _, item := range v.Items() {
		if n > most {
			return n
		}
		n += size(item, most-n)
	}
	for key, value := range v.Pairs() {
		if n > most {
			return n
		}
		n += size(key, most-n) + size(value, most-n)
	}
	if v.Kind() == edn.Tagged {
		n += size(v.Untagged(), most-n)
	}
	return n
}
