package native

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/network"
	"gossipbench/harness/services"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
)

// endpoint is who sends or receives: the nodes come first, then the services,
// then the clients in order of their numbers.
type endpoint int32

// message is a message on its way.
type message struct {
	id        int64
	src, dest endpoint
	body      []byte
}

// maxInFlight bounds the bytes that the network holds. Chosen.
const maxInFlight = 256 << 20

// router carries messages under the rules of package network. Its owner calls
// run whenever next has come, and is handed what arrives at nodes. What arrives
// at clients does not come here: nothing ever stands in its way.
type router struct {
	now       func() time.Duration
	nodes     endpoint // how many; the first service
	clients   endpoint // the first client
	receivers []receiver
	services  []services.Service
	deliver   func(message) bool // to a node; false where it is down

	latency   network.Latency
	factor    time.Duration // of latencies; SlowFactor while all is slow
	loss      float64
	duplicate float64
	ideal     bool
	cuts      map[string]*network.Grudge // by kind of fault

	latencies, losses, duplicates *rand.Rand

	lastID   int64
	inFlight int // bytes
	journal  journal
	lateness lateness
}

// receiver is a node or a service, with what is on its way to it.
type receiver struct {
	inbox network.Inbox[message]
	busy  bool // a message was taken, and arrives at due
	taken message
	due   time.Duration
	name  string // its name
}

// newRouter returns the network of a trial. It hands to deliver what arrives at
// nodes.
func newRouter(t experiment.Trial, now func() time.Duration, deliver func(message) bool) (*router, error) {
	dist, err := network.ParseDist(t.LatencyDist)
	if err != nil {
		return nil, err
	}
	r := &router{
		now:        now,
		nodes:      endpoint(t.Nodes),
		clients:    endpoint(t.Nodes + len(services.Names)),
		deliver:    deliver,
		latency:    network.Latency{Min: t.LatencyMin, Mean: t.Latency, Dist: dist},
		factor:     1,
		loss:       t.Loss,
		duplicate:  t.Duplicate,
		ideal:      t.Network == "ideal",
		cuts:       map[string]*network.Grudge{},
		latencies:  t.Rand("latency"),
		losses:     t.Rand("loss"),
		duplicates: t.Rand("duplicate"),
	}
	r.receivers = make([]receiver, r.clients)
	r.journal.busy = make([]int, r.clients)
	for i := range t.Nodes {
		r.receivers[i].name = "n" + strconv.Itoa(i)
	}
	for i, name := range services.Names {
		r.receivers[t.Nodes+i].name = name
		r.services = append(r.services, services.New(name, t.Rand("service "+name)))
	}
	return r, nil
}

// find returns who has that name. Clients are not asked whether they exist.
func (r *router) find(name []byte) (endpoint, bool) {
	if len(name) < 2 {
		return 0, false
	}
	switch n, isNumber := wire.Uint(name[1:]); {
	case name[0] == 'n' && isNumber && n < uint64(r.nodes):
		return endpoint(n), true
	case name[0] == 'c' && isNumber && n < math.MaxInt32/2:
		return r.clients + endpoint(n), true
	}
	for i, service := range services.Names {
		if string(name) == service {
			return r.nodes + endpoint(i), true
		}
	}
	return 0, false
}

// name is the inverse of find.
func (r *router) name(e endpoint) string {
	if e < r.clients {
		return r.receivers[e].name
	}
	return "c" + strconv.Itoa(int(e-r.clients))
}

// send sends a message. Body is not changed any more.
func (r *router) send(src, dest endpoint, body []byte) {
	r.lastID++
	m := message{r.lastID, src, dest, body}
	r.journal.sent(r, m)
	if src >= r.clients {
		r.queue(m, 0)
		return
	}
	if r.loss > 0 && r.losses.Float64() < r.loss {
		return
	}
	r.queue(m, r.latency.Draw(r.latencies)*r.factor)
	if r.duplicate > 0 && r.duplicates.Float64() < r.duplicate {
		r.queue(m, r.latency.Draw(r.latencies)*r.factor)
	}
}

// pass counts a message that does not cross the network, and numbers it.
func (r *router) pass(m message) message {
	r.lastID++
	m.id = r.lastID
	r.journal.sent(r, m)
	r.journal.received(r, m)
	return m
}

// queue lets a message set out.
func (r *router) queue(m message, latency time.Duration) {
	to := &r.receivers[m.dest]
	to.inbox.Push(r.now()+latency, m)
	r.inFlight += len(m.body)
	r.take(to)
}

// take has a receiver take messages until it waits for one.
func (r *router) take(to *receiver) {
	for !to.busy && to.inbox.Len() > 0 {
		now := r.now()
		if r.ideal && to.inbox.Next() > now {
			return
		}
		m, due := to.inbox.Take(now)
		if r.rejects(m) {
			r.inFlight -= len(m.body)
			continue
		}
		to.busy, to.taken, to.due = true, m, due
		if due <= now {
			r.finish(to)
		}
	}
}

// finish delivers what a receiver waited for.
func (r *router) finish(to *receiver) {
	m := to.taken
	to.busy, to.taken = false, message{}
	r.inFlight -= len(m.body)
	r.arrive(m)
}

func (r *router) rejects(m message) bool {
	if m.src >= r.nodes || m.dest >= r.nodes {
		return false
	}
	for _, cut := range r.cuts {
		if cut.Rejects(gossip.NodeID(m.dest), gossip.NodeID(m.src)) {
			return true
		}
	}
	return false
}

// arrive delivers a message.
func (r *router) arrive(m message) {
	if m.dest < r.nodes {
		if r.deliver(m) {
			r.journal.received(r, m)
		}
		return
	}
	r.journal.received(r, m)
	s := m.dest - r.nodes
	typ, fields := r.services[s].Handle(r.name(m.src), m.body)
	var ids wire.IDs
	ids.InReplyTo, ids.Reply = wire.Int(wire.Field(m.body, "msg_id"))
	line := wire.AppendMessage(nil, services.Names[s], r.name(m.src), typ, ids, fields)
	var reply wire.Message
	if err := reply.Parse(line[:len(line)-1]); err != nil {
		panic("native: " + services.Names[s] + ": " + err.Error())
	}
	r.send(m.dest, m.src, reply.Body)
}

// run delivers what is due.
func (r *router) run() {
	now := r.now()
	for i := range r.receivers {
		to := &r.receivers[i]
		if to.busy && to.due <= now {
			r.lateness.add(now - to.due)
			r.finish(to)
		}
		r.take(to)
	}
}

// never is later than all that happens.
const never = time.Duration(math.MaxInt64)

// next is when run is to be called.
func (r *router) next() time.Duration {
	next := never
	for i := range r.receivers {
		switch to := &r.receivers[i]; {
		case to.busy:
			next = min(next, to.due)
		case to.inbox.Len() > 0: // in an ideal network
			next = min(next, to.inbox.Next())
		}
	}
	return next
}

// slow makes all latencies SlowFactor times as long, or ends that.
func (r *router) slow(starts bool) {
	r.factor = 1
	if starts {
		r.factor = workload.SlowFactor
	}
}

// cut makes a fault of that kind reject what the grudge rejects; nil ends it.
func (r *router) cut(kind string, g *network.Grudge) {
	delete(r.cuts, kind)
	if g != nil {
		r.cuts[kind] = g
	}
}

// journal counts messages.
type journal struct {
	all, clients, servers count
	bytes                 int64 // between servers
	busy                  []int // messages between servers that each of them sent or received
}

type count struct{ sent, received int }

// envelope is the length of a line round two names and a body.
const envelope = len(`{"src":"","dest":"","body":}` + "\n")

func (j *journal) sent(r *router, m message) {
	j.all.sent++
	if m.src >= r.clients || m.dest >= r.clients {
		j.clients.sent++
		return
	}
	j.servers.sent++
	j.bytes += int64(envelope + len(r.name(m.src)) + len(r.name(m.dest)) + len(m.body))
	j.busy[m.src]++
}

func (j *journal) received(r *router, m message) {
	j.all.received++
	if m.src >= r.clients || m.dest >= r.clients {
		j.clients.received++
		return
	}
	j.servers.received++
	j.busy[m.dest]++
}

// lateness tells how much later than planned messages were delivered.
type lateness struct {
	count, late int // late by more than lateBound
	worst       time.Duration
}

// lateBound is from when on a delivery is late. Chosen: Maelstrom itself
// delivers up to a millisecond too early.
const lateBound = 5 * time.Millisecond

func (l *lateness) add(d time.Duration) {
	l.count++
	l.worst = max(l.worst, d)
	if d > lateBound {
		l.late++
	}
}
