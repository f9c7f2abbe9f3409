package trial

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reason says why the outcome of a trial is not valid.
type Reason struct {
	// Kind is what was found: one of the constants below, or the name of an
	// anomaly of logs or transactions, such as lost-write or G-single.
	Kind string `json:"kind"`
	// Text says it in words: which values, which nodes, what was wanted.
	Text string `json:"text"`
}

// The kinds of reasons, beside the names of anomalies.
const (
	NoSuccess       = "no-success"        // ops of one kind never succeeded
	Unavailable     = "unavailable"       // fewer ops succeeded than were to
	LostValues      = "lost"              // acknowledged values are missing in the last reads
	NothingStable   = "nothing-stable"    // no value was ever read for good
	DuplicateIDs    = "duplicate-ids"     // an id was given twice
	WrongEcho       = "wrong-echo"        // an answer is not what was asked
	WrongFinalReads = "wrong-final-reads" // of a counter
	NotLinearizable = "not-linearizable"  // a key
	NotDecided      = "not-decided"       // the checker ran out of time
	NotEverywhere   = "not-everywhere"    // a dissemination did not reach every node
	Unreadable      = "unreadable"        // an op's value is none of its workload
	Unwritten       = "unwritten-reads"   // a transaction read what nobody wrote
	NotChecked      = "not-checked"       // nobody could, or Maelstrom's checker says no more
)

// maxReason is the most bytes of a reason's text, maxReasons the most reasons that
// a result keeps. Chosen.
const (
	maxReason  = 400
	maxReasons = 8
)

// Because returns a reason whose text is made as by fmt.Sprintf and cut to a
// length that a person reads.
func Because(kind, format string, args ...any) Reason {
	return Reason{kind, clip(fmt.Sprintf(format, args...), maxReason)}
}

// FewReasons returns at most so many reasons as a result keeps; the last one
// counts those that are left out.
func FewReasons(all []Reason) []Reason {
	if len(all) <= maxReasons {
		return all
	}
	few := append([]Reason{}, all[:maxReasons-1]...)
	left := all[maxReasons-1:]
	return append(few, Because(left[0].Kind, "%d other reasons, such as %s", len(left), left[0].Text))
}

// Why says in one line why the outcome is not valid: the reasons, else the error,
// else what an older result still tells. It is empty of a valid result, and of one
// that tells nothing.
func (r *Result) Why() string {
	switch {
	case r.Outcome == Valid:
		return ""
	case r.Error != nil:
		line, _, _ := strings.Cut(*r.Error, "\n")
		if len(r.Disturbances) > 0 {
			line += "; while " + clip(strings.Join(r.Disturbances, "; "), maxReason)
		}
		return line
	case r.Outcome == Disturbed:
		return clip(strings.Join(r.Disturbances, "; "), 2*maxReason)
	case len(r.Reasons) > 0:
		texts := make([]string, len(r.Reasons))
		for i, reason := range r.Reasons {
			texts[i] = reason.Text
		}
		return clip(strings.Join(texts, "; "), 2*maxReason)
	case r.Metrics["lost"] > 0: // of a version without reasons, as the rest
		return fmt.Sprintf("%v values lost", r.Metrics["lost"])
	case len(r.Warnings) > 0:
		return r.Warnings[0]
	}
	return ""
}

// clip cuts a text to at most so many bytes, between two letters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const end = "…"
	at := most - len(end)
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + end
}
