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

// name identifies a request.
type name struct {
	origin int    // the node that took it
	life   uint64 // of that node
	number uint64 // from 1 on
}

func (n name) compare(other name) int {
	return cmp.Or(cmp.Compare(n.origin, other.origin), cmp.Compare(n.life, other.life), cmp.Compare(n.number, other.number))
}

// command is the content of a log entry.
type command struct {
	name
	linkv.Operation
}

// outcome is the outcome of a request.
type outcome struct {
	code   wire.Code // of an error, or 0
	failed bool      // the outcome is unknown
	text   string
	value  []byte // the result of a read
}

// forward returns the fields of a request to the leader.
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

// append appends the command as a JSON object, as in a log entry.
func (c command) append(to []byte) []byte {
	begin := len(to)
	to = append(append(to, wire.Fields(nil).Int("origin", int64(c.origin))...), c.forward()...)
	to[begin] = '{'
	return append(to, '}')
}

// bound exceeds all numbers and lives of a node. Numbers below it do not overflow.
const bound = 1 << 62

// parseForward parses a request to the leader, without its origin.
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

// window is how many requests of a node the machine remembers. Chosen: far more
// than a node has in progress. Older requests are not executed.
const window = 1000

// machine is the replicated state.
type machine struct {
	values   map[string][]byte // by key
	sessions map[int]*session  // by the node that accepted the request
}

// session is the state of one node's requests in its last life.
type session struct {
	life, last uint64             // last is the largest number
	outcomes   map[uint64]outcome // by number, within window
}

func newMachine() machine {
	return machine{values: map[string][]byte{}, sessions: map[int]*session{}}
}

// apply executes a command, or returns its stored outcome. Known is false if the
// command is of a former life, or too old to know whether it was executed.
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

// advance makes number the largest, and removes the outcomes that leave the window.
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

// do executes an operation.
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

// encode encodes the machine deterministically.
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

// decodeMachine decodes what encode wrote. It returns an error for an impossible
// machine, which a lying node may send.
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

// reader reads numbers and byte strings. Bad is set if one is malformed.
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

// count reads a number of items of at least one byte each.
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

// want records whether a condition holds.
func (r *reader) want(ok bool) { r.bad = r.bad || !ok }

func (r *reader) end() error {
	if r.bad || len(r.rest) > 0 {
		return errors.New("want what a node has written, got something else")
	}
	return nil
}
