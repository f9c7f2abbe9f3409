package kafka_test

import (
	"testing"

	"gossipbench/strategies/kafka/cas"
	"gossipbench/strategies/kafka/ring"
	"gossipbench/strategies/servertest"
)

// peers are the messages of n1, n2 and writers of lin-kv.
var peers = servertest.Grammar{
	"line": {"<client>", "<client>", "<client>", "<peer>", "<peer>", "<answer>", "<write>", "k", "k", "k", "t", "t", "r"},
	"client": {
		`c{"type":"send","msg_id":1,"key":<key>,"msg":<n>}`, `c{"type":"send","msg_id":2,"key":<key>,"msg":<n>}`,
		`c{"type":"poll","msg_id":3,"offsets":{<key>:<n>,<key>:<n>}}`,
		`c{"type":"commit_offsets","msg_id":4,"offsets":{<key>:<n>}}`, `c{"type":"list_committed_offsets","msg_id":5,"keys":[<key>,<key>]}`,
	},
	"peer": {
		`<who>{"type":"sends","msg_id":<n>,"sends":[[<key>,<n>],[<key>,<n>]]<life>}`, `<who>{"type":"sends","msg_id":<n>,"sends":[[<n>],<n>,[<key>,1,2]]}`,
		`<who>{"type":"sends","sends":<n>,"life":<n>}`, `<who>{"type":"poll","msg_id":<n>,"offsets":{<key>:<n>}}`, `<who>{"type":"poll","msg_id":1,"offsets":<n>}`,
	},
	"answer": {
		`a{"type":"sends_ok","offsets":[<n>,<n>,-1,-2]<life>}`, `a{"type":"sends_ok","offsets":[]<life>}`, `a{"type":"sends_ok","offsets":<n>}`,
		`a{"type":"poll_ok","msgs":{<key>:[[<n>,<n>],[<n>,<n>]]}}`, `a{"type":"poll_ok","msgs":{<key>:[[<n>],<n>]}}`,
		`a{"type":"read_ok","value":<segment>}`, `a{"type":"read_ok","value":<record>}`, `a{"type":"read_ok"}`, `a{"type":"cas_ok"}`,
		`a{"type":"error","code":<code>,"text":"no"}`, `a{"type":"error"}`,
	},
	"write":   {`w{"key":"log <n> a","value":<segment>}`, `w{"key":"log 0 c","value":<segment>}`, `w{"key":"committed <n> n0","value":<record>}`, `w{"key":"committed <n> n1","value":<record>}`},
	"segment": {`{"msgs":[<n>,<n>],"by":[["n0","0.1"],["n1","0.2"]]}`, `{"msgs":[1,2,3,4,5],"by":[]}`, `{"msgs":[],"by":[["n0"],<n>]}`, `{"msgs":<n>,"by":<n>}`, `<n>`},
	"record":  {`{"a":<n>,"c":<n>}`, `<n>`},
	"life":    {"", "", `,"life":<n>`},
	"key":     {`"a"`, `"c"`, `"c"`, `"b"`},
	"who":     {"1", "2", "1", "c", "0"},
	"code":    {"0", "11", "20", "22", "13", "<n>"},
}

func hostiles() []servertest.World {
	short := map[string]string{"segment": "3", "batch": "2"}
	return []servertest.World{servertest.Of(ring.Spec, short), servertest.Of(cas.Spec, short), servertest.Of(ring.Spec, nil)}
}

var conversations = []string{
	`c{"type":"send","msg_id":1,"key":"c","msg":1}
k
1{"type":"sends","msg_id":1,"sends":[["c",2],["c",3]]}
k
c{"type":"poll","msg_id":1,"offsets":{"a":0,"c":1}}
a{"type":"poll_ok","msgs":{"a":[[9223372036854775807,1],[-9223372036854775808,2]]}}
k
r
1{"type":"sends","msg_id":1,"sends":[["c",2]],"life":1}
k`,
	`c{"type":"poll","msg_id":1,"offsets":{"c":9223372036854775807,"b":-9223372036854775808}}
k
c{"type":"commit_offsets","msg_id":1,"offsets":{"c":9223372036854775807}}
k
c{"type":"list_committed_offsets","msg_id":1,"keys":["c"]}
k`,
}

// TestPeers tests that the node keeps running and sends only valid lines, whatever
// it receives and whatever lin-kv holds.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), conversations, peers, 1000) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), conversations, peers) }
