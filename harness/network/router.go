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

// Endpoint is a sender or receiver: first the nodes, then the services, then the clients
// in order of their numbers.
type Endpoint int32

// Message is a message in the network.
type Message struct {
	ID        int64
	Src, Dest Endpoint
	Cause     Endpoint // the node that sent it, or that sent the request which it answers, whatever Src is
	Body      []byte
}

// Router carries messages. Its owner calls Run when Next has come, and gets the messages
// to nodes from the function deliver. Messages from nodes to clients do not pass the
// Router, since nothing delays them.
type Router struct {
	// Ended, if not nil, reports whether the remaining messages may be dropped. It is
	// called before each delivery.
	Ended func() bool

	now       func() time.Duration
	nodes     Endpoint // number of nodes; also the first service
	clients   Endpoint // the first client
	receivers []receiver
	services  []services.Service
	stores    bool               // strategies may use services or disks
	deliver   func(Message) bool // to a node, false if it is down; or to a client, a service's answer

	latency   Latency
	factor    time.Duration // of latencies; SlowFactor during the fault slow
	loss      float64
	duplicate float64
	ideal     bool
	cuts      map[string]*Grudge // by kind of fault

	jitter                        Jitter
	latencies, losses, duplicates *rand.Rand

	lastID   int64
	inFlight int   // bytes
	causedBy []int // bytes in flight by their cause; all clients are one
	journal  journal
	lateness Lateness
}

// receiver is a node or a service, with the messages for it.
type receiver struct {
	inbox   Inbox[Message]
	busy    bool // taken is set and is due at due
	taken   Message
	due     time.Duration
	stalled time.Duration // it does nothing before this time
	name    string        // its name
}

// New returns the network of a trial. stores is true if its strategies may use services
// or disks. The router passes to deliver the messages to nodes, and the answers of
// services to clients in whose name a node has sent a request.
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

// Client returns the endpoint of a client.
func (r *Router) Client(number int) Endpoint { return r.clients + Endpoint(number) }

// Number returns the number of a client. It is negative if e is not a client.
func (r *Router) Number(e Endpoint) int { return int(e - r.clients) }

// InFlight returns how many bytes the network holds.
func (r *Router) InFlight() int { return r.inFlight }

// CausedBy returns how many of these bytes are messages of a node or answers to them.
func (r *Router) CausedBy(node broadcast.NodeID) int { return r.causedBy[node] }

// overhead is the memory of a message without its body. Measured, approximately.
const overhead = 100

// hold adds a copy of a message to the bytes in flight, or removes it if times is −1.
func (r *Router) hold(m Message, times int) {
	size := times * (overhead + len(m.Body))
	r.inFlight += size
	r.causedBy[min(m.Cause, r.clients)] += size
}

// Lateness returns how late messages were delivered.
func (r *Router) Lateness() Lateness { return r.lateness }

// Net returns the counts of messages.
func (r *Router) Net() history.Net {
	j := &r.journal
	return history.Net{All: j.all.count(), Clients: j.clients.count(), Servers: j.servers.count()}
}

// AddMetrics adds the metrics of messages and services. ops is the number of ops; disks
// is the size of the nodes' disks in bytes, negative if unknown.
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

// Find returns the endpoint of that name. A client of any number is accepted.
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

// Name returns the name of an endpoint.
func (r *Router) Name(e Endpoint) string {
	if e < r.clients {
		return r.receivers[e].name
	}
	return "c" + strconv.Itoa(int(e-r.clients))
}

// Send sends a message. The caller must not change body afterwards.
func (r *Router) Send(src, dest Endpoint, body []byte) { r.SendFor(src, src, dest, body) }

// SendFor sends a message that cause made in the name of src.
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

// Pass numbers and counts a message that does not cross the network.
func (r *Router) Pass(m Message) Message {
	r.lastID++
	m.ID = r.lastID
	r.journal.sent(r, m)
	r.journal.received(r, m)
	return m
}

// queue queues a message for its receiver.
func (r *Router) queue(m Message, latency time.Duration) {
	to := &r.receivers[m.Dest]
	to.inbox.Push(r.now()+latency, m)
	r.hold(m, 1)
	r.take(to, false)
}

// take lets a receiver take messages until it waits for one. awake is true if it has just
// delivered a message.
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

// finish delivers the message that a receiver waited for.
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
		return // otherwise two services could refuse each other's answers forever
	}
	if refused(m.Body, typ, body) {
		r.journal.refused++
	}
	if m.Src >= r.clients { // a node sent the request in the client's name
		r.deliver(r.Pass(Message{Src: m.Dest, Dest: m.Src, Cause: m.Cause, Body: body}))
		return
	}
	r.SendFor(m.Cause, m.Dest, m.Src, body)
}

// refused reports whether a service refused a compare-and-set because the key was missing
// or had another value.
func refused(request []byte, typ string, reply []byte) bool {
	if typ != "error" {
		return false
	}
	asked, _ := wire.Text(wire.Field(request, "type"))
	code := wire.ReadError(reply).Code
	return asked == "cas" && (code == wire.PreconditionFailed || code == wire.KeyDoesNotExist)
}

// Run delivers the messages that are due.
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

// Never is later than every event.
const Never = time.Duration(math.MaxInt64)

// Next returns when to call Run next.
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

// Shake gives the delivering threads a mean wake-up time; without it they have none in
// virtual time. An ideal network has no such threads. See Jitter.
func (r *Router) Shake(mean time.Duration, chance *rand.Rand) {
	if !r.ideal {
		r.jitter = NewJitter(mean, chance)
	}
}

// Slow multiplies all latencies by SlowFactor, or ends that.
func (r *Router) Slow(starts bool) {
	r.factor = 1
	if starts {
		r.factor = SlowFactor
	}
}

// Cut sets the grudge of a kind of fault; nil ends the fault.
func (r *Router) Cut(kind string, g *Grudge) {
	delete(r.cuts, kind)
	if g != nil {
		r.cuts[kind] = g
	}
}

// journal counts messages.
type journal struct {
	all, clients, servers count
	services              int   // messages from or to services
	refused               int   // refused compare-and-sets
	bytes                 int64 // between servers
	busy                  []int // by server, messages between servers that it sent or received
}

type count struct{ sent, received int }

// count returns the counts in Maelstrom's form. Every message that arrived was sent, so
// the distinct messages are those sent.
func (c count) count() history.Count {
	return history.Count{Send: c.sent, Recv: c.received, Msg: c.sent}
}

// Envelope is the length of a line without its two names and its body.
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

// Lateness counts messages that were delivered later than planned.
type Lateness struct {
	Count, Late int // Late counts those later than LateBound
	Worst       time.Duration
}

// LateBound is the delay from which a delivery is late. Chosen: Maelstrom itself delivers
// up to a millisecond too early.
const LateBound = 5 * time.Millisecond

func (l *Lateness) add(d time.Duration) {
	l.Count++
	l.Worst = max(l.Worst, d)
	if d > LateBound {
		l.Late++
	}
}
