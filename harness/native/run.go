package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/network"
	procs "gossipbench/harness/process"
	"gossipbench/harness/scratch"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// run is a running trial. The holder of mu owns it: play, except while it waits in pump,
// and the goroutines of processes and of the alarm while they report events.
type run struct {
	mu       sync.Mutex
	ctx      context.Context
	trial    trial.Trial
	protocol workload.Protocol
	command  []string        // command that starts a node
	scratch  *scratch.Folder // has a folder for each node, which outlives kills of the node
	durable  bool            // nodes get a disk in their folder
	stored   int             // bytes on the disks at the end; negative if unknown
	lives    []int           // number of starts of each node
	mark     string          // marker=…, unique to this trial
	folder   *folder

	initTimeout         time.Duration // bound on the time to answer init
	maxHeld, maxWaiting int           // bytes, see the constants

	began time.Time // now counts from this time
	start time.Duration
	alarm *alarm
	rings time.Duration // when the alarm is set to ring
	quit  chan struct{} // closed when events are no longer handled
	over  bool          // quit is closed

	until   time.Duration // when pump must return
	done    func() bool   // pump also returns when this is true; may be nil
	pumping bool          // pump is waiting
	reached chan struct{} // signals pump
	spawner *spawner

	nodes   []*process   // latest process of each node
	dirty   []*process   // processes with something to flush
	behind  []*process   // processes for which much waits
	pending atomic.Int64 // bytes that wait for nodes
	router  *network.Router
	spread  *spread // nil for a user's own node
	err     error   // error that ends the trial

	clients      []*client
	waiting      []*client // clients that wait for an answer; some have got it
	soonest      time.Duration
	threads      *workload.Threads // nil before the load
	clientOf     []*client         // client of each thread
	setups       int               // nodes and clients that are being set up
	faults       []workload.Fault
	stalls       []workload.Stall
	struck       map[string][]broadcast.NodeID // nodes by kind of the fault in progress
	checkers     *checker.Checkers
	disturbances *disturbances // nil before the load
	recorded     int           // lines of the history
	talks        []talk
	ops          int // number of ops invoked
}

func (b *Backend) newRun(ctx context.Context, t trial.Trial, command []string, f *folder) (*run, error) {
	r := &run{
		ctx: ctx, trial: t, protocol: workload.Protocols[t.Workload], command: command, folder: f,
		initTimeout: b.initTimeout, maxHeld: b.maxHeld, maxWaiting: b.maxWaiting,
		mark:    fmt.Sprintf("%s.%d.%d", t.ID(), os.Getpid(), time.Now().UnixNano()),
		began:   time.Now(),
		quit:    make(chan struct{}),
		reached: make(chan struct{}, 1),
		rings:   network.Never,
		nodes:   make([]*process, t.Nodes),
		lives:   make([]int, t.Nodes),
		soonest: network.Never,
		struck:  map[string][]broadcast.NodeID{},
		talks:   make([]talk, t.Nodes),
	}
	spreads := t.Workload == "broadcast" || t.Workload == "g-set"
	if spreads && t.Bin == "" {
		r.spread = newSpread(t.Nodes)
	}
	goal, err := checker.ParseGoal(t.Availability)
	if err != nil {
		return nil, err
	}
	r.checkers = checker.NewCheckers(r.protocol.Checker(t), goal).During(t.TimeLimit).Among(checker.CastOf(t))
	if r.router, err = network.New(t, workload.Protocols[t.Workload].Stores, r.now, r.arrive); err != nil {
		return nil, err
	}
	r.router.Ended = func() bool {
		r.checkHeld() // answers to the requests of one batch can be large
		return r.err != nil || ctx.Err() != nil
	}
	if t.Bin != "" {
		r.stored = -1
	}
	r.durable = !spreads && t.Bin == ""
	if r.alarm, err = newAlarm(r.ring); err != nil {
		return nil, err
	}
	if r.scratch, err = scratch.New("native"); err != nil {
		r.alarm.close()
		return nil, fmt.Errorf("folders of the nodes: %w", err)
	}
	return r, nil
}

// folderOf returns the folder in which a node runs, which is also its TMPDIR.
func (r *run) folderOf(i int) string {
	return filepath.Join(r.scratch.Path, nodeName(broadcast.NodeID(i)))
}

// diskOf returns the folder in which our own node keeps its disk.
func (r *run) diskOf(i int) string { return filepath.Join(r.folderOf(i), "disk") }

// now returns the time since the run began.
func (r *run) now() time.Duration { return time.Since(r.began) }

// play runs the trial from the start of its nodes to its final reads, as Maelstrom does:
// src/maelstrom/core.clj and db.clj; jepsen.core/run!.
func (r *run) play() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.boot(); err != nil {
		return err
	}
	if err := r.pump(network.Never, r.isSetUp); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	if err := r.pump(network.Never, r.isSetUp); err != nil {
		return err
	}
	r.start = r.now()
	r.watch()
	r.threads = workload.NewThreads(r.trial, load{r})
	r.faults, r.stalls = workload.Faults(r.trial), workload.Stalls(r.trial)
	if err := r.pump(r.start+r.trial.TimeLimit, r.isExhausted); err != nil {
		return err
	}
	r.threads.EndLoad() // ops in progress end before the recovery begins
	if err := r.pump(network.Never, func() bool { return r.threads.Idle() && r.isSetUp() }); err != nil {
		return err
	}
	if r.threads.HasFinal() {
		if err := r.readFinal(); err != nil {
			return err
		}
	}
	if err := r.hearAny(); err != nil {
		return err
	}
	return r.pump(r.now()+workload.Aftermath(r.trial), nil)
}

// isExhausted reports whether the trial may end before its time limit: no op, no fault
// and no final op is to come.
func (r *run) isExhausted() bool {
	return !r.threads.HasFinal() && len(r.faults) == 0 && r.threads.Exhausted()
}

// readFinal waits for the recovery and then runs the final ops.
func (r *run) readFinal() error {
	if err := r.pump(r.now()+r.trial.Recovery, nil); err != nil {
		return err
	}
	r.threads.Finish()
	if err := r.pump(network.Never, r.threads.Idle); err != nil {
		return err
	}
	return r.hearAll()
}

// boot starts the nodes and sends init to each.
func (r *run) boot() error {
	r.spawner = newSpawner(2 * len(r.nodes))
	started := make(chan error, len(r.nodes))
	for i := range r.nodes {
		p := r.newProcess(i)
		command, folder := r.commandOf(i), r.folderOf(i)
		r.spawner.do(func() {
			err := os.Mkdir(folder, 0o777)
			if err == nil {
				err = p.start(command, folder, r.environment(i))
			}
			started <- err
		})
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
	p := &process{node: i, name: nodeName(broadcast.NodeID(i)), tell: r.tell, quit: r.quit, total: &r.pending}
	if r.folder.logs != nil {
		p.log = r.folder.logs[i]
	}
	return p
}

func nodeName(id broadcast.NodeID) string { return "n" + strconv.Itoa(int(id)) }

// commandOf returns the command that starts a node's next life.
func (r *run) commandOf(i int) []string {
	if !r.durable {
		return r.command
	}
	life := strconv.Itoa(r.lives[i])
	r.lives[i]++
	return append(slices.Clip(r.command), "--life", life, "--data", r.diskOf(i))
}

// environment returns the environment of a node: see procs.Passed.
func (r *run) environment(i int) []string {
	return append(procs.Environment(), "TMPDIR="+r.folderOf(i), procs.Mark+"="+r.mark+"."+strconv.Itoa(i))
}

// initialize sends init as the first line to a process, and calls next when it has been
// answered.
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

// open creates the clients of the threads, each of which sets up its node if the workload
// requires it.
func (r *run) open() error {
	request, err := r.protocol.Setup(r.trial)
	if err != nil {
		return err
	}
	r.clientOf = make([]*client, r.trial.Threads())
	for i := range r.clientOf {
		p := r.nodes[i%len(r.nodes)]
		if request.Type == "" {
			r.clientOf[i] = r.newClient(broadcast.NodeID(p.node))
		} else {
			r.clientOf[i] = r.setUp(p, request.Type, request.Fields, r.trial.RPCTimeout, r.router.Send, func() {})
		}
	}
	return nil
}

// setUp sends a request of a new client to a process, by send. The process must answer
// it; then setUp calls next.
func (r *run) setUp(p *process, typ string, fields wire.Fields, timeout time.Duration, send func(network.Endpoint, network.Endpoint, []byte), next func()) *client {
	c := r.newClient(broadcast.NodeID(p.node))
	r.setups++
	r.call(c, typ, fields, timeout, send, func(m *wire.Message) {
		r.setups--
		switch {
		case p != r.nodes[p.node] || p.doomed: // killed meanwhile
		case m == nil && unread(p.stdin) > 0:
			r.fail(p.misbehaved(fmt.Sprintf("did not read its stdin for %v, where %s had come", timeout, typ)))
		case m == nil && p.inVain() != "":
			r.fail(p.misbehaved(fmt.Sprintf("did not answer %s within %v: it %s", typ, timeout, p.inVain())))
		case m == nil:
			r.fail(p.misbehaved(fmt.Sprintf("did not answer %s within %v", typ, timeout)))
		case string(m.Type) != typ+"_ok":
			r.fail(p.misbehaved(fmt.Sprintf("answered %s by %s, want %s_ok", typ, clip(m.Body), typ)))
		case typ != "init" && (&workload.Request{Type: typ}).Check(m) != nil: // Maelstrom checks nothing else in init's answer
			r.fail(p.misbehaved(fmt.Sprintf("answered %s in a malformed way: %v", typ, (&workload.Request{Type: typ}).Check(m))))
		default:
			next()
		}
	})
	return c
}

func (r *run) isSetUp() bool { return r.setups == 0 }
