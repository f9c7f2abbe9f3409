package raft

import (
	"bytes"
	"cmp"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"gossipbench/node/wire"
	"gossipbench/strategies/linkv"
	"gossipbench/strategies/param"
	core "gossipbench/strategies/raft"
	"gossipbench/strategies/server"
)

// cluster is nodes and clients in virtual time. Messages between nodes are lost,
// duplicated, delayed and cut off; nodes are killed in the middle of a call. The
// seed determines everything.
type cluster struct {
	rand    *rand.Rand
	params  param.Values
	hosts   []*host
	names   []string
	queue   events
	seq     int
	now     time.Duration
	load    time.Duration // until then clients ask and faults happen
	loss    float64
	doubled float64
	slowest time.Duration
	bug     bug
	waiting map[string]func(server.Message) // clients, by name
	history []porcupine.Operation
	ok      int // ops that were done, or refused by the state machine
	unknown int
	late    int // ops after the heal that were not answered
}

// bug is a planted bug that the clusters must find.
type bug int

const (
	none        bug = iota
	forgetNames     // a machine executes a duplicate request again
	forgetDisk      // a killed node loses its disk
	staleRead       // a leader answers without checking that it still leads
)

type event struct {
	at   time.Duration
	seq  int
	what func()
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

// host runs one life of a node. It is its Env and Disk.
type host struct {
	server.Memory
	*cluster
	id       int
	life     int
	node     *node // nil if dead
	handlers server.Handlers
	started  time.Duration
	last     server.Handle
	pending  map[server.Handle]func()
	calls    map[int64]func(server.Message, *wire.Error)
	out      []func() // messages to send after the call
	left     int      // disk changes until the node is killed; negative for never
	aside    bool
}

func newCluster(seed uint64, nodes int, raw map[string]string) *cluster {
	params, errs := Spec.Check(raw)
	if errs != nil {
		panic(errs)
	}
	c := &cluster{
		rand: rand.New(rand.NewPCG(seed, 0x6c696e6b76)), params: params, // "linkv"
		waiting: map[string]func(server.Message){},
	}
	for id := range nodes {
		c.names = append(c.names, fmt.Sprintf("n%d", id))
		c.hosts = append(c.hosts, &host{cluster: c, id: id, Memory: server.Memory{}})
	}
	for _, h := range c.hosts {
		h.start()
	}
	return c
}

func (c *cluster) after(d time.Duration, what func()) {
	c.seq++
	heap.Push(&c.queue, event{c.now + d, c.seq, what})
}

func (c *cluster) until(end time.Duration) {
	for len(c.queue) > 0 && c.queue[0].at <= end {
		e := heap.Pop(&c.queue).(event)
		c.now = e.at
		e.what()
	}
	c.now = end
}

func (c *cluster) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.rand.Int64N(int64(most-least)+1))
}

// start begins a life.
func (h *host) start() {
	h.life++
	h.left, h.started = -1, h.now
	if h.bug == forgetDisk {
		clear(h.Memory)
	}
	h.pending, h.calls = map[server.Handle]func(){}, map[int64]func(server.Message, *wire.Error){}
	h.last = server.Handle(1_000_000 * h.life) // no call has the number of one in a former life
	h.node = Spec.New(h.params).(*node)
	handlers, err := h.node.Start(h, server.Config{Self: h.names[h.id], Nodes: h.names, Rand: h.rand, Disk: h})
	if err != nil {
		panic(err)
	}
	h.handlers = handlers
}

// do runs an action of the node. Its messages are sent afterwards, unless it was
// killed meanwhile.
func (h *host) do(what func()) {
	if h.node == nil {
		return
	}
	if h.bug == forgetNames {
		clear(h.node.machine.sessions)
	}
	what()
	if n := h.node.core; n != nil && n.Contradiction() != nil {
		panic(n.Contradiction())
	}
	out := h.out
	h.out = nil
	if h.left == 0 {
		h.node = nil
		h.life++
		h.after(h.between(0, time.Second), h.start)
		return
	}
	for _, send := range out {
		send()
	}
}

// Put implements server.Disk while the node lives.
func (h *host) Put(key string, value []byte) {
	if h.alive() {
		h.Memory.Put(key, value)
	}
}

// Delete implements server.Disk.
func (h *host) Delete(key string) {
	if h.alive() {
		h.Memory.Delete(key)
	}
}

func (h *host) alive() bool {
	if h.left > 0 {
		h.left--
	}
	return h.left != 0
}

// Now implements server.Env.
func (h *host) Now() time.Duration { return h.now - h.started }

// Send implements server.Env.
func (h *host) Send(to, typ string, fields wire.Fields) {
	h.message(to, wire.AppendMessage(nil, h.names[h.id], to, typ, wire.IDs{}, fields))
}

// Reply implements server.Env.
func (h *host) Reply(m server.Message, typ string, fields wire.Fields) {
	if m.Request {
		h.message(m.Src, wire.AppendMessage(nil, h.names[h.id], m.Src, typ, wire.IDs{InReplyTo: m.MsgID, Reply: true}, fields))
	}
}

// Call implements server.Env.
func (h *host) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	handle := h.After(timeout, func() { done(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"}) })
	h.calls[int64(handle)] = done
	h.message(to, wire.AppendMessage(nil, h.names[h.id], to, typ, wire.IDs{MsgID: int64(handle), Request: true}, fields))
	return handle
}

// After implements server.Env.
func (h *host) After(d time.Duration, f func()) server.Handle {
	h.last++
	handle, life := h.last, h.life
	h.pending[handle] = f
	h.after(d, func() {
		if f := h.pending[handle]; f != nil && h.life == life {
			h.Cancel(handle)
			h.do(f)
		}
	})
	return handle
}

// Cancel implements server.Env.
func (h *host) Cancel(handle server.Handle) {
	delete(h.pending, handle)
	delete(h.calls, int64(handle))
}

// message puts a line in flight.
func (h *host) message(to string, line []byte) {
	h.out = append(h.out, func() {
		i := slices.Index(h.names, to)
		if i < 0 {
			h.deliver(line, nil)
			return
		}
		copies := 1
		if h.rand.Float64() < h.doubled {
			copies = 2
		}
		for range copies {
			if h.rand.Float64() >= h.loss {
				h.after(h.between(0, h.slowest), func() {
					if h.aside == h.hosts[i].aside {
						h.deliver(line, h.hosts[i])
					}
				})
			}
		}
	})
}

// deliver delivers a line to a node or a client.
func (c *cluster) deliver(line []byte, to *host) {
	var parsed wire.Message
	if err := parsed.Parse(line); err != nil || bytes.IndexByte(line[:len(line)-1], '\n') >= 0 {
		panic(fmt.Sprintf("%q: %v", line, err))
	}
	m := server.Message{Src: string(parsed.Src), Type: string(parsed.Type), Body: parsed.Body, IDs: parsed.IDs}
	if to == nil {
		if answered := c.waiting[string(parsed.Dest)]; answered != nil {
			answered(m)
		}
		return
	}
	to.do(func() {
		switch {
		case c.bug == staleRead && m.Type == linkv.Read && to.node.core != nil && to.node.core.Role() == core.Leader:
			to.node.reply(m, "read_ok", to.node.machine.read(string(wire.Field(m.Body, "key"))))
			return
		case !m.Reply:
			to.handlers.Handle(to, m)
			return
		}
		done := to.calls[m.InReplyTo]
		to.Cancel(server.Handle(m.InReplyTo))
		switch {
		case done == nil:
		case m.Type == "error":
			done(server.Message{}, wire.ReadError(m.Body))
		default:
			done(m, nil)
		}
	})
}
