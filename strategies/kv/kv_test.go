package kv_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/server"
)

// world is one key of a store behind a network that loses, delays and duplicates
// messages. A sequential store also answers and refuses by past states.
type world struct {
	rand    *rand.Rand
	stale   bool
	now     time.Duration
	events  events
	states  []string // of the key, the newest last; "" is a missing key
	shown   map[string]int
	pending map[server.Handle]bool
	last    server.Handle
}

type event struct {
	at time.Duration
	f  func()
}

type events []event

func (q events) Len() int           { return len(q) }
func (q events) Less(i, j int) bool { return q[i].at < q[j].at }
func (q events) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)        { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

func (w *world) at(d time.Duration, f func()) { heap.Push(&w.events, event{w.now + d, f}) }

// carry calls f zero to two times, each after a random delay.
func (w *world) carry(f func()) {
	copies := []int{0, 1, 1, 1, 2, 2}[w.rand.IntN(6)]
	for range copies {
		w.at(time.Duration(w.rand.Int64N(int64(50*time.Millisecond))), f)
	}
}

// env is the Env of one node.
type env struct {
	*world
	server.Env
	name string
}

func (e env) Now() time.Duration { return e.now }

func (e env) After(d time.Duration, f func()) server.Handle {
	e.at(d, f)
	return 0
}

func (e env) Call(_, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	w := e.world
	w.last++
	h := w.last
	w.pending[h] = true
	end := func(m server.Message, err *wire.Error) {
		if w.pending[h] {
			delete(w.pending, h)
			done(m, err)
		}
	}
	body := append([]byte{'{'}, fields[1:]...)
	body = append(body, '}')
	w.at(timeout, func() { end(server.Message{}, &wire.Error{Code: wire.Timeout}) })
	w.carry(func() {
		m, err := w.serve(e.name, typ, body)
		w.carry(func() { end(m, err) })
	})
	return h
}

// serve answers a request. A compare-and-set runs on the newest state, or is
// refused by a past one.
func (w *world) serve(node, typ string, body []byte) (server.Message, *wire.Error) {
	newest := len(w.states) - 1
	index := newest
	if w.stale {
		oldest := max(w.shown[node], newest-5)
		index = oldest + w.rand.IntN(newest-oldest+1)
	}
	from := string(wire.Field(body, "from"))
	if from == "null" {
		from = ""
	}
	if typ == "cas" && w.states[index] == from {
		index = newest
	}
	w.shown[node] = index
	now := w.states[index]
	switch {
	case typ == "cas" && now == from:
		w.states = append(w.states, string(wire.Field(body, "to")))
		w.shown[node]++
		return server.Message{}, nil
	case now == "":
		return server.Message{}, &wire.Error{Code: wire.KeyDoesNotExist}
	case typ == "cas":
		return server.Message{}, &wire.Error{Code: wire.PreconditionFailed}
	}
	return server.Message{Body: []byte(`{"value":` + now + `}`)}, nil
}

// counter is a node that increments the key, one attempt at a time.
type counter struct {
	*world
	store kv.Store
	name  string
	names kv.Names
	seen  string
	fates map[string]kv.Fate // of its attempts, by name
}

func count(state string) int64 {
	n, _ := wire.Int(wire.Field([]byte(state), "n"))
	return n
}

func marks(state string) kv.Marks { return kv.ReadMarks(wire.Field([]byte(state), "by")) }

func (c *counter) next(left int) {
	if left == 0 {
		return
	}
	from, name := c.seen, c.names.Next()
	to := fmt.Sprintf(`{"n":%d,"by":%s}`, count(from)+1, marks(from).With(c.name, name).Append(nil))
	var text []byte
	if from != "" {
		text = []byte(from)
	}
	c.store.Try(kv.Attempt{
		Key: "k", From: text, To: []byte(to), Until: c.now + 2*time.Second,
		Fate: func(now []byte) kv.Fate {
			switch {
			case marks(string(now)).Wrote(c.name, name):
				return kv.Done
			case count(string(now)) > count(from):
				return kv.Dead
			}
			return kv.Open
		},
	}, func(fate kv.Fate, now []byte) {
		c.fates[name] = fate
		if count(string(now)) > count(c.seen) {
			c.seen = string(now)
		}
		c.next(left - 1)
	})
}

// TestTry tests that a Done attempt was done exactly once, and a Dead one never,
// with any loss, duplication, delay and past state.
func TestTry(t *testing.T) {
	done, dead, open := 0, 0, 0
	for seed := range uint64(60) {
		w := &world{rand: rand.New(rand.NewPCG(seed, 1)), stale: seed%2 == 1, states: []string{""}, shown: map[string]int{}, pending: map[server.Handle]bool{}}
		var all []*counter
		for i := range 3 {
			name := fmt.Sprint("n", i)
			c := &counter{world: w, name: name, fates: map[string]kv.Fate{}, store: kv.Store{Env: env{world: w, name: name}, Name: "kv", Wait: 100 * time.Millisecond}}
			all = append(all, c)
			c.next(20)
		}
		for len(w.events) > 0 {
			e := heap.Pop(&w.events).(event)
			w.now = e.at
			e.f()
		}
		for _, c := range all {
			for name, fate := range c.fates {
				times := 0
				for i, state := range w.states {
					if i > 0 && marks(state).Wrote(c.name, name) && !marks(w.states[i-1]).Wrote(c.name, name) {
						times++
					}
				}
				switch {
				case fate == kv.Done && times != 1, fate == kv.Dead && times != 0, times > 1:
					t.Errorf("seed %d: %s of %s is %v, and was done %d times", seed, name, c.name, fate, times)
				}
				switch fate {
				case kv.Done:
					done++
				case kv.Dead:
					dead++
				default:
					open++
				}
			}
			if len(c.fates) != 20 {
				t.Errorf("seed %d: %s made %d attempts, want 20", seed, c.name, len(c.fates))
			}
		}
		if sorted := slices.IsSortedFunc(w.states, func(a, b string) int { return int(count(a) - count(b)) }); !sorted {
			t.Errorf("seed %d: the count went back: %v", seed, w.states)
		}
	}
	if done < 500 || dead < 500 {
		t.Errorf("%d attempts were done, %d dead and %d open: the test proves too little", done, dead, open)
	}
	t.Logf("%d done, %d dead, %d open", done, dead, open)
}
