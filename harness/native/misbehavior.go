package native

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Misbehavior is the error of a trial whose node broke the protocol. A failure of a
// strategy, such as a lost value, is a result instead.
type Misbehavior struct {
	Node           string
	What           string   // what it did: "exited with exit status 3"
	Maelstrom      string   // how Maelstrom reacts if it is not an error there: "which takes no notice"
	Stdout, Stderr []string // last lines
	process        *process // nil if the node is unknown
}

func (m *Misbehavior) Error() string {
	var b strings.Builder
	b.WriteString(m.Node + " " + m.What)
	if m.Maelstrom != "" {
		b.WriteString(" (stricter than Maelstrom, " + m.Maelstrom + ")")
	}
	if m.process == nil {
		return b.String()
	}
	for _, stream := range []struct {
		name  string
		lines []string
	}{{"stdout", m.Stdout}, {"stderr", m.Stderr}} {
		if len(stream.lines) == 0 {
			b.WriteString("\n" + m.Node + " printed nothing on " + stream.name)
			continue
		}
		b.WriteString("\nlast lines of " + m.Node + " on " + stream.name + ":")
		for _, line := range stream.lines {
			b.WriteString("\n  " + line)
		}
	}
	return b.String()
}

// misbehaved returns the error for what p did. fill adds the last lines.
func (p *process) misbehaved(what string) *Misbehavior {
	return &Misbehavior{Node: p.name, What: what, process: p}
}

// lastWords is the time that a misbehaving node has to print the reason. Chosen.
const lastWords = 100 * time.Millisecond

// hearOut waits a moment for a misbehaving node to print the reason.
func hearOut(err error) {
	if m := (*Misbehavior)(nil); errors.As(err, &m) && m.process != nil {
		select {
		case <-m.process.ended:
		case <-time.After(lastWords):
		}
	}
}

// fill adds the last lines to err, after all processes have ended.
func fill(err error) {
	if m := (*Misbehavior)(nil); errors.As(err, &m) && m.process != nil {
		m.Stdout, m.Stderr = m.process.out.last(), m.process.err.last()
	}
}

// silence says why a node did not answer its final read.
func (p *process) silence(now, timeout time.Duration) string {
	silent := (now - p.heard).Round(time.Millisecond)
	vain := p.inVain()
	switch n := unread(p.stdin); {
	case p.closed.Load():
		return "closed its stdout and kept running"
	case p.deaf():
		return closedStdin
	case vain != "":
		return fmt.Sprintf("did not answer its final read within %v: it %s", timeout, vain)
	case silent < timeout:
		return fmt.Sprintf("did not answer its final read within %v, though it prints: %d bytes so far", timeout, p.printed.total)
	case n > 0:
		return fmt.Sprintf("stopped reading its stdin, where %d bytes lie unread, and has printed nothing for %v", n, silent)
	default:
		return fmt.Sprintf("fell silent: it has printed nothing for %v, and not answered its final read", silent)
	}
}
