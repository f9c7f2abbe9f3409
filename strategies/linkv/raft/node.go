package raft

import (
	"fmt"
	"time"

	"gossipbench/node/wire"
	core "gossipbench/strategies/raft"
	"gossipbench/strategies/server"
)

// node connects the core with messages, disk and clients.
type node struct {
	election, heartbeat time.Duration
	prevote             bool
	logReads, refuse    bool
	snapshotAfter       uint64

	env    server.Env
	config server.Config
	self   core.NodeID
	disk   disk
	life   uint64 // how often the node has started
	asked  uint64 // number of client requests in this life

	saved     core.Saved // the state saved by former lives
	core      *core.Node // nil before the first message
	machine   machine
	applied   uint64
	compacted uint64      // index of the last snapshot
	leader    core.NodeID // the core's leader after the last call
	open      map[name]*request
	reading   map[uint64]*request // by the id of the core's Read
	readings  uint64
	alarm     server.Handle
	due       time.Duration // when alarm expires
	fields    wire.Fields   // of the current message
}

// Start implements server.Service. It fails if no node can have written what is on
// the disk.
func (n *node) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n.env, n.config, n.leader = env, c, core.None
	n.self = n.id(c.Self)
	if n.self == core.None {
		return nil, fmt.Errorf("%s is not among the nodes %v", c.Self, c.Nodes)
	}
	n.disk = disk{c.Disk}
	n.open, n.reading = map[name]*request{}, map[uint64]*request{}
	n.machine = newMachine()
	var err error
	if n.saved, err = n.disk.load(); err != nil {
		return nil, err
	}
	if _, err := core.New(0, n.settings(), n.saved); err != nil {
		return nil, err
	}
	if n.life, err = n.disk.begin(); err != nil {
		return nil, err
	}
	handlers := server.Handlers{
		"read": n.client, "write": n.client, "cas": n.client,
		"forward": n.forwarded,
	}
	for kind, name := range kinds {
		handlers[name] = func(m server.Message) { n.receive(core.Kind(kind), m) }
	}
	return handlers, nil
}

func (n *node) settings() core.Config {
	return core.Config{
		Self: n.self, Nodes: len(n.config.Nodes), Election: n.election, Heartbeat: n.heartbeat, PreVote: n.prevote, Rand: n.config.Rand,
	}
}

// id returns the index of a node, or None.
func (n *node) id(name string) core.NodeID {
	for i, other := range n.config.Nodes {
		if other == name {
			return core.NodeID(i)
		}
	}
	return core.None
}

// wake starts the core at the first message, since other nodes may not run before.
func (n *node) wake() {
	if n.core != nil {
		return
	}
	c, err := core.New(n.env.Now(), n.settings(), n.saved)
	if err != nil {
		panic(err) // Start has tried it
	}
	n.core, n.saved = c, core.Saved{}
}

// receive passes a message to the core. It ignores malformed messages.
func (n *node) receive(kind core.Kind, m server.Message) {
	from := n.id(m.Src)
	message, ok := decode(m.Body)
	if from == core.None || from == n.self || !ok {
		server.Fail(n.env, m, wire.MalformedRequest, "%s: want what a node of the cluster says", m.Type)
		return
	}
	n.wake()
	message.Kind, message.From, message.To = kind, from, n.self
	n.core.Step(n.env.Now(), message)
	n.work()
}

// work handles the core's outputs until there are none.
func (n *node) work() {
	for {
		if n.core.Leader() != n.leader {
			n.leader = n.core.Leader()
			n.tryAll()
		}
		n.do(n.core.Output())
		if n.applied < n.compacted+n.snapshotAfter {
			break
		}
		n.core.Compact(n.applied, n.machine.encode())
		n.compacted = n.applied
	}
	n.arm()
}

// do handles an Output in its order. The Disk makes writes durable before any
// message leaves the node.
func (n *node) do(o core.Output) {
	if o.Save != nil {
		n.disk.save(o.Save)
	}
	if o.Install != nil {
		m, err := decodeMachine(o.Install.State)
		if err != nil {
			panic(fmt.Sprintf("raft: snapshot of entry %d: %v", o.Install.Index, err))
		}
		n.machine, n.applied, n.compacted = m, o.Install.Index, o.Install.Index
	}
	for _, e := range o.Committed {
		n.apply(e)
	}
	for _, a := range o.Answers {
		r := n.reading[a.ID]
		delete(n.reading, a.ID)
		switch {
		case r == nil || n.open[r.name] != r:
		case a.OK:
			n.finish(r, n.machine.read(r.Key))
		default:
			n.depose(r)
		}
	}
	for _, m := range o.Messages {
		n.fields = encode(n.fields[:0], m)
		n.env.Send(n.config.Nodes[m.To], kinds[m.Kind], n.fields)
	}
}

// apply applies a command to the state machine, and answers its request.
func (n *node) apply(e core.Entry) {
	n.applied = e.Index
	if len(e.Command) == 0 {
		return
	}
	c, ok := parseCommand(e.Command)
	if !ok {
		panic(fmt.Sprintf("raft: entry %d is no command: %.80q", e.Index, e.Command))
	}
	outcome, known := n.machine.apply(c)
	if r := n.open[c.name]; r != nil && known {
		n.finish(r, outcome)
	}
}

// arm sets the alarm to the core's Deadline. An alarm that is too early does no
// harm, so it stays.
func (n *node) arm() {
	due := n.core.Deadline()
	if n.alarm != 0 && n.due <= due {
		return
	}
	n.env.Cancel(n.alarm)
	n.due = due
	n.alarm = n.env.After(max(0, due-n.env.Now()), func() {
		n.alarm = 0
		n.core.Tick(n.env.Now())
		n.work()
	})
}
