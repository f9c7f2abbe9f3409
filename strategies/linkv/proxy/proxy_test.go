package proxy

import (
	"fmt"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/service"
)

// env notes what was sent last, and has the call be answered by hand.
type env struct {
	service.Env
	said string
	done func(service.Message, *wire.Error)
}

func (e *env) Call(to, typ string, fields wire.Fields, _ time.Duration, done func(service.Message, *wire.Error)) service.Handle {
	e.said, e.done = fmt.Sprintf("%s: %s%s", to, typ, fields), done
	return 1
}

func (e *env) Reply(m service.Message, typ string, fields wire.Fields) {
	e.said = fmt.Sprintf("%s: %s%s", m.Src, typ, fields)
}

func TestProxy(t *testing.T) {
	for _, tt := range []struct {
		typ, body, call string
		reply           string
		err             *wire.Error
		want            string
	}{
		{"read", `{"msg_id":1,"key":"x"}`, `lin-kv: read,"key":"x"`, `{"value":[3]}`, nil, `c1: read_ok,"value":[3]`},
		{"write", `{"key":1,"value":{}}`, `lin-kv: write,"key":1,"value":{}`, `{}`, nil, `c1: write_ok`},
		{"cas", `{"key":1,"from":2,"to":3}`, `lin-kv: cas,"key":1,"from":2,"to":3`, `{}`, nil, `c1: cas_ok`},
		{"cas", `{"key":1,"from":2,"to":3,"create_if_not_exists":true}`, `lin-kv: cas,"key":1,"from":2,"to":3,"create_if_not_exists":true`,
			"", &wire.Error{Code: wire.PreconditionFailed, Text: "no"}, `c1: error,"code":22,"text":"lin-kv: no"`},
		{"read", `{"key":1}`, `lin-kv: read,"key":1`, "", &wire.Error{Code: wire.KeyDoesNotExist, Text: "none"}, `c1: error,"code":20,"text":"lin-kv: none"`},
		{"write", `{"key":1,"value":2}`, `lin-kv: write,"key":1,"value":2`, "", &wire.Error{Text: "late"}, `c1: error,"code":0,"text":"lin-kv: late"`},
		{"read", `{"key":1}`, `lin-kv: read,"key":1`, "", &wire.Error{Text: "late"}, `c1: error,"code":11,"text":"lin-kv: late"`},
		{"write", `{"key":1}`, `lin-kv: write,"key":1`, "", &wire.Error{Code: wire.MalformedRequest, Text: "no value"}, `c1: error,"code":12,"text":"lin-kv: no value"`},
	} {
		e := &env{}
		params, _ := Spec.Check(nil)
		handlers, err := Spec.New(params).Start(e, service.Config{})
		if err != nil {
			t.Fatal(err)
		}
		handlers.Handle(e, service.Message{Src: "c1", Type: tt.typ, Body: []byte(tt.body)})
		if e.said != tt.call {
			t.Errorf("%s %s: got %s, want %s", tt.typ, tt.body, e.said, tt.call)
		}
		e.done(service.Message{Body: []byte(tt.reply)}, tt.err)
		if e.said != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.typ, tt.body, e.said, tt.want)
		}
	}
}
