package counter

import (
	"gossipbench/strategies/servertest"
	"testing"
)

// peers are the messages of n1, n2 and writers of seq-kv.
var peers = servertest.Grammar{
	"line":   {"<client>", "<client>", "<peer>", "<peer>", "<answer>", "<write>", "k", "k", "t", "t", "r"},
	"client": {`c{"type":"add","msg_id":1,"delta":<n>}`, `c{"type":"read","msg_id":2}`, `c{"type":"add","msg_id":3}`},
	"peer": {
		`<who>{"type":"sums","sums":[<n>,<n>,<n>,<n>,<n>,<n>]}`, `<who>{"type":"sums_ok","sums":[<n>,<n>,<n>]}`,
		`<who>{"type":"sums","sums":[<n>]}`, `<who>{"type":"sums","sums":<n>}`, `<who>{"type":"wake"}`, `<who>{"type":"sums"}`,
	},
	"answer": {
		`a{"type":"read_ok","value":[<n>,<n>]}`, `a{"type":"read_ok","value":<state>}`, `a{"type":"read_ok"}`, `a{"type":"cas_ok"}`,
		`a{"type":"error","code":<code>,"text":"no"}`, `a{"type":"error"}`,
	},
	"write": {`w{"key":"counter","value":<state>}`, `w{"key":"n0","value":[<n>,<n>]}`, `w{"key":"n1","value":[<n>,<n>]}`, `w{"key":"n2","value":<n>}`},
	"state": {`{"sum":[<n>,<n>],"by":[["n0","0.1"],["n1","0.1"]]}`, `{"sum":[<n>,<n>],"by":<n>}`, `{"sum":<n>,"by":[["n0"],<n>]}`, `<n>`},
	"who":   {"1", "2", "1", "c", "0"},
	"code":  {"0", "11", "20", "22", "13", "<n>"},
}

func hostiles() []servertest.World {
	return []servertest.World{
		servertest.Of(CRDT, nil), servertest.Of(CRDT, map[string]string{"payload": "delta", "fanout": "0"}), servertest.Of(SeqKV, nil), servertest.Of(CAS, nil),
	}
}

var conversations = []string{
	`1{"type":"sums","sums":[1,9223372036854775807,9223372036854775807,2,9223372036854775807,9223372036854775807]}
c{"type":"add","msg_id":1,"delta":9223372036854775807}
c{"type":"add","msg_id":1,"delta":-9223372036854775808}
c{"type":"read","msg_id":1}
t
r
t`,
	`c{"type":"add","msg_id":1,"delta":1}
w{"key":"counter","value":{"sum":[9223372036854775807,5],"by":[]}}
k
t
k
c{"type":"read","msg_id":1}
k
t
k`,
}

// TestPeers tests that the node keeps running and sends only valid lines, whatever
// it receives and whatever seq-kv holds.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), conversations, peers, 1000) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), conversations, peers) }
