package workload

import (
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// Backend is what Threads need of the backend that runs the nodes.
type Backend interface {
	// Now returns the time since the start of the load.
	Now() time.Duration
	// Call sends a request in the name of a thread and passes the answer to answer; nil
	// if none came in time.
	Call(thread int, r Request, answer func(*wire.Message))
	// Renew closes the client of a thread, because the outcome of its op is unknown, and
	// gives it a new one.
	Renew(thread int)
	// Record adds an op to the history and sets its index and time.
	Record(history.Op)
}

// Threads are the synchronous clients of a trial, with the Protocol of its workload. Each
// does one op at a time. Times count from the start of the load.
//
// Source: interpreter.clj of jepsen.generator. After an op that ended as info, a thread's
// process number grows by the number of threads, and a client that is not reusable is
// closed.
type Threads struct {
	backend   Backend
	protocol  Protocol
	generator *Generator
	load      *Clients // nil after the end of the load
	all       []thread
	free      int // threads without an op; a thread that waits for its next final op is not free
	waiting   int // threads that wait for their next final op
}

type thread struct {
	session Session
	process int // number of its process in the history
	busy    bool
	waits   bool          // until at, when its next final op begins
	at      time.Duration // time of its next final op
	next    Ask
}

// NewThreads returns the threads of a trial at the start of its load.
func NewThreads(t trial.Trial, b Backend) *Threads {
	threads := &Threads{backend: b, protocol: Protocols[t.Workload], all: make([]thread, t.Threads())}
	threads.free = len(threads.all)
	threads.generator = threads.protocol.Generator(t, len(threads.all))
	threads.load = NewClients(t, len(threads.all), threads.generator)
	for i := range threads.all {
		threads.all[i] = thread{session: threads.protocol.Session(), process: i}
	}
	return threads
}

// Idle reports whether no op is in progress and no final op is waiting.
func (t *Threads) Idle() bool { return t.free == len(t.all) }

// Next returns the earliest time of the next op. more is false if there is none, or none
// before another op has ended.
func (t *Threads) Next() (at time.Duration, more bool) {
	switch {
	case t.load != nil:
		if t.free == 0 {
			return 0, false
		}
		return t.load.Next()
	case t.waiting > 0:
		return t.all[t.soonest()].at, true
	}
	return 0, false
}

// soonest returns the waiting thread whose final op begins first.
func (t *Threads) soonest() int {
	first := -1
	for i := range t.all {
		if th := &t.all[i]; th.waits && (first < 0 || th.at < t.all[first].at) {
			first = i
		}
	}
	return first
}

// Begin starts the next op at the time now, which must not be before Next.
func (t *Threads) Begin(now time.Duration) {
	if t.load == nil {
		i := t.soonest()
		t.all[i].waits = false
		t.waiting--
		t.free++
		t.final(i, t.all[i].next)
		return
	}
	i, ask := t.load.Start(now, func(i int) bool { return !t.all[i].busy })
	t.invoke(i, ask, func(op history.Op) {
		if t.generator.Completed != nil {
			t.generator.Completed(op)
		}
	})
}

// Fault records that a fault begins or ends. See Clients.Fault.
func (t *Threads) Fault() {
	if t.load != nil {
		t.load.Fault()
	}
}

// Exhausted reports whether the load has no more ops, perhaps before its time has ended.
// A load without any ops lasts its full time, since Maelstrom sleeps then.
func (t *Threads) Exhausted() bool { return t.load == nil || t.load.exhausted() }

// EndLoad ends the load: ops in progress go on, and no other begins.
func (t *Threads) EndLoad() { t.load = nil }

// HasFinal reports whether the workload has final ops, after the recovery.
func (t *Threads) HasFinal() bool { return t.generator.Final != nil }

// Finish starts the final ops of all threads.
func (t *Threads) Finish() {
	if t.HasFinal() {
		for i := range t.all {
			t.finish(i, nil)
		}
	}
}

// finish starts or schedules the next final op of thread i. last is its previous final
// op, or nil.
func (t *Threads) finish(i int, last *history.Op) {
	now := t.backend.Now()
	ask, at, more := t.generator.Final(i, now, last)
	switch {
	case !more:
	case at <= now:
		t.final(i, ask)
	default:
		th := &t.all[i]
		th.waits, th.at, th.next = true, at, ask
		t.waiting++
		t.free--
	}
}

// final starts a final op of thread i, and then its next one.
func (t *Threads) final(i int, ask Ask) {
	t.invoke(i, ask, func(op history.Op) { t.finish(i, &op) })
}

// invoke starts an op of thread i and calls completed with its completion.
func (t *Threads) invoke(i int, ask Ask, completed func(history.Op)) {
	th := &t.all[i]
	th.busy = true
	t.free--
	t.backend.Record(history.Op{Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final, Extra: ask.Extra})
	x := t.protocol.Begin(th.session, ask)
	if x.Request.Type == "" {
		t.complete(i, x.Unasked(), completed)
		return
	}
	t.exchange(i, &x, completed)
}

// exchange makes the requests of an op, one after the other.
func (t *Threads) exchange(i int, x *Exchange, completed func(history.Op)) {
	t.backend.Call(i, x.Request, func(m *wire.Message) {
		if end, ended := x.Heard(m); ended {
			t.complete(i, end, completed)
		} else {
			t.exchange(i, x, completed)
		}
	})
}

// complete ends the op of thread i. If the outcome is unknown, the thread continues as a
// new process, and with a new client unless clients are reusable.
func (t *Threads) complete(i int, end history.Op, completed func(history.Op)) {
	th := &t.all[i]
	end.Process = th.process
	th.busy = false
	t.free++
	t.backend.Record(end)
	if end.Type == history.Info {
		th.process += len(t.all)
		if !t.protocol.Reusable {
			th.session = t.protocol.Session()
			t.backend.Renew(i)
		}
	}
	completed(end)
}
