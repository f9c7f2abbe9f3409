package history

import (
	"fmt"
	"strconv"
	"strings"

	"gossipbench/harness/checker/elle"
	"gossipbench/harness/edn"
)

// Values of ops that are more than a number. Clients put these types into Op.Value. In a
// history that was read, Op.Value is an edn.Value, which the functions Read… and the
// checkers parse. The EDN form is Maelstrom's.
type (
	// Keyed is the value of an op of lin-kv: [key value]. Value is an int64, a Swap, or
	// nil in a read that is not answered. Source: the tuple of jepsen.independent.
	Keyed struct {
		Key   int64
		Value any
	}
	// Swap is a compare-and-set from From to To.
	Swap struct{ From, To int64 }

	// Txn is a transaction: its micro-ops in order.
	Txn []Mop
	// Mop is a micro-op: [:r key value], [:w key value] or [:append key value]. Value is
	// nil in a read that is not answered or that found nothing, an int64, []int64 in a
	// read of a list, or an edn.Value if a node returned anything else.
	Mop = elle.Mop

	// Send is [[:send key value]], and once answered [[:send key [offset value]]].
	Send struct {
		Key     string
		Message Datum
		Offset  edn.Integer
		Placed  bool // Offset is known
	}
	// Poll is [[:poll]], and once answered [[:poll {key [[offset value]…]…}]]; then Logs
	// is not nil.
	Poll struct{ Logs []Log }
	// Log holds the entries of one key in a poll.
	Log struct {
		Key     string
		Entries []Entry
	}
	// Entry is a message and its offset.
	Entry struct {
		Offset  edn.Integer
		Message Datum
	}
)

func (v Keyed) EDN() edn.Value { return edn.NewVector(edn.NewInt(v.Key), ValueOf(v.Value)) }

func (v Swap) EDN() edn.Value { return edn.NewVector(edn.NewInt(v.From), edn.NewInt(v.To)) }

func (v Txn) EDN() edn.Value {
	mops := make([]edn.Value, len(v))
	for i, m := range v {
		mops[i] = edn.NewVector(edn.NewKeyword(m.F), edn.NewInt(m.Key), ValueOf(m.Value))
	}
	return edn.NewVector(mops...)
}

func (v Send) EDN() edn.Value {
	what := v.Message.EDN()
	if v.Placed {
		what = edn.NewVector(v.Offset.Value(), what)
	}
	return edn.NewVector(edn.NewVector(edn.NewKeyword("send"), edn.NewString(v.Key), what))
}

func (v Poll) EDN() edn.Value {
	mop := []edn.Value{edn.NewKeyword("poll")}
	if v.Logs != nil {
		var pairs []edn.Value
		for _, log := range v.Logs {
			entries := make([]edn.Value, len(log.Entries))
			for i, e := range log.Entries {
				entries[i] = edn.NewVector(e.Offset.Value(), e.Message.EDN())
			}
			pairs = append(pairs, edn.NewString(log.Key), edn.NewVector(entries...))
		}
		mop = append(mop, edn.NewMap(pairs...))
	}
	return edn.NewVector(edn.NewVector(mop...))
}

// ReadSend returns the value of a send, and whether v is one.
func ReadSend(v any) (Send, bool) {
	if s, ok := v.(Send); ok {
		return s, true
	}
	parts := mop(v, "send")
	if len(parts) != 3 {
		return Send{}, false
	}
	s := Send{Key: KeyOf(parts[1])}
	value := parts[2]
	if pair := value.Items(); len(pair) == 2 {
		if s.Offset, s.Placed = pair[0].Integer(); !s.Placed && pair[0].Kind() != edn.Nil {
			return Send{}, false
		}
		value = pair[1]
	}
	s.Message = DatumOf(value)
	return s, true
}

// ReadPoll returns the value of a poll, and whether v is one.
func ReadPoll(v any) (Poll, bool) {
	if p, ok := v.(Poll); ok {
		return p, true
	}
	parts := mop(v, "poll")
	switch {
	case len(parts) == 1:
		return Poll{}, true
	case len(parts) != 2 || parts[1].Kind() != edn.Map:
		return Poll{}, false
	}
	p := Poll{Logs: []Log{}}
	for key, value := range parts[1].Pairs() {
		log := Log{Key: KeyOf(key)}
		for _, item := range value.Items() {
			pair := item.Items()
			if len(pair) != 2 {
				return Poll{}, false
			}
			offset, ok := pair[0].Integer()
			if !ok && pair[0].Kind() == edn.Nil {
				continue // its offset is unknown
			}
			if !ok {
				return Poll{}, false
			}
			log.Entries = append(log.Entries, Entry{offset, DatumOf(pair[1])})
		}
		p.Logs = append(p.Logs, log)
	}
	return p, true
}

// mop returns the parts of v if it holds a single micro-op named f.
func mop(v any, f string) []edn.Value {
	e, _ := v.(edn.Value)
	if len(e.Items()) != 1 { // a map has no items
		return nil
	}
	parts := e.Items()[0].Items()
	if len(parts) == 0 || !parts[0].Is(f) {
		return nil
	}
	return parts
}

// KeyOf returns the key of a log. Maelstrom writes it as a string.
func KeyOf(v edn.Value) string {
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10)
	}
	return v.Text()
}

// Unreadable returns a message about ops whose values are not values of their workload.
func Unreadable(ops []Op, workload string) string {
	return fmt.Sprintf("%d ops have values that are none of %s, so that nothing is proved; the first is %d: %s",
		len(ops), workload, ops[0].Index, Clipped(ValueOf(ops[0].Value)))
}

// Clipped returns a value in EDN, cut if it is long.
func Clipped(v edn.Value) string {
	const most = 200
	text := v.String()
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
}
