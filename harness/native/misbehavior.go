package native

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Misbehavior is the error of a trial whose node broke the protocol. What a
// strategy gets wrong, such as a lost value, is none: that is a result.
type Misbehavior struct {
	Node           string
	What           string   // it did: "exited with exit status 3"
	Maelstrom      string   // where that is no error there: "which takes no notice"
	Stdout, Stderr []string // its last lines
	process        *process // nil where nobody knows which node it was
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

// misbehaved is the error of what p did. Its last lines come by
// fill.
func (p *process) misbehaved(what string) *Misbehavior {
	return &Misbehavior{Node: p.name, What: what, process: p}
}

// lastWords is how long a node that misbehaved may go on to print why. Chosen.
const lastWords = 100 * time.Millisecond

// hearOut lets a node that misbehaved say why, if it did.
func hearOut(err error) {
	if m := (*Misbehavior)(nil); errors.As(err, &m) && m.process != nil {
		select {
		case <-m.process.ended:
		case <-time.After(lastWords):
		}
	}
}

// fill adds the last lines to err, after the end of all processes.
func fill(err error) {
	if m := (*Misbehavior)(nil); errors.As(err, &m) && m.process != nil {
		m.Stdout, m.Stderr = m.process.out.last(), m.process.err.last()
	}
}

// silence says how a node came not to answer its final read.
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
