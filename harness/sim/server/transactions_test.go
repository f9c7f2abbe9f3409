package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/checker"
	simserver "gossipbench/harness/sim/server"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies"
	"gossipbench/strategies/server"
)

// broken wraps a strategy's Env to plant a bug.
type broken struct {
	server.Service
	bug func(env server.Env) server.Env
}

func (b broken) Start(env server.Env, c server.Config) (server.Handlers, error) {
	return b.Service.Start(b.bug(env), c)
}

// ignored is an Env in which every lock can be taken: a compare-and-set in lin-kv of a
// key with that prefix ignores the old value.
type ignored struct {
	server.Env
	keys string
}

func (e ignored) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	body := append(append([]byte{'{'}, strings.TrimPrefix(string(fields), ",")...), '}')
	if key, _ := wire.Text(wire.Field(body, "key")); typ == "cas" && strings.HasPrefix(key, e.keys) {
		return e.Env.Call(to, "write", wire.Fields(nil).Text("key", key).Raw("value", wire.Field(body, "to")), timeout, done)
	}
	return e.Env.Call(to, typ, fields, timeout, done)
}

// denying is an Env in which every eighth committed transaction is reported as aborted,
// so that others read aborted writes.
type denying struct {
	server.Env
	answers *int
}

func (e denying) Reply(m server.Message, typ string, fields wire.Fields) {
	if *e.answers++; typ == "txn_ok" && *e.answers%8 == 0 {
		server.Fail(e.Env, m, wire.Abort, "given up")
		return
	}
	e.Env.Reply(m, typ, fields)
}

// isolated is an Env in which no node receives from another.
type isolated struct{ server.Env }

func (e isolated) Send(to, typ string, fields wire.Fields) {
	if !strings.HasPrefix(to, "n") {
		e.Env.Send(to, typ, fields)
	}
}

// inWorld runs a trial of transactions on five nodes with a planted bug.
func inWorld(t *testing.T, workload, strategy string, seed uint64, bug func(server.Env) server.Env) (checker.Results, map[string]float64) {
	t.Helper()
	s, err := strategies.Find(workload, strategy)
	if err != nil {
		t.Fatal(err)
	}
	trial := trial.Default()
	trial.Workload, trial.Strategy, trial.Seed, trial.ConsistencyModels = workload, strategy, seed, models[strategy]
	trial.Params, _ = s.Check(nil)
	trial.Nodes, trial.Concurrency, trial.Rate, trial.TimeLimit, trial.Latency = 5, "2n", 100, 6*time.Second, 2*time.Millisecond
	node := func() server.Service { return broken{s.Service(workload, trial.Params, nil), bug} }
	results, metrics, err := simserver.Run(context.Background(), trial, node, nil)
	if err != nil {
		t.Fatal(err)
	}
	return results, metrics
}

// TestPlantedBugs: checkers detect a faulty strategy of transactions.
func TestPlantedBugs(t *testing.T) {
	for _, tt := range []struct {
		name, workload, strategy string
		bug                      func(server.Env) server.Env
		want                     string // one of the anomalies
	}{
		{"a lock ignored", server.RWRegister, "lock", func(env server.Env) server.Env { return ignored{env, "lock"} }, "lost-update"},
		{"a lock ignored", server.ListAppend, "lock", func(env server.Env) server.Env { return ignored{env, "lock"} }, "lost-update"},
		{"a key's lock ignored", server.RWRegister, "keylocks", func(env server.Env) server.Env { return ignored{env, "key"} }, "lost-update"},
		{"a key's lock ignored", server.ListAppend, "keylocks", func(env server.Env) server.Env { return ignored{env, "key"} }, "lost-update"},
		{"dirty reads", server.RWRegister, "gossip", func(env server.Env) server.Env { return denying{env, new(int)} }, "G1a"},
		{"dirty reads", server.ListAppend, "lock", func(env server.Env) server.Env { return denying{env, new(int)} }, "G1a"},
		{"dirty reads", server.ListAppend, "keylocks", func(env server.Env) server.Env { return denying{env, new(int)} }, "dirty-update"},
	} {
		t.Run(tt.name+"/"+tt.workload+"/"+tt.strategy, func(t *testing.T) {
			for seed := range uint64(2) {
				r, _ := inWorld(t, tt.workload, tt.strategy, seed, tt.bug)
				var types []string
				for _, v := range r.Workload.EDN().At("anomaly-types").Items() {
					types = append(types, v.Text())
				}
				if r.Workload.Valid() != trial.Invalid || !slices.Contains(types, tt.want) {
					t.Errorf("seed %d: got %v %v, want %s", seed, r.Workload.Valid(), types, tt.want)
				}
			}
		})
	}
}

// TestTotallyAvailable: without any message between nodes, gossip answers each
// transaction and keeps its promise.
func TestTotallyAvailable(t *testing.T) {
	r, metrics := inWorld(t, server.RWRegister, "gossip", 1, func(env server.Env) server.Env { return isolated{env} })
	if metrics["ok-fraction"] != 1 || metrics["ops"] < 400 || r.Workload.Valid() != trial.Valid {
		t.Errorf("got %v ok of %v ops, %s", metrics["ok-fraction"], metrics["ops"], r.Workload.EDN())
	}
	if metrics["op-latency.max"] > 5 {
		t.Errorf("a transaction took %v ms, want what a node and its client take", metrics["op-latency.max"])
	}
}
