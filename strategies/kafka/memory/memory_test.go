package memory

import (
	"fmt"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// env stores the last answer.
type env struct {
	server.Env
	said string
}

func (e *env) Reply(_ server.Message, typ string, fields wire.Fields) {
	e.said = typ + string(fields)
}

func TestMemory(t *testing.T) {
	e := &env{}
	handlers, err := Spec.New(nil).Start(e, server.Config{Self: "n0", Nodes: []string{"n0"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ typ, body, want string }{
		{"send", `{"key":"k","msg":7}`, `send_ok,"offset":0`},
		{"send", `{"key":"k","msg":{"x":[8]}}`, `send_ok,"offset":1`},
		{"send", `{"key":"l","msg":9}`, `send_ok,"offset":0`},
		{"send", `{"key":"l"}`, `error,"code":12,"text":"send: want a text key and a field msg, got \"{\\\"key\\\":\\\"l\\\"}\""`},
		{"poll", `{"offsets":{"l":0,"k":1,"m":0}}`, `poll_ok,"msgs":{"l":[[0,9]],"k":[[1,{"x":[8]}]]}`},
		{"poll", `{"offsets":{"l":5,"k":-1}}`, `poll_ok,"msgs":{"k":[[0,7],[1,{"x":[8]}]]}`},
		{"poll", `{"offsets":[]}`, `error,"code":12,"text":"poll: want an object of integer offsets, got \"[]\""`},
		{"commit_offsets", `{"offsets":{"k":1,"l":0}}`, `commit_offsets_ok`},
		{"commit_offsets", `{"offsets":{"k":0}}`, `commit_offsets_ok`},
		{"list_committed_offsets", `{"keys":["l","m","k"]}`, `list_committed_offsets_ok,"offsets":{"l":0,"k":1}`},
	} {
		handlers.Handle(e, server.Message{Type: tt.typ, Body: []byte(tt.body)})
		if e.said != tt.want {
			t.Errorf("%s %s\n got %s\nwant %s", tt.typ, tt.body, e.said, tt.want)
		}
	}
}

func TestMemoryIsOfOneNode(t *testing.T) {
	_, err := Spec.New(nil).Start(nil, server.Config{Self: "n0", Nodes: []string{"n0", "n1"}})
	if want := "memory: want one node, got 2"; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
