package counter

import (
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies/service"
)

// TestCASAnswers: what goes together is answered one after another: a read has
// what was added before it, not after. What seq-kv reads from the past does not
// make the node forget what it set itself.
func TestCASAnswers(t *testing.T) {
	b := start(t, CAS, service.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.tell("c2", "add", `{"delta":2}`)
	b.tell("c3", "read", `{}`)
	b.tell("c4", "add", `{"delta":-1}`)
	b.answer(`{}`, 0)
	b.answer(`{}`, 0)
	b.did = b.did[2:] // the first call and its add
	b.want(`seq-kv cas,"key":"counter","from":[1,5],"to":[4,6],"create_if_not_exists":true`, "add_ok", `read_ok,"value":7`, "add_ok")

	b.tell("c5", "add", `{"delta":1}`)
	b.answer("", wire.PreconditionFailed)
	b.tick()
	b.did = nil
	b.answer(`{"value":[1,5]}`, 0)
	b.want(`seq-kv cas,"key":"counter","from":[4,6],"to":[5,7],"create_if_not_exists":true`)
}
