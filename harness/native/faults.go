package native

import (
	"slices"
	"syscall"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// strike starts and ends the faults that are due, and returns the time of the next one.
func (r *run) strike(now time.Duration) time.Duration {
	for len(r.faults) > 0 {
		f := r.faults[0]
		if at := r.start + f.At; at > now {
			return at
		}
		r.faults = r.faults[1:]
		r.threads.Fault()
		r.apply(f)
	}
	return network.Never
}

// stall stops the threads whose stalls are due, and returns the time of the next stall.
func (r *run) stall(now time.Duration) time.Duration {
	for len(r.stalls) > 0 {
		s := r.stalls[0]
		if at := r.start + s.At; at > now {
			return at
		}
		r.stalls = r.stalls[1:]
		r.router.Stall(s.Node, r.start+s.Until)
	}
	return network.Never
}

// apply starts or ends a fault, and records it as Jepsen does: before and after.
func (r *run) apply(f workload.Fault) {
	if !f.Starts {
		r.end(f.Kind)
		return
	}
	if f.Target == "" {
		f.Target = "all"
	}
	r.note("start-"+f.Kind, edn.NewKeyword(f.Target))
	r.struck[f.Kind] = f.Nodes
	for _, id := range f.Nodes {
		switch p := r.nodes[id]; f.Kind {
		case "kill":
			r.strikeDown(p)
		case "pause":
			if p.isReady { // else it could not be set up in time
				r.signal(p, syscall.SIGSTOP)
			}
		}
	}
	switch f.Kind {
	case "partition", "one-way":
		r.router.Cut(f.Kind, f.Cut)
		r.note("start-"+f.Kind, edn.NewVector(edn.NewKeyword("isolated"), r.isolated(f)))
	case "slow":
		r.router.Slow(true)
		r.note("start-"+f.Kind, edn.NewKeyword("slowed"))
	default:
		r.note("start-"+f.Kind, names(f.Nodes))
	}
}

// end ends the fault of that kind, if there is one.
func (r *run) end(kind string) {
	r.note("stop-"+kind, edn.NewNil())
	for _, id := range r.struck[kind] {
		switch p := r.nodes[id]; kind {
		case "kill":
			r.restart(p)
		case "pause":
			p.moved.Store(time.Now().UnixNano()) // it could not read until now
			r.signal(p, syscall.SIGCONT)
		}
	}
	delete(r.struck, kind)
	r.router.Cut(kind, nil)
	if kind == "slow" {
		r.router.Slow(false)
	}
	healed := "healed"
	if kind == "partition" {
		healed = "network-healed"
	}
	r.note("stop-"+kind, edn.NewKeyword(healed))
}

func (r *run) note(f string, value edn.Value) {
	r.record(history.Op{Type: history.Info, Process: history.Nemesis, F: f, Value: value})
}

// signal signals a running process and its children.
func (r *run) signal(p *process, s syscall.Signal) {
	if !p.doomed {
		p.signal(s)
	}
}

// strikeDown kills a process and its children with SIGKILL. The node loses its state, and
// what arrives until it is started again.
func (r *run) strikeDown(p *process) {
	if p.doomed { // not restarted since the last kill
		return
	}
	p.doomed, p.up = true, false
	p.forget()
	if r.spread != nil {
		r.spread.forget(p.node)
	}
	r.spawner.do(func() {
		p.kill()
		p.release()
	})
}

// restart starts a new process for a killed node, and sends it init and the rest of the
// set-up.
func (r *run) restart(old *process) {
	if !old.doomed || old.replaced {
		return
	}
	old.replaced = true
	p := r.newProcess(old.node)
	r.setups++
	command := r.commandOf(p.node)
	r.spawner.do(func() {
		select {
		case <-r.quit:
			return
		default:
		}
		err := p.start(command, r.folderOf(p.node), r.environment(p.node))
		if !p.tell(event{from: p, started: true, err: err}) && err == nil {
			p.kill()
			p.release()
		}
	})
}

// restarted sets up a process that was started again; err says why it could not be.
func (r *run) restarted(p *process, err error) {
	r.setups--
	if err != nil {
		r.fail(p.misbehaved("could not be started again: " + err.Error()))
		return
	}
	r.nodes[p.node] = p
	r.initialize(p, func() {
		request, err := r.protocol.Setup(r.trial)
		switch {
		case err != nil:
			r.fail(err)
		case request.Type == "":
			p.ready()
		default:
			r.setUp(p, request.Type, request.Fields, r.trial.RPCTimeout, r.router.Send, p.ready)
		}
	})
}

// isolated returns, for each node, the nodes whose messages it drops.
func (r *run) isolated(f workload.Fault) edn.Value {
	var pairs []edn.Value
	for id := range broadcast.NodeID(len(r.nodes)) {
		if rejected := slices.Collect(f.Cut.Rejected(id)); len(rejected) > 0 {
			pairs = append(pairs, edn.NewString(nodeName(id)), names(rejected))
		}
	}
	return edn.NewMap(pairs...)
}

// names returns a set of node names.
func names(ids []broadcast.NodeID) edn.Value {
	var all []edn.Value
	for _, id := range ids {
		all = append(all, edn.NewString(nodeName(id)))
	}
	return edn.NewSet(all...)
}
