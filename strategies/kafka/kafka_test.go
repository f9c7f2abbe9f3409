package kafka_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/node/wire"
	"gossipbench/strategies/kafka"
	"gossipbench/strategies/server"
)

// world is lin-kv and the Env of any number of nodes. Requests arrive in any order.
// Requests and answers may be lost. The time advances only if nothing else can
// happen.
type world struct {
	store  map[string]string
	events []func()
	now    time.Duration
	timers []*timer
	moved  int // bytes of requests and answers
	calls  int
	fate   func() string // "", lost, or unanswered
}

// life is the Env of a node until it is killed. After that nothing reaches the
// node, but its requests may still be executed.
type life struct {
	*world
	dead bool
}

func (l *life) After(d time.Duration, f func()) server.Handle {
	return l.world.After(d, func() {
		if !l.dead {
			f()
		}
	})
}

func (l *life) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	return l.world.Call(to, typ, fields, timeout, func(m server.Message, err *wire.Error) {
		if !l.dead {
			done(m, err)
		}
	})
}

type timer struct {
	at   time.Duration
	f    func()
	over bool
}

func (w *world) Now() time.Duration                        { return w.now }
func (w *world) Send(string, string, wire.Fields)          {}
func (w *world) Reply(server.Message, string, wire.Fields) {}
func (w *world) Cancel(server.Handle)                      {}

func (w *world) After(d time.Duration, f func()) server.Handle {
	w.timers = append(w.timers, &timer{at: w.now + d, f: f})
	return 0
}

func (w *world) Call(_, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	w.calls++
	late := &timer{at: w.now + timeout, f: func() { done(server.Message{}, &wire.Error{Code: wire.Timeout}) }}
	w.timers = append(w.timers, late)
	body := []byte(`{"type":""` + string(fields) + `}`)
	fate := w.fate()
	if fate == "lost" {
		return 0
	}
	w.events = append(w.events, func() {
		value, code := w.handle(typ, body)
		w.moved += len(body) + len(value)
		if fate == "unanswered" {
			return
		}
		w.events = append(w.events, func() {
			if late.over {
				return
			}
			late.over = true
			if code >= 0 {
				done(server.Message{}, &wire.Error{Code: code})
			} else {
				done(server.Message{Body: []byte(`{"value":` + value + `}`)}, nil)
			}
		})
	})
	return 0
}

// handle is lin-kv. A code of −1 means that it does not answer.
func (w *world) handle(typ string, body []byte) (string, wire.Code) {
	key, _ := wire.Text(wire.Field(body, "key"))
	now, has := w.store[key]
	switch {
	case typ == "read" && has:
		return now, -1
	case typ == "read":
		return "null", wire.KeyDoesNotExist
	case has && now != string(wire.Field(body, "from")):
		return "null", wire.PreconditionFailed
	case !has && wire.Field(body, "create_if_not_exists") == nil:
		return "null", wire.KeyDoesNotExist
	}
	w.store[key] = string(wire.Field(body, "to"))
	return "null", -1
}

// run executes all events, in an order that pick draws.
func (w *world) run(pick func(n int) int) {
	for {
		if n := len(w.events); n > 0 {
			i := pick(n)
			f := w.events[i]
			w.events = slices.Delete(w.events, i, i+1)
			f()
			continue
		}
		w.timers = slices.DeleteFunc(w.timers, func(t *timer) bool { return t.over })
		if len(w.timers) == 0 {
			return
		}
		first := w.timers[0]
		for _, t := range w.timers {
			if t.at < first.at {
				first = t
			}
		}
		w.now, first.over = max(w.now, first.at), true
		first.f()
	}
}

func newWorld() *world {
	return &world{store: map[string]string{}, fate: func() string { return "" }}
}

func (w *world) node(name string, disk server.Disk, o kafka.Options) *kafka.Logs {
	return (&life{world: w}).node(name, disk, o)
}

func (l *life) node(name string, disk server.Disk, o kafka.Options) *kafka.Logs {
	c := server.Config{Self: name, Nodes: []string{"n0", "n1", "n2"}, Disk: disk, Rand: rand.New(rand.NewPCG(1, 2))}
	if o.Sole == nil {
		o.Sole = func(string) bool { return false }
	}
	o.Backoff = time.Millisecond
	return kafka.NewLogs(l, c, server.Life(disk), o)
}

// read returns the log as a new node reads it.
func (w *world) read(t interface{ Fatalf(string, ...any) }, key string, segment int) []string {
	w.fate = func() string { return "" }
	var all []string
	for {
		before := len(all)
		w.node("n2", server.Memory{}, kafka.Options{Segment: segment, Batch: 1}).
			Poll([]kafka.Position{{Key: key, Offset: int64(before)}}, w.now+time.Hour, func(runs []kafka.Run, err *wire.Error) {
				if err != nil || runs[0].First != int64(before) {
					t.Fatalf("got %v, %v", runs, err)
				}
				for _, m := range runs[0].Messages {
					all = append(all, string(m))
				}
			})
		w.run(func(int) int { return 0 })
		if len(all) == before {
			return all
		}
	}
}

// TestAppend lets three nodes append to one log while requests and answers are lost
// and reordered and one node is restarted. Each acknowledged offset must hold its
// message, definite errors must be true, and no message may be in the log twice.
func TestAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		segment := rapid.IntRange(1, 5).Draw(t, "segment")
		o := kafka.Options{Segment: segment, Batch: rapid.IntRange(1, 4).Draw(t, "batch"), Look: rapid.Bool().Draw(t, "look")}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		w.fate = func() string { return []string{"", "", "", "", "lost", "unanswered"}[r.IntN(6)] }
		disk := server.Memory{}
		doomed := &life{world: w}
		nodes := []*kafka.Logs{doomed.node("n0", disk, o), w.node("n1", server.Memory{}, o), w.node("n2", server.Memory{}, o)}
		told, failed := map[int64]string{}, map[string]bool{}
		send := func(n *kafka.Logs, message string) {
			answered := false
			n.Append("k", []byte(message), w.now+4*time.Second, func(offset int64, err *wire.Error) {
				switch {
				case answered:
					t.Fatalf("%s was answered twice", message)
				case err == nil && told[offset] != "":
					t.Fatalf("offset %d was given to %s and %s", offset, told[offset], message)
				case err == nil:
					told[offset] = message
				case err.Code.Definite():
					failed[message] = true
				}
				answered = true
			})
		}
		for i := range 30 {
			send(nodes[r.IntN(3)], fmt.Sprint(i))
			for range r.IntN(6) {
				if n := len(w.events); n > 0 {
					j := r.IntN(n)
					f := w.events[j]
					w.events = slices.Delete(w.events, j, j+1)
					f()
				}
			}
			if i == 15 {
				doomed.dead = true
				nodes[0] = w.node("n0", disk, o)
			}
		}
		w.run(r.IntN)
		log := w.read(t, "k", segment)
		for offset, message := range told {
			if offset >= int64(len(log)) || log[offset] != message {
				t.Fatalf("offset %d was acknowledged for %s, got %v", offset, message, log)
			}
		}
		for i, message := range log {
			if failed[message] || slices.Contains(log[:i], message) {
				t.Fatalf("%s is in the log although it failed (%v), or is there twice: %v", message, failed[message], log)
			}
		}
	})
}

// TestLongLog tests that writes, polls of the end, and finding the end move only a
// few segments of a long log.
func TestLongLog(t *testing.T) {
	const messages, segment = 20000, 50
	w := newWorld()
	o := kafka.Options{Segment: segment, Batch: segment, Sole: func(string) bool { return true }}
	disk := server.Memory{}
	writer := w.node("n0", disk, o)
	first := func(int) int { return 0 }
	last := int64(-1)
	for i := range messages {
		writer.Append("k", []byte(fmt.Sprint(1000000+i)), time.Hour, func(offset int64, _ *wire.Error) { last = offset })
	}
	w.run(first)
	if last != messages-1 {
		t.Fatalf("got offset %d last, want %d", last, messages-1)
	}
	w.moved, w.calls = 0, 0
	again := w.node("n0", disk, o) // a new life must find the end
	var got string
	again.Poll([]kafka.Position{{Key: "k", Offset: messages - 1}}, w.now+time.Hour, func(runs []kafka.Run, err *wire.Error) {
		got = fmt.Sprintf("%d %s %v", runs[0].First, runs[0].Messages[0], err)
	})
	w.run(first)
	again.Append("k", []byte("7"), w.now+time.Hour, func(offset int64, _ *wire.Error) { last = offset })
	w.run(first)
	if got != "19999 1019999 <nil>" || last != messages {
		t.Errorf("got %s and offset %d, want the last message and offset %d", got, last, messages)
	}
	// 400 segments: nine steps that double, eight of the bisection, one read.
	if w.calls > 25 || w.moved > 25*segment*16 {
		t.Errorf("took %d requests and %d bytes", w.calls, w.moved)
	}
}

// TestCommitted lets three nodes commit offsets while messages are lost. A listed
// offset is never lower than one acknowledged or listed before.
func TestCommitted(t *testing.T) {
	for seed := range uint64(3000) {
		w := newWorld()
		r := rand.New(rand.NewPCG(seed, 0))
		w.fate = func() string { return []string{"", "", "", "lost", "unanswered"}[r.IntN(5)] }
		var nodes []*kafka.Committed
		lives := map[string]*life{}
		fresh := func(name string) *kafka.Committed {
			if lives[name] != nil {
				lives[name].dead = true
			}
			lives[name] = &life{world: w}
			return kafka.NewCommitted(lives[name], server.Config{Self: name, Nodes: []string{"n0", "n1", "n2"}})
		}
		for _, name := range []string{"n0", "n1", "n2"} {
			nodes = append(nodes, fresh(name))
		}
		floor := map[string]int64{}
		for range 40 {
			key, offset := fmt.Sprint("k", r.IntN(3)), r.Int64N(100)
			switch n := nodes[r.IntN(3)]; r.IntN(5) {
			case 0:
				nodes[0] = fresh("n0") // restarted
			case 1, 2:
				n.Commit([]kafka.Position{{Key: key, Offset: offset}}, w.now+4*time.Second, func(err *wire.Error) {
					if now, has := floor[key]; err == nil && (!has || offset > now) {
						floor[key] = offset
					}
				})
			default:
				before, had := floor[key]
				n.List([]string{key}, w.now+4*time.Second, func(list []kafka.Position, err *wire.Error) {
					switch {
					case err != nil:
					case had && (len(list) == 0 || list[0].Offset < before):
						t.Fatalf("seed %d: %s: listed %v after %d", seed, key, list, before)
					case len(list) > 0:
						floor[key] = max(floor[key], list[0].Offset)
					}
				})
			}
			if r.IntN(3) == 0 {
				w.run(r.IntN)
			}
		}
		w.run(r.IntN)
	}
}
