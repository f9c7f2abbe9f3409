package sim

import (
	"bufio"
	"io"
	"strconv"
	"time"

	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// tracer writes every event as a JSON line: {"t": time in ns, "event": kind of event, …},
// with the events
//
//	broadcast  a client gave node a value
//	send       from sends a message of that kind to to
//	deliver    it arrived
//	expire     a timer of node expired
//	fault      a fault began or ended
type tracer struct {
	w     *bufio.Writer
	kinds []string
	line  []byte
}

func newTracer(w io.Writer, kinds []string) *tracer {
	return &tracer{w: bufio.NewWriter(w), kinds: kinds}
}

// begin begins a line, and end writes it. The writer keeps its first error.
func (t *tracer) begin(event string, now time.Duration) {
	t.line = append(t.line[:0], `{"t":`...)
	t.line = strconv.AppendInt(t.line, int64(now), 10)
	t.text("event", event)
}

func (t *tracer) end() { _, _ = t.w.Write(append(t.line, "}\n"...)) }

func (t *tracer) flush() error { return t.w.Flush() }

func (t *tracer) text(key, value string) {
	t.line = append(t.line, `,"`+key+`":"`+value+`"`...)
}

func (t *tracer) number(key string, v int64) {
	t.line = append(t.line, `,"`+key+`":`...)
	t.line = strconv.AppendInt(t.line, v, 10)
}

func (t *tracer) node(key string, id broadcast.NodeID) {
	t.line = append(t.line, `,"`+key+`":"n`...)
	t.line = strconv.AppendInt(t.line, int64(id), 10)
	t.line = append(t.line, '"')
}

func (t *tracer) message(event string, now time.Duration, from, to broadcast.NodeID, m *broadcast.Message) {
	t.begin(event, now)
	t.node("from", from)
	t.node("to", to)
	t.text("kind", t.kinds[m.Kind])
	if len(m.Values) > 0 {
		t.line = append(t.line, `,"values":[`...)
		for i, v := range m.Values {
			if i > 0 {
				t.line = append(t.line, ',')
			}
			t.line = strconv.AppendInt(t.line, int64(v), 10)
		}
		t.line = append(t.line, ']')
	}
	if m.Seq != 0 {
		t.line = append(t.line, `,"seq":`...)
		t.line = strconv.AppendUint(t.line, m.Seq, 10)
	}
	if m.Ack != 0 {
		t.line = append(t.line, `,"ack":`...)
		t.line = strconv.AppendUint(t.line, m.Ack, 10)
	}
	if m.Age != 0 {
		t.number("age", int64(m.Age))
	}
	if m.Hops != 0 {
		t.number("hops", int64(m.Hops))
	}
	t.end()
}

func (t *tracer) value(now time.Duration, id broadcast.NodeID, v broadcast.Value) {
	t.begin("broadcast", now)
	t.node("node", id)
	t.number("value", int64(v))
	t.end()
}

func (t *tracer) timer(now time.Duration, id broadcast.NodeID, timer broadcast.Timer) {
	t.begin("expire", now)
	t.node("node", id)
	t.text("kind", t.kinds[timer.Kind])
	t.end()
}

func (t *tracer) fault(now time.Duration, f workload.Fault) {
	t.begin("fault", now)
	t.text("kind", f.Kind)
	if f.Starts {
		t.text("phase", "start")
		t.text("target", f.Target)
	} else {
		t.text("phase", "end")
	}
	t.end()
}
