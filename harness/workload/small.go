package workload

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// echoes is Maelstrom's workload echo; see workload/echo.clj.
var echoes = Protocol{
	Setup: noSetup, Idempotent: never,
	Generator: func(_ trial.Trial, threads int) *Generator {
		return &Generator{Among: anyFree(threads), Mix: func(r *rand.Rand, _ time.Duration, _ int) Ask {
			return Ask{F: "echo", Value: fmt.Sprintf("Please echo %d", r.IntN(128))}
		}}
	},
	Session: func() Session {
		return &once{
			request: func(a Ask) Request {
				return Request{Type: "echo", Fields: wire.Fields(nil).Text("echo", a.Value.(string)), Keys: []string{"echo"}}
			},
			value: func(_ Ask, body []byte) (any, error) {
				pairs := []edn.Value{}
				for key, value := range wire.Members(body) {
					pairs = append(pairs, edn.NewKeyword(string(key)), fromJSON(value))
				}
				return edn.NewMap(pairs...), nil
			},
		}
	},
	Checker: checker.NewEcho,
}

// anyFree returns a Generator.Among that draws a free thread, all with equal probability.
// It draws one number from r in any case. Source: EachThread in jepsen.generator.
func anyFree(threads int) func(*rand.Rand, func(int) bool) (first, end int) {
	return func(r *rand.Rand, free func(int) bool) (first, end int) {
		all := 0
		for thread := range threads {
			if free(thread) {
				all++
			}
		}
		left := int(r.Float64() * float64(all))
		for thread := range threads {
			if free(thread) {
				if left == 0 {
					return thread, thread + 1
				}
				left--
			}
		}
		panic("workload: no thread is free")
	}
}

// uniqueIDs is Maelstrom's workload unique-ids; see workload/unique_ids.clj.
var uniqueIDs = Protocol{
	Setup: noSetup, Idempotent: never, Reusable: true,
	Generator: func(trial.Trial, int) *Generator {
		return &Generator{Mix: func(*rand.Rand, time.Duration, int) Ask { return Ask{F: "generate"} }}
	},
	Session: func() Session {
		return &once{
			request: func(Ask) Request { return Request{Type: "generate", Keys: []string{"id"}} },
			value:   func(_ Ask, body []byte) (any, error) { return fromJSON(wire.Field(body, "id")), nil },
		}
	},
	Checker: func(trial.Trial) checker.Checker { return &checker.UniqueIDs{} },
	Stores:  true,
}

// counters is Maelstrom's workloads pn-counter and g-counter: with equal probability a
// read, or an add of a number from −5 to 4. Adds below least are drawn again, so two
// thirds of g-counter's ops are reads; in two recorded histories 142 of 205 and 260 of
// 399 are. See workload/pn_counter.clj.
func counters(least int64) Protocol {
	return Protocol{
		Setup: noSetup, Idempotent: never, Throws: true,
		Generator: func(trial.Trial, int) *Generator {
			return &Generator{Final: readOnce, Mix: func(r *rand.Rand, _ time.Duration, _ int) Ask {
				for {
					if r.Uint64()&1 == 0 {
						return Ask{F: "read"}
					}
					if delta := r.Int64N(10) - 5; delta >= least {
						return Ask{F: "add", Value: delta}
					}
				}
			}}
		},
		Session: func() Session {
			return &once{
				request: func(a Ask) Request {
					if a.F == "read" {
						return Request{Type: "read", Keys: []string{"value"}}
					}
					return Request{Type: "add", Fields: wire.Fields(nil).Int("delta", a.Value.(int64))}
				},
				value: func(a Ask, body []byte) (any, error) {
					if a.F != "read" {
						return a.Value, nil
					}
					return readInt("value", body)
				},
			}
		},
		Checker: checker.NewCounter,
		Stores:  true,
	}
}

// readInt parses an integer of 64 bits. Maelstrom's client converts it to a long and
// throws if it does not fit. Source: workload/pn_counter.clj.
func readInt(key string, body []byte) (int64, error) {
	text := wire.Field(body, key)
	if n, ok := wire.Int(text); ok {
		return n, nil
	}
	if _, err := readInteger(key, text); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("%s: want an integer of 64 bits, got %s", key, clip(text))
}
