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

// run is one trial on its way. Whoever holds mu owns it: play, but while it
// waits in pump; and the goroutines of the processes and of the alarm, while
// they tell what has happened.
type run struct {
	mu       sync.Mutex
	ctx      context.Context
	trial    trial.Trial
	protocol workload.Protocol
	command  []string        // that starts a node
	scratch  *scratch.Folder // with a folder for each node, which outlives its kills
	durable  bool            // nodes get the place of a disk in their folder
	stored   int             // bytes on them in the end; below 0 where nobody knows
	lives    []int           // how often each node was started
	mark     string          // marker=…: of this trial alone
	folder   *folder

	initTimeout         time.Duration // for a node to answer init
	maxHeld, maxWaiting int           // bytes, see the constants

	began time.Time // now counts from it
	start time.Duration
	alarm *alarm
	rings time.Duration // when the alarm is set to
	quit  chan struct{} // closed when nobody heeds events any more
	over  bool          // quit is closed

	until   time.Duration // when pump is to return
	done    func() bool   // or as soon as this is so; may be nil
	pumping bool          // until and done are waited for
	reached chan struct{} // tells pump
	spawner *spawner

	nodes   []*process   // the newest run of each node
	dirty   []*process   // with something to flush
	behind  []*process   // for which much waits
	pending atomic.Int64 // bytes that wait for nodes
	router  *network.Router
	spread  *spread // nil where the node is not ours
	err     error   // what ends the trial

	clients      []*client
	waiting      []*client // for an answer; some have had it
	soonest      time.Duration
	threads      *workload.Threads // nil before the load
	clientOf     []*client         // of each thread
	setups       int               // nodes and clients that are being set up
	faults       []workload.Fault
	stalls       []workload.Stall
	struck       map[string][]broadcast.NodeID // by the fault that goes on
	checkers     *checker.Checkers
	disturbances *disturbances // nil before the load
	recorded     int           // lines of the history
	talks        []talk
	ops          int // that clients invoked
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
		r.checkHeld() // requests of one batch may have answers without bounds
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

// folderOf is the folder in which a node runs, and which is its TMPDIR.
func (r *run) folderOf(i int) string {
	return filepath.Join(r.scratch.Path, nodeName(broadcast.NodeID(i)))
}

// diskOf is the folder in which a node of ours keeps what outlives it.
func (r *run) diskOf(i int) string { return filepath.Join(r.folderOf(i), "disk") }

// now is the time since the run began.
func (r *run) now() time.Duration { return time.Since(r.began) }

// play runs the trial from the start of its nodes to its final reads. It is
// what Maelstrom does: src/maelstrom/core.clj and db.clj; jepsen.core/run!.
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
	r.threads.EndLoad() // each op that goes on ends before the pause begins
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

// isExhausted reports whether the trial need not wait for its time limit: no op
// and no fault is to come, and no final op.
func (r *run) isExhausted() bool {
	return !r.threads.HasFinal() && len(r.faults) == 0 && r.threads.Exhausted()
}

// readFinal has the nodes recover, and the threads do their final ops.
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

// boot starts the nodes and sends each its init.
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

// commandOf is what starts a node, in a life of it that begins.
func (r *run) commandOf(i int) []string {
	if !r.durable {
		return r.command
	}
	life := strconv.Itoa(r.lives[i])
	r.lives[i]++
	return append(slices.Clip(r.command), "--life", life, "--data", r.diskOf(i))
}

// environment is that of a node: see procs.Passed.
func (r *run) environment(i int) []string {
	return append(procs.Environment(), "TMPDIR="+r.folderOf(i), procs.Mark+"="+r.mark+"."+strconv.Itoa(i))
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

// open makes the clients of the load's threads, who each set up their node where
// the workload has them do so.
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

// setUp has a client of its own ask a process something that it must answer,
// and calls next when it has. The client asks by way of send.
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
		case typ != "init" && (&workload.Request{Type: typ}).Check(m) != nil: // Maelstrom looks at no more of init's answer
			r.fail(p.misbehaved(fmt.Sprintf("answered %s in a malformed way: %v", typ, (&workload.Request{Type: typ}).Check(m))))
		default:
			next()
		}
	})
	return c
}

func (r *run) isSetUp() bool { return r.setups == 0 }
