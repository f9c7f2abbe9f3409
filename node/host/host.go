// Package host runs a server.Service in real time, as a node of Maelstrom: it reads
// and writes lines, and runs timers, calls and timeouts.
//
// One goroutine owns the service and does all of that in turn; another reads lines
// ahead. The host writes what the service sends once it has handled everything that
// had arrived, or once there is enough. So under load there are few writes, and
// without load nothing is delayed. If nobody reads the node's output, the node
// blocks.
//
// Through pipes, with a service that echoes, client and node on two cores of an AMD
// EPYC with other programs at work (median of four runs of BenchmarkEcho; a message
// is a request with its reply):
//
//	1 outstanding      118,000 messages/s
//	100 outstanding    660,000 messages/s
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// Options configure a node.
type Options struct {
	Stdin  io.Reader // lines of Maelstrom's protocol
	Stdout io.Writer // only such lines
	Stderr io.Writer // messages for a person
	Seed   uint64    // of all nodes; each node has its own stream
	Disk   Disk      // nil keeps everything in memory while Run runs
}

// Disk is a server.Disk that can be synced.
type Disk interface {
	server.Disk
	// Sync returns when all changes are on disk. It is called before anything is
	// written to Stdout, and must be fast if nothing has changed.
	Sync() error
}

// maxLine is the greatest length of a line in bytes. Chosen: far more than any
// message needs, and less than a machine's memory.
const maxLine = 256 << 20

// enough is how many bytes are written before all waiting input is handled: the
// capacity of a Linux pipe.
const enough = 64 << 10

// Run runs a node until its input ends; then it drops what is pending and returns
// nil. It returns an error if the service cannot run or panics, if input or output
// fails, or if ctx is done. The goroutine that reads the input ends when its
// current read returns.
//
// Run answers init itself, after the service has started. It reports a malformed
// line on Stderr, and a message without a handler once for each type; neither does
// harm.
func Run(ctx context.Context, s server.Service, o Options) error {
	n := &node{
		service: s, options: o,
		names:   map[string]string{},
		ignored: map[string]bool{},
		started: time.Now(),
		clock:   time.NewTimer(time.Hour),
	}
	// Start at a number that no former life has used, so that a restarted node does
	// not take a reply to its former life for its own.
	n.pending.last = server.Handle(n.started.UnixMicro())
	defer n.clock.Stop()
	batches := make(chan []incoming, 8)
	done := make(chan struct{})
	defer close(done)
	go read(o.Stdin, batches, done)
	return n.run(ctx, batches)
}

// incoming is a line that was read.
type incoming struct {
	message wire.Message
	line    []byte // or the beginning of a line that is too long
	err     error  // why it is not a message
	last    bool   // err is the reader's; there is no line
}

// read reads lines until the input ends, and passes on all that are buffered at
// once.
func read(r io.Reader, batches chan<- []incoming, done <-chan struct{}) {
	defer close(batches)
	lines := wire.NewLineReader(r, maxLine)
	for ended := false; !ended; {
		var batch []incoming
		for more := true; more; more = !ended && lines.Buffered() {
			line, err := lines.Next()
			if ended = line == nil && err != nil; ended {
				if err != io.EOF {
					batch = append(batch, incoming{err: err, last: true})
				}
				break
			}
			batch = append(batch, incoming{line: append([]byte(nil), line...)})
			in := &batch[len(batch)-1]
			if errors.Is(err, wire.ErrTooLong) {
				in.err = err
			} else {
				in.err = in.message.Parse(in.line)
			}
		}
		select {
		case batches <- batch:
		case <-done:
			return
		}
	}
}

// node is a running node, and the Env of its service.
type node struct {
	service  server.Service
	options  Options
	self     string // empty until init
	handlers server.Handlers
	running  bool // init has arrived
	started  time.Time

	pending pending
	clock   *time.Timer // fires when the first of pending is due
	due     time.Duration

	out     []byte            // lines to be written
	names   map[string]string // interned names and types
	ignored map[string]bool   // types that were reported
	doing   string            // the service's current action, for a panic's message
	whom    string
}

// run owns the service.
func (n *node) run(ctx context.Context, batches <-chan []incoming) (err error) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(n.options.Stderr, "%s", debug.Stack())
			err = fmt.Errorf("panic at %s%s: %v", n.doing, n.whom, p)
		}
		err = errors.Join(err, n.flush())
	}()
	for {
		if err := n.flush(); err != nil {
			return err
		}
		n.arm()
		select {
		case batch, ok := <-batches:
			for waiting := len(batches); ok; waiting-- {
				if err := n.receive(batch); err != nil {
					return err
				}
				if waiting == 0 {
					break
				}
				batch, ok = <-batches
			}
			if !ok {
				return nil
			}
		case <-n.clock.C:
			n.due = never
			if err := n.expire(); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// flush writes all pending output.
func (n *node) flush() error {
	if len(n.out) == 0 {
		return nil
	}
	if n.options.Disk != nil {
		if err := n.options.Disk.Sync(); err != nil {
			return fmt.Errorf("disk: %w", err)
		}
	}
	_, err := n.options.Stdout.Write(n.out)
	n.out = n.out[:0]
	if cap(n.out) > 16*enough {
		n.out = nil // release the memory of a long line
	}
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// receive handles lines. Before each line it handles the timers that have expired.
func (n *node) receive(batch []incoming) error {
	for i := range batch {
		if err := n.expire(); err != nil {
			return err
		}
		if err := n.line(&batch[i]); err != nil {
			return err
		}
		if err := n.flushEnough(); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) line(in *incoming) error {
	switch m := &in.message; {
	case in.last:
		return fmt.Errorf("input: %w", in.err)
	case in.err != nil:
		n.log("malformed line: %v: %.200q", in.err, in.line)
	case len(m.Src) == 0:
		n.log("malformed line: no src: %.200q", in.line)
	case !n.running:
		return n.begin(in)
	default:
		n.deliver(n.message(m))
	}
	return nil
}

func (n *node) flushEnough() error {
	if len(n.out) < enough {
		return nil
	}
	return n.flush()
}

// begin handles a line that arrives before the service has started.
func (n *node) begin(in *incoming) error {
	m := n.message(&in.message)
	if m.Type != "init" {
		n.self = string(in.message.Dest)
		server.Fail(n, m, wire.TemporarilyUnavailable, "this node waits for init")
		n.ignore(m)
		return nil
	}
	self, nodes, err := cluster(m.Body)
	if err != nil {
		n.self = string(in.message.Dest)
		server.Fail(n, m, wire.MalformedRequest, "init: %v", err)
		n.log("malformed init: %v", err)
		return nil
	}
	n.self, n.running = self, true
	n.doing, n.whom = "start", ""
	n.started = time.Now()
	config := server.Config{Self: self, Nodes: nodes, Rand: broadcast.NewRand(n.options.Seed, index(nodes, self)), Disk: server.Memory{}}
	if n.options.Disk != nil {
		config.Disk = n.options.Disk
	}
	n.handlers, err = n.service.Start(n, config)
	if err != nil {
		server.Fail(n, m, wire.Abort, "%v", err)
		return err
	}
	n.Reply(m, "init_ok", nil)
	return nil
}

// cluster parses the body of an init.
func cluster(body []byte) (self string, nodes []string, err error) {
	self, _ = wire.Text(wire.Field(body, "node_id"))
	for element := range wire.Elements(wire.Field(body, "node_ids")) {
		name, ok := wire.Text(element)
		if !ok {
			return "", nil, fmt.Errorf("want names in node_ids, got %s", element)
		}
		nodes = append(nodes, name)
	}
	if self == "" || index(nodes, self) < 0 {
		return "", nil, fmt.Errorf("want a node_id that is among node_ids, got %q and %q", self, nodes)
	}
	return self, nodes, nil
}

// index returns the NodeID of a name, or −1.
func index(nodes []string, name string) broadcast.NodeID {
	for i, node := range nodes {
		if node == name {
			return broadcast.NodeID(i)
		}
	}
	return -1
}

// message makes a server.Message. It shares the bytes of the line, which nothing
// else uses.
func (n *node) message(m *wire.Message) server.Message {
	return server.Message{Src: n.name(m.Src), Type: n.name(m.Type), Body: m.Body, IDs: m.IDs}
}

// name interns a string.
func (n *node) name(bytes []byte) string {
	if known, ok := n.names[string(bytes)]; ok {
		return known
	}
	name := string(bytes)
	if len(n.names) < 10000 { // bounded, since names may be arbitrary
		n.names[name] = name
	}
	return name
}

// deliver passes a message to its call or handler.
func (n *node) deliver(m server.Message) {
	n.doing, n.whom = m.Type, " from "+m.Src
	switch {
	case m.Reply:
		p := n.pending.items[server.Handle(m.InReplyTo)]
		if p == nil || p.answer == nil {
			return // late, duplicate, or to no call
		}
		n.pending.remove(p)
		if m.Type == "error" {
			p.answer(server.Message{}, wire.ReadError(m.Body))
		} else {
			p.answer(m, nil)
		}
	case m.Type == "init":
		server.Fail(n, m, wire.MalformedRequest, "init: this node is %s already", n.self)
	case !n.handlers.Handle(n, m):
		n.ignore(m)
	}
}

// ignore reports a message that has no handler.
func (n *node) ignore(m server.Message) {
	if !n.ignored[m.Type] {
		n.ignored[m.Type] = true
		n.log("ignored %q from %s; no more of that type will be reported", m.Type, m.Src)
	}
}

func (n *node) log(format string, args ...any) {
	fmt.Fprintf(n.options.Stderr, "%s: %s\n", cmp.Or(n.self, "node"), fmt.Sprintf(format, args...))
}
