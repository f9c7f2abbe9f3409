// Package router carries messages between nodes, services and clients under the
// rules of package network, with the services behind it. It has no clock: its
// owner says what time it is, in real time or in virtual time, so that both
// backends of processes and of services agree by construction.
package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/network/services"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// Endpoint is who sends or receives: the nodes come first, then the services,
// then the clients in order of their numbers.
type Endpoint int32

// Message is a message on its way.
type Message struct {
	ID        int64
	Src, Dest Endpoint
	Cause     Endpoint // who sent it, or the request that it answers, whatever Src says
	Body      []byte
}

// Router carries messages under the rules of package network. Its owner calls
// Run whenever Next has come, and is handed what arrives at nodes. What nodes send to
// clients does not come here: nothing ever stands in its way.
type Router struct {
	// Ended, where it is not nil, reports that nobody wants what is still to be
	// delivered. It is asked before each delivery.
	Ended func() bool

	now       func() time.Duration
	nodes     Endpoint // how many; the first service
	clients   Endpoint // the first client
	receivers []receiver
	services  []services.Service
	stores    bool               // strategies may use services or disks
	deliver   func(Message) bool // to a node, false where it is down; or what a service answers to a client

	latency   Latency
	factor    time.Duration // of latencies; SlowFactor while all is slow
	loss      float64
	duplicate float64
	ideal     bool
	cuts      map[string]*Grudge // by kind of fault

	jitter                        Jitter
	latencies, losses, duplicates *rand.Rand

	lastID   int64
	inFlight int   // bytes
	causedBy []int // of these, by whom; clients are one
	journal  journal
	lateness Lateness
}

// receiver is a node or a service, with what is on its way to it.
type receiver struct {
	inbox   Inbox[Message]
	busy    bool // a message was taken, and arrives at due
	taken   Message
	due     time.Duration
	stalled time.Duration // until when it does nothing
	name    string        // its name
}

// New returns the network of a trial, whose strategies may keep what they need in
// services or on disk if stores is true. It hands to deliver what arrives at
// nodes, and what services answer to clients in whose name a node has asked.
func New(t trial.Trial, stores bool, now func() time.Duration, deliver func(Message) bool) (*Router, error) {
	dist, err := ParseDist(t.LatencyDist)
	if err != nil {
		return nil, err
	}
	r := &Router{
		now:        now,
		nodes:      Endpoint(t.Nodes),
		clients:    Endpoint(t.Nodes + len(services.Names)),
		deliver:    deliver,
		latency:    Latency{Min: t.LatencyMin, Mean: t.Latency, Dist: dist},
		factor:     1,
		stores:     stores,
		loss:       t.Loss,
		duplicate:  t.Duplicate,
		ideal:      t.Network == "ideal",
		cuts:       map[string]*Grudge{},
		latencies:  t.Rand("latency"),
		losses:     t.Rand("loss"),
		duplicates: t.Rand("duplicate"),
	}
	r.receivers = make([]receiver, r.clients)
	r.journal.busy = make([]int, r.clients)
	r.causedBy = make([]int, r.clients+1)
	for i := range r.receivers {
		r.receivers[i].stalled = math.MinInt64 // nodes may start before the time 0
	}
	for i := range t.Nodes {
		r.receivers[i].name = "n" + strconv.Itoa(i)
	}
	for i, name := range services.Names {
		r.receivers[t.Nodes+i].name = name
		r.services = append(r.services, services.New(name, t.Rand("service "+name)))
	}
	return r, nil
}

// Client is the client of that number.
func (r *Router) Client(number int) Endpoint { return r.clients + Endpoint(number) }

// Number is the number of a client, and below 0 where it is none.
func (r *Router) Number(e Endpoint) int { return int(e - r.clients) }

// InFlight is how many bytes the network holds.
func (r *Router) InFlight() int { return r.inFlight }

// CausedBy is how many of these bytes are messages of a node, or are answers to such.
func (r *Router) CausedBy(node broadcast.NodeID) int { return r.causedBy[node] }

// overhead is what a message takes in memory besides its body. Measured, about.
const overhead = 100

// hold counts a copy of a message that sets out, or that has come, where times is −1.
func (r *Router) hold(m Message, times int) {
	size := times * (overhead + len(m.Body))
	r.inFlight += size
	r.causedBy[min(m.Cause, r.clients)] += size
}

// Lateness tells how late messages were.
func (r *Router) Lateness() Lateness { return r.lateness }

// Net returns the counts of messages.
func (r *Router) Net() history.Net {
	j := &r.journal
	return history.Net{All: j.all.count(), Clients: j.clients.count(), Servers: j.servers.count()}
}

// AddMetrics adds the numbers that the messages and the services decide: so many
// ops were asked, and the disks of the nodes hold so many bytes, below 0 where
// nobody knows.
func (r *Router) AddMetrics(metrics map[string]float64, ops, disks int) {
	j := &r.journal
	if ops > 0 {
		metrics["bytes-per-op"] = float64(j.bytes) / float64(ops)
	}
	if r.stores && disks >= 0 {
		stored := disks
		for _, s := range r.services {
			stored += s.Size()
		}
		metrics["store-bytes"], metrics["store-bytes.disks"] = float64(stored), float64(disks)
	}
	if r.stores && ops > 0 {
		metrics["msgs-per-op.services"] = float64(j.services) / float64(ops)
		metrics["cas-refused-per-op"] = float64(j.refused) / float64(ops)
	}
	if j.servers.sent > 0 {
		metrics["busiest-node-share"] = float64(slices.Max(j.busy[:r.nodes])) / float64(j.servers.sent)
	}
}

// Find returns who has that name. Clients are not asked whether they exist.
func (r *Router) Find(name []byte) (Endpoint, bool) {
	if len(name) < 2 {
		return 0, false
	}
	switch n, isNumber := wire.Uint(name[1:]); {
	case name[0] == 'n' && isNumber && n < uint64(r.nodes):
		return Endpoint(n), true
	case name[0] == 'c' && isNumber && n < math.MaxInt32/2:
		return r.clients + Endpoint(n), true
	}
	for i, service := range services.Names {
		if string(name) == service {
			return r.nodes + Endpoint(i), true
		}
	}
	return 0, false
}

// Name is the inverse of Find.
func (r *Router) Name(e Endpoint) string {
	if e < r.clients {
		return r.receivers[e].name
	}
	return "c" + strconv.Itoa(int(e-r.clients))
}

// Send sends a message. Body is not changed any more.
func (r *Router) Send(src, dest Endpoint, body []byte) { r.SendFor(src, src, dest, body) }

// SendFor sends a message that cause has made in the name of src.
func (r *Router) SendFor(cause, src, dest Endpoint, body []byte) {
	r.lastID++
	m := Message{ID: r.lastID, Src: src, Dest: dest, Cause: cause, Body: body}
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

// Pass counts a message that does not cross the network, and numbers it.
func (r *Router) Pass(m Message) Message {
	r.lastID++
	m.ID = r.lastID
	r.journal.sent(r, m)
	r.journal.received(r, m)
	return m
}

// queue lets a message set out.
func (r *Router) queue(m Message, latency time.Duration) {
	to := &r.receivers[m.Dest]
	to.inbox.Push(r.now()+latency, m)
	r.hold(m, 1)
	r.take(to, false)
}

// take has a receiver take messages until it waits for one. It is awake if it has
// just delivered something.
func (r *Router) take(to *receiver, awake bool) {
	for !to.busy && to.inbox.Len() > 0 {
		if r.Ended != nil && r.Ended() {
			return
		}
		now := r.now()
		if r.ideal && to.inbox.Next() > now || to.stalled > now {
			return
		}
		m, due := to.inbox.Take(now, &r.jitter, awake)
		awake = true
		if r.rejects(m) {
			r.hold(m, -1)
			continue
		}
		to.busy, to.taken, to.due = true, m, due
		if due <= now {
			r.finish(to)
		}
	}
}

// finish delivers what a receiver waited for.
func (r *Router) finish(to *receiver) {
	m := to.taken
	to.busy, to.taken = false, Message{}
	r.hold(m, -1)
	r.arrive(m)
}

func (r *Router) rejects(m Message) bool {
	if m.Src >= r.nodes || m.Dest >= r.nodes {
		return false
	}
	for _, cut := range r.cuts {
		if cut.Rejects(broadcast.NodeID(m.Dest), broadcast.NodeID(m.Src)) {
			return true
		}
	}
	return false
}

// arrive delivers a message.
func (r *Router) arrive(m Message) {
	if m.Dest < r.nodes {
		if r.deliver(m) {
			r.journal.received(r, m)
		}
		return
	}
	r.journal.received(r, m)
	s := m.Dest - r.nodes
	var request wire.Message
	if err := request.ParseBody(m.Body); err != nil {
		panic(fmt.Sprintf("router: %s was sent what is no message: %v: %.200s", services.Names[s], err, m.Body))
	}
	typ, fields := r.services[s].Handle(r.Name(m.Src), m.Body)
	line := wire.AppendMessage(nil, services.Names[s], r.Name(m.Src), typ, request.Answer(), fields)
	body := line[Envelope-len("}\n")+len(services.Names[s])+len(r.Name(m.Src)) : len(line)-len("}\n")]
	if isRequest := request.Request && !request.Reply; !isRequest && typ == "error" && wire.ReadError(body).Code == wire.NotSupported {
		return // else two services might refuse each other's answers for ever
	}
	if refused(m.Body, typ, body) {
		r.journal.refused++
	}
	if m.Src >= r.clients { // a node has asked in its name
		r.deliver(r.Pass(Message{Src: m.Dest, Dest: m.Src, Cause: m.Cause, Body: body}))
		return
	}
	r.SendFor(m.Cause, m.Dest, m.Src, body)
}

// refused reports whether a service has refused a compare-and-set since the value
// was another, or there was none.
func refused(request []byte, typ string, reply []byte) bool {
	if typ != "error" {
		return false
	}
	asked, _ := wire.Text(wire.Field(request, "type"))
	code := wire.ReadError(reply).Code
	return asked == "cas" && (code == wire.PreconditionFailed || code == wire.KeyDoesNotExist)
}

// Run delivers what is due.
func (r *Router) Run() {
	now := r.now()
	for i := range r.receivers {
		to := &r.receivers[i]
		if due := max(to.due, to.stalled); to.busy && due <= now {
			r.lateness.add(now - due)
			r.finish(to)
			r.take(to, true)
			continue
		}
		r.take(to, false)
	}
}

// Never is later than all that happens.
const Never = time.Duration(math.MaxInt64)

// Next is when Run is to be called.
func (r *Router) Next() time.Duration {
	next := Never
	for i := range r.receivers {
		switch to := &r.receivers[i]; {
		case to.busy:
			next = min(next, max(to.due, to.stalled))
		case to.inbox.Len() > 0 && r.ideal:
			next = min(next, to.inbox.Next())
		case to.inbox.Len() > 0:
			next = min(next, to.stalled)
		}
	}
	return next
}

// Stall stops the thread that delivers to a node.
func (r *Router) Stall(node broadcast.NodeID, until time.Duration) {
	to := &r.receivers[node]
	to.stalled = max(to.stalled, until)
}

// Shake has the threads that deliver take time to wake, of that mean: in virtual
// time they take none. An ideal network has no such threads. See network.Jitter.
func (r *Router) Shake(mean time.Duration, chance *rand.Rand) {
	if !r.ideal {
		r.jitter = NewJitter(mean, chance)
	}
}

// Slow makes all latencies SlowFactor times as long, or ends that.
func (r *Router) Slow(starts bool) {
	r.factor = 1
	if starts {
		r.factor = SlowFactor
	}
}

// Cut makes a fault of that kind reject what the grudge rejects; nil ends it.
func (r *Router) Cut(kind string, g *Grudge) {
	delete(r.cuts, kind)
	if g != nil {
		r.cuts[kind] = g
	}
}

// journal counts messages.
type journal struct {
	all, clients, servers count
	services              int   // messages sent to or by them
	refused               int   // compare-and-sets
	bytes                 int64 // between servers
	busy                  []int // messages between servers that each of them sent or received
}

type count struct{ sent, received int }

// count is what Maelstrom would count. A message that arrived had been sent,
// so the distinct ones are those sent.
func (c count) count() history.Count {
	return history.Count{Send: c.sent, Recv: c.received, Msg: c.sent}
}

// Envelope is the length of a line round two names and a body.
const Envelope = len(`{"src":"","dest":"","body":}` + "\n")

func (j *journal) sent(r *Router, m Message) {
	j.all.sent++
	if m.Src >= r.clients || m.Dest >= r.clients {
		j.clients.sent++
		return
	}
	j.servers.sent++
	if m.Src >= r.nodes || m.Dest >= r.nodes {
		j.services++
	}
	j.bytes += int64(Envelope + len(r.Name(m.Src)) + len(r.Name(m.Dest)) + len(m.Body))
	j.busy[m.Src]++
}

func (j *journal) received(r *Router, m Message) {
	j.all.received++
	if m.Src >= r.clients || m.Dest >= r.clients {
		j.clients.received++
		return
	}
	j.servers.received++
	j.busy[m.Dest]++
}

// Lateness tells how much later than planned messages were delivered.
type Lateness struct {
	Count, Late int // late by more than LateBound
	Worst       time.Duration
}

// LateBound is from when on a delivery is late. Chosen: Maelstrom itself
// delivers up to a millisecond too early.
const LateBound = 5 * time.Millisecond

func (l *Lateness) add(d time.Duration) {
	l.Count++
	l.Worst = max(l.Worst, d)
	if d > LateBound {
		l.Late++
	}
}
