package raft

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// world is a cluster in virtual time with random faults of network and nodes. It
// tests the five properties of figure 3, and that reads show everything that was
// done before them. The seed determines everything.
type world struct {
	faults
	rand    *rand.Rand
	members []*member
	queue   events
	seq     int
	now     time.Duration
	bug     bug
	broken  error

	leaders   map[uint64]NodeID // by term
	committed []commitment      // by index, from 1 on
	floor     uint64            // no client has seen a state after these entries
	lastOp    uint64
	writes    int // acknowledged writes
	reads     int // answered reads
	elections int // elections won
	installed int // installed snapshots
}

// faults are the probabilities of faults, and the speeds.
type faults struct {
	seed               uint64
	nodes              int
	election           time.Duration
	heartbeat          time.Duration
	prevote            bool
	batch              int
	compact            int // entries between two snapshots of a node; 0 for none
	minimum, maximum   time.Duration
	loss, duplicate    float64
	crashes            time.Duration // mean time between two; 0 for none
	down               time.Duration // the longest time that a node is down
	partitions, pauses time.Duration
	ops                time.Duration
}

// bug is a planted bug that the world must find.
type bug int

const (
	none           bug = iota
	forgetVote         // a restarted node may vote again in the same term
	countOldTerms      // a leader commits entries of former terms by counting (figure 8)
	staleRead          // a leader answers reads without checking that it still leads
	sendBeforeSave     // messages are sent, and what they promise is lost
	forgetTail         // a restarted node loses its last entry
)

// member is a node, dead or alive, and its disk.
type member struct {
	id      NodeID
	node    *Node // nil if dead
	life    int
	saved   Saved
	wake    time.Duration // time of its next Tick
	paused  time.Duration // no message reaches it until then
	applied uint64
	value   uint64            // the state machine: a register
	term    uint64            // the last term in which it led
	waiting map[uint64]op     // writes by index
	reading map[uint64]uint64 // the newest state seen by any client when the read was asked
	aside   bool              // its side of a partition
}

type op struct {
	term, floor uint64
}

type commitment struct {
	entry Entry
	by    uint64 // the term of the node that first knew it
	value uint64 // the register after it
}

type event struct {
	at   time.Duration
	seq  int
	what func()
	to   *member // for events that a pause delays
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].at, q[j].at), cmp.Compare(q[i].seq, q[j].seq)) < 0
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// storm draws faults under which leaders rarely live long enough to commit an
// entry, and nodes restart between votes.
func storm(seed uint64) faults {
	r := rand.New(rand.NewPCG(seed, 0x73746f726d)) // "storm"
	f := faults{seed: seed, nodes: 3 + 2*r.IntN(2), prevote: r.IntN(4) == 0, batch: 1, compact: 30 * r.IntN(2)}
	f.heartbeat = between(r, 5*time.Millisecond, 20*time.Millisecond)
	f.election = between(r, f.heartbeat, 4*f.heartbeat)
	f.maximum = between(r, f.election/10, f.election/2)
	f.loss, f.duplicate = 0.2*r.Float64(), 0.2*r.Float64()
	f.crashes = between(r, f.election/4, 2*f.election)
	f.down = between(r, f.election/10, f.election)
	f.partitions = between(r, f.election, 4*f.election)
	f.ops = between(r, f.heartbeat, 2*f.election)
	return f
}

// draw draws faults, for calm and wild clusters.
func draw(seed uint64) faults {
	r := rand.New(rand.NewPCG(seed, 0x6661756c7473)) // "faults"
	f := faults{seed: seed, nodes: []int{1, 2, 3, 3, 3, 4, 5, 5}[r.IntN(8)], prevote: r.IntN(2) == 0}
	f.heartbeat = between(r, 2*time.Millisecond, 50*time.Millisecond)
	f.election = time.Duration(float64(f.heartbeat) * (1 + 12*r.Float64()))
	f.minimum = between(r, 0, 5*time.Millisecond)
	f.maximum = f.minimum + between(r, 0, f.election/time.Duration(1+r.IntN(20)))
	f.batch = []int{0, 1, 2, 5}[r.IntN(4)]
	f.compact = []int{0, 1, 3, 10}[r.IntN(4)]
	f.loss = 0.3 * r.Float64() * float64(r.IntN(2))
	f.duplicate = 0.3 * r.Float64() * float64(r.IntN(2))
	f.ops = between(r, f.heartbeat/10, f.election)
	f.down = 3 * f.election
	for _, mean := range []*time.Duration{&f.crashes, &f.partitions, &f.pauses} {
		if r.IntN(3) > 0 {
			*mean = between(r, f.election, 10*f.election)
		}
	}
	return f
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

func newWorld(f faults, b bug) *world {
	w := &world{faults: f, bug: b, rand: rand.New(rand.NewPCG(f.seed, 0x776f726c64)), leaders: map[uint64]NodeID{}} // "world"
	for i := range f.nodes {
		w.members = append(w.members, &member{id: NodeID(i)})
		w.start(w.members[i])
	}
	return w
}

// run runs load and faults for a time, and then heals everything.
func (w *world) run(load time.Duration) error {
	w.every(w.ops, load, w.ask)
	w.every(w.crashes, load, w.crashSome)
	w.every(w.partitions, load, func() {
		for _, m := range w.members {
			m.aside = w.rand.IntN(2) == 0
		}
	})
	w.every(w.pauses, load, func() { w.some().paused = w.now + between(w.rand, 0, 2*w.election) })
	w.until(load)
	w.loss = 0
	for _, m := range w.members {
		m.aside = false
		if m.node == nil {
			w.start(m)
		}
	}
	return w.broken
}

// settle tests agreement after healing: the cluster must elect a leader, and all
// nodes must apply what it accepts then. If latency is close to the election
// timeout, terms may pass forever (§5.6).
func (w *world) settle() error {
	end := w.now + 100*w.election // chosen: many times what the mean cluster needs
	for w.broken == nil && w.now < end {
		w.until(w.now + w.election)
		before := w.writes
		w.ask()
		w.until(w.now + w.heartbeat + 4*w.maximum)
		if w.writes > before && !slices.ContainsFunc(w.members, func(m *member) bool { return m.applied < uint64(len(w.committed)) }) {
			return w.broken
		}
	}
	if w.broken == nil {
		w.fail("nodes do not agree at %v, long after all was healed", w.now)
	}
	return w.broken
}

// every repeats an action at random intervals.
func (w *world) every(mean, end time.Duration, what func()) {
	if mean == 0 {
		return
	}
	var again func()
	again = func() {
		if w.now < end {
			what()
			w.after(between(w.rand, 0, 2*mean), nil, again)
		}
	}
	w.after(between(w.rand, 0, 2*mean), nil, again)
}

func (w *world) after(d time.Duration, to *member, what func()) {
	w.seq++
	heap.Push(&w.queue, event{at: w.now + d, seq: w.seq, to: to, what: what})
}

func (w *world) until(end time.Duration) {
	for w.broken == nil && len(w.queue) > 0 && w.queue[0].at <= end {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		if e.to != nil && w.now < e.to.paused {
			w.after(e.to.paused-w.now, e.to, e.what)
			continue
		}
		e.what()
		if w.seq%64 == 0 {
			w.checkLogs()
		}
	}
	w.now = max(w.now, end)
}

func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf("at %v: %w", w.now, fmt.Errorf(format, args...))
	}
}

func (w *world) some() *member { return w.members[w.rand.IntN(len(w.members))] }

// start starts a node from its disk.
func (w *world) start(m *member) {
	if w.bug == forgetVote {
		m.saved.Vote = None
	}
	if last := len(m.saved.Entries); w.bug == forgetTail && m.life > 0 && last > 0 {
		m.saved.Entries = m.saved.Entries[:last-1]
	}
	saved := m.saved
	saved.Entries = slices.Clone(saved.Entries)
	node, err := New(w.now, Config{
		Self: m.id, Nodes: w.nodes, Election: w.election, Heartbeat: w.heartbeat, PreVote: w.prevote, Batch: w.batch, Rand: w.rand,
	}, saved)
	if err != nil {
		w.fail("n%d does not start: %v", m.id, err)
		return
	}
	*m = member{id: m.id, node: node, life: m.life + 1, saved: m.saved, aside: m.aside, waiting: map[uint64]op{}, reading: map[uint64]uint64{}}
	w.handle(m)
}

// crashSome crashes a node, perhaps in the middle of an Output, and restarts it.
func (w *world) crashSome() {
	m := w.some()
	if m.node != nil {
		if w.rand.IntN(2) == 0 {
			m.node.Tick(w.now)
			w.tear(m, m.node.Output())
		}
		m.node = nil
		m.life++
		w.after(between(w.rand, 0, w.down), nil, func() {
			if m.node == nil {
				w.start(m)
			}
		})
	}
}

// tear saves a prefix of an Output: the machine fails in the middle.
func (w *world) tear(m *member, o Output) {
	if o.Save == nil {
		return
	}
	torn := *o.Save
	switch w.rand.IntN(4) {
	case 0:
		return
	case 1:
		torn.Snapshot, torn.Entries = nil, nil
	case 2:
		torn.Entries = nil
	default:
		torn.Entries = torn.Entries[:w.rand.IntN(len(torn.Entries)+1)]
	}
	torn.Apply(&m.saved)
}

// wakeUp calls Tick at the node's Deadline.
func (w *world) wakeUp(m *member) {
	at := max(m.node.Deadline(), w.now)
	if m.wake == at {
		return
	}
	m.wake = at
	life := m.life
	w.after(at-w.now, m, func() {
		if m.life == life && m.node != nil && m.wake == at {
			m.wake = -1
			m.node.Tick(w.now)
			w.handle(m)
		}
	})
}

// handle handles a node's Output.
func (w *world) handle(m *member) {
	if w.bug == countOldTerms && m.node.role == Leader {
		n := m.node
		n.commit = max(n.commit, n.majority(func(p peer) uint64 { return p.match }, n.log.last()))
	}
	o := m.node.Output()
	lost := w.bug == sendBeforeSave && w.rand.IntN(20) == 0
	if o.Save != nil && !lost {
		o.Save.Apply(&m.saved)
	}
	w.checkLeader(m)
	if err := m.node.Contradiction(); err != nil {
		w.fail("%v", err)
	}
	if o.Install != nil {
		w.install(m, o.Install)
	}
	for _, e := range o.Committed {
		w.apply(m, e)
	}
	for _, a := range o.Answers {
		if a.OK {
			w.answer(m, m.reading[a.ID])
		}
	}
	for _, message := range o.Messages {
		w.send(message)
	}
	if w.compact > 0 && m.node.Length() > w.compact {
		m.node.Compact(m.applied, binary.AppendUvarint(nil, m.value))
		if w.rand.IntN(2) == 0 {
			w.handle(m)
		}
	}
	if lost {
		m.node = nil
		w.start(m)
		return
	}
	w.wakeUp(m)
}

func (w *world) send(message Message) {
	if w.rand.Float64() < w.loss {
		return
	}
	copies := 1
	if w.rand.Float64() < w.duplicate {
		copies = 2
	}
	to := w.members[message.To]
	for range copies {
		w.after(between(w.rand, w.minimum, w.maximum), to, func() {
			if to.node != nil && to.aside == w.members[message.From].aside {
				to.node.Step(w.now, message)
				w.handle(to)
			}
		})
	}
}

// ask sends a client's write or read to every live node; most of them do not lead.
func (w *world) ask() {
	for _, m := range w.members {
		if m.node == nil || w.now < m.paused {
			continue
		}
		w.lastOp++
		if w.rand.IntN(2) == 0 {
			if index, term, ok := m.node.Propose(w.now, binary.AppendUvarint(nil, w.lastOp)); ok {
				m.waiting[index] = op{term, w.floor}
			}
		} else if w.bug == staleRead && m.node.role == Leader && m.node.commit >= m.node.leading.begin {
			w.answer(m, w.floor)
		} else if m.node.Read(w.now, w.lastOp) {
			m.reading[w.lastOp] = w.floor
		}
		w.handle(m)
	}
}

// answer answers a client by what a node has applied. It must include everything
// that any client had seen when it asked.
func (w *world) answer(m *member, floor uint64) {
	if m.applied < floor {
		w.fail("n%d answers a read from entry %d, though entry %d had been seen when it was asked", m.id, m.applied, floor)
	}
	w.floor = max(w.floor, m.applied)
	w.reads++
}

// apply tests State Machine Safety: all nodes apply the same entry at an index.
func (w *world) apply(m *member, e Entry) {
	if e.Index != m.applied+1 {
		w.fail("n%d applies entry %d after entry %d", m.id, e.Index, m.applied)
		return
	}
	m.applied = e.Index
	if len(e.Command) > 0 {
		m.value, _ = binary.Uvarint(e.Command)
	}
	if e.Index > uint64(len(w.committed)) {
		w.committed = append(w.committed, commitment{e, m.node.Term(), m.value})
		w.checkCompleteness(m.node.Term(), e)
	} else if first := w.committed[e.Index-1].entry; !same(first, e) {
		w.fail("State Machine Safety: n%d applies entry %d of term %d, another node one of term %d", m.id, e.Index, e.Term, first.Term)
	}
	if op, waits := m.waiting[e.Index]; waits && op.term == e.Term {
		if e.Index <= op.floor {
			w.fail("n%d acknowledges entry %d, though entry %d had been seen when it was asked", m.id, e.Index, op.floor)
		}
		w.floor = max(w.floor, e.Index)
		w.writes++
	}
	delete(m.waiting, e.Index)
}

func (w *world) install(m *member, s *Snapshot) {
	value, _ := binary.Uvarint(s.State)
	if s.Index > uint64(len(w.committed)) || w.committed[s.Index-1].value != value || w.committed[s.Index-1].entry.Term != s.Term {
		w.fail("n%d installs a snapshot of entry %d that is not what the entries made", m.id, s.Index)
	}
	if s.Index < m.applied {
		w.fail("n%d installs a snapshot of entry %d after entry %d", m.id, s.Index, m.applied)
	}
	m.applied, m.value = s.Index, value
	w.installed++
}

// checkLeader tests Election Safety (§5.2) and, for a new leader, Leader
// Completeness (§5.4.3).
func (w *world) checkLeader(m *member) {
	n := m.node
	if n.role != Leader || m.term == n.state.Term {
		return
	}
	m.term = n.state.Term
	w.elections++
	if other, led := w.leaders[m.term]; led && other != m.id {
		w.fail("Election Safety: n%d and n%d lead in term %d", other, m.id, m.term)
	}
	w.leaders[m.term] = m.id
	for _, c := range w.committed {
		if c.by < m.term {
			w.checkHas(n, c.entry)
		}
	}
}

// checkCompleteness tests that leaders of later terms have a committed entry of a
// former term.
func (w *world) checkCompleteness(term uint64, e Entry) {
	for _, m := range w.members {
		if m.node != nil && m.node.role == Leader && m.node.state.Term > term {
			w.checkHas(m.node, e)
		}
	}
}

func (w *world) checkHas(n *Node, e Entry) {
	if e.Index <= n.log.base {
		return
	}
	if term, known := n.log.term(e.Index); !known || term != e.Term {
		w.fail("Leader Completeness: n%d leads in term %d without the committed entry %d of term %d", n.config.Self, n.state.Term, e.Index, e.Term)
	}
}

// checkLogs tests Log Matching (§5.3): two logs with an entry of the same index and
// term are equal up to it.
func (w *world) checkLogs() {
	for i, a := range w.members {
		for _, b := range w.members[:i] {
			if a.node == nil || b.node == nil {
				continue
			}
			x, y := &a.node.log, &b.node.log
			matched := false
			for index := min(x.last(), y.last()); index > max(x.base, y.base); index-- {
				ex, ey := x.entries[index-x.base-1], y.entries[index-y.base-1]
				if matched && !same(ex, ey) || ex.Term == ey.Term && !same(ex, ey) {
					w.fail("Log Matching: entry %d of n%d and n%d is of term %d and %d", index, a.id, b.id, ex.Term, ey.Term)
				}
				matched = matched || ex.Term == ey.Term
			}
		}
	}
}

func same(a, b Entry) bool {
	return a.Index == b.Index && a.Term == b.Term && slices.Equal(a.Command, b.Command)
}
