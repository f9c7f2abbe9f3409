package server

import (
	"fmt"
	"reflect"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// TestBroadcastNumbers tests that Numbers of a Spec are sent as integers, even if
// one equals the Value of a client's text.
func TestBroadcastNumbers(t *testing.T) {
	var v values
	text := v.read([]byte(`"a text"`))
	if again := new(values).read([]byte(` "a text"`)); again != text {
		t.Fatalf("a text: got the Values %d and %d at two nodes, want one", text, again)
	}
	b := broadcaster{values: v, spec: broadcast.Spec{Kinds: []string{"tell", "ihave"}, Numbers: []broadcast.Kind{1}}, names: []string{"n0"}}
	for kind, want := range []string{`,"values":["a text",7],"seq":1,"ack":2,"age":-3`, fmt.Sprintf(`,"numbers":[%d,7],"seq":1,"ack":2,"age":-3`, text)} {
		sent := broadcast.Message{Kind: broadcast.Kind(kind), Values: []broadcast.Value{text, 7}, Seq: 1, Ack: 2, Age: -3}
		var line recorder
		b.env = &line
		b.Send(0, sent)
		if string(line.fields) != want {
			t.Errorf("sent %s\nwant %s", line.fields, want)
		}
		got, ok := b.decode([]byte(`{"type":"x"` + string(line.fields) + `}`))
		got.Kind = broadcast.Kind(kind)
		if !ok || !reflect.DeepEqual(got, sent) {
			t.Errorf("got %+v, %v, want %+v", got, ok, sent)
		}
	}
}

// recorder is an Env that stores the last fields sent.
type recorder struct {
	Env
	fields wire.Fields
}

func (r *recorder) Send(_, _ string, fields wire.Fields) { r.fields = fields }
