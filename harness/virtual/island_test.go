package virtual_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/service"
)

// island answers every workload from its own memory: it replicates nothing. Every
// tick, if that is not 0, it sends its neighbor a message, which means nothing.
type island struct{ tick time.Duration }

// isle is a node that does.
type isle struct {
	env       service.Env
	workload  string
	registers map[string]json.RawMessage
	lists     map[string][]json.RawMessage
	logs      map[string][]json.RawMessage
	elements  []json.RawMessage
	sum, ids  int
}

func (i island) Start(env service.Env, c service.Config) (service.Handlers, error) {
	n := &isle{env: env, registers: map[string]json.RawMessage{}, lists: map[string][]json.RawMessage{}, logs: map[string][]json.RawMessage{}}
	handlers := service.Handlers{"tick": func(service.Message) {}}
	for typ, answer := range map[string]func(map[string]json.RawMessage) (any, int){
		"echo": n.echo, "generate": n.generate, "add": n.add, "broadcast": n.broadcast, "topology": nothing, "read": n.read, "write": n.write, "cas": n.cas,
		"send": n.send, "poll": n.poll, "commit_offsets": nothing, "list_committed_offsets": n.list, "txn": n.txn,
	} {
		handlers[typ] = func(m service.Message) { n.answer(m, answer) }
	}
	next := c.Nodes[(slices.Index(c.Nodes, c.Self)+1)%len(c.Nodes)]
	var ring func()
	ring = func() {
		env.Send(next, "tick", nil)
		env.After(i.tick, ring)
	}
	if i.tick > 0 {
		env.After(i.tick, ring)
	}
	return handlers, nil
}

// answer replies what an answer's fields are, or an error of that code.
func (n *isle) answer(m service.Message, answer func(map[string]json.RawMessage) (any, int)) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(m.Body, &body); err != nil {
		panic(err)
	}
	fields, code := answer(body)
	if code > 0 {
		n.env.Reply(m, "error", wire.Fields(nil).Int("code", int64(code)).Text("text", "no"))
		return
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	var reply wire.Fields
	for key, value := range wire.Members(text) {
		reply = reply.Raw(string(key), value)
	}
	n.env.Reply(m, m.Type+"_ok", reply)
}

type object map[string]any

func nothing(map[string]json.RawMessage) (any, int) { return object{}, 0 }

func (n *isle) echo(b map[string]json.RawMessage) (any, int) { return object{"echo": b["echo"]}, 0 }

func (n *isle) generate(map[string]json.RawMessage) (any, int) {
	n.ids++
	return object{"id": n.ids}, 0
}

func (n *isle) broadcast(b map[string]json.RawMessage) (any, int) {
	n.workload = "broadcast"
	n.elements = append(n.elements, b["message"])
	return object{}, 0
}

func (n *isle) add(b map[string]json.RawMessage) (any, int) {
	if delta, counts := b["delta"]; counts {
		d, _ := strconv.Atoi(string(delta))
		n.sum += d
		return object{}, 0
	}
	n.workload = "g-set"
	n.elements = append(n.elements, b["element"])
	return object{}, 0
}

func (n *isle) read(b map[string]json.RawMessage) (any, int) {
	if key, isKeyed := b["key"]; isKeyed {
		value, has := n.registers[string(key)]
		if !has {
			return nil, 20
		}
		return object{"value": value}, 0
	}
	switch n.workload {
	case "broadcast":
		return object{"messages": n.elements}, 0
	case "g-set":
		return object{"value": n.elements}, 0
	}
	return object{"value": n.sum}, 0
}

func (n *isle) write(b map[string]json.RawMessage) (any, int) {
	n.registers[string(b["key"])] = b["value"]
	return object{}, 0
}

func (n *isle) cas(b map[string]json.RawMessage) (any, int) {
	switch value, has := n.registers[string(b["key"])]; {
	case !has:
		return nil, 20
	case string(value) != string(b["from"]):
		return nil, 22
	}
	n.registers[string(b["key"])] = b["to"]
	return object{}, 0
}

func (n *isle) send(b map[string]json.RawMessage) (any, int) {
	key := string(b["key"])
	n.logs[key] = append(n.logs[key], b["msg"])
	return object{"offset": len(n.logs[key]) - 1}, 0
}

func (n *isle) poll(b map[string]json.RawMessage) (any, int) {
	var offsets map[string]int
	if err := json.Unmarshal(b["offsets"], &offsets); err != nil {
		panic(err)
	}
	msgs := map[string][][2]any{}
	for key, from := range offsets {
		msgs[key] = [][2]any{}
		for i, message := range n.logs[strconv.Quote(key)] {
			if i >= from {
				msgs[key] = append(msgs[key], [2]any{i, message})
			}
		}
	}
	return object{"msgs": msgs}, 0
}

func (n *isle) list(map[string]json.RawMessage) (any, int) { return object{"offsets": object{}}, 0 }

func (n *isle) txn(b map[string]json.RawMessage) (any, int) {
	var ops [][3]json.RawMessage
	if err := json.Unmarshal(b["txn"], &ops); err != nil {
		panic(err)
	}
	for i, op := range ops {
		f, key := string(op[0]), string(op[1])
		switch {
		case f == `"w"`:
			n.registers[key] = op[2]
		case f == `"append"`:
			n.lists[key] = append(n.lists[key], op[2])
		case n.registers[key] != nil:
			ops[i][2] = n.registers[key]
		case n.lists[key] != nil:
			ops[i][2], _ = json.Marshal(n.lists[key])
		}
	}
	return object{"txn": ops}, 0
}
