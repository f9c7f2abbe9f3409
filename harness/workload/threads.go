package workload

import (
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
	"gossipbench/node/wire"
)

// Backend is what Threads ask of those who run the nodes.
type Backend interface {
	// Call makes a request in the name of a thread, and tells answer what came
	// of it: nil where nothing came in time.
	Call(thread int, r Request, answer func(*wire.Message))
	// Renew gives a thread a new client: nobody knows what became of its op.
	Renew(thread int)
	// Record adds an op to the history, which gives it its index and its time.
	Record(history.Op)
}

// Threads are the synchronous clients of a trial, as its workload's Protocol has
// them: each does one op at a time. Times count from the start of the load.
//
// Source: interpreter.clj of jepsen.generator, where a thread's process number
// grows by the number of threads after each op that ended as info.
type Threads struct {
	backend   Backend
	protocol  Protocol
	generator *Generator
	load      *Clients // nil once it has ended
	all       []thread
	free      int
}

type thread struct {
	session Session
	process int // as histories number it
	busy    bool
}

// NewThreads returns the threads of a trial whose load begins.
func NewThreads(t experiment.Trial, b Backend) *Threads {
	threads := &Threads{backend: b, protocol: Protocols[t.Workload], all: make([]thread, t.Threads())}
	threads.free = len(threads.all)
	threads.generator = threads.protocol.Generator(t, len(threads.all))
	threads.load = NewClients(t, len(threads.all), threads.generator)
	for i := range threads.all {
		threads.all[i] = thread{session: threads.protocol.Session(), process: i}
	}
	return threads
}

// Idle reports whether no op is under way.
func (t *Threads) Idle() bool { return t.free == len(t.all) }

// Next returns the time before which the next op of the load does not start, and
// false where none will, or not before another one has ended.
func (t *Threads) Next() (time.Duration, bool) {
	if t.load == nil || t.free == 0 {
		return 0, false
	}
	return t.load.Next()
}

// Begin starts the next op of the load, at the time now, at or after Next.
func (t *Threads) Begin(now time.Duration) {
	i, ask := t.load.Start(now, func(i int) bool { return !t.all[i].busy })
	t.invoke(i, ask, func(op history.Op) {
		if t.generator.Completed != nil {
			t.generator.Completed(op)
		}
	})
}

// Fault tells that a fault begins or ends. See Clients.Fault.
func (t *Threads) Fault() {
	if t.load != nil {
		t.load.Fault()
	}
}

// EndLoad ends the load: ops that are under way go on, and no other begins.
func (t *Threads) EndLoad() { t.load = nil }

// HasFinal reports whether the workload asks something after the recovery.
func (t *Threads) HasFinal() bool { return t.generator.Final != nil }

// Finish has all threads do what the workload asks after the recovery.
func (t *Threads) Finish() {
	if t.HasFinal() {
		for i := range t.all {
			t.finish(i, nil)
		}
	}
}

// finish has thread i do its next final op, of which last was done before.
func (t *Threads) finish(i int, last *history.Op) {
	if ask, more := t.generator.Final(i, last); more {
		t.invoke(i, ask, func(op history.Op) { t.finish(i, &op) })
	}
}

// invoke has thread i do an op, and tells completed how it ended.
func (t *Threads) invoke(i int, ask Ask, completed func(history.Op)) {
	th := &t.all[i]
	th.busy = true
	t.free--
	t.backend.Record(history.Op{Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final, Extra: ask.Extra})
	x := t.protocol.Begin(th.session, ask)
	if x.Request.Type == "" {
		t.complete(i, x.Crash(), completed)
		return
	}
	t.exchange(i, &x, completed)
}

// exchange makes the requests of an op.
func (t *Threads) exchange(i int, x *Exchange, completed func(history.Op)) {
	t.backend.Call(i, x.Request, func(m *wire.Message) {
		if end, ended := x.Heard(m); ended {
			t.complete(i, end, completed)
		} else {
			t.exchange(i, x, completed)
		}
	})
}

// complete ends the op of thread i. Where nobody knows what became of it a new
// client takes the thread.
func (t *Threads) complete(i int, end history.Op, completed func(history.Op)) {
	th := &t.all[i]
	end.Process = th.process
	th.busy = false
	t.free++
	t.backend.Record(end)
	if end.Type == history.Info {
		th.process += len(t.all)
		th.session = t.protocol.Session()
		t.backend.Renew(i)
	}
	completed(end)
}
