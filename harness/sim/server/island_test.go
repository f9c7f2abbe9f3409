package server_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// island answers every workload from its own memory and replicates nothing. If tick is
// not 0, it sends a meaningless message to its neighbor every tick.
//
// If it has versions, all nodes share one memory, and the service lin-kv has the number
// of its version. A node reads that number, makes another version and writes its number:
// two concurrent nodes overwrite each other's change.
type island struct {
	tick     time.Duration
	versions *[]memory
}

// isle is a node of an island.
type isle struct {
	memory
	env server.Env
}

// memory is the state of a node.
type memory struct {
	Workload    string
	Registers   map[string]json.RawMessage
	Lists, Logs map[string][]json.RawMessage
	Elements    []json.RawMessage
	Sum, IDs    int
}

func (i island) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n := &isle{env: env}
	n.memory = (&memory{}).clone()
	handlers := server.Handlers{"tick": func(server.Message) {}}
	for typ, answer := range map[string]func(map[string]json.RawMessage) (any, int){
		"echo": n.echo, "generate": n.generate, "add": n.add, "broadcast": n.broadcast, "topology": nothing, "read": n.read, "write": n.write, "cas": n.cas,
		"send": n.send, "poll": n.poll, "commit_offsets": nothing, "list_committed_offsets": n.list, "txn": n.txn,
	} {
		handlers[typ] = func(m server.Message) {
			if i.versions != nil && typ != "topology" {
				n.race(i.versions, m, answer)
			} else {
				n.answer(m, answer)
			}
		}
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

// clone returns a copy that may be changed.
func (m *memory) clone() memory {
	c := memory{m.Workload, map[string]json.RawMessage{}, map[string][]json.RawMessage{}, map[string][]json.RawMessage{}, slices.Clip(m.Elements), m.Sum, m.IDs}
	maps.Copy(c.Registers, m.Registers)
	for key, list := range m.Lists {
		c.Lists[key] = slices.Clip(list)
	}
	for key, log := range m.Logs {
		c.Logs[key] = slices.Clip(log)
	}
	return c
}

// race answers from the shared memory.
func (n *isle) race(versions *[]memory, m server.Message, answer func(map[string]json.RawMessage) (any, int)) {
	key := wire.Fields(nil).Text("key", "version")
	n.env.Call("lin-kv", "read", key, time.Second, func(reply server.Message, err *wire.Error) {
		n.memory = (&memory{}).clone()
		if err == nil {
			version, _ := wire.Int(wire.Field(reply.Body, "value"))
			n.memory = (*versions)[version].clone()
		}
		fields, code := n.work(m, answer)
		*versions = append(*versions, n.memory)
		n.env.Call("lin-kv", "write", slices.Clip(key).Int("value", int64(len(*versions)-1)), time.Second, func(server.Message, *wire.Error) {
			n.reply(m, fields, code)
		})
	})
}

// answer replies with the fields that the function answer returns, or with an error of
// that code.
func (n *isle) answer(m server.Message, answer func(map[string]json.RawMessage) (any, int)) {
	fields, code := n.work(m, answer)
	n.reply(m, fields, code)
}

func (n *isle) work(m server.Message, answer func(map[string]json.RawMessage) (any, int)) (fields any, code int) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(m.Body, &body); err != nil {
		panic(err)
	}
	return answer(body)
}

func (n *isle) reply(m server.Message, fields any, code int) {
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
	n.IDs++
	return object{"id": n.IDs}, 0
}

func (n *isle) broadcast(b map[string]json.RawMessage) (any, int) {
	n.Workload = "broadcast"
	n.Elements = append(n.Elements, b["message"])
	return object{}, 0
}

func (n *isle) add(b map[string]json.RawMessage) (any, int) {
	if delta, counts := b["delta"]; counts {
		d, _ := strconv.Atoi(string(delta))
		n.Sum += d
		return object{}, 0
	}
	n.Workload = "g-set"
	n.Elements = append(n.Elements, b["element"])
	return object{}, 0
}

func (n *isle) read(b map[string]json.RawMessage) (any, int) {
	if key, isKeyed := b["key"]; isKeyed {
		value, has := n.Registers[string(key)]
		if !has {
			return nil, 20
		}
		return object{"value": value}, 0
	}
	switch n.Workload {
	case "broadcast":
		return object{"messages": n.Elements}, 0
	case "g-set":
		return object{"value": n.Elements}, 0
	}
	return object{"value": n.Sum}, 0
}

func (n *isle) write(b map[string]json.RawMessage) (any, int) {
	n.Registers[string(b["key"])] = b["value"]
	return object{}, 0
}

func (n *isle) cas(b map[string]json.RawMessage) (any, int) {
	switch value, has := n.Registers[string(b["key"])]; {
	case !has:
		return nil, 20
	case string(value) != string(b["from"]):
		return nil, 22
	}
	n.Registers[string(b["key"])] = b["to"]
	return object{}, 0
}

func (n *isle) send(b map[string]json.RawMessage) (any, int) {
	key := string(b["key"])
	n.Logs[key] = append(n.Logs[key], b["msg"])
	return object{"offset": len(n.Logs[key]) - 1}, 0
}

func (n *isle) poll(b map[string]json.RawMessage) (any, int) {
	var offsets map[string]int
	if err := json.Unmarshal(b["offsets"], &offsets); err != nil {
		panic(err)
	}
	msgs := map[string][][2]any{}
	for key, from := range offsets {
		msgs[key] = [][2]any{}
		for i, message := range n.Logs[strconv.Quote(key)] {
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
			n.Registers[key] = op[2]
		case f == `"append"`:
			n.Lists[key] = append(n.Lists[key], op[2])
		case n.Registers[key] != nil:
			ops[i][2] = n.Registers[key]
		case n.Lists[key] != nil:
			ops[i][2], _ = json.Marshal(n.Lists[key])
		}
	}
	return object{"txn": ops}, 0
}
