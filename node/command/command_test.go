package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"gossipbench/node/wire"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
)

func TestBadFlags(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--strategy flod", `--strategy: no such strategy of workload broadcast: "flod", did you mean flood?`},
		{"--strategy flood --delivry ack-retry", `--delivry: no such flag, did you mean --delivery?`},
		{"--strategy flood --delivery maybe", `--delivery: want one of fire-and-forget, ack-retry, got "maybe"`},
		{"--strategy flood --retry 200", `--retry: want a duration such as 200ms from 1ms to 1h0m0s, got "200", did you mean 200ms?`},
		{"--strategy flood --retry", `--retry: want a duration such as 200ms from 1ms to 1h0m0s, got nothing`},
		{"--strategy flood --retry --seed 1", `--retry: want a duration such as 200ms from 1ms to 1h0m0s, got nothing`},
		{"--strategy flood --retry=", `--retry: want a duration such as 200ms from 1ms to 1h0m0s, got ""`},
		{"--strategy flood --workload broadcst", `--workload: no such workload: "broadcst", did you mean broadcast?`},
		{"--strategy flood --degree 1", `--degree: want an integer from 2 to 1000, got "1"`},
		{"--strategy flood --seed -1", `--seed: want an integer from 0 to 18446744073709551615, got "-1"`},
		{"--strategy flood --topology tree5", `--topology: want one of offered, line, grid, tree, tree2, tree3, tree4, total, star, random, hypercube, got "tree5"`},
		{"--strategy flood fast", `want flags such as --strategy gossip, got "fast"`},
		{"--strategy flood -seed", `want flags such as --strategy gossip, got "-seed"`},
		{"--strategy flood --help --deree 3", `--deree: no such flag, did you mean --degree?`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := Run(t.Context(), strings.Fields(tt.args), strings.NewReader(""), &stdout, &stderr)
			if want := "node: " + tt.want + "\n"; code != 2 || stderr.String() != want || stdout.Len() > 0 {
				t.Errorf("got status %d and\n%s%swant status 2 and\n%s", code, &stdout, &stderr, want)
			}
		})
	}
}

// TestEveryMistake tests that all mistakes are reported at once.
func TestEveryMistake(t *testing.T) {
	_, mistakes := parse(strings.Fields("x --strategy flood --sed 1 --delivery maybe --degree two"))
	if len(mistakes) != 4 {
		t.Errorf("got %q, want four mistakes", mistakes)
	}
}

func TestFlags(t *testing.T) {
	c, mistakes := parse(strings.Fields("--strategy=flood --delivery fire-and-forget --retry 0.25s --seed=18446744073709551615 --delivery=ack-retry --topology random --degree 6"))
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	want := call{topology: "random", degree: 6, seed: 1<<64 - 1, params: broadcast.Params{"delivery": "ack-retry", "retry": "250ms"}}
	if c.strategy.Name != "flood" || c.topology != want.topology || c.degree != want.degree || c.seed != want.seed || fmt.Sprint(c.params) != fmt.Sprint(want.params) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

// TestParametersAreFlags tests that no strategy has a parameter with the name of a
// node's flag, which could not be set.
func TestParametersAreFlags(t *testing.T) {
	for _, workload := range strategies.Workloads {
		for _, s := range strategies.Of(workload) {
			for _, p := range s.Params {
				if p.Name == "help" || slices.ContainsFunc(flags, named(p.Name)) {
					t.Errorf("strategy %s: parameter %s has the name of a flag of every node: find another", s.Name, p.Name)
				}
			}
		}
	}
}

// TestHelp tests that the help has every strategy of a workload, and every flag.
func TestHelp(t *testing.T) {
	for _, workload := range strategies.Workloads {
		for _, chosen := range strategies.Of(workload) {
			var stdout, stderr bytes.Buffer
			if code := Run(t.Context(), []string{"--workload", workload, "--strategy", chosen.Name, "-h"}, nil, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
				t.Fatalf("got status %d and %s, want 0 and nothing", code, &stderr)
			}
			text := stdout.String()
			for _, d := range slices.Concat(flags, chosen.Params) {
				name := "\n  --" + d.Name
				if d.Default != "" {
					name += "=" + d.Default
				}
				if !strings.Contains(text, name+"\n      "+d.Doc) {
					t.Errorf("strategy %s: no --%s in\n%s", chosen.Name, d.Name, text)
				}
			}
			for _, s := range strategies.Of(workload) {
				if !strings.Contains(text, "\n  "+s.Name+"\n      "+s.Doc+"\n") {
					t.Errorf("no strategy %s in\n%s", s.Name, text)
				}
			}
		}
	}
}

// TestStopped stops a node that waits for input.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stdin, w := io.Pipe()
	stop()
	var stderr bytes.Buffer
	if code := Run(ctx, []string{"--strategy", "flood"}, stdin, io.Discard, &stderr); code != 0 || stderr.Len() > 0 {
		t.Errorf("got status %d and %s, want 0 and nothing", code, &stderr)
	}
	_ = w.Close()
}

// TestCluster runs three nodes, and carries their messages, from init to the final
// reads, on a line that Maelstrom offers.
func TestCluster(t *testing.T) {
	c := newCluster(t, 3, "--strategy", "flood")
	for i, name := range c.names {
		if got := c.ask(i, fmt.Sprintf(`{"type":"init","msg_id":1,"node_id":"%s","node_ids":["n0","n1","n2"]}`, name)); got != `{"type":"init_ok","in_reply_to":1}` {
			t.Fatalf("init: got %s", got)
		}
	}
	for i := range c.names {
		if got := c.ask(i, `{"type":"topology","msg_id":2,"topology":{"n0":["n1"],"n1":["n0","n2"],"n2":["n1"]}}`); got != `{"type":"topology_ok","in_reply_to":2}` {
			t.Fatalf("topology: got %s", got)
		}
	}
	for i, value := range []string{"7", `"seven"`, "[7]"} {
		if got := c.ask(i, `{"type":"broadcast","msg_id":3,"message":`+value+`}`); got != `{"type":"broadcast_ok","in_reply_to":3}` {
			t.Fatalf("broadcast: got %s", got)
		}
	}
	// Each value crosses each of the two links once.
	for range 3 * 2 {
		<-c.carried
	}
	for i := range c.names {
		read := []byte(c.ask(i, `{"type":"read","msg_id":4}`))
		var got []string
		for v := range wire.Elements(wire.Field(read, "messages")) {
			got = append(got, string(v))
		}
		slices.Sort(got)
		if want := []string{`"seven"`, "7", "[7]"}; !slices.Equal(got, want) {
			t.Errorf("node %d: got %s, want %s", i, got, want)
		}
	}
	c.close()
}

// cluster is nodes and a network without losses.
type cluster struct {
	t       *testing.T
	names   []string
	stdin   []*io.PipeWriter
	replies []chan string // to c0, by node
	carried chan bool     // receives after each message between nodes
	ended   chan int      // exit statuses
}

func newCluster(t *testing.T, size int, args ...string) *cluster {
	c := &cluster{t: t, carried: make(chan bool, 100), ended: make(chan int)}
	var outputs []*io.PipeReader
	for i := range size {
		stdin, in := io.Pipe()
		out, stdout := io.Pipe()
		c.names = append(c.names, fmt.Sprintf("n%d", i))
		c.stdin = append(c.stdin, in)
		c.replies = append(c.replies, make(chan string, 100))
		outputs = append(outputs, out)
		go func() {
			code := Run(t.Context(), args, stdin, stdout, io.Discard)
			_ = stdout.Close()
			c.ended <- code
		}()
	}
	for i, out := range outputs {
		go c.carry(i, out)
	}
	return c
}

// carry delivers what a node prints.
func (c *cluster) carry(from int, out io.Reader) {
	lines := wire.NewLineReader(out, 1<<20)
	for {
		line, err := lines.Next()
		if err != nil {
			return
		}
		var m wire.Message
		if err := m.Parse(line); err != nil {
			c.t.Errorf("%s: %v: %s", c.names[from], err, line)
			return
		}
		to := slices.Index(c.names, string(m.Dest))
		if to < 0 {
			c.replies[from] <- string(m.Body)
			continue
		}
		// A node blocks while nobody reads its output, so another goroutine
		// delivers.
		again := wire.AppendEnvelope(nil, m.Src, m.Dest, m.Body)
		go func() {
			_, _ = c.stdin[to].Write(again)
			c.carried <- true
		}()
	}
}

// ask sends a client's request, and returns the body of the reply.
func (c *cluster) ask(node int, body string) string {
	if _, err := c.stdin[node].Write(wire.AppendEnvelope(nil, "c0", c.names[node], []byte(body))); err != nil {
		c.t.Fatal(err)
	}
	return <-c.replies[node]
}

// close ends the input of all nodes.
func (c *cluster) close() {
	for _, in := range c.stdin {
		_ = in.Close()
	}
	for range c.names {
		if code := <-c.ended; code != 0 {
			c.t.Errorf("got exit status %d, want 0", code)
		}
	}
}
