package raft

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/servertest"
)

// hostiles are worlds of n0. They also check that an answer to a client is
// complete.
func hostiles() []servertest.World {
	var all []servertest.World
	for _, raw := range []map[string]string{
		{"snapshot-after": "3", "election": "600ms", "heartbeat": "600ms"}, {"prevote": "false", "reads": "log"},
	} {
		w := servertest.Of(Spec, raw)
		w.Answer = func(typ string, body []byte) error {
			if hasValue := wire.Field(body, "value") != nil; strings.HasSuffix(typ, "_ok") && hasValue != (typ == "read_ok") {
				return errors.New("want a value of a read, and none of a change")
			}
			return nil
		}
		all = append(all, w)
	}
	return all
}

// snapshotOf returns an encoded machine with one register.
func snapshotOf(key, value string, numbers ...uint64) string {
	m := newMachine()
	m.values[key] = []byte(value)
	for _, number := range numbers {
		m.sessions[1] = &session{life: number, last: number, outcomes: map[uint64]outcome{number: {value: []byte(value)}}}
	}
	return base64.StdEncoding.EncodeToString(m.encode())
}

// scripts are conversations with all kinds of messages.
var scripts = []string{
	`1{"type":"append","term":1}
c{"type":"write","msg_id":1,"key":1,"value":2}
a{"type":"forward_ok","value":3}
c{"type":"read","msg_id":2,"key":1}
a{"type":"forward_ok"}
a{"type":"error","code":22,"text":"no"}`,
	`1{"type":"append","term":2,"entries":[[1,null],[2,{"origin":1,"life":1,"number":1,"op":"write","key":1,"value":2}]],"commit":2,"round":4}
r
2{"type":"append","term":3,"index":1,"log_term":1,"entries":[[3,null]]}
1{"type":"vote","term":4,"index":9,"log_term":4}
1{"type":"pre_vote","term":5,"index":9,"log_term":4}
t`,
	`t
t
1{"type":"pre_vote_reply","term":1}
1{"type":"vote_reply","term":1}
c{"type":"cas","msg_id":1,"key":1,"from":2,"to":3,"create_if_not_exists":true}
1{"type":"append_reply","term":1,"index":2}
1{"type":"append_reply","term":1,"refused":true,"index":2,"conflict":0,"log_term":1}
1{"type":"forward","msg_id":3,"life":1,"number":4611686018427387903,"op":"read","key":1}
1{"type":"append_reply","term":1,"index":2,"round":1}
t
t`,
	`1{"type":"install","term":2,"snapshot_index":7,"snapshot_term":2,"snapshot":"` + snapshotOf("1", "2", 3) + `"}
c{"type":"read","msg_id":1,"key":1}
r
1{"type":"append","term":3,"index":5,"log_term":1,"entries":[[1,null],[1,null],[1,null]]}
t`,
	`1{"type":"append","term":1,"entries":[[0,null]]}`,
	`1{"type":"install","term":9,"snapshot_index":18446744073709551615,"snapshot_term":9,"snapshot":"` + snapshotOf("1", "\n") + `"}`,
	`1{"type":"install","term":2,"snapshot_index":7,"snapshot_term":2,"snapshot":"` + snapshotOf("1", "\n") + `"}
t
t
1{"type":"pre_vote_reply","term":3}
1{"type":"vote_reply","term":3}
1{"type":"append_reply","term":3,"index":8}
c{"type":"read","msg_id":1,"key":1}
1{"type":"append_reply","term":3,"index":8,"round":1}`,
	`2{"type":"vote","term":18446744073709551615}
t`,
}

// peers are the messages of n1 and n2.
var peers = servertest.Grammar{
	"line": {"<peer>", "<peer>", "<peer>", "<peer>", "<client>", "<answer>", "t", "t", "r"},
	"client": {
		`c{"type":"read","msg_id":1,"key":1}`, `c{"type":"write","msg_id":1,"key":1,"value":2}`, `c{"type":"cas","msg_id":1,"key":1,"from":2,"to":3}`,
	},
	"answer": {`a{"type":"forward_ok","value":<n>}`, `a{"type":"forward_ok"}`, `a{"type":"error","code":<code>}`},
	"peer": {
		`<who>{"type":"append","term":<n>,"commit":<n>,"entries":[<entry>]<more>}`, `<who>{"type":"append","term":<n>,"commit":<n>,"entries":[<entry>,<entry>]<more>}`,
		`<who>{"type":"append","term":<n>,"index":<n>,"log_term":<n>,"commit":<n>,"entries":[<entry>,<entry>]<more>}`, `<who>{"type":"append","term":<n><more>}`,
		`<who>{"type":"install","term":<n>,"snapshot_index":<n>,"snapshot_term":<n>,"snapshot":"<snapshot>"<more>}`, `<who>{"type":"install","term":<n>}`,
		`<who>{"type":"<kind>","term":<n>,"index":<n>,"log_term":<n><more>}`, `<who>{"type":"<kind>","term":<n>,"index":<n><more>}`, `<who>{"type":"<kind>","term":<n>}`,
		`<who>{"type":"forward","msg_id":3,"life":<n>,"number":<n>,"op":"<op>","key":<n>,"from":<n>,"value":<n>}`,
	},
	"kind":    kinds,
	"more":    {"", "", `,"refused":true`, `,"conflict":<n>`, `,"round":<n>`},
	"entry":   {`[<n>,null]`, `[<n>,<command>]`, `[<n>]`, `<n>`},
	"command": {`{"origin":<n>,"life":<n>,"number":<n>,"op":"<op>","key":<n>,"from":<n>,"value":<value>}`},
	"op":      {"read", "write", "cas"},
	"value":   {"<n>", `"a"`, "[ 1 ]"},
	"snapshot": {
		snapshotOf("1", "2", 3), snapshotOf("1", "[ 1 ]", 1), snapshotOf("x", "1"), snapshotOf("1", "\n", 1<<63), snapshotOf("1", "1", 1<<64-1),
		snapshotOf("1", strings.Repeat("[", 2000)+strings.Repeat("]", 2000)), "<n>",
	},
	"who":  {"1", "1", "1", "2", "0", "c"},
	"code": {"11", "20", "22", "0", "<n>"},
}

// TestPeers tests that n0 keeps running, sends only valid lines, and restarts from
// its disk, whatever its peers send.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), scripts, peers, 1500) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), scripts, peers) }
