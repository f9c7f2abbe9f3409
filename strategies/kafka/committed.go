package kafka

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// Committed are the committed offsets of all keys in lin-kv. Each node has its own
// records there, which no other node writes. The committed offset of a key is the
// maximum over all nodes, so it never goes back. A commit is one write, which no
// other node can delay. Listing offsets is rarer; it reads the records of all
// nodes.
//
// The keys are spread over a fixed number of records, so a record grows with the
// number of keys, not with the length of logs.
type Committed struct {
	env     server.Env
	self    string
	nodes   []string
	records [records]record // of this node
}

// records is the number of records of each node. Chosen: with a thousand keys a
// commit moves a kilobyte.
const records = 16

// record is one of the node's records.
type record struct {
	text    []byte           // the value in lin-kv, as far as the node knows; nil if missing
	offsets map[string]int64 // parsed text
	// mine is true if the node's last write was acknowledged and stored text.
	// Otherwise an unanswered write, or one of a former life, may still take effect
	// and be visible to others.
	mine  bool
	busy  bool // a write is in flight
	wants []want
}

// want is a request to commit.
type want struct {
	positions []Position
	until     time.Duration
	answer    func(*wire.Error)
}

// NewCommitted returns the committed offsets for a node.
func NewCommitted(env server.Env, c server.Config) *Committed {
	return &Committed{env: env, self: c.Self, nodes: c.Nodes}
}

func recordOf(key string) int {
	f := fnv.New32a()
	f.Write([]byte(key))
	return int(f.Sum32() % records)
}

func recordKey(node string, number int) string {
	return "committed " + strconv.Itoa(number) + " " + node
}

func readRecord(text []byte) map[string]int64 {
	offsets := map[string]int64{}
	for key, value := range wire.Members(text) {
		if offset, ok := wire.Int(value); ok {
			offsets[string(key)] = offset
		}
	}
	return offsets
}

// Commit raises the committed offsets to at least positions. After an error some
// may be committed.
func (c *Committed) Commit(positions []Position, until time.Duration, then func(*wire.Error)) {
	var order []int
	parts := map[int][]Position{}
	for _, p := range positions {
		number := recordOf(p.Key)
		if parts[number] == nil {
			order = append(order, number)
		}
		parts[number] = append(parts[number], p)
	}
	one := all(len(order), then)
	for _, number := range order {
		r := &c.records[number]
		r.wants = append(r.wants, want{parts[number], until, one})
		if !r.busy {
			c.write(number)
		}
	}
}

// write commits all waiting requests of a record. There is one write at a time. It
// is a compare-and-set, since a write of a former life may still be in flight.
func (c *Committed) write(number int) {
	r := &c.records[number]
	next := map[string]int64{}
	for key, offset := range r.offsets {
		next[key] = offset
	}
	wants := r.wants
	r.wants = nil
	for _, w := range wants {
		news := false
		for _, p := range w.positions {
			now, has := r.offsets[p.Key]
			news = news || !has || p.Offset > now
		}
		switch {
		case !news:
			w.answer(nil)
		case c.env.Now() >= w.until:
			w.answer(&wire.Error{Code: wire.Timeout, Text: "the offsets could not be committed in time"})
		default:
			raise(next, w.positions)
			r.wants = append(r.wants, w)
		}
	}
	r.busy = len(r.wants) > 0
	if !r.busy {
		return
	}
	text, err := json.Marshal(next) // map keys are sorted
	if err != nil {
		panic(fmt.Sprintf("kafka: %v", err)) // the map can be encoded
	}
	key := recordKey(c.self, number)
	store(c.env).Swap(key, r.text, text, func(err *wire.Error) {
		if err == nil {
			r.text, r.offsets, r.mine = text, next, true
			c.write(number)
			return
		}
		r.mine = false
		store(c.env).Get(key, r.wants[0].until, func(text []byte, err *wire.Error) {
			if err == nil {
				r.text, r.offsets = text, readRecord(text)
			}
			c.write(number)
		})
	})
}

func raise(offsets map[string]int64, to []Position) {
	for _, p := range to {
		if now, has := offsets[p.Key]; !has || p.Offset > now {
			offsets[p.Key] = p.Offset
		}
	}
}

// List reads the committed offsets of keys. It omits keys without one.
func (c *Committed) List(keys []string, until time.Duration, then func([]Position, *wire.Error)) {
	var order []int
	asked := [records]bool{}
	for _, key := range keys {
		if number := recordOf(key); !asked[number] {
			asked[number] = true
			order = append(order, number)
		}
	}
	highest := map[string]int64{}
	take := func(offsets map[string]int64) {
		for key, offset := range offsets {
			raise(highest, []Position{{key, offset}})
		}
	}
	one := all(len(order)*len(c.nodes), func(err *wire.Error) {
		var list []Position
		for _, key := range keys {
			if offset, has := highest[key]; has {
				list = append(list, Position{key, offset})
			}
		}
		then(list, err)
	})
	for _, number := range order {
		for _, node := range c.nodes {
			if r := &c.records[number]; node == c.self && r.mine && !r.busy {
				take(r.offsets)
				one(nil)
				continue
			}
			store(c.env).Get(recordKey(node, number), until, func(text []byte, err *wire.Error) {
				take(readRecord(text))
				if r := &c.records[number]; node == c.self && err == nil && !r.mine && !r.busy {
					r.text, r.offsets = text, readRecord(text)
				}
				one(err)
			})
		}
	}
}

// Handlers returns the handlers for committed offsets.
func (c *Committed) Handlers() server.Handlers {
	return server.Handlers{
		"commit_offsets": func(m server.Message) {
			positions, ok := ReadPositions(c.env, m)
			if !ok {
				return
			}
			c.Commit(positions, c.env.Now()+Patience, func(err *wire.Error) {
				if err != nil {
					refuse(c.env, m, err)
					return
				}
				c.env.Reply(m, "commit_offsets_ok", nil)
			})
		},
		"list_committed_offsets": func(m server.Message) {
			if keys, ok := ReadKeys(c.env, m); ok {
				c.List(keys, c.env.Now()+Patience, func(list []Position, err *wire.Error) { AnswerList(c.env, m, list, err) })
			}
		},
	}
}
