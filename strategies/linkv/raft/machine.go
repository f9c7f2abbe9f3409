package raft

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"gossipbench/node/wire"
	"gossipbench/strategies/linkv"
)

// name is what a request is known by.
type name struct {
	origin int    // the node that took it
	life   uint64 // of that node
	number uint64 // from 1 on
}

func (n name) compare(other name) int {
	return cmp.Or(cmp.Compare(n.origin, other.origin), cmp.Compare(n.life, other.life), cmp.Compare(n.number, other.number))
}

// command is what an entry of the log holds.
type command struct {
	name
	linkv.Operation
}

// outcome is what came of a request.
type outcome struct {
	code   wire.Code // of an error, or 0
	failed bool      // an error of code 0: nobody knows
	text   string
	value  []byte // of a read
}

// forward is the fields of a request to the leader.
func (c command) forward() wire.Fields {
	f := wire.Fields(nil).Uint("life", c.life).Uint("number", c.number).Text("op", c.Kind).Raw("key", []byte(c.Key))
	if c.From != nil {
		f = f.Raw("from", c.From)
	}
	if c.Value != nil {
		f = f.Raw("value", c.Value)
	}
	if c.CreateNew {
		f = f.Raw("create_if_not_exists", []byte("true"))
	}
	return f
}

// append appends the command as an entry holds it: an object.
func (c command) append(to []byte) []byte {
	begin := len(to)
	to = append(append(to, wire.Fields(nil).Int("origin", int64(c.origin))...), c.forward()...)
	to[begin] = '{'
	return append(to, '}')
}

// bound is above the numbers and lives that a node can have come to. None that is
// below it overflows.
const bound = 1 << 62

// parseForward reads a request to the leader, but for its origin.
func parseForward(body []byte) (c command, ok bool) {
	kind, _ := wire.Text(wire.Field(body, "op"))
	c.Operation, ok = linkv.Parse(kind, body)
	life, lives := wire.Uint(wire.Field(body, "life"))
	number, numbers := wire.Uint(wire.Field(body, "number"))
	c.life, c.number = life, number
	return c, ok && lives && numbers && number > 0 && max(life, number) < bound
}

func parseCommand(text []byte) (command, bool) {
	c, ok := parseForward(text)
	origin, origins := wire.Uint(wire.Field(text, "origin"))
	c.origin = int(origin)
	return c, ok && origins
}

// window is how many requests of a node the machine knows again. Chosen: more
// than a node has under way, by far. One that is older is not done.
const window = 1000

// machine is the state that all nodes agree on.
type machine struct {
	values   map[string][]byte // by key
	sessions map[int]*session  // by the node that took a request
}

// session is what the machine has done for a node in its last life.
type session struct {
	life, last uint64             // the largest number
	outcomes   map[uint64]outcome // by number, of the last window
}

func newMachine() machine {
	return machine{values: map[string][]byte{}, sessions: map[int]*session{}}
}

// apply does a command, or knows what came of it. It does neither where the
// command is of a former life, or so old that it may have been done.
func (m *machine) apply(c command) (o outcome, known bool) {
	s := m.sessions[c.origin]
	if s == nil || c.life > s.life {
		s = &session{life: c.life, outcomes: map[uint64]outcome{}}
		m.sessions[c.origin] = s
	}
	if c.life < s.life || c.number+window <= s.last {
		return outcome{}, false
	}
	if o, done := s.outcomes[c.number]; done {
		return o, true
	}
	o = m.do(c.Operation)
	s.outcomes[c.number] = o
	s.advance(c.number)
	return o, true
}

// advance forgets what falls out of the window of a number that is the largest.
func (s *session) advance(number uint64) {
	if number > s.last+window {
		maps.DeleteFunc(s.outcomes, func(old uint64, _ outcome) bool { return old+window <= number })
		s.last = number
	}
	for ; s.last < number; s.last++ {
		if s.last+1 > window {
			delete(s.outcomes, s.last+1-window)
		}
	}
}

// do does an operation.
func (m *machine) do(op linkv.Operation) outcome {
	value, err := op.Do(m.values[op.Key])
	switch {
	case err != nil:
		return outcome{code: err.Code, text: err.Text}
	case op.Kind == linkv.Read:
		return outcome{value: value}
	}
	m.values[op.Key] = value
	return outcome{}
}

func (m *machine) read(key string) outcome {
	return m.do(linkv.Operation{Kind: linkv.Read, Key: key})
}

// encode writes the machine down, the same at all nodes.
func (m *machine) encode() []byte {
	to := binary.AppendUvarint(nil, uint64(len(m.values)))
	for _, key := range slices.Sorted(maps.Keys(m.values)) {
		to = appendBytes(appendBytes(to, []byte(key)), m.values[key])
	}
	to = binary.AppendUvarint(to, uint64(len(m.sessions)))
	for _, origin := range slices.Sorted(maps.Keys(m.sessions)) {
		s := m.sessions[origin]
		to = binary.AppendUvarint(to, uint64(origin))
		to = binary.AppendUvarint(to, s.life)
		to = binary.AppendUvarint(to, s.last)
		to = binary.AppendUvarint(to, uint64(len(s.outcomes)))
		for _, number := range slices.Sorted(maps.Keys(s.outcomes)) {
			o := s.outcomes[number]
			to = binary.AppendUvarint(to, number)
			to = binary.AppendUvarint(to, uint64(o.code))
			to = appendBytes(appendBytes(to, []byte(o.text)), o.value)
		}
	}
	return to
}

func appendBytes(to, b []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(b))), b...)
}

// decodeMachine reads what encode wrote. It refuses what no machine has come to, which
// may be what a node says that lies.
func decodeMachine(b []byte) (machine, error) {
	m := newMachine()
	r := reader{rest: b}
	for range r.count() {
		key := string(r.bytes())
		m.values[key] = r.bytes()
		r.want(linkv.Valid([]byte(key)) && linkv.Valid(m.values[key]))
	}
	for range r.count() {
		origin := int(r.number())
		s := &session{life: r.number(), last: r.number(), outcomes: map[uint64]outcome{}}
		r.want(max(s.life, s.last) < bound)
		for range r.count() {
			number := r.number()
			o := outcome{code: wire.Code(r.number()), text: string(r.bytes())}
			if value := r.bytes(); len(value) > 0 {
				o.value = value
				r.want(linkv.Valid(value))
			}
			s.outcomes[number] = o
		}
		m.sessions[origin] = s
	}
	return m, r.end()
}

// reader reads numbers and texts, and remembers where there were none.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count is a number of things that take a byte each at least.
func (r *reader) count() uint64 {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return 0
	}
	return n
}

func (r *reader) bytes() []byte {
	n := r.count()
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// want notes that something is not as it should be.
func (r *reader) want(ok bool) { r.bad = r.bad || !ok }

func (r *reader) end() error {
	if r.bad || len(r.rest) > 0 {
		return errors.New("want what a node has written, got something else")
	}
	return nil
}
