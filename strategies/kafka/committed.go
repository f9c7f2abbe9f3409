package kafka

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/service"
)

// Committed are the committed offsets of all keys, each under a key of its own in
// lin-kv. None ever goes back. What a node has seen of one is the least that it can
// be, so a node need ask nobody before it commits what has been committed already.
type Committed struct {
	env  service.Env
	seen map[string]int64
	keys map[string]*committing
}

// committing is an offset on its way.
type committing struct {
	wants []want
	busy  bool
}

type want struct {
	offset int64
	until  time.Duration
	answer func(*wire.Error)
}

// NewCommitted returns the committed offsets as a node sees them.
func NewCommitted(env service.Env) *Committed {
	return &Committed{env: env, seen: map[string]int64{}, keys: map[string]*committing{}}
}

func committedKey(key string) string { return "committed " + key }

// Commit has each committed offset be at least so much. An error does not say that
// none of them is: nobody knows.
func (c *Committed) Commit(positions []Position, until time.Duration, then func(*wire.Error)) {
	one := all(len(positions), then)
	for _, p := range positions {
		if c.keys[p.Key] == nil {
			c.keys[p.Key] = &committing{}
		}
		k := c.keys[p.Key]
		k.wants = append(k.wants, want{p.Offset, until, one})
		if !k.busy {
			c.next(p.Key, k)
		}
	}
}

// next commits the highest of the offsets that are wanted, one write at a time.
func (c *Committed) next(key string, k *committing) {
	now, has := c.seen[key]
	highest := now
	wants := k.wants
	k.wants = nil
	for _, w := range wants {
		switch {
		case has && w.offset <= now:
			w.answer(nil)
		case c.env.Now() >= w.until:
			w.answer(&wire.Error{Code: wire.Timeout, Text: "the offset could not be committed in time"})
		default:
			if len(k.wants) == 0 {
				highest = w.offset
			}
			highest = max(highest, w.offset)
			k.wants = append(k.wants, w)
		}
	}
	k.busy = len(k.wants) > 0
	if !k.busy {
		return
	}
	var from []byte
	if has {
		from = wire.AppendInts(nil, []int64{now})
	}
	store{c.env}.swap(committedKey(key), from, wire.AppendInts(nil, []int64{highest}), func(done bool) {
		if done {
			c.see(key, highest)
			c.next(key, k)
			return
		}
		c.look(key, k.wants[0].until, func(*wire.Error) { c.next(key, k) })
	})
}

func (c *Committed) see(key string, offset int64) {
	if now, has := c.seen[key]; !has || offset > now {
		c.seen[key] = offset
	}
}

// look reads a committed offset.
func (c *Committed) look(key string, until time.Duration, then func(*wire.Error)) {
	store{c.env}.get(committedKey(key), until, func(text []byte, err *wire.Error) {
		if offsets, ok := wire.Ints[int64](nil, text); err == nil && ok && len(offsets) == 1 {
			c.see(key, offsets[0])
		}
		then(err)
	})
}

// List reads the committed offsets of keys. It leaves those out that have none.
func (c *Committed) List(keys []string, until time.Duration, then func([]Position, *wire.Error)) {
	one := all(len(keys), func(err *wire.Error) {
		var list []Position
		for _, key := range keys {
			if offset, has := c.seen[key]; has {
				list = append(list, Position{key, offset})
			}
		}
		then(list, err)
	})
	for _, key := range keys {
		c.look(key, until, one)
	}
}

// Handlers answer the requests that are about committed offsets.
func (c *Committed) Handlers() service.Handlers {
	return service.Handlers{
		"commit_offsets": func(m service.Message) {
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
		"list_committed_offsets": func(m service.Message) {
			if keys, ok := ReadKeys(c.env, m); ok {
				c.List(keys, c.env.Now()+Patience, func(list []Position, err *wire.Error) { AnswerList(c.env, m, list, err) })
			}
		},
	}
}
