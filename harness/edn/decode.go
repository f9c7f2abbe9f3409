package edn

import "io"

// Parse parses data, which holds one value, and around it only space, comments and
// discarded values. Its errors contain name.
func Parse(name string, data []byte) (Value, error) {
	d := newDecoder(newScannerBytes(name, data))
	if len(data) > MaxBytes {
		return Value{}, d.Errorf("more than %d bytes", MaxBytes)
	}
	kind, err := d.Next()
	if err != nil {
		return Value{}, err
	}
	v, err := d.Value(kind)
	if err != nil {
		return Value{}, err
	}
	if kind, err = d.Next(); err == nil && kind != Absent {
		err = d.unexpected(kind, "the end of the input")
	}
	return v, err
}

// Decoder reads one value after another, whole or by tokens. It cannot be used after an
// error. It is not safe for concurrent use.
type Decoder struct {
	scan   *Scanner
	stack  []Value           // elements of the open collections
	names  map[string]string // so that each name is allocated once
	depth  int
	values int
	begin  int64 // offset of the top-level value

	maxValues int
	maxBytes  int64
}

// NewDecoder returns a decoder of r. Its errors contain name.
func NewDecoder(name string, r io.Reader) *Decoder {
	return newDecoder(NewScanner(name, r))
}

func newDecoder(s *Scanner) *Decoder {
	return &Decoder{scan: s, names: map[string]string{}, maxValues: MaxValues, maxBytes: MaxBytes}
}

// Decode reads the next value. It returns io.EOF at the end of the input.
func (d *Decoder) Decode() (Value, error) {
	kind, err := d.Next()
	if err != nil {
		return Value{}, err
	}
	if kind == Absent {
		return Value{}, io.EOF
	}
	return d.Value(kind)
}

// Next reads the next token that is not discarded. It returns Absent at the end of the
// input.
func (d *Decoder) Next() (Kind, error) {
	for {
		kind, err := d.scan.Next()
		if err != nil || kind != Discard {
			return kind, err
		}
		if err := d.discard(); err != nil {
			return Absent, err
		}
	}
}

// Int returns the integer of the latest token; see Scanner.
func (d *Decoder) Int() int64 { return d.scan.num }

// Text returns the text of the latest token; see Scanner.
func (d *Decoder) Text() []byte { return d.scan.text }

// Errorf returns a SyntaxError at the latest token.
func (d *Decoder) Errorf(format string, args ...any) error { return d.scan.Errorf(format, args...) }

// Value returns the value whose first token, of kind first, Next has just read.
func (d *Decoder) Value(first Kind) (Value, error) {
	if !first.begins() {
		return Value{}, d.unexpected(first, "a value")
	}
	return d.value(first)
}

// discard reads the value after #_.
func (d *Decoder) discard() error {
	if err := d.enter(); err != nil {
		return err
	}
	kind, err := d.Next()
	if err != nil {
		return err
	}
	if !kind.begins() {
		return d.unexpected(kind, "a value after #_")
	}
	_, err = d.value(kind)
	d.depth--
	return err
}

// begins reports whether a token of that kind begins a value.
func (k Kind) begins() bool { return Absent < k && k <= Tagged }

// unexpected returns the error for an unexpected token.
func (d *Decoder) unexpected(kind Kind, want string) error {
	came := "end of input"
	if s := d.scan; kind != Absent {
		came = quote(s.buf[s.start:s.pos])
	}
	return d.Errorf("unexpected %s, want %s", came, want)
}

// enter enters a level of nesting.
func (d *Decoder) enter() error {
	if d.depth == 0 {
		d.values, d.begin = 0, d.scan.Offset()
	}
	if d.depth == MaxDepth {
		return d.Errorf("nested more than %d deep", MaxDepth)
	}
	d.depth++
	return nil
}

// count counts a nested value and checks the bounds.
func (d *Decoder) count() error {
	if d.values++; d.values > d.maxValues {
		return d.Errorf("more than %d values within one", d.maxValues)
	}
	if d.scan.Offset()-d.begin > d.maxBytes {
		return d.Errorf("a value of more than %d bytes", d.maxBytes)
	}
	return nil
}

// value returns the value that begins with the latest token, of kind first.
func (d *Decoder) value(first Kind) (Value, error) {
	s := d.scan
	if d.depth > 0 {
		if err := d.count(); err != nil {
			return Value{}, err
		}
	}
	switch first {
	case Nil:
		return Value{kind: Nil}, nil
	case Bool, Char:
		return Value{kind: first, num: s.num}, nil
	case Int:
		if len(s.text) == 0 {
			return Value{kind: Int, num: s.num}, nil
		}
		return Value{kind: Int, num: s.num, text: string(s.text)}, nil
	case BigInt, Float, Decimal, Ratio, String:
		return Value{kind: first, text: string(s.text)}, nil
	case Symbol, Keyword:
		return Value{kind: first, text: d.Name(s.text)}, nil
	case Tagged:
		return d.tagged()
	case List:
		return d.collection(first, CloseRound)
	case Vector:
		return d.collection(first, CloseSquare)
	case Set:
		return d.collection(first, CloseCurly)
	case Map:
		return d.mapping()
	}
	panic("edn: no value begins with " + first.String())
}

// Name returns text as a string. Texts that repeat, such as names of keys, are allocated
// once.
func (d *Decoder) Name(text []byte) string {
	const most, longest = 4096, 64 // chosen: more than Jepsen's vocabulary, and a bound
	if name, ok := d.names[string(text)]; ok {
		return name
	}
	name := string(text)
	if len(d.names) < most && len(name) <= longest {
		d.names[name] = name
	}
	return name
}

func (d *Decoder) tagged() (Value, error) {
	tag := d.Name(d.scan.text)
	if err := d.enter(); err != nil {
		return Value{}, err
	}
	kind, err := d.Next()
	if err != nil {
		return Value{}, err
	}
	if !kind.begins() {
		return Value{}, d.unexpected(kind, "a value for #"+tag)
	}
	v, err := d.value(kind)
	d.depth--
	return NewTagged(tag, v), err
}

// collection reads the elements of a list, vector or set.
func (d *Decoder) collection(kind, closing Kind) (Value, error) {
	if err := d.enter(); err != nil {
		return Value{}, err
	}
	mark := len(d.stack)
	for {
		first, err := d.Next()
		if err != nil {
			return Value{}, err
		}
		if first == closing {
			d.depth--
			return Value{kind: kind, items: d.take(mark)}, nil
		}
		if !first.begins() {
			return Value{}, d.unexpected(first, "a value or "+closing.String())
		}
		if first == Int && len(d.scan.text) == 0 { // as most of a history
			if err := d.count(); err != nil {
				return Value{}, err
			}
			d.stack = append(d.stack, Value{kind: Int, num: d.scan.num})
			continue
		}
		v, err := d.value(first)
		if err != nil {
			return Value{}, err
		}
		d.stack = append(d.stack, v)
	}
}

func (d *Decoder) mapping() (Value, error) {
	if err := d.enter(); err != nil {
		return Value{}, err
	}
	mark := len(d.stack)
	for {
		first, err := d.Next()
		if err != nil {
			return Value{}, err
		}
		if first == CloseCurly {
			d.depth--
			return Value{kind: Map, items: d.take(mark)}, nil
		}
		if !first.begins() {
			return Value{}, d.unexpected(first, "a key or }")
		}
		key, err := d.value(first)
		if err != nil {
			return Value{}, err
		}
		d.stack = append(d.stack, key)
		if first, err = d.Next(); err != nil {
			return Value{}, err
		}
		if !first.begins() {
			return Value{}, d.unexpected(first, "a value for "+quote(Append(nil, key)))
		}
		value, err := d.value(first)
		if err != nil {
			return Value{}, err
		}
		d.stack = append(d.stack, value)
	}
}

// take removes and returns the elements of the stack above mark.
func (d *Decoder) take(mark int) []Value {
	if len(d.stack) == mark {
		return nil
	}
	items := make([]Value, len(d.stack)-mark)
	copy(items, d.stack[mark:])
	clear(d.stack[mark:])
	d.stack = d.stack[:mark]
	return items
}
