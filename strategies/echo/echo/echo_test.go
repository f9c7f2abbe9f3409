package echo

import (
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// env stores the last reply.
type env struct {
	server.Env
	said string
}

func (e *env) Reply(_ server.Message, typ string, fields wire.Fields) {
	e.said = typ + string(fields)
}

func TestEcho(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"echo":"Please echo 7"}`, `echo_ok,"echo":"Please echo 7"`},
		{`{"echo":{"a":[1, 2.50]}}`, `echo_ok,"echo":{"a":[1, 2.50]}`},
		{`{}`, `error,"code":12,"text":"echo: want a field echo, got none"`},
	} {
		e := &env{}
		handlers, err := Spec.New(nil).Start(e, server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		handlers.Handle(e, server.Message{Type: "echo", Body: []byte(tt.body)})
		if e.said != tt.want {
			t.Errorf("%s: got %s, want %s", tt.body, e.said, tt.want)
		}
	}
}
