package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/cli"
	"gossipbench/harness/files"
	"gossipbench/harness/sim"
	"gossipbench/harness/trial"
)

// moment is a line of a trace: see harness/sim/trace.go.
type moment struct {
	T      int64   `json:"t"`
	Event  string  `json:"event"`
	Node   string  `json:"node"`
	From   string  `json:"from"`
	To     string  `json:"to"`
	Kind   string  `json:"kind"`
	Value  int64   `json:"value"`
	Values []int64 `json:"values"`
	Phase  string  `json:"phase"`
	Target string  `json:"target"`
}

// timeline draws a trace: a line an event, and a lane a node while there are
// few.
type timeline struct {
	nodes    int
	from, to time.Duration // to: 0 for the end
	node     string        // only events of this node; "" for all
	lines    int           // at most; 0 for all
}

// maxLanes is how many nodes have lanes. Chosen: a terminal of 120 columns.
const maxLanes = 12

// laneWidth is the width of a lane, a node's name included.
const laneWidth = 4

// check says which of the flags make no sense.
func (l timeline) check() error {
	switch {
	case l.lines < 0:
		return cli.Usage("--lines: want at least 1, or 0 for all, got %d", l.lines)
	case l.from < 0:
		return cli.Usage("--from: want a time from the start of the load on, got %v", l.from)
	case l.to < 0 || l.to != 0 && l.to < l.from:
		return cli.Usage("--to: want a time behind --from %v, got %v", l.from, l.to)
	}
	return nil
}

// drawTrial repeats a simulated trial and draws what happens in it, event by
// event: the trace of a large one would not fit into memory.
func (l timeline) drawTrial(ctx context.Context, b *bytes.Buffer, r trial.Result) error {
	if l.nodes = r.Trial.Nodes; l.node != "" && l.place(l.node) < 0 {
		return cli.Usage("--node: want one of n0 to n%d, got %q", l.nodes-1, l.node)
	}
	trace, events := io.Pipe()
	go func() {
		_, err := repeat(ctx, r, sim.Options{Trace: events})
		_ = events.CloseWithError(err) // which reaches draw
	}()
	err := l.draw(ctx, b, trace)
	_ = trace.Close()
	return err
}

// drawFile draws a trace that replay has written.
func (l timeline) drawFile(ctx context.Context, b *bytes.Buffer, path string) error {
	trace, err := files.Open(path)
	if err != nil {
		return err
	}
	defer trace.Close()
	err = moments(ctx, trace, func(m moment) {
		for _, name := range []string{m.Node, m.From, m.To} {
			if id, err := strconv.Atoi(strings.TrimPrefix(name, "n")); err == nil {
				l.nodes = max(l.nodes, id+1)
			}
		}
	})
	if err == nil {
		_, err = trace.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = l.draw(ctx, b, trace)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// moments reads a trace, until ctx ends.
func moments(ctx context.Context, trace io.Reader, do func(moment)) error {
	scanner := bufio.NewScanner(trace)
	scanner.Buffer(nil, 64<<20)
	for n := 1; scanner.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var m moment
		if err := json.Unmarshal(scanner.Bytes(), &m); err != nil {
			return fmt.Errorf("line %d of the trace: %w", n, err)
		}
		do(m)
	}
	return scanner.Err()
}

// draw draws the events of a trace.
func (l timeline) draw(ctx context.Context, w *bytes.Buffer, trace io.Reader) error {
	fmt.Fprintf(w, "%12s  ", "ms")
	if l.nodes <= maxLanes {
		for id := range l.nodes {
			fmt.Fprintf(w, "%-*s", laneWidth, "n"+strconv.Itoa(id))
		}
	} else {
		fmt.Fprintf(w, "what happens (%d nodes: only %d have lanes)", l.nodes, maxLanes)
	}
	w.WriteString("\n")
	drawn, omitted := 0, 0
	err := moments(ctx, trace, func(m moment) {
		switch {
		case !l.wants(m):
		case l.lines > 0 && drawn == l.lines:
			omitted++
		default:
			drawn++
			l.line(w, m)
		}
	})
	if omitted > 0 {
		fmt.Fprintf(w, "%d more events; see --lines, --from, --to and --node\n", omitted)
	}
	return err
}

func (l timeline) wants(m moment) bool {
	at := time.Duration(m.T)
	return at >= l.from && (l.to == 0 || at <= l.to) &&
		(l.node == "" || m.Event == "fault" || l.node == m.Node || l.node == m.From || l.node == m.To)
}

// line draws an event.
func (l timeline) line(w *bytes.Buffer, m moment) {
	fmt.Fprintf(w, "%12.3f  ", float64(m.T)/1e6)
	if l.nodes <= maxLanes {
		w.WriteString(l.lanes(m))
	}
	switch m.Event {
	case "fault":
		fmt.Fprintf(w, "%s of %s", m.Phase, m.Kind)
		if m.Target != "" {
			fmt.Fprintf(w, ", target %s", m.Target)
		}
	case "broadcast":
		fmt.Fprintf(w, "a client brings %s %d", m.Node, m.Value)
	case "expire":
		fmt.Fprintf(w, "%s: %s", m.Node, m.Kind)
	default:
		fmt.Fprintf(w, "%s %s -> %s %s", m.Event, m.From, m.To, m.Kind)
		if len(m.Values) > 0 {
			w.WriteString(" " + clipped(m.Values))
		}
	}
	w.WriteString("\n")
}

// clipped writes values, of many only the first and the last.
func clipped(values []int64) string {
	const most = 8
	if len(values) <= most {
		return fmt.Sprint(values)
	}
	return fmt.Sprintf("[%d … %d: %d values]", values[0], values[len(values)-1], len(values))
}

// lanes draws who acts: o is a node by itself, and an arrow is dashed while the
// message sets out, and whole when it arrives.
func (l timeline) lanes(m moment) string {
	cells := []rune(strings.Repeat("."+strings.Repeat(" ", laneWidth-1), l.nodes))
	if at := l.place(m.Node); at >= 0 {
		cells[at] = 'o'
	}
	a, b := l.place(m.From), l.place(m.To)
	if a >= 0 && b >= 0 {
		stroke := '-'
		if m.Event == "send" {
			stroke = '.'
		}
		for i := min(a, b) + 1; i < max(a, b); i++ {
			cells[i] = stroke
		}
		cells[a] = 'o'
		if cells[b] = '>'; b < a {
			cells[b] = '<'
		}
	}
	return string(cells)
}

// place is where the lane of a node begins, or -1 where it has none.
func (l timeline) place(name string) int {
	id, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
	if err != nil || !strings.HasPrefix(name, "n") || id < 0 || id >= l.nodes {
		return -1
	}
	return id * laneWidth
}
