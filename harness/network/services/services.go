// Package services are the servers that Maelstrom offers to nodes: key-value
// stores of three consistencies, and an oracle of timestamps.
//
// Each is a pure state machine. It has no queue and no clock; whoever runs it
// puts it behind a network. What lin-kv answers is linearizable, seq-kv may
// answer from the past, and the two replicas of lww-kv may forget a write: a
// node that gets by with a weaker one proves it by passing.
//
// Where Maelstrom lets a request of unknown type time out, these answer with
// error 10 (not-supported), which whoever runs them keeps from those who made no
// request. And where a compare-and-set is refused, they show no more
// of the two values than their beginnings.
//
// Source: src/maelstrom/service.clj.
package services

import (
	"math/rand/v2"

	"gossipbench/node/wire"
)

// Service answers requests.
type Service interface {
	// Handle answers the request that client makes by a body, and returns the
	// reply's type and fields. Body is a JSON object; it is not kept.
	Handle(client string, body []byte) (typ string, fields wire.Fields)
	// Size is how many bytes of keys and values it holds, as JSON texts. What
	// it remembers of the past does not count.
	Size() int
}

// Names are the services that New makes.
var Names = [...]string{"lin-kv", "lin-tso", "lww-kv", "seq-kv"}

// New makes the service of that name, which must be one of Names. Chance is
// drawn from r alone.
func New(name string, r *rand.Rand) Service {
	switch name {
	case "lin-kv":
		return &linKV{store{}}
	case "lin-tso":
		return &linTSO{}
	case "lww-kv":
		return &lwwKV{replicas: [2]replica{{store: store{}, fresh: map[string]bool{}}, {store: store{}, fresh: map[string]bool{}}}, rand: r}
	case "seq-kv":
		return &seqKV{newest: store{}, seen: map[string]int{}, rand: r}
	}
	panic("services: no service " + name)
}

// linTSO hands out 0, 1, 2, ….
type linTSO struct{ next int64 }

func (s *linTSO) Handle(_ string, body []byte) (string, wire.Fields) {
	if typ, _ := wire.Text(wire.Field(body, "type")); typ != "ts" {
		return unsupported(typ)
	}
	s.next++
	return "ts_ok", wire.Fields(nil).Int("ts", s.next-1)
}

func (s *linTSO) Size() int { return 0 }

// linKV is one atomic map.
type linKV struct{ store }

func (s *linKV) Handle(_ string, body []byte) (string, wire.Fields) {
	a := read(body).on(s.store.lookup)
	if a.writes {
		s.store[a.key] = entry{value: a.value}
	}
	return a.typ, a.fields
}

func unsupported(typ string) (string, wire.Fields) {
	return refuse(wire.NotSupported, "no such request: "+told(typ))
}

func refuse(code wire.Code, text string) (string, wire.Fields) {
	return "error", (&wire.Error{Code: code, Text: text}).Fields()
}
