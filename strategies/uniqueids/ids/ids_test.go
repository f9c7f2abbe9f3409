package ids

import (
	"math/rand/v2"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// env stores the last id, the last message, and the last timer's function.
type env struct {
	server.Env
	now     time.Duration
	id      string
	told    string
	expired func()
}

func (e *env) Now() time.Duration { return e.now }
func (e *env) Reply(_ server.Message, _ string, fields wire.Fields) {
	e.id, _ = wire.Text(wire.Field([]byte("{"+string(fields[1:])+"}"), "id"))
}
func (e *env) Send(to, typ string, fields wire.Fields) { e.told = to + " " + typ + string(fields) }
func (e *env) After(_ time.Duration, f func()) server.Handle {
	e.expired = f
	return 1
}

var all = []server.Spec{UUID, Flake, Counter, Lamport}

func start(t *testing.T, spec server.Spec, e *env, self string, life uint64, disk server.Disk) server.Handlers {
	t.Helper()
	params, errs := spec.Check(nil)
	if errs != nil {
		t.Fatal(errs)
	}
	handlers, err := spec.New(params).Start(e, server.Config{Self: self, Nodes: []string{"n0", "n1"}, Rand: rand.New(rand.NewPCG(life, uint64(self[1]))), Disk: disk})
	if err != nil {
		t.Fatal(err)
	}
	return handlers
}

// TestNoneTwice makes more ids than flake can in one millisecond, on two nodes with
// three lives each.
func TestNoneTwice(t *testing.T) {
	for _, spec := range all {
		t.Run(spec.Name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, self := range []string{"n0", "n1"} {
				disk := server.Memory{}
				for life := range uint64(3) {
					e := &env{}
					handlers := start(t, spec, e, self, life, disk)
					for i := range 70000 {
						if i%30000 == 0 {
							e.now += time.Millisecond
						}
						handlers.Handle(e, server.Message{Type: "generate"})
						if e.id == "" || seen[e.id] {
							t.Fatalf("life %d of %s: id %q is repeated or empty", life, self, e.id)
						}
						seen[e.id] = true
					}
				}
			}
		})
	}
}

func TestForm(t *testing.T) {
	for _, tt := range []struct {
		spec          server.Spec
		first, second string
	}{
		{Flake, "0000000000000005-00000001-0000", "0000000000000005-00000001-0001"},
		{Counter, "n1-0", "n1-1"},
		{Lamport, "0-n1", "1-n1"},
	} {
		e := &env{now: 5 * time.Millisecond}
		handlers := start(t, tt.spec, e, "n1", 0, server.Memory{})
		for _, want := range []string{tt.first, tt.second} {
			if handlers.Handle(e, server.Message{Type: "generate"}); e.id != want {
				t.Errorf("%s: got %s, want %s", tt.spec.Name, e.id, want)
			}
		}
	}
}

// TestClock tests that ids come after every clock that the node has received.
func TestClock(t *testing.T) {
	e := &env{}
	handlers := start(t, Lamport, e, "n1", 0, server.Memory{})
	for _, body := range []string{`{"clock":40}`, `{"clock":7}`, `{"clock":-1}`, `{"clock":18446744073709551615}`, `{}`} {
		handlers.Handle(e, server.Message{Src: "n0", Type: "clock", Body: []byte(body)})
	}
	if handlers.Handle(e, server.Message{Type: "generate"}); e.id != "40-n1" {
		t.Errorf("got %s, want 40-n1", e.id)
	}
	e.expired()
	if want := `n0 clock,"clock":41`; e.told != want {
		t.Errorf("told %s, want %s", e.told, want)
	}
}

// TestSpoiltDisk tests that a node does not start if it cannot parse its bound.
func TestSpoiltDisk(t *testing.T) {
	if _, err := Counter.New(nil).Start(&env{}, server.Config{Self: "n0", Nodes: []string{"n0"}, Disk: server.Memory{boundKey: []byte("?")}}); err == nil {
		t.Error("got a node, want an error")
	}
}
