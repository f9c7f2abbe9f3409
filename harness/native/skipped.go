package native

import "fmt"

// Kinds of messages to clients that answer nothing. Duplicate and late answers do not
// count: they do no harm.
const (
	noReply = iota
	oddReply
	unasked
	noBody
	skipKinds
)

// skipped counts the messages of a node to clients that answered no pending request, by
// kind, and keeps the first of each kind.
type skipped [skipKinds]struct {
	count int
	first string
}

// skip records a skipped message.
func (p *process) skip(kind int, format string, args ...any) {
	s := &p.skipped[kind]
	if s.count++; s.count == 1 {
		s.first = fmt.Sprintf(format, args...)
	}
}

// inVain describes what the node printed that was not an answer, if a client got none; ""
// if there is nothing.
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
