package server_test

import (
	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// echo is Maelstrom's first workload.
type echo struct{}

func (echo) Start(env server.Env, _ server.Config) (server.Handlers, error) {
	return server.Handlers{
		"echo": func(m server.Message) {
			env.Reply(m, "echo_ok", wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo")))
		},
	}, nil
}

// register keeps one value in lin-kv. It shows a request whose reply waits for a
// call.
type register struct{ env server.Env }

func (s *register) Start(env server.Env, _ server.Config) (server.Handlers, error) {
	s.env = env
	return server.Handlers{"read": s.read}, nil
}

func (s *register) read(m server.Message) {
	s.env.Call("lin-kv", "read", wire.Fields(nil).Text("key", "x"), second, func(reply server.Message, err *wire.Error) {
		if err != nil {
			server.Fail(s.env, m, err.Code, "lin-kv: %s", err.Text)
			return
		}
		s.env.Reply(m, "read_ok", wire.Fields(nil).Raw("value", wire.Field(reply.Body, "value")))
	})
}
