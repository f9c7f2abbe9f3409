package trial

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reason says why a trial is not valid.
type Reason struct {
	// Kind is one of the constants below, or the name of an anomaly of logs or
	// transactions, such as lost-write or G-single.
	Kind string `json:"kind"`
	// Text gives the details: which values, which nodes, what was expected.
	Text string `json:"text"`
}

// The kinds of reasons other than anomalies.
const (
	NoSuccess       = "no-success"        // no op of some kind succeeded
	Unavailable     = "unavailable"       // fewer ops succeeded than availability requires
	LostValues      = "lost"              // acknowledged values are missing in the final reads
	NothingStable   = "nothing-stable"    // no value was stable: none stayed visible in all later reads
	DuplicateIDs    = "duplicate-ids"     // an id was returned twice
	WrongEcho       = "wrong-echo"        // an answer differs from the request
	WrongFinalReads = "wrong-final-reads" // a final read of a counter is wrong
	NotLinearizable = "not-linearizable"  // a key is not linearizable
	NotDecided      = "not-decided"       // the checker ran out of time
	NotEverywhere   = "not-everywhere"    // a dissemination did not reach every node
	Unreadable      = "unreadable"        // an op's value is not one of its workload
	Unwritten       = "unwritten-reads"   // a transaction read a value that nobody wrote
	NotChecked      = "not-checked"       // there is no checker for it, or Maelstrom's gives no detail
)

// maxReason bounds the text of a reason, in bytes; maxReasons bounds the number of
// reasons in a result. Chosen.
const (
	maxReason  = 400
	maxReasons = 8
)

// Because returns a reason whose text is formatted as by fmt.Sprintf and cut to maxReason
// bytes.
func Because(kind, format string, args ...any) Reason {
	return Reason{kind, clip(fmt.Sprintf(format, args...), maxReason)}
}

// FewReasons returns at most maxReasons reasons. If some are left out, the last one
// counts them.
func FewReasons(all []Reason) []Reason {
	if len(all) <= maxReasons {
		return all
	}
	few := append([]Reason{}, all[:maxReasons-1]...)
	left := all[maxReasons-1:]
	return append(few, Because(left[0].Kind, "%d other reasons, such as %s", len(left), left[0].Text))
}

// Why returns one line that says why the result is not valid: its reasons, else its
// error, else what the metrics of an older version show. It is empty for a valid result,
// and if nothing is known.
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
	case r.Metrics["lost"] > 0: // of a version without reasons, as are the following cases
		return fmt.Sprintf("%v values lost", r.Metrics["lost"])
	case len(r.Warnings) > 0:
		return r.Warnings[0]
	}
	return ""
}

// clip cuts text to at most that many bytes, between two characters.
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
