package native

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"gossipbench/node/wire"
)

// TestMain runs the test's own executable as a node: `TEST node FLAGS` runs the program
// that --strategy names, if it is one of programs. `TEST harness` runs the trial of
// TestOrphans, and `TEST stopped` that of TestDisturbed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "node" {
		program := programs[os.Args[5]] // node --workload W --strategy S
		if program == nil {
			fmt.Fprintf(os.Stderr, "no program %q\n", os.Args[5])
			os.Exit(2)
		}
		program(newNode())
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "harness" {
		_, err := New(Options{}).Run(context.Background(), orphans())
		fmt.Println(err) // not reached: see TestOrphans
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "stopped" {
		trial := quick("honest")
		trial.TimeLimit = 2 * time.Second
		r, err := New(Options{}).Run(context.Background(), trial)
		fmt.Println(r.Disturbances, err)
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // most trials only wait; more make honest nodes late
		panic(err)
	}
	os.Exit(m.Run())
}

// node is a small node for tests: a program reads messages and prints whatever it wants.
type node struct {
	in        *wire.LineReader
	out       *bufio.Writer
	name      string
	nodes     []string
	neighbors []string
	values    []int64
	known     map[int64]bool
}

func newNode() *node {
	fmt.Fprintln(os.Stderr, "started")
	return &node{in: wire.NewLineReader(os.Stdin, 1<<30), out: bufio.NewWriter(os.Stdout), known: map[int64]bool{}}
}

// next returns the next message, or ends the program if there is none.
func (n *node) next() wire.Message {
	m, ok := n.read()
	if !ok {
		os.Exit(0)
	}
	return m
}

// serveNext handles one message, and reports whether there was one.
func (n *node) serveNext() bool {
	m, ok := n.read()
	if ok {
		n.serve(m)
	}
	return ok
}

func (n *node) read() (m wire.Message, ok bool) {
	n.out.Flush()
	line, err := n.in.Next()
	if err != nil {
		return m, false
	}
	if err := m.Parse(append([]byte(nil), line...)); err != nil {
		panic(err)
	}
	return m, true
}

// reply answers a message.
func (n *node) reply(m wire.Message, typ string, fields wire.Fields) {
	n.out.Write(wire.AppendMessage(nil, n.name, m.Src, typ, wire.IDs{InReplyTo: m.MsgID, Reply: true}, fields))
}

// print prints a line, which need not be a message.
func (n *node) print(format string, args ...any) {
	fmt.Fprintf(n.out, format, args...)
	n.out.Flush()
}

// serve does what a correct node does that floods.
func (n *node) serve(m wire.Message) {
	switch string(m.Type) {
	case "init":
		n.name, _ = wire.Text(wire.Field(m.Body, "node_id"))
		n.nodes = texts(wire.Field(m.Body, "node_ids"))
		n.reply(m, "init_ok", nil)
	case "echo":
		n.reply(m, "echo_ok", wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo")))
	case "topology":
		n.neighbors = texts(wire.Field(wire.Field(m.Body, "topology"), n.name))
		n.reply(m, "topology_ok", nil)
	case "broadcast":
		v, _ := wire.Int(wire.Field(m.Body, "message"))
		n.reply(m, "broadcast_ok", nil)
		n.learn(v, "")
	case "rumor":
		values, _ := wire.Ints[int64](nil, wire.Field(m.Body, "values"))
		for _, v := range values {
			n.learn(v, string(m.Src))
		}
	case "read":
		n.reply(m, "read_ok", wire.AppendInts(wire.Fields(nil).Key("messages"), n.values))
	}
}

func (n *node) learn(v int64, from string) {
	if n.known[v] {
		return
	}
	n.known[v] = true
	n.values = append(n.values, v)
	for _, peer := range n.neighbors {
		if peer != from {
			n.out.Write(wire.AppendMessage(nil, n.name, peer, "rumor", wire.IDs{},
				wire.AppendInts(wire.Fields(nil).Key("values"), []int64{v})))
		}
	}
}

func texts(array []byte) []string {
	var all []string
	for element := range wire.Elements(array) {
		s, _ := wire.Text(element)
		all = append(all, s)
	}
	return all
}
