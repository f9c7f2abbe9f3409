package sim

import (
	"slices"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// clients are the clients of Maelstrom's broadcast workload. They run through its phases:
// the load, the completion of ops in progress, the recovery, and a final read by each.
type clients struct {
	*cluster
	load     *workload.Clients
	threads  []thread
	free     int
	phase    phase
	checkers *checker.Checkers
	keep     *history.Writer // of the history; nil if it is not wanted
	err      error           // first error of keep
	recorded int
	overdue  map[request]workload.Ask // requests in flight that have timed out
	shown    []shown
	asked    uint64 // messages from clients, and answers to them
	answered uint64
}

// thread is a synchronous client.
type thread struct {
	process int // number in the history; a new one after each op that ended as info
	op      uint32
	busy    bool
	ask     workload.Ask
}

// request identifies an op of a thread.
type request struct {
	thread int32
	op     uint32
}

// phase is the phase of a trial.
type phase uint8

const (
	loading    phase = iota
	ending           // ops in progress end
	recovering       // the nodes catch up
	reading          // each thread reads once more
	leaving          // the nodes continue until the trial is over
)

func newClients(c *cluster, checkers *checker.Checkers) *clients {
	threads := c.trial.Threads()
	s := &clients{
		cluster: c, checkers: checkers,
		load:    workload.NewClients(*c.trial, threads, workload.Protocols["broadcast"].Generator(*c.trial, threads)),
		threads: make([]thread, threads),
		free:    threads,
		overdue: map[request]workload.Ask{},
		shown:   make([]shown, len(c.nodes)),
	}
	for i := range s.threads {
		s.threads[i].process = i
	}
	c.answer = s.answerOp
	c.nemesis.changed = s.noteFault
	return s
}

// play runs the trial from the start of its load to the end of its final reads.
func (s *clients) play() {
	s.start()
	s.next()
	s.queue.push(s.trial.TimeLimit, proceed, event{})
	s.run(s.step)
}

// step handles the clients' own events.
func (s *clients) step(e event) {
	switch e.kind() {
	case enter:
		s.begin()
	case timeout:
		if th := &s.threads[e.to]; th.busy && th.op == e.ref {
			s.overdue[request{int32(e.to), e.ref}] = th.ask
			s.complete(int32(e.to), s.given(th.ask.F), th.ask.Value, "timeout")
		}
	case proceed:
		s.advance()
	}
}

// given returns the type of an op that timed out: reads fail, writes are indeterminate.
func (s *clients) given(f string) history.Type {
	if f == "read" {
		return history.Fail
	}
	return history.Info
}

// next schedules the next op.
func (s *clients) next() {
	if at, more := s.load.Next(); more && s.phase == loading {
		s.queue.push(max(at, s.queue.now), enter, event{})
	}
}

// begin starts the op that is due, unless all threads are busy. Then complete starts it.
func (s *clients) begin() {
	if at, more := s.load.Next(); s.free == 0 || s.phase != loading || !more || at > s.queue.now {
		return
	}
	i, ask := s.load.Start(s.queue.now, func(i int) bool { return !s.threads[i].busy })
	s.invoke(i, ask)
	s.next()
}

// advance begins the next phase.
func (s *clients) advance() {
	switch s.phase {
	case loading:
		s.phase = ending
		if s.free == len(s.threads) {
			s.advance()
		}
	case ending:
		s.phase = recovering
		s.queue.push(s.queue.now+s.trial.Recovery, proceed, event{})
	case recovering:
		s.phase = reading
		for i := range s.threads {
			s.invoke(i, workload.Ask{F: "read", Final: true})
		}
	case leaving:
		s.over = true
	}
}

// invoke starts an op of thread i.
func (s *clients) invoke(i int, ask workload.Ask) {
	th := &s.threads[i]
	th.busy, th.ask = true, ask
	th.op++
	s.free--
	s.record(history.Op{Type: history.Invoke, Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final})
	s.asked++
	s.queue.push(s.queue.now+s.trial.RPCTimeout, timeout, event{to: broadcast.NodeID(i), ref: th.op})
	s.cluster.ask(broadcast.NodeID(i%len(s.nodes)), int32(i), th.op)
}

// answerOp handles a thread's request at its node. The answer takes no time.
func (s *clients) answerOp(thread int32, op uint32) {
	th := &s.threads[thread]
	s.answered++
	id := broadcast.NodeID(int(thread) % len(s.nodes))
	ask, late := s.overdue[request{thread, op}]
	if late {
		delete(s.overdue, request{thread, op})
	} else {
		ask = th.ask
	}
	value := ask.Value
	if ask.F == "read" {
		value = s.read(id)
	} else {
		s.broadcast(id, broadcast.Value(value.(int64)))
	}
	if !late {
		s.complete(thread, history.OK, value, "")
	}
}

// shown holds a node's values in the form of reads, for one of its lives.
type shown struct {
	life   uint16
	values []int64
}

// read returns the values that a node's read shows. Reads of one life share an array.
func (s *clients) read(id broadcast.NodeID) []int64 {
	n, shown := &s.nodes[id], &s.shown[id]
	if shown.life != n.life {
		shown.life, shown.values = n.life, nil
	}
	for _, v := range n.values.Log()[len(shown.values):] {
		shown.values = append(shown.values, int64(v))
	}
	return slices.Clip(shown.values)
}

// complete ends the op of a thread.
func (s *clients) complete(i int32, typ history.Type, value any, err string) {
	th := &s.threads[i]
	s.record(history.Op{Type: typ, Process: th.process, F: th.ask.F, Value: value, Final: th.ask.Final, Error: err})
	th.busy = false
	if typ == history.Info {
		th.process += len(s.threads)
	}
	s.free++
	if at, more := s.load.Next(); s.free == 1 && s.phase == loading && more && at <= s.queue.now {
		s.queue.push(s.queue.now, enter, event{}) // an op waits for a thread
	}
	if s.free == len(s.threads) {
		switch s.phase {
		case ending:
			s.advance()
		case reading:
			s.phase = leaving
			s.queue.push(s.queue.now+workload.Aftermath(*s.trial), proceed, event{})
		}
	}
}

// record adds an op to the history.
func (s *clients) record(op history.Op) {
	op.Index, op.Time = s.recorded, s.queue.now
	s.recorded++
	s.checkers.Add(op)
	if s.keep != nil && s.err == nil {
		s.err = s.keep.Write(op)
	}
}

// noteFault records a fault in the history.
func (s *clients) noteFault(f workload.Fault) {
	if s.phase == loading {
		s.load.Fault()
	}
	s.record(f.Op())
}

// net counts messages as Maelstrom does: each node's init and each client's topology with
// their answers, and both again for a node that is restarted. A request that was received
// was answered, and its answer was received.
func (s *clients) net() history.Net {
	setup := 2 * (len(s.nodes) + len(s.threads))
	for i := range s.nodes {
		setup += 4 * int(s.nodes[i].life) // all are up again after the load
	}
	servers := history.Count{Send: int(s.count.sent), Recv: int(s.count.received), Msg: int(s.count.sent)}
	client := history.Count{Send: setup + int(s.asked+s.answered), Recv: setup + int(2*s.answered), Msg: setup + int(s.asked+s.answered)}
	return history.Net{
		Servers: servers, Clients: client,
		All: history.Count{Send: servers.Send + client.Send, Recv: servers.Recv + client.Recv, Msg: servers.Msg + client.Msg},
	}
}
