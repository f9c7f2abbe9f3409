package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// teller sends each value to its neighbors, with a hop count and a sequence number.
// After a second it sends all values to the first neighbor again.
type teller struct {
	config broadcast.Config
	known  broadcast.Set
	seq    uint64
}

const (
	tell broadcast.Kind = iota
	again
)

var spec = broadcast.Spec{
	Name:  "teller",
	Kinds: []string{tell: "tell", again: "again"},
	New:   func(c broadcast.Config, _ broadcast.Params) broadcast.Strategy { return &teller{config: c} },
}

func (s *teller) Start(env broadcast.Env) { env.After(time.Second, broadcast.Timer{Kind: again}) }

func (s *teller) Broadcast(env broadcast.Env, v broadcast.Value) {
	s.learn(env, broadcast.Message{Values: []broadcast.Value{v}})
}

func (s *teller) Receive(env broadcast.Env, _ broadcast.NodeID, m broadcast.Message) { s.learn(env, m) }

func (s *teller) learn(env broadcast.Env, m broadcast.Message) {
	var fresh []broadcast.Value
	for _, v := range m.Values {
		if s.known.Add(v) {
			fresh = append(fresh, v)
		}
	}
	if len(fresh) == 0 {
		return
	}
	s.seq++
	for _, peer := range s.config.Neighbors {
		env.Send(peer, broadcast.Message{Kind: tell, Values: fresh, Seq: s.seq, Hops: m.Hops + 1})
	}
}

func (s *teller) Expire(env broadcast.Env, t broadcast.Timer) {
	if len(s.config.Neighbors) == 0 {
		return
	}
	env.Send(s.config.Neighbors[0], broadcast.Message{Kind: t.Kind, Values: s.known.Log(), Seq: uint64(env.Now().Milliseconds())})
}

func (s *teller) Values() *broadcast.Set { return &s.known }

// star joins all nodes to node 0.
func star(nodes int) ([][]broadcast.NodeID, error) {
	graph := make([][]broadcast.NodeID, nodes)
	for i := 1; i < nodes; i++ {
		graph[i] = []broadcast.NodeID{0}
		graph[0] = append(graph[0], broadcast.NodeID(i))
	}
	return graph, nil
}

func TestBroadcastOffered(t *testing.T) {
	e := start(t, server.Broadcast{Spec: spec})
	e.hear("c1", `{"type":"topology","msg_id":1,"topology":{"n0":["n1"],"n1":["n3","n0","x","n1","n3",5]}}`)
	e.want(`c1: reply 1: topology_ok`)
	e.hear("c1", `{"type":"broadcast","msg_id":2,"message":7}`)
	e.want(`c1: reply 2: broadcast_ok`, `n3: tell,"values":[7],"seq":1,"hops":1`, `n0: tell,"values":[7],"seq":1,"hops":1`)
	e.hear("n0", `{"type":"tell","values":[7,8,9],"seq":18446744073709551615,"hops":2,"more":{}}`)
	e.want(`n3: tell,"values":[8,9],"seq":2,"hops":3`, `n0: tell,"values":[8,9],"seq":2,"hops":3`)
	e.hear("c1", `{"type":"topology","msg_id":3,"topology":{"n1":["n2"]}}`)
	e.want(`c1: reply 3: topology_ok`)
	e.wait(time.Second)
	e.want(`n3: again,"values":[7,8,9],"seq":1000`)
	e.hear("c2", `{"type":"read","msg_id":4}`)
	e.want(`c2: reply 4: read_ok,"messages":[7,8,9]`)
}

// TestBroadcastEarly delivers everything before the topology. Nothing is lost, and
// the strategy's clock starts with the strategy.
func TestBroadcastEarly(t *testing.T) {
	e := start(t, server.Broadcast{Spec: spec})
	e.hear("c1", `{"type":"read","msg_id":1}`)
	e.hear("c1", `{"type":"broadcast","msg_id":2,"message":7}`)
	e.hear("n0", `{"type":"tell","values":[8],"hops":4}`)
	e.hear("c1", `{"type":"broadcast","msg_id":3,"message":"x"}`)
	e.hear("c1", `{"type":"read","msg_id":4}`)
	e.wait(5 * time.Second)
	e.want(`c1: reply 1: read_ok,"messages":[]`, `c1: reply 2: broadcast_ok`, `c1: reply 3: broadcast_ok`, `c1: reply 4: read_ok,"messages":[7,"x"]`)
	e.hear("c1", `{"type":"topology","msg_id":5,"topology":{"n1":["n2"]}}`)
	e.want(`n2: tell,"values":[7],"seq":1,"hops":1`, `n2: tell,"values":["x"],"seq":2,"hops":1`, `n2: tell,"values":[8],"seq":3,"hops":5`,
		`c1: reply 5: topology_ok`)
	e.wait(time.Second)
	e.want(`n2: again,"values":[7,"x",8],"seq":1000`)
}

// TestBroadcastHeldIsBounded sends many messages to a node without a topology.
func TestBroadcastHeldIsBounded(t *testing.T) {
	const many, bound = 12000, 10000
	e := start(t, server.Broadcast{Spec: spec})
	for v := range many {
		e.hear("n0", fmt.Sprintf(`{"type":"tell","values":[%d]}`, v))
	}
	e.hear("c1", `{"type":"topology","msg_id":1,"topology":{}}`)
	e.log = nil
	e.hear("c1", `{"type":"read","msg_id":2}`)
	if got := strings.Count(e.log[0], ",") - 1; got != bound-1 {
		t.Errorf("got %d values, want %d", got+1, bound)
	}
}

// TestBroadcastGraph tests a node that builds its own topology: the strategy starts
// at the first message of any kind, and the offered topology is ignored.
func TestBroadcastGraph(t *testing.T) {
	for _, first := range []string{
		`{"type":"topology","msg_id":1,"topology":{"n1":["n2","n3"]}}`, `{"type":"topology","msg_id":1}`, `{"type":"read","msg_id":1}`, `{"type":"tell"}`,
	} {
		e := start(t, server.Broadcast{Spec: spec, Graph: star})
		e.wait(time.Minute)
		e.want()
		e.hear("n2", first)
		e.log = nil
		e.wait(time.Second)
		e.want(`n0: again,"seq":1000`)
	}
}

func TestBroadcastMalformed(t *testing.T) {
	for _, tt := range []struct{ src, body, want string }{
		{"c1", `{"type":"broadcast","msg_id":1}`, `"code":12,"text":"broadcast: want a field message, got none"`},
		{"c1", `{"type":"topology","msg_id":1}`, `"code":12,"text":"topology: want an object of lists of nodes, got \"\""`},
		{"c1", `{"type":"topology","msg_id":1,"topology":["n0"]}`, `"code":12,"text":"topology: want an object of lists of nodes, got \"[\\\"n0\\\"]\""`},
		{"n9", `{"type":"tell","msg_id":1,"values":[1]}`, `"code":10,"text":"tell: only nodes of the cluster may say so"`},
		{"n9", `{"type":"tell","values":[1]}`, ``},
		{"n0", `{"type":"tell","msg_id":1,"values":1}`, `"code":12,"text":"tell: want values, numbers, seq, ack, age and hops of the right type"`},
		{"n0", `{"type":"tell","msg_id":1,"values":[1],"seq":-1}`, `"code":12,"text":"tell: want values, numbers, seq, ack, age and hops of the right type"`},
		{"n0", `{"type":"tell","hops":2147483648}`, ``},
	} {
		e := start(t, server.Broadcast{Spec: spec})
		if !strings.Contains(tt.body, `"topology"`) {
			e.hear("c0", `{"type":"topology","topology":{"n1":["n2"]}}`)
		}
		e.hear(tt.src, tt.body)
		if tt.want == "" {
			e.want()
		} else {
			e.want(tt.src + ": reply 1: error," + tt.want)
		}
	}
}

func TestBroadcastStart(t *testing.T) {
	few := func(nodes int) ([][]broadcast.NodeID, error) {
		return nil, fmt.Errorf("want more than %d nodes", nodes)
	}
	for _, tt := range []struct {
		graph func(int) ([][]broadcast.NodeID, error)
		self  string
		want  string
	}{{few, "n0", "want more than 1 nodes"}, {nil, "n7", "n7 is not among the nodes [n0]"}} {
		_, err := server.Broadcast{Spec: spec, Graph: tt.graph}.Start(nil, server.Config{Self: tt.self, Nodes: []string{"n0"}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// TestBroadcastValues sends all kinds of JSON through a node: each text leaves
// unchanged, and equal values are one.
func TestBroadcastValues(t *testing.T) {
	e := start(t, server.Broadcast{Spec: spec, Graph: star})
	in := []string{
		`0`, `-5`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `1.0`, `1e2`, `"0"`, `"a\u00e9\n"`, `null`, `true`,
		`[1, {"a" : 2}]`, `[1,{"a":2}]`, `-5`, `"0"`, `-9223372036854775807`, `-4611686018427387904`, `-4611686018427387905`, `123456789012345678901234567890`,
	}
	e.hear("n0", `{"type":"tell","values":[`+strings.Join(in, ",")+`]}`)
	want := `[0,-5,9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e2,"0","a\u00e9\n",null,true,` +
		`[1,{"a":2}],-9223372036854775807,-4611686018427387904,-4611686018427387905,123456789012345678901234567890]`
	e.want(`n0: tell,"values":` + want + `,"seq":1,"hops":1`)
	e.hear("c1", `{"type":"read","msg_id":1}`)
	e.want(`c1: reply 1: read_ok,"messages":` + want)
}

// TestBroadcastAnyJSON does the same with random JSON, over two nodes that receive
// it in different orders.
func TestBroadcastAnyJSON(t *testing.T) {
	value := rapid.OneOf(
		rapid.Map(rapid.Int64Range(-3, 3), func(n int64) any { return n }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Float64(), func(x float64) any { return x + 0 }), // x + 0 turns −0 into 0
		rapid.Map(rapid.SliceOfN(rapid.String(), 0, 3), func(s []string) any { return s }),
	)
	rapid.Check(t, func(rt *rapid.T) {
		e, other := start(t, server.Broadcast{Spec: spec, Graph: star}), start(t, server.Broadcast{Spec: spec, Graph: star})
		other.hear("c1", `{"type":"broadcast","message":"met before all others"}`)
		want := map[string]bool{}
		for _, v := range rapid.SliceOf(value).Draw(rt, "values") {
			message, err := json.Marshal(v)
			if err != nil {
				rt.Fatal(err)
			}
			want[string(message)] = true
			e.hear("c1", `{"type":"broadcast","message":`+string(message)+`}`)
		}
		for _, line := range e.log {
			other.hear("n0", `{"type":"`+strings.Replace(strings.TrimPrefix(line, "n0: "), `,`, `",`, 1)+`}`)
		}
		for _, node := range []*script{e, other} {
			node.log = nil
			node.hear("c1", `{"type":"read","msg_id":1}`)
			got := map[string]bool{}
			array := strings.TrimPrefix(node.log[0], `c1: reply 1: read_ok,"messages":`)
			for element := range wire.Elements([]byte(array)) {
				if got[string(element)] {
					rt.Fatalf("%s twice in %s", element, array)
				}
				got[string(element)] = true
			}
			delete(got, `"met before all others"`)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("read (-want +got):\n%s", diff)
			}
		}
	})
}

// TestKindsAreNotMaelstroms tests that a Spec may not use Maelstrom's message
// types.
func TestKindsAreNotMaelstroms(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error(`a strategy took messages of type "read"`)
		}
	}()
	bad := spec
	bad.Kinds = []string{"read"}
	_, _ = server.Broadcast{Spec: bad}.Start(nil, server.Config{Self: "n0", Nodes: []string{"n0"}})
}

// FuzzBroadcast delivers arbitrary messages of a client and a node, before and
// after the strategy starts. The node must send valid JSON (script checks that) and
// still answer a read.
func FuzzBroadcast(f *testing.F) {
	for _, body := range []string{
		`{"type":"broadcast","msg_id":1,"message":{"a":[1,"\ud800"]}}`, `{"type":"tell","values":[1,"x",-9223372036854775808,[]],"seq":5,"hops":-1}`,
		`{"type":"topology","msg_id":1,"topology":{"n1":["n0","n2"]}}`, `{"type":"topology","topology":{"n1":{}}}`, `{"type":"again","msg_id":1,"values":{}}`,
	} {
		f.Add([]byte(body), []byte(body))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var m wire.Message
		for _, body := range [][]byte{first, second} {
			line := wire.AppendEnvelope(nil, "n0", "n1", body)
			if bytes.IndexByte(body, '\n') >= 0 || m.Parse(line) != nil || m.Reply || !bytes.Equal(m.Body, body) {
				return
			}
		}
		e := start(t, server.Broadcast{Spec: spec})
		for _, body := range [][]byte{first, second, []byte(`{"type":"topology","topology":{"n1":["n0"]}}`), first, second} {
			e.hear("c1", string(body))
			e.hear("n0", string(body))
		}
		e.wait(2 * time.Second)
		e.log = nil
		e.hear("c1", `{"type":"read","msg_id":77}`)
		if len(e.log) != 1 || !strings.HasPrefix(e.log[0], `c1: reply 77: read_ok,"messages":[`) {
			t.Errorf("read: got %q", e.log)
		}
	})
}
