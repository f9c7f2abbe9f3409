package native

import (
	"fmt"

	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/topology"
)

// protocol is a workload as clients speak it.
type protocol struct {
	mix   func() workload.Mix
	final workload.Ask
	// idempotent reports whether an op without an answer is certain to have
	// changed nothing.
	idempotent func(f string) bool
	// setup is what each client asks its node before the load, and nothing
	// where typ is "".
	setup func(experiment.Trial) (typ string, fields wire.Fields, err error)
	// request is the request that makes an op.
	request func(workload.Ask) (typ string, fields wire.Fields)
	// keys are the fields that the answer to f has besides those that every
	// answer may have; none may be missing.
	keys    func(f string) []string
	checker func() history.Checker
	// value reads what the answer says, which has its keys.
	value func(ask workload.Ask, body []byte) (any, error)
}

// protocols has each workload by its name.
var protocols = map[string]protocol{
	"broadcast": {
		mix:        workload.Broadcasts,
		final:      workload.FinalRead,
		idempotent: func(f string) bool { return f == "read" },
		setup:      offer,
		request: func(a workload.Ask) (string, wire.Fields) {
			if a.F == "read" {
				return "read", nil
			}
			return "broadcast", wire.Fields(nil).Int("message", a.Value.(int64))
		},
		keys: func(f string) []string {
			if f == "read" {
				return []string{"messages"}
			}
			return nil
		},
		checker: func() history.Checker { return &history.SetFull{} },
		value: func(a workload.Ask, body []byte) (any, error) {
			if a.F != "read" {
				return a.Value, nil
			}
			return readMessages(wire.Field(body, "messages"))
		},
	},
}

// offer offers the trial's topology.
func offer(t experiment.Trial) (string, wire.Fields, error) {
	neighbors, err := topology.Build(t.Topology, t.Nodes, t.Degree, t.Seed)
	if err != nil {
		return "", nil, err
	}
	graph := []byte{'{'}
	for id, peers := range neighbors {
		if id > 0 {
			graph = append(graph, ',')
		}
		graph = append(wire.AppendText(graph, nodeName(gossip.NodeID(id))), ':', '[')
		for i, peer := range peers {
			if i > 0 {
				graph = append(graph, ',')
			}
			graph = wire.AppendText(graph, nodeName(peer))
		}
		graph = append(graph, ']')
	}
	return "topology", wire.Fields(nil).Raw("topology", append(graph, '}')), nil
}

func nodeName(id gossip.NodeID) string { return fmt.Sprintf("n%d", id) }

// readMessages reads the values that a node has. Those that are no integers
// nobody broadcast: as with Jepsen, they do not count.
func readMessages(array []byte) (any, error) {
	if values, ok := wire.Ints[int64](make([]int64, 0, len(array)/4), array); ok {
		return values, nil
	}
	if len(array) == 0 || array[0] != '[' {
		return nil, fmt.Errorf("messages: want an array, got %s", clip(array))
	}
	values := []int64{}
	for element := range wire.Elements(array) {
		if v, ok := wire.Int(element); ok {
			values = append(values, v)
		}
	}
	return values, nil
}

// check reports what is wrong with the form of an answer to f, whose type is
// to be want: a key too many, a key too few, a wrong type. Maelstrom's schemas
// allow only msg_id besides a workload's own keys.
func (p protocol) check(m *wire.Message, want, f string) error {
	if string(m.Type) != want {
		return fmt.Errorf("want type %s, got %s", want, clip(m.Body))
	}
	missing := p.keys(f)
	for key, value := range wire.Members(m.Body) {
		known := false
		switch string(key) {
		case "type", "in_reply_to":
			known = true
		case "msg_id":
			_, known = wire.Int(value)
		}
		for i, k := range missing {
			if string(key) == k {
				known = true
				missing = append(missing[:i:i], missing[i+1:]...)
				break
			}
		}
		if !known {
			return fmt.Errorf("want no key %s, got %s", key, clip(m.Body))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("want a key %s, got %s", missing[0], clip(m.Body))
	}
	return nil
}
