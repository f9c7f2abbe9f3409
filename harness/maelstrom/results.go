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
// trial invalid, that is an error: nobody judged it.
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
		case valid.Is("unknown") && checker.At("error").Present():
			what := name + ": " + firstLine(checker.At("error").Text())
			crashed = errors.New("maelstrom's analysis crashed: " + what)
			warnings = append(warnings, "the analysis crashed: "+what)
		case valid.Is("unknown"):
			if outcome == experiment.Valid {
				outcome = experiment.Unknown
			}
			reasons[experiment.Unknown] = append(reasons[experiment.Unknown], history.ReasonsIn(name, checker)...)
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

// notDrawn says that a checker that only draws did not, and why as far as it tells.
func notDrawn(name string, checker edn.Value) string {
	text := name + ": not drawn, which does not count"
	if why := firstError(checker); why != "" {
		text += ": " + why
	}
	return text
}

// lone returns the outcome of a results.edn without checkers.
func lone(results edn.Value) (experiment.Outcome, []experiment.Reason, []string, error) {
	valid := results.At("valid?")
	said, isBool := valid.Bool()
	switch {
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
	var warnings []string
	for _, kind := range checker.At("exceptions").Items() {
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
	return warnings
}

// oneLine joins the words of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
