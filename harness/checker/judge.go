package checker

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// Judgement compares our verdict on a history with the one that Jepsen wrote to
// results.edn.
type Judgement struct {
	// Jepsen is the verdict of results.edn, empty where there was none; Ours is
	// the worst of our checkers' and of what is Trusted.
	Jepsen, Ours trial.Outcome
	// Spoilt says why nobody can judge by such a history, of which some is missing:
	// then Ours is unknown.
	Spoilt   []string
	Fields   []Field  // all that both have, in the order of results.edn
	Reasons  []string // why our verdict is not valid: "invalid: …" or "unknown: …"
	Findings []string // what Jepsen does not say
	Crashed  []string // checkers of Jepsen's that broke down or gave up, with which nothing can be compared
	Trusted  []string // what is taken from results.edn unchecked, and why
}

// Field is one value of results.edn beside ours.
type Field struct {
	Path         string    // such as :workload :stable-latencies 0.5
	Jepsen, Ours edn.Value // absent where one of them has none
	Agree        bool
	verdict      bool // it is the verdict of a part
}

// Differences returns the fields that do not agree.
func (j Judgement) Differences() []Field {
	return slices.DeleteFunc(slices.Clone(j.Fields), func(f Field) bool { return f.Agree })
}

// Compared reports whether Jepsen came to a verdict that ours can be held against.
func (j Judgement) Compared() bool { return j.Jepsen != "" && len(j.Crashed) == 0 }

// Reproduced reports whether our checkers come to Jepsen's verdict, the one on
// the whole and each of its parts. Where there is none they do.
func (j Judgement) Reproduced() bool {
	return !j.Compared() || j.Jepsen == j.Ours && !slices.ContainsFunc(j.Fields, func(f Field) bool { return !f.Agree && f.verdict })
}

// Contradicts reports whether our checkers come to another verdict than Jepsen's,
// and not only to none.
func (j Judgement) Contradicts() bool {
	return !j.Reproduced() && len(j.Spoilt) == 0 && (j.Ours != trial.Unknown || slices.ContainsFunc(j.Fields, func(f Field) bool {
		return !f.Agree && f.verdict && outcome(f.Ours) != trial.Unknown
	}))
}

// maxPrinted is how many differences are printed. Chosen.
const maxPrinted = 40

// Print writes the judgement as text, a line a statement.
func (j Judgement) Print(w io.Writer) error {
	var b strings.Builder
	if j.Jepsen == "" {
		fmt.Fprintf(&b, "verdict: %s, and no results.edn to compare it with\n", j.Ours)
	} else {
		fmt.Fprintf(&b, "verdict: %s; Jepsen: %s\n", j.Ours, j.Jepsen)
	}
	for _, s := range j.Spoilt {
		fmt.Fprintf(&b, "unknown: %s\n", s)
	}
	for _, section := range slices.Concat(sections, oneKeySections) {
		all, agree := 0, 0
		for _, f := range j.Fields {
			if name, _, _ := strings.Cut(f.Path, " "); name == ":"+section {
				all++
				if f.Agree {
					agree++
				}
			}
		}
		if all > 0 {
			fmt.Fprintf(&b, "%s: %d of %d fields agree\n", section, agree, all)
		}
	}
	different := j.Differences()
	for _, f := range different[:min(maxPrinted, len(different))] {
		fmt.Fprintf(&b, "differs: %s: Jepsen has %.200s, ours is %.200s\n", f.Path, f.Jepsen, f.Ours)
	}
	if left := len(different) - maxPrinted; left > 0 {
		fmt.Fprintf(&b, "differs: %d more\n", left)
	}
	for _, part := range []struct {
		prefix string
		lines  []string
	}{{"", j.Reasons}, {"found: ", j.Findings}, {"not compared: ", j.Crashed}, {"not checked: ", j.Trusted}} {
		for _, line := range part.lines {
			fmt.Fprintf(&b, "%s%s\n", part.prefix, line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
