package cas

import (
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// env stores the last message; the test answers calls.
type env struct {
	server.Env
	said string
	done func(server.Message, *wire.Error)
}

func (e *env) Now() time.Duration { return 0 }

func (e *env) Call(to, typ string, fields wire.Fields, _ time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	e.said, e.done = to+": "+typ+string(fields), done
	return 1
}

func (e *env) Reply(m server.Message, typ string, fields wire.Fields) {
	e.said = m.Src + ": " + typ + string(fields)
}

func (e *env) answer(body string, code wire.Code) {
	if code != 0 {
		e.done(server.Message{}, &wire.Error{Code: code})
		return
	}
	e.done(server.Message{Body: []byte(body)}, nil)
}

// TestLook tests look=first, which reads the end of a log before a write, and
// look=lost, which reads it only after a lost write.
func TestLook(t *testing.T) {
	const theirs = `{"value":{"msgs":[5],"by":[["n1","0.1"]]}}`
	for _, tt := range []struct {
		look    string
		answers []string // "" for a lost compare-and-set
		want    []string
	}{
		{"first", []string{theirs, `{}`}, []string{
			`lin-kv: read,"key":"log 0 k"`,
			`lin-kv: cas,"key":"log 0 k","from":{"msgs":[5],"by":[["n1","0.1"]]},"to":{"msgs":[5,6],"by":[["n1","0.1"],["n0","0.1"]]}`,
			`c1: send_ok,"offset":1`,
		}},
		{"lost", []string{"", theirs, `{}`}, []string{
			`lin-kv: cas,"key":"log 0 k","from":null,"to":{"msgs":[6],"by":[["n0","0.1"]]},"create_if_not_exists":true`,
			`lin-kv: read,"key":"log 0 k"`,
			`lin-kv: cas,"key":"log 0 k","from":{"msgs":[5],"by":[["n1","0.1"]]},"to":{"msgs":[5,6],"by":[["n1","0.1"],["n0","0.2"]]}`,
			`c1: send_ok,"offset":1`,
		}},
	} {
		params, errs := Spec.Check(map[string]string{"look": tt.look})
		if errs != nil {
			t.Fatal(errs)
		}
		e := &env{}
		handlers, err := Spec.New(params).Start(e, server.Config{Self: "n0", Nodes: []string{"n0", "n1"}, Disk: server.Memory{}})
		if err != nil {
			t.Fatal(err)
		}
		handlers.Handle(e, server.Message{Src: "c1", Type: "send", Body: []byte(`{"key":"k","msg":6}`)})
		for i, want := range tt.want {
			if e.said != want {
				t.Errorf("look %s, step %d\n got %s\nwant %s", tt.look, i, e.said, want)
			}
			if i < len(tt.answers) {
				code := wire.Code(0)
				if tt.answers[i] == "" {
					code = wire.PreconditionFailed
				}
				e.answer(tt.answers[i], code)
			}
		}
		// A poll reads lin-kv each time, since any node may have written.
		for range 2 {
			handlers.Handle(e, server.Message{Src: "c2", Type: "poll", Body: []byte(`{"offsets":{"k":1}}`)})
			if want := `lin-kv: read,"key":"log 0 k"`; e.said != want {
				t.Errorf("got %s, want %s", e.said, want)
			}
			e.answer(`{"value":{"msgs":[5,6,7],"by":[]}}`, 0)
			if want := `c2: poll_ok,"msgs":{"k":[[1,6],[2,7]]}`; e.said != want {
				t.Errorf("got %s, want %s", e.said, want)
			}
		}
	}
}
