package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
)

// marker is the variable by which the processes of a trial are known, those
// that nodes start included.
const marker = "GOSSIPBENCH_TRIAL"

// run is one trial on its way. The goroutine of play owns it.
type run struct {
	ctx      context.Context
	trial    experiment.Trial
	protocol protocol
	command  []string // that starts a node
	mark     string   // marker=…: of this trial alone
	folder   *folder

	initTimeout time.Duration // for a node to answer init

	began   time.Time // now counts from it
	start   time.Duration
	alarm   *alarm
	rings   time.Duration // when the alarm is set to
	events  chan event
	quit    chan struct{} // closed when nobody heeds events any more
	spawner *spawner

	nodes  []*process // the newest run of each node
	dirty  []*process // with something to flush
	router *router
	spread *spread // nil where the node is not ours
	err    error   // what ends the trial

	clients  []*client
	waiting  []*client // for an answer; some have had it
	soonest  time.Duration
	load     *workload.Clients // nil but during the load
	threads  []thread
	free     int // threads that are not busy
	setups   int // nodes and clients that are being set up
	faults   []workload.Fault
	struck   map[string][]gossip.NodeID // by the fault that goes on
	checkers *history.Checkers
	recorded int // lines of the history
	ops      int // that clients invoked
}

func (b *Backend) newRun(ctx context.Context, t experiment.Trial, command []string, f *folder) (*run, error) {
	r := &run{
		ctx: ctx, trial: t, protocol: protocols[t.Workload], command: command, folder: f,
		initTimeout: b.initTimeout,
		mark:        fmt.Sprintf("%s=%s.%d.%d", marker, t.ID(), os.Getpid(), time.Now().UnixNano()),
		began:       time.Now(),
		events:      make(chan event, t.Nodes),
		quit:        make(chan struct{}),
		nodes:       make([]*process, t.Nodes),
		soonest:     never,
		struck:      map[string][]gossip.NodeID{},
	}
	if t.Bin == "" {
		r.spread = newSpread(t.Nodes)
	}
	goal, err := history.ParseGoal(t.Availability)
	if err != nil {
		return nil, err
	}
	r.checkers = history.NewCheckers(r.protocol.checker(), goal)
	if r.router, err = newRouter(t, r.now, r.arrive); err != nil {
		return nil, err
	}
	r.alarm, err = newAlarm()
	return r, err
}

// now is the time since the run began.
func (r *run) now() time.Duration { return time.Since(r.began) }

// play runs the trial from the start of its nodes to its final reads. It is
// what Maelstrom does: src/maelstrom/core.clj and db.clj; jepsen.core/run!.
func (r *run) play() error {
	if err := r.boot(); err != nil {
		return err
	}
	if err := r.pump(never, r.isSetUp); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	if err := r.pump(never, r.isSetUp); err != nil {
		return err
	}
	r.start = r.now()
	r.load = workload.NewClients(r.trial, len(r.threads), r.protocol.mix())
	r.faults = workload.Faults(r.trial)
	if err := r.pump(r.start+r.trial.TimeLimit, nil); err != nil {
		return err
	}
	r.load = nil // each op that goes on ends before the pause begins
	if err := r.pump(never, func() bool { return r.free == len(r.threads) && r.isSetUp() }); err != nil {
		return err
	}
	if err := r.pump(r.now()+r.trial.Recovery, nil); err != nil {
		return err
	}
	for i := range r.threads {
		r.invoke(i, r.protocol.final)
	}
	if err := r.pump(never, func() bool { return r.free == len(r.threads) }); err != nil {
		return err
	}
	return r.hearAll()
}

// boot starts the nodes and sends each its init.
func (r *run) boot() error {
	r.spawner = newSpawner(2 * len(r.nodes))
	started := make(chan error, len(r.nodes))
	for i := range r.nodes {
		p := r.newProcess(i)
		r.spawner.do(func() { started <- p.start(r.command, r.environment(i)) })
		r.nodes[i] = p
	}
	var err error
	for range r.nodes {
		err = errors.Join(err, <-started)
	}
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	for _, p := range r.nodes {
		r.initialize(p, p.ready)
	}
	return nil
}

func (r *run) newProcess(i int) *process {
	p := &process{node: i, name: nodeName(gossip.NodeID(i)), events: r.events, quit: r.quit}
	if r.folder.logs != nil {
		p.log = r.folder.logs[i]
	}
	return p
}

func (r *run) environment(i int) []string {
	return append(os.Environ(), r.mark+"."+strconv.Itoa(i))
}

// initialize makes init the first line that a process reads, and calls next
// when it has been answered.
func (r *run) initialize(p *process, next func()) {
	fields := wire.Fields(nil).Text("node_id", p.name).Key("node_ids")
	fields = append(fields, '[')
	for i, other := range r.nodes {
		if i > 0 {
			fields = append(fields, ',')
		}
		fields = wire.AppendText(fields, other.name)
	}
	p.up = true
	r.setUp(p, "init", append(fields, ']'), r.initTimeout, r.post, next)
}

// open makes the threads of the load, whose clients each set up their node.
func (r *run) open() error {
	typ, fields, err := r.protocol.setup(r.trial)
	if err != nil {
		return err
	}
	r.threads = make([]thread, r.trial.Threads())
	r.free = len(r.threads)
	for i := range r.threads {
		p := r.nodes[i%len(r.nodes)]
		c := r.setUp(p, typ, fields, r.trial.RPCTimeout, r.router.send, func() {})
		r.threads[i] = thread{client: c, process: i}
	}
	return nil
}

// setUp has a client of its own ask a process something that it must answer,
// and calls next when it has. The client asks by way of send.
func (r *run) setUp(p *process, typ string, fields wire.Fields, timeout time.Duration, send func(endpoint, endpoint, []byte), next func()) *client {
	c := r.newClient(gossip.NodeID(p.node))
	r.setups++
	r.call(c, typ, fields, timeout, send, func(m *wire.Message) {
		r.setups--
		switch {
		case p != r.nodes[p.node] || p.doomed: // killed meanwhile
		case m == nil && unread(p.stdin) > 0:
			r.fail(p.misbehaved(fmt.Sprintf("did not read its stdin for %v, where %s had come", timeout, typ)))
		case m == nil:
			r.fail(p.misbehaved(fmt.Sprintf("did not answer %s within %v", typ, timeout)))
		case string(m.Type) != typ+"_ok":
			r.fail(p.misbehaved(fmt.Sprintf("answered %s by %s, want %s_ok", typ, clip(m.Body), typ)))
		default:
			next()
		}
	})
	return c
}

func (r *run) isSetUp() bool { return r.setups == 0 }

// fail ends the trial with its first error.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// pump runs the network, the clients and the faults until done, or until the
// time comes. Done may be nil.
func (r *run) pump(until time.Duration, done func() bool) error {
	for {
		r.router.run()
		now := r.now()
		next := min(until, r.strike(now))
		next = min(next, r.expire(now), r.ask(now))
		if next = min(next, r.router.next()); r.err != nil {
			return r.err
		}
		if now >= until || done != nil && done() {
			return nil
		}
		r.flush()
		if next != r.rings {
			r.rings = next
			r.alarm.set(next - r.now())
		}
		select {
		case e := <-r.events:
			r.heed(e)
		case <-r.alarm.C:
			r.rings = never
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
	}
}

// heed takes what a process tells.
func (r *run) heed(e event) {
	p := e.from
	if e.started {
		r.restarted(p, e.err)
		return
	}
	for i := range e.messages {
		if wrong := r.route(p, &e.messages[i]); wrong != "" {
			r.fail(p.misbehaved(wrong))
			return
		}
	}
	p.heard = r.now()
	switch {
	case p.doomed:
	case e.wrong != "":
		r.fail(p.misbehaved(e.wrong))
	case e.ended:
		r.fail(p.misbehaved("ended by itself: " + p.status()))
	case p.flooded(r.now(), len(e.messages), e.bytes):
		r.fail(p.misbehaved(fmt.Sprintf("flooded: it printed %d lines, %d bytes, within %v", p.printed.lines, p.printed.bytes, floodWindow)))
	case r.router.inFlight > maxInFlight:
		most := r.mostPrinted()
		r.fail(most.misbehaved(fmt.Sprintf("overwhelmed the network, which holds more than %d bytes: it printed %d", maxInFlight, most.printed.total)))
	}
}

// flooded counts what a process printed, and reports whether it was too much.
func (p *process) flooded(now time.Duration, lines, bytes int) bool {
	if now-p.printed.since > floodWindow {
		p.printed.since, p.printed.lines, p.printed.bytes = now, 0, 0
	}
	p.printed.lines += lines
	p.printed.bytes += bytes
	p.printed.total += int64(bytes)
	return p.printed.lines > floodLines || p.printed.bytes > floodBytes
}

func (r *run) mostPrinted() *process {
	most := r.nodes[0]
	for _, p := range r.nodes {
		if p.printed.total > most.printed.total {
			most = p
		}
	}
	return most
}

// route sends a message that a process printed on its way. It returns what is
// wrong with it, or "".
func (r *run) route(p *process, m *wire.Message) (wrong string) {
	if string(m.Src) != p.name {
		return fmt.Sprintf("printed a message from %q, which it is not: %s", m.Src, clip(m.Body))
	}
	dest, ok := r.router.find(m.Dest)
	if !ok {
		return fmt.Sprintf("printed a message to %q, which does not exist: %s", m.Dest, clip(m.Body))
	}
	if m.Body == nil {
		return "" // Maelstrom, too, says nothing
	}
	if dest >= r.router.clients {
		r.router.pass(message{src: endpoint(p.node), dest: dest})
		return r.hear(dest, m)
	}
	r.router.send(endpoint(p.node), dest, m.Body)
	return ""
}

// arrive delivers a message to a node, unless that is down.
func (r *run) arrive(m message) bool {
	p := r.nodes[m.dest]
	if !p.up {
		return false
	}
	now := r.now()
	if m.src >= r.router.clients {
		r.clients[m.src-r.router.clients].arrived = now
	}
	if r.spread != nil {
		r.spread.arrive(p.node, m.src < r.router.clients, m.body, now)
	}
	r.hand(p, m)
	return true
}

// post hands a client's message to its node past all others.
func (r *run) post(src, dest endpoint, body []byte) {
	r.hand(r.nodes[dest], r.router.pass(message{src: src, dest: dest, body: body}))
}

// hand writes a message to a process.
func (r *run) hand(p *process, m message) {
	room := p.send(func(line []byte) []byte {
		line = append(line, `{"id":`...)
		line = strconv.AppendInt(line, m.id, 10)
		comma := len(line)
		line = wire.AppendEnvelope(line, r.router.name(m.src), p.name, m.body)
		line[comma] = ',' // instead of its opening brace
		return line
	})
	if !p.dirty {
		p.dirty = true
		r.dirty = append(r.dirty, p)
	}
	if !room && !p.doomed {
		r.fail(p.misbehaved(fmt.Sprintf("does not read its stdin, or too slowly: more than %d bytes wait for it; %s has printed most, %d bytes",
			maxWaiting, r.mostPrinted().name, r.mostPrinted().printed.total)))
	}
}

// flush has the nodes read what has been handed to them.
func (r *run) flush() {
	for _, p := range r.dirty {
		p.dirty = false
		p.flush()
	}
	r.dirty = r.dirty[:0]
}

// hearAll makes sure that each node has answered its final read, if that came
// in time for an answer. One that has not is broken, even where the others make
// up for it.
func (r *run) hearAll() error {
	for i := range r.threads {
		th := &r.threads[i]
		p := r.nodes[th.client.node]
		if !th.mute || r.now()-th.client.arrived < r.trial.RPCTimeout/2 {
			continue
		}
		return p.misbehaved(p.silence(r.now(), r.trial.RPCTimeout))
	}
	return nil
}

// strike has the faults begin and end that are due, and returns when the next
// one is.
func (r *run) strike(now time.Duration) time.Duration {
	for len(r.faults) > 0 {
		f := r.faults[0]
		if at := r.start + f.At; at > now {
			return at
		}
		r.faults = r.faults[1:]
		if r.load != nil {
			r.load.Fault()
		}
		r.apply(f)
	}
	return never
}

// close ends all processes of the run, and all its goroutines: gently, unless
// the trial has failed of err. It returns err, or what a node did wrong about
// its end.
func (r *run) close(err error) error {
	r.alarm.close()
	close(r.quit)
	r.spawner.close()
	hearOut(err)
	alive := r.nodes[:0:0]
	for _, p := range r.nodes {
		if p.isStarted && !p.released {
			alive = append(alive, p)
		}
	}
	for len(r.events) > 0 {
		if e := <-r.events; e.started && e.err == nil {
			alive = append(alive, e.from) // nobody has heard of it yet
		}
	}
	if endErr := stopAll(alive, err == nil); err == nil {
		err = endErr
	}
	if pid, node := r.hunt(); pid > 0 && err == nil {
		err = r.nodes[node].misbehaved(fmt.Sprintf("ended and left a process of another group behind, %d, which has been killed", pid))
	}
	fill(err)
	return err
}

// hunt kills the processes that have left their groups, and returns one of them
// and the node whose it is; 0 where there is none.
func (r *run) hunt() (pid, node int) {
	for deadline := time.Now().Add(termGrace); time.Now().Before(deadline); time.Sleep(pollGroup) {
		found := marked(r.mark + ".")
		if len(found) == 0 {
			break
		}
		for p, rest := range found {
			_ = syscall.Kill(p, syscall.SIGKILL)
			if i, err := strconv.Atoi(rest); err == nil && i < len(r.nodes) {
				pid, node = p, i
			}
		}
	}
	return pid, node
}
