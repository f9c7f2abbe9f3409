package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// start makes a Service from a function.
type start func(server.Env, server.Config) (server.Handlers, error)

func (f start) Start(env server.Env, c server.Config) (server.Handlers, error) { return f(env, c) }

// handle makes a Service from handlers.
func handle(handlers func(server.Env) server.Handlers) server.Service {
	return start(func(env server.Env, _ server.Config) (server.Handlers, error) { return handlers(env), nil })
}

var echo = handle(func(env server.Env) server.Handlers {
	return server.Handlers{"echo": func(m server.Message) {
		env.Reply(m, "echo_ok", wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo")))
	}}
})

// world is the environment of a node. Its clock is that of testing/synctest, so it
// is used in a bubble. At the end of a test the bubble waits for the node's
// goroutines, so a leaked one is reported.
type world struct {
	t       *testing.T
	stdin   *io.PipeWriter
	stdout  buffer
	stderr  buffer
	stop    context.CancelFunc
	ended   chan error
	started time.Time
}

// buffer stores what was written. It has a lock, since timers of a bubble do not
// synchronize for the race detector.
type buffer struct {
	mu     sync.Mutex
	text   []byte
	writes int
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	b.writes++
	return len(p), nil
}

// take returns what was written since the last take, and the number of writes.
func (b *buffer) take() (text string, writes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, writes = string(b.text), b.writes
	b.text, b.writes = nil, 0
	return text, writes
}

// run plays a conversation with a node, to the end of its input.
func run(t *testing.T, s server.Service, talk func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, s)
		talk(w)
		_ = w.stdin.Close()
		if err := <-w.ended; err != nil {
			t.Errorf("Run: got error %v, want none", err)
		}
		w.want()
		w.wantLog("")
	})
}

// begin runs a node that waits for init.
func begin(t *testing.T, s server.Service) *world {
	r, stdin := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	w := &world{t: t, stdin: stdin, stop: stop, ended: make(chan error, 1), started: time.Now()}
	go func() { w.ended <- Run(ctx, s, Options{Stdin: r, Stdout: &w.stdout, Stderr: &w.stderr, Seed: 5}) }()
	return w
}

// init makes the node n1 of n0, n1.
func (w *world) init() {
	w.t.Helper()
	w.say("c1", `{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n0","n1"]}`)
	w.want(`c1 {"type":"init_ok","in_reply_to":1}`)
}

// say sends bodies to the node.
func (w *world) say(src string, bodies ...string) {
	var lines []byte
	for _, body := range bodies {
		lines = wire.AppendEnvelope(lines, src, "n1", []byte(body))
	}
	w.raw(string(lines))
}

func (w *world) raw(lines string) {
	if _, err := io.WriteString(w.stdin, lines); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// sleepUntil sleeps until a time since the start of the test.
func (w *world) sleepUntil(d time.Duration) {
	time.Sleep(d - time.Since(w.started))
	synctest.Wait()
}

// want compares what the node has sent since, as "dest body", and returns the
// number of writes.
func (w *world) want(lines ...string) (writes int) {
	w.t.Helper()
	text, writes := w.stdout.take()
	var got []string
	for line := range strings.Lines(text) {
		var m wire.Message
		if err := m.Parse([]byte(line)); err != nil || string(m.Src) != "n1" {
			w.t.Fatalf("the node printed %q: %v", line, err)
		}
		got = append(got, fmt.Sprintf("%s %s", m.Dest, m.Body))
	}
	if got, want := strings.Join(got, "\n"), strings.Join(lines, "\n"); got != want {
		w.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	return writes
}

func (w *world) wantLog(want string) {
	w.t.Helper()
	if got, _ := w.stderr.take(); got != want {
		w.t.Errorf("stderr: got\n%s\nwant\n%s", got, want)
	}
}

func TestConversation(t *testing.T) {
	run(t, echo, func(w *world) {
		w.say("c1", `{"type":"echo","msg_id":0}`)
		w.want(`c1 {"type":"error","in_reply_to":0,"code":11,"text":"this node waits for init"}`)
		w.wantLog("n1: ignored \"echo\" from c1; no more of that type will be reported\n")
		w.say("c1", `{"type":"init","msg_id":1,"node_id":"n9","node_ids":["n0","n1"]}`)
		w.want(`c1 {"type":"error","in_reply_to":1,"code":12,"text":"init: want a node_id that is among node_ids, got \"n9\" and [\"n0\" \"n1\"]"}`)
		w.wantLog("n1: malformed init: want a node_id that is among node_ids, got \"n9\" and [\"n0\" \"n1\"]\n")
		w.init()
		w.say("c1", `{"type":"echo","msg_id":0,"echo":[1]}`, `{"type":"echo","msg_id":3,"echo":"a\u0000"}`, `{"type":"echo","echo":1}`)
		w.want(`c1 {"type":"echo_ok","in_reply_to":0,"echo":[1]}`, `c1 {"type":"echo_ok","in_reply_to":3,"echo":"a\u0000"}`)
		w.say("c1", `{"type":"init","msg_id":4,"node_id":"n1","node_ids":["n1"]}`)
		w.want(`c1 {"type":"error","in_reply_to":4,"code":12,"text":"init: this node is n1 already"}`)
		w.say("c1", `{"type":"generate","msg_id":5}`)
		w.want(`c1 {"type":"error","in_reply_to":5,"code":10,"text":"no such request: \"generate\""}`)
		w.say("n0", `{"type":"rumor"}`, `{"type":"rumor"}`, `{}`, `{"type":"rumor"}`, `{"type":"echo_ok","in_reply_to":77}`)
		w.wantLog("n1: ignored \"rumor\" from n0; no more of that type will be reported\n" +
			"n1: ignored \"\" from n0; no more of that type will be reported\n")
	})
}

func TestMalformedLines(t *testing.T) {
	run(t, echo, func(w *world) {
		w.raw("hello\n")
		w.wantLog("node: malformed line: byte 0: want an object, got \"hello\": \"hello\"\n")
		w.init()
		w.raw("\n{\"src\":\"c1\",\"body\":[]}\n{\"body\":{\"type\":\"echo\",\"msg_id\":1}}\n")
		w.wantLog("n1: malformed line: byte 0: want an object, got the end of the line: \"\"\n" +
			"n1: malformed line: byte 19: want body to be an object, got \"[]}\": \"{\\\"src\\\":\\\"c1\\\",\\\"body\\\":[]}\"\n" +
			"n1: malformed line: no src: \"{\\\"body\\\":{\\\"type\\\":\\\"echo\\\",\\\"msg_id\\\":1}}\"\n")
		w.say("c1", `{"type":"echo","msg_id":2,"echo":1}`)
		w.want(`c1 {"type":"echo_ok","in_reply_to":2,"echo":1}`)
		w.raw(`{"src":"c1","body":{"type":"echo","msg_id":3,"echo":2}}`) // without a newline
		_ = w.stdin.Close()
		synctest.Wait()
		w.want(`c1 {"type":"echo_ok","in_reply_to":3,"echo":2}`)
	})
}

// TestLongLine sends a line that kills a node of Maelstrom's Go library.
func TestLongLine(t *testing.T) {
	run(t, echo, func(w *world) {
		w.init()
		long := strings.Repeat("x", 10<<20)
		w.say("c1", `{"type":"echo","msg_id":1,"echo":"`+long+`"}`)
		w.want(`c1 {"type":"echo_ok","in_reply_to":1,"echo":"` + long + `"}`)
	})
}

// TestBatches counts writes: one for all lines that arrived together, and none is
// delayed.
func TestBatches(t *testing.T) {
	run(t, echo, func(w *world) {
		w.init()
		w.say("c1", `{"type":"echo","msg_id":1,"echo":1}`)
		if writes := w.want(`c1 {"type":"echo_ok","in_reply_to":1,"echo":1}`); writes != 1 {
			t.Errorf("got %d writes for a request, want 1", writes)
		}
		requests, replies := make([]string, 500), make([]string, 500)
		for i := range requests {
			requests[i] = fmt.Sprintf(`{"type":"echo","msg_id":%d,"echo":1}`, i)
			replies[i] = fmt.Sprintf(`c1 {"type":"echo_ok","in_reply_to":%d,"echo":1}`, i)
		}
		w.say("c1", requests...)
		if writes := w.want(replies...); writes != 1 {
			t.Errorf("got %d writes for 500 requests, want 1", writes)
		}
	})
}

func TestChance(t *testing.T) {
	draw := start(func(env server.Env, c server.Config) (server.Handlers, error) {
		return server.Handlers{"draw": func(m server.Message) { env.Reply(m, "ok", wire.Fields(nil).Uint("n", c.Rand.Uint64())) }}, nil
	})
	run(t, draw, func(w *world) {
		w.init()
		w.say("c1", `{"type":"draw","msg_id":1}`)
		w.want(fmt.Sprintf(`c1 {"type":"ok","in_reply_to":1,"n":%d}`, broadcast.NewRand(5, 1).Uint64()))
	})
}

// TestEnds tests how a node ends before its input does.
func TestEnds(t *testing.T) {
	bad := handle(func(env server.Env) server.Handlers {
		return server.Handlers{
			"now":   func(m server.Message) { env.Reply(m, "last words", nil); panic("ouch") },
			"later": func(server.Message) { env.After(time.Second, func() { panic("ouch") }) },
			"call": func(server.Message) {
				env.Call("n0", "x", nil, time.Second, func(server.Message, *wire.Error) { panic("ouch") })
			},
		}
	})
	unfit := start(func(server.Env, server.Config) (server.Handlers, error) { return nil, errors.New("too few nodes") })
	dead := start(func(server.Env, server.Config) (server.Handlers, error) { panic("ouch") })
	gone := errors.New("gone")
	const call = `n0 {"type":"x","msg_id":946684800000001}` // from the bubble's clock, 2000-01-01 in µs
	for _, tt := range []struct {
		name    string
		service server.Service
		talk    func(*world)
		want    string
		sent    []string
	}{
		{"panic", bad, func(w *world) { w.init(); w.say("c1", `{"type":"now","msg_id":2}`) }, "panic at now from c1: ouch",
			[]string{`c1 {"type":"last words","in_reply_to":2}`}},
		{"panic of a timer", bad, func(w *world) { w.init(); w.say("c1", `{"type":"later"}`); time.Sleep(2 * time.Second) }, "panic at timer: ouch", nil},
		{"panic of a call", bad, func(w *world) { w.init(); w.say("c1", `{"type":"call"}`); time.Sleep(2 * time.Second) }, "panic at timeout: ouch",
			[]string{call}},
		{"panic at start", dead, func(w *world) { w.say("c1", `{"type":"init","node_id":"n1","node_ids":["n1"]}`) }, "panic at start: ouch", nil},
		{"unfit", unfit, func(w *world) { w.say("c1", `{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}`) }, "too few nodes",
			[]string{`c1 {"type":"error","in_reply_to":1,"code":14,"text":"too few nodes"}`}},
		{"stopped", echo, func(w *world) { w.init(); w.stop() }, "context canceled", nil},
		{"stopped before init", echo, func(w *world) { w.stop() }, "context canceled", nil},
		{"input fails", echo, func(w *world) { w.init(); _ = w.stdin.CloseWithError(gone) }, "input: gone", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, tt.service)
				tt.talk(w)
				if err := <-w.ended; err == nil || err.Error() != tt.want {
					t.Errorf("got error %v, want %s", err, tt.want)
				}
				w.want(tt.sent...)
				log, _ := w.stderr.take()
				if panicked := strings.Contains(log, "host_test.go"); panicked != strings.HasPrefix(tt.want, "panic") {
					t.Errorf("want a stack after a panic, and only then, got %s", log)
				}
				_ = w.stdin.Close()
			})
		})
	}
}

func TestOutputFails(t *testing.T) {
	in := `{"src":"c1","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}` + "\n"
	r, w := io.Pipe()
	_ = r.Close()
	err := Run(t.Context(), echo, Options{Stdin: strings.NewReader(in), Stdout: w, Stderr: io.Discard})
	if want := "output: io: read/write on closed pipe"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
