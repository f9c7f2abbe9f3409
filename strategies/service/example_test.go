package service_test

import (
	"gossipbench/node/wire"
	"gossipbench/strategies/service"
)

// echo is Maelstrom's first workload.
type echo struct{}

func (echo) Start(env service.Env, _ service.Config) (service.Handlers, error) {
	return service.Handlers{
		"echo": func(m service.Message) {
			env.Reply(m, "echo_ok", wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo")))
		},
	}, nil
}

// register keeps one value in lin-kv. It shows a request whose reply waits for
// a call.
type register struct{ env service.Env }

func (s *register) Start(env service.Env, _ service.Config) (service.Handlers, error) {
	s.env = env
	return service.Handlers{"read": s.read}, nil
}

func (s *register) read(m service.Message) {
	s.env.Call("lin-kv", "read", wire.Fields(nil).Text("key", "x"), second, func(reply service.Message, err *wire.Error) {
		if err != nil {
			service.Fail(s.env, m, err.Code, "lin-kv: %s", err.Text)
			return
		}
		s.env.Reply(m, "read_ok", wire.Fields(nil).Raw("value", wire.Field(reply.Body, "value")))
	})
}
