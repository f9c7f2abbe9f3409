// Package services implements the services that Maelstrom offers to nodes: three
// key-value stores with different consistency, and a timestamp oracle.
//
// Each is a pure state machine without queue and clock; its owner connects it to a
// network. lin-kv is linearizable, seq-kv may answer from an old state, and the two
// replicas of lww-kv may lose a write: a node that works with a weaker store is proved to
// need no more.
//
// There are two differences from Maelstrom. Maelstrom lets a request of unknown type time
// out; these services answer with error 10 (not-supported), which the owner must not
// deliver if the message was not a request. The error of a refused compare-and-set shows
// only the beginning of the two values.
//
// Source: src/maelstrom/service.clj.
package services

import (
	"math/rand/v2"

	"gossipbench/node/wire"
)

// Service answers requests.
type Service interface {
	// Handle answers a request of client and returns the type and the fields of the
	// reply. body is a JSON object; Handle does not keep it.
	Handle(client string, body []byte) (typ string, fields wire.Fields)
	// Size returns the size of the stored keys and values, in bytes as JSON texts. Old
	// states that are kept do not count.
	Size() int
}

// Names are the services that New can make.
var Names = [...]string{"lin-kv", "lin-tso", "lww-kv", "seq-kv"}

// New returns a service by its name, which must be one of Names. Its random numbers come
// from r only.
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

// linTSO returns the timestamps 0, 1, 2, …
type linTSO struct{ next int64 }

func (s *linTSO) Handle(_ string, body []byte) (string, wire.Fields) {
	if typ, _ := wire.Text(wire.Field(body, "type")); typ != "ts" {
		return unsupported(typ)
	}
	s.next++
	return "ts_ok", wire.Fields(nil).Int("ts", s.next-1)
}

func (s *linTSO) Size() int { return 0 }

// linKV is a single atomic map.
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
