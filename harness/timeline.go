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

	"gossipbench/harness/experiment"
	"gossipbench/harness/sim"
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
	omitted  int
}

// maxLanes is how many nodes have lanes. Chosen: a terminal of 120 columns.
const maxLanes = 12

// laneWidth is the width of a lane, a node's name included.
const laneWidth = 4

// drawTimeline repeats a simulated trial and draws what happened in it.
func (s *shown) drawTimeline(ctx context.Context, b *bytes.Buffer, r experiment.Result, l timeline) error {
	var trace bytes.Buffer
	if _, err := repeat(ctx, r, sim.Options{Trace: &trace}); err != nil {
		return err
	}
	l.nodes = r.Trial.Nodes
	return l.draw(b, &trace)
}

// draw draws the events of a trace.
func (l timeline) draw(w *bytes.Buffer, trace io.Reader) error {
	if l.nodes <= maxLanes {
		fmt.Fprintf(w, "%12s  ", "ms")
		for id := range l.nodes {
			fmt.Fprintf(w, "%-*s", laneWidth, "n"+strconv.Itoa(id))
		}
		w.WriteString("\n")
	}
	drawn := 0
	scanner := bufio.NewScanner(trace)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var m moment
		if err := json.Unmarshal(scanner.Bytes(), &m); err != nil {
			return fmt.Errorf("trace: %w", err)
		}
		if !l.wants(m) {
			continue
		}
		if l.lines > 0 && drawn == l.lines {
			l.omitted++
			continue
		}
		drawn++
		l.line(w, m)
	}
	if l.omitted > 0 {
		fmt.Fprintf(w, "%d more events; see --lines, --from, --to and --node\n", l.omitted)
	}
	return scanner.Err()
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
	place := func(name string) int {
		id, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
		if err != nil || id < 0 || id >= l.nodes {
			return -1
		}
		return id * laneWidth
	}
	if at := place(m.Node); at >= 0 {
		cells[at] = 'o'
	}
	a, b := place(m.From), place(m.To)
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
