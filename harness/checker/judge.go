package checker

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// Judgement compares our verdict on a history with Jepsen's, which is in results.edn.
type Judgement struct {
	// Jepsen is the verdict of results.edn, empty if there is none. Ours is the worst
	// verdict of our checkers and of the Trusted sections.
	Jepsen, Ours trial.Outcome
	// Spoilt says which part of the history is missing, if any. Ours is unknown then.
	Spoilt   []string
	Fields   []Field  // all fields of both, in the order of results.edn
	Reasons  []string // why our verdict is not valid: "invalid: …" or "unknown: …"
	Findings []string // what Jepsen does not report
	Crashed  []string // Jepsen's checkers that crashed or gave up, so that nothing can be compared
	Trusted  []string // what is taken from results.edn unchecked, and why
}

// Field is a value of results.edn and ours.
type Field struct {
	Path         string    // such as :workload :stable-latencies 0.5
	Jepsen, Ours edn.Value // absent if that side has none
	Agree        bool
	verdict      bool // it is the :valid? of a section
}

// Differences returns the fields that do not agree.
func (j Judgement) Differences() []Field {
	return slices.DeleteFunc(slices.Clone(j.Fields), func(f Field) bool { return f.Agree })
}

// Compared reports whether Jepsen reached a verdict that ours can be compared with.
func (j Judgement) Compared() bool { return j.Jepsen != "" && len(j.Crashed) == 0 }

// Reproduced reports whether our checkers reach Jepsen's verdict, as a whole and for each
// section. It is true if Jepsen has none.
func (j Judgement) Reproduced() bool {
	return !j.Compared() || j.Jepsen == j.Ours && !slices.ContainsFunc(j.Fields, func(f Field) bool { return !f.Agree && f.verdict })
}

// Contradicts reports whether our checkers reach a verdict other than Jepsen's. An
// unknown verdict of ours contradicts nothing.
func (j Judgement) Contradicts() bool {
	return !j.Reproduced() && len(j.Spoilt) == 0 && (j.Ours != trial.Unknown || slices.ContainsFunc(j.Fields, func(f Field) bool {
		return !f.Agree && f.verdict && outcome(f.Ours) != trial.Unknown
	}))
}

// maxPrinted bounds the differences that Print writes. Chosen.
const maxPrinted = 40

// Print writes the judgement as text, one statement a line.
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
