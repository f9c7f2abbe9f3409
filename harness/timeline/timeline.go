// Package timeline draws the trace of a simulated trial: a line an event, and a lane a
// node while there are few.
package timeline

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

	"gossipbench/harness/files"
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

// Timeline says what of a trace is drawn.
type Timeline struct {
	Nodes    int           // how many there are
	From, To time.Duration // To: 0 for the end
	Node     string        // only events of this node; "" for all
	Lines    int           // at most; 0 for all
}

// maxLanes is how many nodes have lanes. Chosen: a terminal of 120 columns.
const maxLanes = 12

// laneWidth is the width of a lane, a node's name included.
const laneWidth = 4

// Has reports whether a node is among those of the trace.
func (l Timeline) Has(node string) bool { return l.place(node) >= 0 }

// DrawFile draws a trace that was written to a file. It returns how many events Lines
// left out.
func (l Timeline) DrawFile(ctx context.Context, b *bytes.Buffer, path string) (omitted int, err error) {
	trace, err := files.Open(path)
	if err != nil {
		return 0, err
	}
	defer trace.Close()
	err = moments(ctx, trace, func(m moment) {
		for _, name := range []string{m.Node, m.From, m.To} {
			if id, err := strconv.Atoi(strings.TrimPrefix(name, "n")); err == nil {
				l.Nodes = max(l.Nodes, id+1)
			}
		}
	})
	if err == nil {
		_, err = trace.Seek(0, io.SeekStart)
	}
	if err == nil {
		omitted, err = l.Draw(ctx, b, trace)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return omitted, nil
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

// Draw draws the events of a trace. It returns how many of them Lines left out.
func (l Timeline) Draw(ctx context.Context, w *bytes.Buffer, trace io.Reader) (omitted int, err error) {
	fmt.Fprintf(w, "%12s  ", "ms")
	if l.Nodes <= maxLanes {
		for id := range l.Nodes {
			fmt.Fprintf(w, "%-*s", laneWidth, "n"+strconv.Itoa(id))
		}
	} else {
		fmt.Fprintf(w, "what happens (%d nodes: only %d have lanes)", l.Nodes, maxLanes)
	}
	w.WriteString("\n")
	drawn := 0
	err = moments(ctx, trace, func(m moment) {
		switch {
		case !l.wants(m):
		case l.Lines > 0 && drawn == l.Lines:
			omitted++
		default:
			drawn++
			l.line(w, m)
		}
	})
	return omitted, err
}

func (l Timeline) wants(m moment) bool {
	at := time.Duration(m.T)
	return at >= l.From && (l.To == 0 || at <= l.To) &&
		(l.Node == "" || m.Event == "fault" || l.Node == m.Node || l.Node == m.From || l.Node == m.To)
}

// line draws an event.
func (l Timeline) line(w *bytes.Buffer, m moment) {
	fmt.Fprintf(w, "%12.3f  ", float64(m.T)/1e6)
	if l.Nodes <= maxLanes {
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
func (l Timeline) lanes(m moment) string {
	cells := []rune(strings.Repeat("."+strings.Repeat(" ", laneWidth-1), l.Nodes))
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
func (l Timeline) place(name string) int {
	id, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
	if err != nil || !strings.HasPrefix(name, "n") || id < 0 || id >= l.Nodes {
		return -1
	}
	return id * laneWidth
}
