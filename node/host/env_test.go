package host

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

func TestTimers(t *testing.T) {
	timers := handle(func(env server.Env) server.Handlers {
		say := func(what string) func() {
			return func() { env.Send("n0", what, wire.Fields(nil).Int("ms", env.Now().Milliseconds())) }
		}
		return server.Handlers{"go": func(server.Message) {
			env.After(30*time.Millisecond, say("third"))
			env.After(10*time.Millisecond, say("first"))
			never := env.After(15*time.Millisecond, say("never"))
			env.After(10*time.Millisecond, func() {
				say("second")()
				env.Cancel(never)
				env.Cancel(never)
				env.After(time.Hour, say("last"))
			})
			env.Cancel(0)
		}}
	})
	run(t, timers, func(w *world) {
		w.sleepUntil(time.Second)
		w.init() // the node's clock starts here
		w.say("c1", `{"type":"go"}`)
		w.sleepUntil(time.Second + 9999*time.Microsecond)
		w.want()
		w.sleepUntil(time.Second + 10*time.Millisecond)
		w.want(`n0 {"type":"first","ms":10}`, `n0 {"type":"second","ms":10}`)
		w.sleepUntil(time.Second + 30*time.Millisecond)
		w.want(`n0 {"type":"third","ms":30}`)
		w.sleepUntil(2 * time.Hour)
		w.want(`n0 {"type":"last","ms":3600010}`)
	})
}

// TestNoTimerStarvesLines tests that lines are handled even if a timer sets itself
// again with no delay, forever.
func TestNoTimerStarvesLines(t *testing.T) {
	restless := handle(func(env server.Env) server.Handlers {
		stopped := false
		var again func()
		again = func() {
			if !stopped {
				env.After(0, again)
			}
		}
		return server.Handlers{"go": func(server.Message) { again() }, "stop": func(m server.Message) { stopped = true; env.Reply(m, "stopped", nil) }}
	})
	run(t, restless, func(w *world) {
		w.init()
		if _, err := w.stdin.Write([]byte(`{"src":"c1","body":{"type":"go"}}` + "\n")); err != nil { // the node is never idle from here on
			t.Fatal(err)
		}
		w.say("c1", `{"type":"stop","msg_id":2}`)
		w.want(`c1 {"type":"stopped","in_reply_to":2}`)
	})
}

func TestCalls(t *testing.T) {
	caller := handle(func(env server.Env) server.Handlers {
		var handle server.Handle
		return server.Handlers{
			"call": func(m server.Message) {
				handle = env.Call("lin-kv", "read", wire.Fields(nil).Int("key", 1), time.Second, func(reply server.Message, err *wire.Error) {
					if err != nil {
						server.Fail(env, m, err.Code, "%s", err.Text)
					} else {
						env.Reply(m, "ok", wire.Fields(nil).Raw("value", wire.Field(reply.Body, "value")))
					}
				})
			},
			"cancel": func(server.Message) { env.Cancel(handle) },
			"wait":   func(server.Message) { env.After(time.Second, func() { env.Send("n0", "waited", nil) }) },
		}
	})
	run(t, caller, func(w *world) {
		w.init()
		id := w.started.UnixMicro()
		call := func() {
			id++
			w.say("c1", `{"type":"call","msg_id":7}`)
			w.want(fmt.Sprintf(`lin-kv {"type":"read","msg_id":%d,"key":1}`, id))
		}
		answer := func(body string, want ...string) {
			t.Helper()
			w.say("lin-kv", fmt.Sprintf(body, id))
			w.want(want...)
		}
		const ok, failed, late = `{"type":"read_ok","value":[5],"in_reply_to":%d}`, `{"type":"error","code":20,"text":"no key","in_reply_to":%d}`,
			`c1 {"type":"error","in_reply_to":7,"code":0,"text":"no reply in time"}`

		call()
		answer(ok, `c1 {"type":"ok","in_reply_to":7,"value":[5]}`)
		answer(ok) // duplicate
		call()
		answer(failed, `c1 {"type":"error","in_reply_to":7,"code":20,"text":"no key"}`)
		call()
		w.sleepUntil(999 * time.Millisecond)
		w.want()
		w.sleepUntil(time.Second)
		w.want(late)
		answer(ok) // late
		call()
		w.say("c1", `{"type":"cancel"}`, `{"type":"cancel"}`)
		answer(ok) // cancelled
		call()
		first := id
		call()
		answer(ok, `c1 {"type":"ok","in_reply_to":7,"value":[5]}`)
		id = first
		answer(ok, `c1 {"type":"ok","in_reply_to":7,"value":[5]}`)
		id = first + 1

		// A timer has a number as well, but no reply can expire it.
		w.say("c1", `{"type":"wait"}`)
		id++
		answer(ok)
		w.sleepUntil(2 * time.Second)
		w.want(`n0 {"type":"waited"}`)
	})
}

// TestRestartedNode tests that a node never reuses the numbers of calls of a former
// life, even one a millisecond earlier.
func TestRestartedNode(t *testing.T) {
	caller := handle(func(env server.Env) server.Handlers {
		return server.Handlers{"call": func(server.Message) {
			env.Call("n0", "x", nil, time.Second, func(server.Message, *wire.Error) { env.Send("n0", "over", nil) })
		}}
	})
	run(t, caller, func(w *world) {
		w.sleepUntil(time.Millisecond)
		w.init()
		w.say("c1", `{"type":"call"}`)
		w.stdout.take()
		for former := range int64(500) {
			w.say("n0", fmt.Sprintf(`{"type":"x_ok","in_reply_to":%d}`, w.started.UnixMicro()-1000+former))
		}
		w.want()
		w.sleepUntil(2 * time.Second)
		w.want(`n0 {"type":"over"}`)
	})
}

// TestPendingTwin compares the heap with a sorted slice.
func TestPendingTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pending
		var twin []*item
		for _, step := range rapid.SliceOf(rapid.IntRange(-3, 10)).Draw(t, "steps") {
			if step >= 0 {
				twin = append(twin, p.add(time.Duration(step)))
			} else if len(twin) > 0 {
				i := rapid.IntRange(0, len(twin)-1).Draw(t, "removed")
				p.remove(twin[i])
				twin = slices.Delete(twin, i, i+1)
			}
		}
		slices.SortStableFunc(twin, func(a, b *item) int { return int(a.due - b.due) })
		for _, want := range twin {
			if got := p.heap[0]; got != want || p.items[got.handle] != got {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			p.remove(want)
		}
		if len(p.heap) > 0 || len(p.items) > 0 {
			t.Fatalf("%d and %d items left, want none", len(p.heap), len(p.items))
		}
	})
}
