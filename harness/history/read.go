package history

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/edn"
)

// Reader reads a history.edn op by op; its memory is bounded by the largest op. An op is
// a map {:index 0, …} or #jepsen.history.Op{:index 0, …}. The file may be compressed by
// gzip. It is not safe for concurrent use.
type Reader struct {
	Name    string
	from    io.Reader
	d       *edn.Decoder // nil before the first op
	next    int          // index of an op that has none
	ints    []int64      // scratch buffer
	failure error
}

// NewReader returns a reader of r. Its errors contain name.
func NewReader(name string, r io.Reader) *Reader {
	return &Reader{Name: name, from: r}
}

// maxExtra bounds the keys of an op for which Op has no field. Chosen: Jepsen's clients
// add a few at most.
const maxExtra = 256

// Read returns the next op, or io.EOF at the end. The op shares no memory with the
// reader. After an error Read returns the same error again.
func (r *Reader) Read() (Op, error) {
	if r.failure != nil {
		return Op{}, r.failure
	}
	op, err := r.read()
	r.failure = err
	return op, err
}

func (r *Reader) read() (Op, error) {
	if r.d == nil {
		if err := r.open(); err != nil {
			return Op{}, err
		}
	}
	kind, err := r.d.Next()
	if err != nil {
		return Op{}, err
	}
	if kind == edn.Absent {
		return Op{}, io.EOF
	}
	if kind == edn.Tagged {
		if kind, err = r.d.Next(); err != nil {
			return Op{}, err
		}
	}
	if kind != edn.Map {
		return Op{}, r.d.Errorf("unexpected %s, want an op such as {:index 0, :type :invoke, …}", name(kind))
	}
	return r.op()
}

func (r *Reader) open() error {
	plain, err := Plain(r.Name, r.from)
	if err != nil {
		return err
	}
	r.d = edn.NewDecoder(r.Name, plain)
	return nil
}

// name returns a token kind as a noun, for errors.
func name(kind edn.Kind) string {
	if kind == edn.Absent {
		return "end of input"
	}
	return kind.String()
}

// op reads an op after its opening bracket.
func (r *Reader) op() (Op, error) {
	op := Op{Index: r.next}
	typed := false
	for {
		kind, err := r.d.Next()
		if err != nil {
			return Op{}, err
		}
		if kind == edn.CloseCurly {
			break
		}
		if kind != edn.Keyword {
			return Op{}, r.d.Errorf("unexpected %s, want a key of an op such as :type, or }", name(kind))
		}
		switch string(r.d.Text()) {
		case "index":
			n, err := r.integer("index")
			if err != nil {
				return Op{}, err
			}
			op.Index = int(n)
		case "time":
			n, err := r.integer("time")
			if err != nil {
				return Op{}, err
			}
			op.Time = time.Duration(n)
		case "type":
			typed = true
			op.Type, err = r.opType()
		case "process":
			op.Process, err = r.process()
		case "f":
			op.F, err = r.f()
		case "value":
			op.Value, err = r.value()
		case "final?":
			op.Final, err = r.final()
		default:
			err = r.extra(&op)
		}
		if err != nil {
			return Op{}, err
		}
	}
	if !typed {
		return Op{}, r.d.Errorf("unexpected }, want :type of the op of index %d", op.Index)
	}
	r.next = op.Index + 1
	return op, nil
}

func (r *Reader) integer(key string) (int64, error) {
	kind, err := r.d.Next()
	if err == nil && kind != edn.Int {
		err = r.d.Errorf("unexpected %s, want an integer for :%s", name(kind), key)
	}
	return r.d.Int(), err
}

func (r *Reader) opType() (Type, error) {
	kind, err := r.d.Next()
	if err != nil {
		return 0, err
	}
	if kind == edn.Keyword {
		for t := Invoke; t <= Info; t++ {
			if string(r.d.Text()) == t.String() {
				return t, nil
			}
		}
	}
	return 0, r.d.Errorf("unexpected %s, want :invoke, :ok, :fail or :info for :type", r.described(kind))
}

// described returns the text of a keyword, or the kind of another token, for errors.
func (r *Reader) described(kind edn.Kind) string {
	if kind == edn.Keyword {
		return fmt.Sprintf(":%.40s", r.d.Text())
	}
	return name(kind)
}

func (r *Reader) process() (int, error) {
	kind, err := r.d.Next()
	switch {
	case err != nil:
		return 0, err
	case kind == edn.Int && r.d.Int() >= 0:
		return int(r.d.Int()), nil
	case kind == edn.Keyword && string(r.d.Text()) == "nemesis":
		return Nemesis, nil
	}
	return 0, r.d.Errorf("unexpected %s, want a number from 0 on or :nemesis for :process", r.described(kind))
}

func (r *Reader) f() (string, error) {
	kind, err := r.d.Next()
	if err != nil {
		return "", err
	}
	switch kind {
	case edn.Nil:
		return "", nil
	case edn.Keyword:
		return r.d.Name(r.d.Text()), nil
	}
	return "", r.d.Errorf("unexpected %s, want a keyword for :f", name(kind))
}

func (r *Reader) final() (bool, error) {
	kind, err := r.d.Next()
	if err == nil && kind != edn.Bool && kind != edn.Nil {
		err = r.d.Errorf("unexpected %s, want true or false for :final?", name(kind))
	}
	return kind == edn.Bool && r.d.Int() != 0, err
}

// value reads an op's value as the simplest type that can hold it.
func (r *Reader) value() (any, error) {
	kind, err := r.d.Next()
	if err != nil {
		return nil, err
	}
	switch kind {
	case edn.Nil:
		return nil, nil
	case edn.Int:
		return r.d.Int(), nil
	case edn.String:
		return string(r.d.Text()), nil
	case edn.Vector:
		return r.vector()
	}
	return r.d.Value(kind)
}

// vector reads a vector after its opening bracket: []int64 if it has only integers, else
// edn.Value.
func (r *Reader) vector() (any, error) {
	r.ints = r.ints[:0]
	for {
		kind, err := r.d.Next()
		switch {
		case err != nil:
			return nil, err
		case kind == edn.Int:
			r.ints = append(r.ints, r.d.Int())
		case kind == edn.CloseSquare:
			return append(make([]int64, 0, len(r.ints)), r.ints...), nil
		default:
			return r.mixed(kind)
		}
		if len(r.ints) > edn.MaxValues {
			return nil, r.d.Errorf("more than %d values within one", edn.MaxValues)
		}
	}
}

// mixed reads the rest of a vector that began with integers. Its next element begins with
// a token of that kind.
func (r *Reader) mixed(kind edn.Kind) (any, error) {
	items := ValueOf(r.ints).Items()
	for kind != edn.CloseSquare {
		item, err := r.d.Value(kind)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if len(items) > edn.MaxValues {
			return nil, r.d.Errorf("more than %d values within one", edn.MaxValues)
		}
		if kind, err = r.d.Next(); err != nil {
			return nil, err
		}
	}
	return edn.NewVector(slices.Clip(items)...), nil
}

// extra reads the value of a key for which Op has no field.
func (r *Reader) extra(op *Op) error {
	key := r.d.Name(r.d.Text())
	kind, err := r.d.Next()
	if err != nil {
		return err
	}
	v, err := r.d.Value(kind)
	if err != nil {
		return err
	}
	if key == "error" {
		op.Error = errorText(v)
	}
	for i := 0; i < len(op.Extra); i += 2 {
		if op.Extra[i].Is(key) {
			op.Extra[i+1] = v
			return nil
		}
	}
	if len(op.Extra) == 2*maxExtra {
		return r.d.Errorf("more than %d keys that no op has", maxExtra)
	}
	op.Extra = append(op.Extra, edn.NewKeyword(key), v)
	return nil
}

// errorText returns an error's value as text: of :net-timeout, [:precondition-failed
// "want 1"], or anything else.
func errorText(v edn.Value) string {
	switch v.Kind() {
	case edn.Nil:
		return ""
	case edn.String, edn.Keyword:
		return v.Text()
	case edn.List, edn.Vector:
		words := make([]string, v.Len())
		for i, item := range v.Items() {
			words[i] = errorText(item)
		}
		return strings.Join(words, ": ")
	}
	return v.String()
}
