package txn_test

import (
	"testing"

	"gossipbench/strategies/servertest"
	"gossipbench/strategies/txn/gossip"
	"gossipbench/strategies/txn/keylocks"
	"gossipbench/strategies/txn/lock"
)

// peers are the messages of n1, n2 and writers of lin-kv.
var peers = servertest.Grammar{
	"line":   {"<client>", "<client>", "<client>", "<peer>", "<peer>", "<answer>", "<write>", "k", "k", "k", "t", "t", "r"},
	"client": {`c{"type":"txn","msg_id":1,"txn":[<op>,<op>]}`, `c{"type":"txn","msg_id":2,"txn":[<op>]}`, `c{"type":"txn","msg_id":3,"txn":<n>}`},
	"op":     {`["r",<n>,null]`, `["w",<n>,<n>]`, `["append",<n>,<n>]`, `["w",<n>,<value>]`},
	"value":  {`{ "a": [1, 2] }`, `"\u2028\ud800"`, `[ ]`, `"x"`},
	"peer": {
		`<who>{"type":"writes","writes":[{"Number":<n>,"At":{"Clock":<n>,"Node":<n>},"Values":{"1":<n>,"2":<value>}}]}`,
		`<who>{"type":"writes","writes":[{"Number":1,"At":{"Clock":<n>,"Node":1},"Values":{"<n>":<n>}},{"Number":2,"At":{"Clock":<n>,"Node":2},"Values":{"1":null}}]}`,
		`<who>{"type":"writes","writes":[{"Number":<n>},<n>,{"Values":<n>,"At":<n>}]}`, `<who>{"type":"writes","writes":<n>}`, `<who>{"type":"writes"}`,
		`<who>{"type":"writes_ack","number":<n>}`, `<who>{"type":"writes_ack"}`,
	},
	"answer": {
		`a{"type":"read_ok","value":<record>}`, `a{"type":"read_ok","value":<cell>}`, `a{"type":"read_ok"}`, `a{"type":"cas_ok"}`,
		`a{"type":"error","code":<code>,"text":"no"}`, `a{"type":"error"}`,
	},
	"write": {
		`w{"key":"lock","value":<record>}`, `w{"key":"key 1","value":<cell>}`, `w{"key":"key <n>","value":<cell>}`,
		`w{"key":"txn n0.0.1","value":<state>}`, `w{"key":"txn n1.0.1","value":<state>}`,
	},
	"record": {
		`{"Number":<n>,"Owner":"n1.0.1","State":"held"}`, `{"Number":<n>,"Owner":"n0.0.1","State":"held"}`, `{"Number":<n>,"Owner":"","State":""}`,
		`{"Number":<n>,"Owner":"n1.0.1","State":"done","Writes":[{"Key":"1","Value":<n>},{"Key":"","Value":<value>}]}`, `{"Number":<n>,"State":"done"}`, `{"State":<n>,"Writes":<n>}`, `<n>`,
	},
	"cell": {
		`{"Number":<n>,"Value":<n>}`, `{"Writer":"n1.0.1","Value":<n>}`, `{"Writer":"n1.0.1","Value":<value>,"Owner":"n1.0.1","Next":<n>}`,
		`{"Writer":"","Value":<n>,"Owner":"n0.0.1"}`, `{"Owner":<n>,"Value":<n>}`, `<n>`,
	},
	"state": {`"pending"`, `"committed"`, `"aborted"`, `<n>`},
	"who":   {"1", "2", "1", "c", "0"},
	"code":  {"0", "11", "20", "22", "13", "<n>"},
}

func hostiles() []servertest.World {
	return []servertest.World{servertest.Of(gossip.Spec, nil), servertest.Of(keylocks.Spec, nil), servertest.Of(lock.Spec, nil)}
}

var conversations = []string{
	`1{"type":"writes","writes":[{"Number":1,"At":{"Clock":18446744073709551615,"Node":1},"Values":{"1":5}}]}
c{"type":"txn","msg_id":1,"txn":[["w",1,2],["r",1,null]]}
c{"type":"txn","msg_id":1,"txn":[["r",1,null]]}
t
1{"type":"writes_ack","number":1}
2{"type":"writes_ack","number":1}
r
t`,
	`c{"type":"txn","msg_id":1,"txn":[["r",1,null],["w",2,{ "a": 1 }]]}
k
t
k
t
k
c{"type":"txn","msg_id":1,"txn":[["append",3,1],["r",2,null]]}
k
t
k`,
}

// TestPeers tests that the node keeps running and sends only valid lines, whatever
// it receives and whatever lin-kv holds.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), conversations, peers, 1000) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), conversations, peers) }
