package sim

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
	"gossipbench/strategies/topology"
)

// twin is a simple twin of the simulator: an agenda that is sorted at each push, closures
// as events, and nodes that run what a real node runs, server.Broadcast, with messages as
// JSON. It shares only ops, faults, latencies and grudges.
type twin struct {
	trial  trial.Trial
	spec   broadcast.Spec
	graph  [][]broadcast.NodeID
	now    time.Duration
	agenda []appointment
	over   bool

	nodes  []*twinNode
	cuts   map[string]*network.Grudge
	struck map[string][]broadcast.NodeID
	factor time.Duration
	done   time.Duration // when the machine has handled everything sent so far

	latency                       network.Latency
	latencies, losses, duplicates *rand.Rand
	jitters                       *rand.Rand

	load    *workload.Clients
	threads []*twinThread
	phase   phase

	ops            int
	text           bytes.Buffer
	history        *history.Writer
	sent, received uint64
	bytes          uint64
	busy           []uint32
	entered, last  map[int64]time.Duration
	reached        map[int64]map[broadcast.NodeID]bool
}

type appointment struct {
	at time.Duration
	do func()
}

type twinThread struct {
	process, op int
	busy        bool
	ask         workload.Ask
}

// twinNode is a node and its receiver. It is the node's server.Env.
type twinNode struct {
	*twin
	id       broadcast.NodeID
	name     string
	handlers server.Handlers
	born     time.Duration
	life     int
	alive    bool
	asleep   bool // paused
	held     []func()
	inbox    []twinParcel
	waiting  bool          // for the taken message
	stalled  time.Duration // its receiver does nothing before this time
	reply    []byte
}

type twinParcel struct {
	deadline time.Duration
	from     broadcast.NodeID // −1: a client
	deliver  func()
}

func newTwin(trial trial.Trial) (*twin, error) {
	w := &twin{
		trial: trial, factor: 1,
		cuts: map[string]*network.Grudge{}, struck: map[string][]broadcast.NodeID{},
		latencies: trial.Rand("latency"), losses: trial.Rand("loss"), duplicates: trial.Rand("duplicate"), jitters: trial.Rand("jitter"),
		busy:    make([]uint32, trial.Nodes),
		entered: map[int64]time.Duration{}, last: map[int64]time.Duration{},
		reached: map[int64]map[broadcast.NodeID]bool{},
	}
	var err error
	if w.spec, err = strategies.FindBroadcast(trial.Strategy); err != nil {
		return nil, err
	}
	if w.graph, err = topology.Build(trial.Topology, trial.Nodes, trial.Degree, trial.Seed); err != nil {
		return nil, err
	}
	dist, err := network.ParseDist(trial.LatencyDist)
	if err != nil {
		return nil, err
	}
	w.latency = network.Latency{Min: trial.LatencyMin, Mean: trial.Latency, Dist: dist}
	w.history = history.NewWriter(&w.text)
	w.load = workload.NewClients(trial, trial.Threads(), workload.Protocols["broadcast"].Generator(trial, trial.Threads()))
	for i := range trial.Threads() {
		w.threads = append(w.threads, &twinThread{process: i})
	}
	return w, nil
}

func (w *twin) at(at time.Duration, do func()) {
	w.agenda = append(w.agenda, appointment{at, do})
	slices.SortStableFunc(w.agenda, func(a, b appointment) int { return int(a.at - b.at) })
}

func (w *twin) play() error {
	for _, f := range workload.Faults(w.trial) {
		w.at(f.At, func() { w.strike(f) })
	}
	for _, s := range workload.Stalls(w.trial) {
		w.at(s.At, func() { w.nodes[s.Node].stalled = max(s.Until, w.nodes[s.Node].stalled) })
	}
	starts := workload.Starts(w.trial)
	if starts != nil {
		w.done = slices.Min(starts)
	}
	for i := range w.trial.Nodes {
		n := &twinNode{twin: w, id: broadcast.NodeID(i), name: fmt.Sprintf("n%d", i), stalled: w.done}
		w.nodes = append(w.nodes, n)
	}
	for i, n := range w.nodes {
		if starts != nil {
			w.now = starts[i]
		}
		if err := n.start(); err != nil {
			return err
		}
	}
	w.ask()
	w.at(w.trial.TimeLimit, w.endLoad)
	for !w.over {
		next := w.agenda[0]
		w.agenda = w.agenda[1:]
		w.now = next.at
		next.do()
	}
	return w.history.Flush()
}

// start starts a node as a process is started: with init and then a topology, which it
// ignores, since its neighbors are known.
func (n *twinNode) start() error {
	s := server.Broadcast{Spec: n.spec, Params: n.trial.Params, Graph: func(int) ([][]broadcast.NodeID, error) { return n.graph, nil }}
	c := server.Config{Self: n.name, Rand: broadcast.NewRand(n.trial.Seed, n.id)}
	for _, other := range n.nodes {
		c.Nodes = append(c.Nodes, other.name)
	}
	n.born, n.alive = n.now, true
	var err error
	if n.handlers, err = s.Start(n, c); err != nil {
		return err
	}
	n.handle("c0", "topology", []byte(`{"type":"topology","topology":{}}`))
	return nil
}

// handle lets a node handle a request, and returns its answer.
func (n *twinNode) handle(src, typ string, body []byte) (reply []byte) {
	n.reply = nil
	n.handlers.Handle(n, server.Message{Src: src, Type: typ, Body: body, IDs: wire.IDs{MsgID: 1, Request: src[0] == 'c'}})
	return n.reply
}

func (n *twinNode) Now() time.Duration { return max(0, n.now-n.born) }

func (n *twinNode) Reply(_ server.Message, typ string, fields wire.Fields) {
	line := wire.AppendMessage(nil, n.name, "c0", typ, wire.IDs{InReplyTo: 1, Reply: true}, fields)
	var m wire.Message
	if err := m.Parse(line[:len(line)-1]); err != nil {
		panic(err)
	}
	n.reply = m.Body
}

func (n *twinNode) Call(string, string, wire.Fields, time.Duration, func(server.Message, *wire.Error)) server.Handle {
	panic("no strategy calls")
}

func (n *twinNode) Cancel(server.Handle) { panic("no strategy cancels") }

func (n *twinNode) After(d time.Duration, f func()) server.Handle {
	life := n.life
	n.at(n.now+max(d, 0), func() {
		n.whenAwake(func() {
			if n.life == life {
				f()
				n.look()
			}
		})
	})
	return 0
}

// whenAwake calls do at once, or when the node is no longer paused; never if the node is
// killed before.
func (n *twinNode) whenAwake(do func()) {
	switch {
	case n.asleep:
		n.held = append(n.held, do)
	case n.alive:
		do()
	}
}

func (n *twinNode) Send(to, typ string, fields wire.Fields) {
	line := wire.AppendMessage(nil, n.name, to, typ, wire.IDs{}, fields)
	n.sent++
	n.bytes += uint64(len(line))
	n.busy[n.id]++
	if n.trial.Loss > 0 && n.losses.Float64() < n.trial.Loss {
		return
	}
	copies := 1
	if n.trial.Duplicate > 0 && n.duplicates.Float64() < n.trial.Duplicate {
		copies = 2
	}
	var m wire.Message
	if err := m.Parse(line[:len(line)-1]); err != nil {
		panic(err)
	}
	var dest *twinNode
	for _, other := range n.nodes {
		if other.name == to {
			dest = other
		}
	}
	for range copies {
		leaves := n.now
		if n.trial.MessageTime > 0 {
			n.done = max(n.done, n.now) + n.trial.MessageTime
			leaves = n.done
		}
		dest.expect(leaves+n.latency.Draw(n.latencies)*n.factor, n.id, func() {
			if !dest.alive && !dest.asleep {
				return
			}
			dest.received++
			dest.twin.busy[dest.id]++
			dest.whenAwake(func() {
				dest.handle(n.name, typ, m.Body)
				dest.look()
			})
		})
	}
}

// expect queues a message for a node. A partition may drop it.
func (n *twinNode) expect(deadline time.Duration, from broadcast.NodeID, deliver func()) {
	if n.trial.Network == "maelstrom" {
		n.inbox = append(n.inbox, twinParcel{deadline, from, deliver})
		n.take(false)
		return
	}
	if from < 0 {
		deliver()
		return
	}
	n.at(deadline, func() {
		if !n.cutOff(from) {
			deliver()
		}
	})
}

func (n *twinNode) cutOff(from broadcast.NodeID) bool {
	for _, cut := range n.cuts {
		if from >= 0 && cut.Rejects(n.id, from) {
			return true
		}
	}
	return false
}

func (n *twinNode) take(awake bool) {
	for !n.waiting && len(n.inbox) > 0 {
		if n.now < n.stalled {
			n.waiting = true
			n.sleep(n.stalled, nil)
			return
		}
		slices.SortStableFunc(n.inbox, func(a, b twinParcel) int { return int(a.deadline - b.deadline) })
		p := n.inbox[0]
		waking := time.Duration(0)
		if n.trial.Jitter > 0 && !(awake && p.deadline <= n.now) {
			waking = time.Duration(n.jitters.ExpFloat64() * float64(n.trial.Jitter))
		}
		awake = true
		n.inbox = n.inbox[1:]
		if n.cutOff(p.from) {
			continue
		}
		n.waiting = true
		whole := max(p.deadline-n.now-waking, 0) / time.Millisecond * time.Millisecond
		n.sleep(n.now+waking+whole, p.deliver)
	}
}

// sleep calls do at a time, or later if the node's receiver is stalled.
func (n *twinNode) sleep(until time.Duration, do func()) {
	n.at(until, func() {
		if n.now < n.stalled {
			n.sleep(n.stalled, do)
			return
		}
		n.waiting = false
		if do != nil {
			do()
		}
		n.take(do != nil)
	})
}

// look reads a node's values.
func (n *twinNode) look() []int64 {
	values, ok := wire.Ints[int64](nil, wire.Field(n.handle("c0", "read", []byte(`{"type":"read"}`)), "messages"))
	if !ok {
		panic("a read was answered without messages")
	}
	for _, v := range values {
		if n.reached[v] == nil {
			n.reached[v] = map[broadcast.NodeID]bool{}
		}
		if !n.reached[v][n.id] {
			n.reached[v][n.id] = true
			n.last[v] = n.now
		}
	}
	return values
}

func (w *twin) strike(f workload.Fault) {
	if w.phase == loading {
		w.load.Fault()
	}
	op := history.Op{Type: history.Info, Process: history.Nemesis, F: "stop-" + f.Kind, Value: edn.NewKeyword("healed")}
	if f.Starts {
		op.F = "start-" + f.Kind
		op.Value = edn.NewKeyword("all")
		if f.Target != "" {
			op.Value = edn.NewKeyword(f.Target)
		}
	}
	w.record(op)
	for _, id := range w.struck[f.Kind] {
		switch n := w.nodes[id]; {
		case f.Kind == "kill" && !n.alive && !n.asleep:
			if err := n.start(); err != nil {
				panic(err)
			}
		case f.Kind == "pause" && n.asleep:
			n.asleep = false
			held := n.held
			n.held = nil
			for _, do := range held {
				do()
			}
		}
	}
	for _, id := range f.Nodes {
		switch n := w.nodes[id]; f.Kind {
		case "kill":
			n.alive, n.asleep, n.held = false, false, nil
			n.life++
		case "pause":
			n.asleep = n.alive
		}
	}
	w.struck[f.Kind] = f.Nodes
	delete(w.cuts, f.Kind)
	if f.Cut != nil {
		w.cuts[f.Kind] = f.Cut
	}
	if f.Kind == "slow" {
		w.factor = 1
		if f.Starts {
			w.factor = network.SlowFactor
		}
	}
}

func (w *twin) record(op history.Op) {
	op.Index, op.Time = w.ops, w.now
	w.ops++
	if err := w.history.Write(op); err != nil {
		panic(err)
	}
}

func (w *twin) free() (n int) {
	for _, th := range w.threads {
		if !th.busy {
			n++
		}
	}
	return n
}

// ask begins the next op when it is due and a thread is free.
func (w *twin) ask() {
	at, more := w.load.Next()
	if w.phase != loading || !more {
		return
	}
	w.at(max(at, w.now), func() {
		if at, more := w.load.Next(); more && at <= w.now && w.phase == loading && w.free() > 0 {
			i, ask := w.load.Start(w.now, func(i int) bool { return !w.threads[i].busy })
			w.invoke(i, ask)
			w.ask()
		}
	})
}

func (w *twin) endLoad() {
	w.phase = ending
	w.ended()
}

// ended begins the next phase if no op is in progress: the recovery, and at the end the
// aftermath.
func (w *twin) ended() {
	if w.free() < len(w.threads) {
		return
	}
	switch w.phase {
	case ending:
		w.phase = recovering
		w.at(w.now+w.trial.Recovery, func() {
			w.phase = reading
			for i := range w.threads {
				w.invoke(i, workload.Ask{F: "read", Final: true})
			}
		})
	case reading:
		w.phase = leaving
		w.at(w.now+w.trial.Recovery/10, func() { w.over = true })
	}
}

func (w *twin) invoke(i int, ask workload.Ask) {
	th := w.threads[i]
	th.busy, th.ask = true, ask
	th.op++
	op := th.op
	w.record(history.Op{Type: history.Invoke, Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final})
	w.at(w.now+w.trial.RPCTimeout, func() {
		typ := history.Info
		if ask.F == "read" {
			typ = history.Fail
		}
		w.complete(th, op, typ, ask.Value, "timeout")
	})
	n := w.nodes[i%len(w.nodes)]
	n.expect(w.now, -1, func() {
		n.whenAwake(func() {
			value := ask.Value
			if ask.F == "read" {
				value = n.look()
			} else {
				w.entered[value.(int64)] = w.now
				n.handle("c0", "broadcast", fmt.Appendf(nil, `{"type":"broadcast","message":%d}`, value))
				n.look()
			}
			w.complete(th, op, history.OK, value, "")
		})
	})
}

// complete ends an op, unless it has ended.
func (w *twin) complete(th *twinThread, op int, typ history.Type, value any, err string) {
	if !th.busy || th.op != op {
		return
	}
	th.busy = false
	w.record(history.Op{Type: typ, Process: th.process, F: th.ask.F, Value: value, Final: th.ask.Final, Error: err})
	if typ == history.Info {
		th.process += len(w.threads)
	}
	if at, more := w.load.Next(); more && at <= w.now {
		w.ask() // an op may have waited for a thread
	}
	w.ended()
}

// TestTwin compares the simulator with its twin on random trials: histories byte for
// byte, counts, and the times at which values reached all nodes.
func TestTwin(t *testing.T) {
	for s := range uint64(*seeds) {
		trial, _ := randomTrial(s)
		trial.TimeLimit, trial.Recovery, trial.RPCTimeout = time.Second, 500*msec, 300*msec
		trial.Concurrency = []string{"1n", "2n", "3"}[s%3]
		w, err := newTwin(trial)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.play(); err != nil {
			t.Fatal(err)
		}

		c, err := newCluster(&trial)
		if err != nil {
			t.Fatal(err)
		}
		c.done = context.Background().Done()
		c.plan()
		var text bytes.Buffer
		clients := newClients(c, checker.NewCheckers(&checker.SetFull{}, 0))
		clients.keep = history.NewWriter(&text)
		clients.play()
		if err := clients.keep.Flush(); err != nil {
			t.Fatal(err)
		}

		got := fmt.Sprintln("sent", c.count.sent, "received", c.count.received, "bytes", c.count.bytes, "busy")
		want := fmt.Sprintln("sent", w.sent, "received", w.received, "bytes", w.bytes, "busy")
		for i := range c.nodes {
			got += fmt.Sprintln(c.nodes[i].busy)
			want += fmt.Sprintln(w.busy[i])
		}
		got += deliveriesText(c.deliveries(c.queue.now)) + text.String()
		want += deliveriesText(w.deliveries()) + w.text.String()
		if got != want {
			t.Fatalf("seed %d: first difference: %s\n%s", s, difference(got, want), trialtest.Command(trial))
		}
	}
}

// deliveries reads the values of all nodes at the end.
func (w *twin) deliveries() *checker.Deliveries {
	lacking := map[int64][]int{}
	for id, n := range w.nodes {
		has := n.look()
		for v := range w.entered {
			if !slices.Contains(has, v) {
				lacking[v] = append(lacking[v], id)
			}
		}
	}
	d := &checker.Deliveries{}
	for _, v := range slices.Sorted(maps.Keys(w.entered)) {
		if nodes := lacking[v]; nodes != nil {
			d.Took = append(d.Took, w.now-w.entered[v])
			d.Undelivered = append(d.Undelivered, checker.Undelivered{Value: v, Lacking: len(nodes), Nodes: nodes})
		} else {
			d.Took = append(d.Took, w.last[v]-w.entered[v])
		}
	}
	return d
}

// deliveriesText formats deliveries without the names of nodes, which only some values
// have.
func deliveriesText(d *checker.Deliveries) string {
	text := fmt.Sprintln("deliveries", d.Took)
	for _, u := range d.Undelivered {
		text += fmt.Sprintln("undelivered", u.Value, "at", u.Lacking)
	}
	return text
}

// difference returns the first lines in which two texts differ.
func difference(got, want string) string {
	a, b := bytes.Split([]byte(got), []byte{'\n'}), bytes.Split([]byte(want), []byte{'\n'})
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return fmt.Sprintf("line %d: got\n%s\nwant\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(a), len(b))
}
