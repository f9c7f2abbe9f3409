package counter

import (
	"fmt"
	"strings"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// setting is the request by which n1 changes the shared key from one state to
// another; "" is a missing key.
func setting(from, to string) string {
	if from == "" {
		return fmt.Sprintf(`seq-kv cas,"key":"counter","from":null,"to":%s,"create_if_not_exists":true`, to)
	}
	return fmt.Sprintf(`seq-kv cas,"key":"counter","from":%s,"to":%s`, from, to)
}

const reading = `seq-kv read,"key":"counter"`

// TestCAS tests that requests that arrive during a call share the next one. If
// another node wins, the node tries again on top of its state until patience ends.
// Clients of requests that may have been counted get an indefinite error.
func TestCAS(t *testing.T) {
	b := start(t, CAS, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.tell("c2", "add", `{"delta":2}`)
	b.tell("c3", "read", `{}`)
	b.want(setting("", `{"sum":[1,5],"by":[["n1","0.1"]]}`))
	b.answer(`{}`, 0)
	b.want("add_ok", setting(`{"sum":[1,5],"by":[["n1","0.1"]]}`, `{"sum":[3,7],"by":[["n1","0.2"]]}`))
	b.answer("", wire.PreconditionFailed)
	b.want() // it waits before it reads
	b.tick()
	b.want(reading)
	b.answer(`{"value":{"sum":[4,11],"by":[["n1","0.1"],["n2","0.7"]]}}`, 0)
	b.want(setting(`{"sum":[4,11],"by":[["n1","0.1"],["n2","0.7"]]}`, `{"sum":[6,13],"by":[["n2","0.7"],["n1","0.3"]]}`))
	b.now = patience
	b.answer("", wire.Timeout)
	for i, want := range []string{`error,"code":0,`, `error,"code":11,`} { // a read changes nothing, so it fails definitely
		if i >= len(b.did) || !strings.HasPrefix(b.did[i], want) {
			t.Errorf("got %q, want the add left open, and the read failed", b.did)
		}
	}
}

// TestCASGivesUp tests that requests that were never sent fail definitely.
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

// TestCASAnswers tests that a batch is answered in order: a read includes the adds
// before it, not those after.
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

// TestCASTwice tests a duplicated request. Its second copy is refused, and the
// refusal may arrive first. The request counted once, whatever others have counted
// since. A restarted node does not mistake a write of its former life for its own.
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

// TestCASPast tests that seq-kv refuses by a past state and shows one. The node
// repeats the same request, which does no harm.
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
