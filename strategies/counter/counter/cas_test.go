package counter

import (
	"fmt"
	"strings"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// setting is the request by which n1 counts in the shared key, from one state to
// another; "" is a missing key.
func setting(from, to string) string {
	if from == "" {
		return fmt.Sprintf(`seq-kv cas,"key":"counter","from":null,"to":%s,"create_if_not_exists":true`, to)
	}
	return fmt.Sprintf(`seq-kv cas,"key":"counter","from":%s,"to":%s`, from, to)
}

const reading = `seq-kv read,"key":"counter"`

// TestCAS: requests that come while one is out go together in the next. What
// another node was faster with is tried again on top of that, until patience ends;
// of what may have been counted the clients are told so.
func TestCAS(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.tell("c2", "add", `{"delta":2}`)
	b.tell("c3", "read", `{}`)
	b.want(setting("", `{"sum":[1,5],"by":[["n1","0.1"]]}`))
	b.answer(`{}`, 0)
	b.want("add_ok", setting(`{"sum":[1,5],"by":[["n1","0.1"]]}`, `{"sum":[3,7],"by":[["n1","0.2"]]}`))
	b.answer("", wire.PreconditionFailed)
	b.want() // it waits a little before it looks
	b.tick()
	b.want(reading)
	b.answer(`{"value":{"sum":[4,11],"by":[["n1","0.1"],["n2","0.7"]]}}`, 0)
	b.want(setting(`{"sum":[4,11],"by":[["n1","0.1"],["n2","0.7"]]}`, `{"sum":[6,13],"by":[["n2","0.7"],["n1","0.3"]]}`))
	b.now = patience
	b.answer("", wire.Timeout)
	for i, want := range []string{`error,"code":0,`, `error,"code":11,`} { // a read changes nothing, whatever became of it
		if i >= len(b.did) || !strings.HasPrefix(b.did[i], want) {
			t.Errorf("got %q, want the add left open, and the read failed", b.did)
		}
	}
}

// TestCASGivesUp: what never was asked of the store was surely not counted.
func TestCASGivesUp(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.tell("c2", "add", `{"delta":1}`)
	b.now, b.did = patience, nil
	b.answer("", wire.Timeout)
	if len(b.did) != 2 || !strings.HasPrefix(b.did[0], `error,"code":0,`) || !strings.HasPrefix(b.did[1], `error,"code":11,`) {
		t.Errorf("got %q, want the first left open, and the second failed", b.did)
	}
}

// TestCASAnswers: what goes together is answered one after another: a read has
// what was added before it, not after.
func TestCASAnswers(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.tell("c2", "add", `{"delta":2}`)
	b.tell("c3", "read", `{}`)
	b.tell("c4", "add", `{"delta":-1}`)
	b.answer(`{}`, 0)
	b.did = nil
	b.answer(`{}`, 0)
	b.want("add_ok", `read_ok,"value":7`, "add_ok")
}

// TestCASTwice: a request that the network doubles is refused the second time, and
// that answer may come first. It was counted all the same, once, whatever others
// have counted since; and a node that was killed takes no write of its former life
// for its own.
func TestCASTwice(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.answer("", wire.PreconditionFailed)
	b.tick()
	b.did = nil
	b.answer(`{"value":{"sum":[2,8],"by":[["n1","0.1"],["n2","0.1"]]}}`, 0)
	b.want("add_ok")
	b.tell("c1", "read", `{}`)
	b.want(setting(`{"sum":[2,8],"by":[["n1","0.1"],["n2","0.1"]]}`, `{"sum":[3,8],"by":[["n2","0.1"],["n1","0.2"]]}`))

	b = start(t, CAS, b.disk, nil)
	b.tell("c1", "add", `{"delta":1}`)
	b.want(setting("", `{"sum":[1,1],"by":[["n1","1.1"]]}`))
}

// TestCASPast: seq-kv may refuse, and show, a state of the past, in which the
// request has not arrived. It is made again as it was, which does no harm.
func TestCASPast(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.answer(`{}`, 0)
	b.tell("c2", "add", `{"delta":2}`)
	again := setting(`{"sum":[1,5],"by":[["n1","0.1"]]}`, `{"sum":[2,7],"by":[["n1","0.2"]]}`)
	for _, past := range []string{`{"value":{"sum":[1,5],"by":[["n1","0.1"]]}}`, ""} {
		b.did = nil
		code := wire.Code(0)
		if past == "" {
			code = wire.KeyDoesNotExist
		}
		b.answer("", wire.PreconditionFailed)
		b.tick()
		b.answer(past, code)
		b.want(reading, again)
	}
}
