package workload

import (
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// Backend is what Threads ask of those who run the nodes.
type Backend interface {
	// Now is the time since the start of the load.
	Now() time.Duration
	// Call makes a request in the name of a thread, and tells answer what came
	// of it: nil where nothing came in time.
	Call(thread int, r Request, answer func(*wire.Message))
	// Renew gives a thread a new client, and closes the one it had: nobody knows
	// what became of its op.
	Renew(thread int)
	// Record adds an op to the history, which gives it its index and its time.
	Record(history.Op)
}

// Threads are the synchronous clients of a trial, as its workload's Protocol has
// them: each does one op at a time. Times count from the start of the load.
//
// Source: interpreter.clj of jepsen.generator, where a thread's process number
// grows by the number of threads after each op that ended as info, and a client
// that is not reusable is closed then.
type Threads struct {
	backend   Backend
	protocol  Protocol
	generator *Generator
	load      *Clients // nil once it has ended
	all       []thread
	free      int // threads that do no op; one that waits for its next final op is not free
	waiting   int // threads that wait for it
}

type thread struct {
	session Session
	process int // as histories number it
	busy    bool
	waits   bool          // until at, when it asks next
	at      time.Duration // its next final op's time
	next    Ask
}

// NewThreads returns the threads of a trial whose load begins.
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

// Idle reports whether no op is under way, and no final one to come.
func (t *Threads) Idle() bool { return t.free == len(t.all) }

// Next returns the time before which the next op does not start, and false where
// none will, or not before another one has ended.
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

// soonest returns the thread that begins its final op first, of those that wait
// to.
func (t *Threads) soonest() int {
	first := -1
	for i := range t.all {
		if th := &t.all[i]; th.waits && (first < 0 || th.at < t.all[first].at) {
			first = i
		}
	}
	return first
}

// Begin starts the next op, at the time now, at or after Next.
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

// Fault tells that a fault begins or ends. See Clients.Fault.
func (t *Threads) Fault() {
	if t.load != nil {
		t.load.Fault()
	}
}

// Exhausted reports whether the load has no op any more, though its time may not
// have come. A load that never had one has time alone, as Maelstrom sleeps then.
func (t *Threads) Exhausted() bool { return t.load == nil || t.load.exhausted() }

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

// final has thread i do a final op, and then its next.
func (t *Threads) final(i int, ask Ask) {
	t.invoke(i, ask, func(op history.Op) { t.finish(i, &op) })
}

// invoke has thread i do an op, and tells completed how it ended.
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

// complete ends the op of thread i. Where nobody knows what became of it, another
// process goes on, and unless the client is reusable, it is another one's.
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
