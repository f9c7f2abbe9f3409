package maelstrom

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// pictures are the checkers that only draw. Without gnuplot they are unknown, and then
// Jepsen's whole verdict is.
var pictures = map[string]bool{"perf": true, "timeline": true}

// verdict returns the outcome in a results.edn, the reasons if it is not valid, and
// warnings.
//
// It applies Jepsen's rule to all checkers that judge: invalid if one says false, else
// unknown if one says so, else valid. Jepsen also counts the checkers that draw. In a
// file without checkers, such as that of one key of lin-kv, only its own :valid? counts.
//
// Jepsen calls a checker that crashed unknown. Unless another checker finds the trial
// invalid, that is an error, since nobody judged it. There is one exception: if Elle
// crashed on a read of a value that nobody wrote, the trial is unknown for that reason,
// as with our checkers.
func verdict(results edn.Value) (trial.Outcome, []trial.Reason, []string, error) {
	outcome := trial.Valid
	reasons := map[trial.Outcome][]trial.Reason{}
	var warnings []string
	var crashed error
	checkers := 0
	for key, check := range results.Pairs() {
		valid := check.At("valid?")
		if !valid.Present() {
			continue
		}
		name := key.Text()
		if !pictures[name] {
			checkers++
		}
		said, _ := valid.Bool()
		switch {
		case said:
		case pictures[name]:
			warnings = append(warnings, notDrawn(name, check))
		case isCrash(check) && unwritten(check) == nil:
			why, _ := checker.Crash(check)
			what := name + ": " + tail(why, 1)
			crashed = errors.New("maelstrom's analysis crashed: " + what)
			warnings = append(warnings, "the analysis crashed: "+what)
		case valid.Is("unknown"):
			if outcome == trial.Valid {
				outcome = trial.Unknown
			}
			more := unwritten(check)
			if more == nil {
				more = checker.ReasonsIn(name, check)
			}
			reasons[trial.Unknown] = append(reasons[trial.Unknown], more...)
		default:
			outcome = trial.Invalid
			reasons[trial.Invalid] = append(reasons[trial.Invalid], checker.ReasonsIn(name, check)...)
		}
	}
	if checkers == 0 {
		return lone(results)
	}
	warnings = append(warnings, exceptions(results.At("exceptions"))...)
	if crashed != nil && outcome != trial.Invalid {
		return "", nil, warnings, crashed
	}
	return outcome, trial.FewReasons(reasons[outcome]), warnings, nil
}

func isCrash(check edn.Value) bool {
	_, is := checker.Crash(check)
	return is
}

// unwritten returns the reason of a checker that crashed on a read of a value that nobody
// wrote; nil for any other checker.
//
// Source: dirty-update-cases in elle/src/elle/list_append.clj.
func unwritten(check edn.Value) []trial.Reason {
	why, _ := checker.Crash(check)
	if !strings.Contains(why, "No transaction wrote") {
		return nil
	}
	return []trial.Reason{trial.Because(trial.Unwritten, "a read of what nobody wrote, over which Elle's checker of lists breaks down, and rules nothing: %s", why)}
}

// notDrawn returns the warning that a checker did not draw, with its first error.
func notDrawn(name string, checker edn.Value) string {
	text := name + ": not drawn, which does not count"
	if why := firstError(checker); why != "" {
		text += ": " + why
	}
	return text
}

// lone returns the outcome of a results.edn without checkers, for example of an analysis
// that crashed as a whole.
func lone(results edn.Value) (trial.Outcome, []trial.Reason, []string, error) {
	valid := results.At("valid?")
	said, isBool := valid.Bool()
	switch why, crashed := checker.Crash(results); {
	case crashed && unwritten(results) != nil:
		return trial.Unknown, unwritten(results), nil, nil
	case crashed:
		return "", nil, nil, errors.New("maelstrom's analysis crashed: " + tail(why, 1))
	case said:
		return trial.Valid, nil, nil, nil
	case isBool:
		return trial.Invalid, checker.ReasonsIn("results.edn", results), nil, nil
	case valid.Is("unknown"):
		return trial.Unknown, checker.ReasonsIn("results.edn", results), nil, nil
	}
	return "", nil, nil, errors.New("results.edn has no :valid?")
}

// firstError returns the first line of the first :error in a checker's results.
func firstError(checker edn.Value) string {
	if text := checker.At("error").Text(); text != "" {
		return firstLine(text)
	}
	for _, part := range checker.Pairs() {
		if text := part.At("error").Text(); text != "" {
			return firstLine(text)
		}
	}
	return ""
}

// firstLine returns the first line of a text, cut for an error.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return tail(line, 1)
}

// malformed matches Maelstrom's message about an answer in the wrong form.
//
// Source: check-response! in maelstrom/client.clj, observed.
var malformed = regexp.MustCompile(`(?s)^Malformed RPC response.*but instead received\s+(.*?)\s+This is malformed because:\s+(.*?)\s+See doc/`)

// exceptions returns warnings about ops whose answers Maelstrom could not use. Maelstrom
// ends each as info and calls the test valid.
func exceptions(checker edn.Value) []string {
	const most = 8 // chosen
	var warnings []string
	kinds := checker.At("exceptions").Items()
	for _, kind := range kinds[:min(most, len(kinds))] {
		count, _ := kind.At("count").Int()
		message := kind.At("class").Text()
		for _, via := range kind.At("example", "exception").At("via").Items() {
			if text := via.At("message").Text(); text != "" {
				message = firstLine(text)
				if parts := malformed.FindStringSubmatch(text); parts != nil {
					message = fmt.Sprintf("malformed answer %s, because %s", oneLine(parts[1]), oneLine(parts[2]))
				}
				break
			}
		}
		warnings = append(warnings, fmt.Sprintf("exceptions: %d ops ended in one: %s", count, message))
	}
	if left := len(kinds) - most; left > 0 {
		warnings = append(warnings, fmt.Sprintf("exceptions: %d more kinds", left))
	}
	return warnings
}

// oneLine joins the words of a text with single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
