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

// Committed are the committed offsets of all keys in lin-kv. Each node has records
// there of what was committed by it, in which nobody else writes; the committed
// offset of a key is the highest of all nodes', so it never goes back. A commit is
// one write that no other node can get in the way of, whatever the key, and whoever
// lists offsets, which is rarer, reads the records of all nodes.
//
// Keys are spread over a fixed number of records, so a record grows with the number
// of keys, and not with the length of their logs.
type Committed struct {
	env     server.Env
	self    string
	nodes   []string
	records [records]record // of this node
}

// records of each node. Chosen: with a thousand keys a commit moves a kilobyte.
const records = 16

// record is one of a node's own.
type record struct {
	text    []byte           // as it lies in lin-kv, as far as the node knows; nil where it is missing
	offsets map[string]int64 // in text
	// mine says that text is of a write that was answered, the last one. Else one
	// that nobody answered for, or of a former life, may yet come to be, and be
	// shown to others.
	mine  bool
	busy  bool // a write is on its way
	wants []want
}

// want is a request to commit.
type want struct {
	positions []Position
	until     time.Duration
	answer    func(*wire.Error)
}

// NewCommitted returns the committed offsets as a node sees them.
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

// Commit has each committed offset be at least so much. An error does not say that
// none of them is: nobody knows.
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

// write commits all that is wanted of a record. There is one write at a time: it
// has the record as it was, for one of a former life may still be on its way.
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
	text, err := json.Marshal(next) // sorted
	if err != nil {
		panic(fmt.Sprintf("kafka: %v", err)) // such a map has JSON
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

// List reads the committed offsets of keys. It leaves those out that have none.
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

// Handlers answer the requests that are about committed offsets.
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
