package native

import "fmt"

// Kinds of what a node sends clients in vain. Second answers and late ones are none:
// they do no harm.
const (
	noReply = iota
	oddReply
	unasked
	noBody
	skipKinds
)

// skipped is what a node sent clients that was no answer to a request that they
// waited for: of each kind how often, and the first.
type skipped [skipKinds]struct {
	count int
	first string
}

// skip takes that a message was skipped.
func (p *process) skip(kind int, format string, args ...any) {
	s := &p.skipped[kind]
	if s.count++; s.count == 1 {
		s.first = fmt.Sprintf(format, args...)
	}
}

// inVain says what the node has printed that was no answer, where a client has had
// none; "" where there is nothing such.
func (p *process) inVain() string {
	if tail := p.half.String(); tail != "" {
		return "printed an answer, or half of one, without a newline, so that nobody can read it: " + tail
	}
	for _, s := range p.skipped {
		switch {
		case s.count == 1:
			return s.first
		case s.count > 1:
			return fmt.Sprintf("%s (the first of %d that were skipped)", s.first, s.count)
		}
	}
	return ""
}
