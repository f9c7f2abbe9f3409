package strategies

import (
	"gossipbench/strategies/server"
	"gossipbench/strategies/servertest"
	"slices"
	"testing"
)

// peers are messages between broadcast nodes of any strategy.
func peers() servertest.Grammar {
	g := servertest.Grammar{
		"line": {"<client>", "<client>", "<peer>", "<peer>", "<peer>", "t", "t", "r"},
		"client": {
			`c{"type":"broadcast","msg_id":1,"message":<n>}`, `c{"type":"broadcast","msg_id":1,"message":"a"}`, `c{"type":"read","msg_id":1}`,
			`c{"type":"topology","msg_id":1,"topology":{"n0":["n1","n2",<n>,"n0","x"]}}`, `c{"type":"topology","msg_id":1,"topology":<n>}`,
		},
		"peer": {
			`<who>{"type":"<kind>","values":[<n>,<n>],"seq":<n>,"ack":<n>,"age":<n>,"hops":<n>}`, `<who>{"type":"<kind>","values":[<n>],"seq":<n>}`,
			`<who>{"type":"<kind>","numbers":[<n>,<n>],"seq":<n>,"age":<n>}`, `<who>{"type":"<kind>","values":[<n>],"numbers":[<n>],"ack":<n>}`,
			`<who>{"type":"<kind>","numbers":[<n>,<n>,<n>,<n>,<n>,<n>,<n>]}`, `<who>{"type":"<kind>","values":<n>}`, `<who>{"type":"<kind>","msg_id":1}`,
		},
		"who": {"1", "1", "2", "0", "c"},
	}
	for _, s := range broadcasts {
		for _, kind := range s.Kinds {
			if kind != "" && !slices.Contains(g["kind"], kind) {
				g["kind"] = append(g["kind"], kind)
			}
		}
	}
	return g
}

func hostiles() []servertest.World {
	var all []servertest.World
	for _, s := range broadcasts {
		params, _ := s.Check(nil)
		all = append(all, servertest.World{Name: s.Name, New: func() server.Service { return server.Broadcast{Spec: s, Params: params} }})
	}
	for _, s := range servers {
		if slices.Contains(s.Workloads, server.UniqueIDs) || s.Name == "echo" {
			all = append(all, servertest.Of(s, nil))
		}
	}
	return all
}

var conversations = []string{
	`c{"type":"topology","msg_id":1,"topology":{"n0":["n1","n2"]}}
c{"type":"broadcast","msg_id":1,"message":1}
t
c{"type":"read","msg_id":1}`,
	`c{"type":"generate","msg_id":1}
1{"type":"clock","clock":18446744073709551615}
1{"type":"clock","clock":4611686018427387904}
c{"type":"generate","msg_id":1}
c{"type":"echo","msg_id":1,"echo":[1]}
t`,
}

// TestPeers tests that a node keeps running and sends only valid lines, whatever it
// receives.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), conversations, peers(), 300) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), conversations, peers()) }
