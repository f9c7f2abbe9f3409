package workload

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/topology"
)

// broadcasts is Maelstrom's workload broadcast: with equal probability a read, or a
// broadcast of the next of 0, 1, 2, …; see workload/broadcast.clj.
var broadcasts = Protocol{
	Setup: offer, Idempotent: isRead,
	Generator: adding("broadcast"),
	Session:   speaking("broadcast", "message", "messages"),
	Checker:   checker.NewSetFull,
}

// sets is the workload g-set, like broadcasts with other names; see workload/g_set.clj.
var sets = Protocol{
	Setup: noSetup, Idempotent: never, Throws: true,
	Generator: adding("add"),
	Session:   speaking("add", "element", "value"),
	Checker:   checker.NewSetFull,
}

// adding returns a generator of reads and of ops f that add the next number.
func adding(f string) func(trial.Trial, int) *Generator {
	return func(trial.Trial, int) *Generator {
		next := int64(0)
		return &Generator{Final: readOnce, Mix: func(r *rand.Rand, _ time.Duration, _ int) Ask {
			if r.Uint64()&1 == 0 {
				return Ask{F: "read"}
			}
			next++
			return Ask{F: f, Value: next - 1}
		}}
	}
}

// speaking returns sessions whose ops add an element or read all elements.
func speaking(f, element, elements string) func() Session {
	read := Request{Type: "read", Keys: []string{elements}}
	return func() Session {
		return &once{
			request: func(a Ask) Request {
				if a.F == "read" {
					return read
				}
				return Request{Type: f, Fields: wire.Fields(nil).Int(element, a.Value.(int64))}
			},
			value: func(a Ask, body []byte) (any, error) {
				if a.F != "read" {
					return a.Value, nil
				}
				return readElements(elements, wire.Field(body, elements))
			},
		}
	}
}

// offer returns the request that sends the trial's topology.
func offer(t trial.Trial) (Request, error) {
	neighbors, err := topology.Build(t.Topology, t.Nodes, t.Degree, t.Seed)
	if err != nil {
		return Request{}, err
	}
	name := func(graph []byte, id int) []byte { return wire.AppendText(graph, "n"+strconv.Itoa(id)) }
	graph := []byte{'{'}
	for id, peers := range neighbors {
		if id > 0 {
			graph = append(graph, ',')
		}
		graph = append(name(graph, id), ':', '[')
		for i, peer := range peers {
			if i > 0 {
				graph = append(graph, ',')
			}
			graph = name(graph, int(peer))
		}
		graph = append(graph, ']')
	}
	return Request{Type: "topology", Fields: wire.Fields(nil).Raw("topology", append(graph, '}'))}, nil
}

// readElements parses a node's values: integers as []int64, anything else as EDN. As in
// Maelstrom, null is empty.
func readElements(key string, array []byte) (any, error) {
	if values, ok := wire.Ints[int64](make([]int64, 0, len(array)/4), array); ok {
		return values, nil
	}
	if string(array) == "null" {
		return []int64{}, nil
	}
	if len(array) == 0 || array[0] != '[' {
		return nil, fmt.Errorf("%s: want an array, got %s", key, told(array))
	}
	return fromJSON(array), nil
}
