package maelstrom

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
)

// pictures are the checkers that only draw. Without gnuplot they are unknown,
// and with them all of Jepsen's verdict.
var pictures = map[string]bool{"perf": true, "timeline": true}

// verdict returns the outcome that a results.edn stands for, why it is not valid
// if so, and what a person should know of it besides.
//
// It is Jepsen's rule over all checkers that judge: invalid where one of them
// says false, else unknown where one says so, else valid. Jepsen lets those
// that draw have a say too. A file without checkers, such as that of one key of
// lin-kv, has only its own word.
//
// Jepsen calls a checker that crashed unknown. Unless another one proves the
// trial invalid, that is an error: nobody judged it. But where Elle crashed over a
// read of what nobody wrote, that is what was found, and the trial is unknown, as it
// is with our checkers.
func verdict(results edn.Value) (experiment.Outcome, []experiment.Reason, []string, error) {
	outcome := experiment.Valid
	reasons := map[experiment.Outcome][]experiment.Reason{}
	var warnings []string
	var crashed error
	checkers := 0
	for key, checker := range results.Pairs() {
		valid := checker.At("valid?")
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
			warnings = append(warnings, notDrawn(name, checker))
		case isCrash(checker) && unwritten(checker) == nil:
			why, _ := history.Crash(checker)
			what := name + ": " + tail(why, 1)
			crashed = errors.New("maelstrom's analysis crashed: " + what)
			warnings = append(warnings, "the analysis crashed: "+what)
		case valid.Is("unknown"):
			if outcome == experiment.Valid {
				outcome = experiment.Unknown
			}
			more := unwritten(checker)
			if more == nil {
				more = history.ReasonsIn(name, checker)
			}
			reasons[experiment.Unknown] = append(reasons[experiment.Unknown], more...)
		default:
			outcome = experiment.Invalid
			reasons[experiment.Invalid] = append(reasons[experiment.Invalid], history.ReasonsIn(name, checker)...)
		}
	}
	if checkers == 0 {
		return lone(results)
	}
	warnings = append(warnings, exceptions(results.At("exceptions"))...)
	if crashed != nil && outcome != experiment.Invalid {
		return "", nil, warnings, crashed
	}
	return outcome, experiment.FewReasons(reasons[outcome]), warnings, nil
}

func isCrash(checker edn.Value) bool {
	_, is := history.Crash(checker)
	return is
}

// unwritten is the reason of a checker that broke down over a read of what nobody
// wrote; nil of all others.
//
// Source: dirty-update-cases in elle/src/elle/list_append.clj.
func unwritten(checker edn.Value) []experiment.Reason {
	why, _ := history.Crash(checker)
	if !strings.Contains(why, "No transaction wrote") {
		return nil
	}
	return []experiment.Reason{experiment.Because(experiment.Unwritten, "a read of what nobody wrote, over which Elle's checker of lists breaks down, and rules nothing: %s", why)}
}

// notDrawn says that a checker that only draws did not, and why as far as it tells.
func notDrawn(name string, checker edn.Value) string {
	text := name + ": not drawn, which does not count"
	if why := firstError(checker); why != "" {
		text += ": " + why
	}
	return text
}

// lone returns the outcome of a results.edn without checkers, as that of an analysis
// that crashed as a whole.
func lone(results edn.Value) (experiment.Outcome, []experiment.Reason, []string, error) {
	valid := results.At("valid?")
	said, isBool := valid.Bool()
	switch why, crashed := history.Crash(results); {
	case crashed && unwritten(results) != nil:
		return experiment.Unknown, unwritten(results), nil, nil
	case crashed:
		return "", nil, nil, errors.New("maelstrom's analysis crashed: " + tail(why, 1))
	case said:
		return experiment.Valid, nil, nil, nil
	case isBool:
		return experiment.Invalid, history.ReasonsIn("results.edn", results), nil, nil
	case valid.Is("unknown"):
		return experiment.Unknown, history.ReasonsIn("results.edn", results), nil, nil
	}
	return "", nil, nil, errors.New("results.edn has no :valid?")
}

// firstError returns the first line of the first :error within a checker.
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

// firstLine returns the first line of a text, as much of it as an error shows.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return tail(line, 1)
}

// malformed is Maelstrom's word on an answer that is not of the form that its
// workload wants.
//
// Source: check-response! in maelstrom/client.clj, observed.
var malformed = regexp.MustCompile(`(?s)^Malformed RPC response.*but instead received\s+(.*?)\s+This is malformed because:\s+(.*?)\s+See doc/`)

// exceptions tells of the ops whose answers Maelstrom could not use. It ends
// each as if nobody knew what became of it, and calls the test valid.
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

// oneLine joins the words of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
