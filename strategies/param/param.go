// Package param declares parameters of strategies, nodes and trials.
//
// A Decl declares one parameter. The flags of a node, the keys of an experiment
// file, their checks and the help texts are derived from it.
package param

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a parameter's values.
type Kind int

// The kinds of values, each with an example.
const (
	Int      Kind = iota // 42
	Float                // 0.5
	Duration             // 50ms, 1.5s; 0 needs no unit
	Bool                 // true, false
	Choice               // one of Decl.Choices
	Text                 // anything
)

// Decl declares one parameter.
type Decl struct {
	Name    string
	Doc     string // one sentence, without its full stop
	Kind    Kind
	Unit    string // what an Int or a Float counts, such as "peers"
	Default string
	Min     float64  // smallest legal Int, Float or Duration (in seconds)
	Max     float64  // largest legal one; no bound where Max ≤ Min
	Choices []string // legal values of a Choice
}

// Parse returns s in canonical form: equal values are equal strings. The error says
// what was wanted and what came.
func (d Decl) Parse(s string) (string, error) {
	if canonical, ok := d.canonical(s); ok {
		return canonical, nil
	}
	hint := ""
	if d.Kind == Duration {
		if t, err := time.ParseDuration(s); err == nil && t < 0 && d.Min == 0 {
			hint = ", and none below 0s"
		} else if canonical, ok := d.canonical(s + d.unit(s)); ok {
			hint = ", did you mean " + canonical + "?"
		}
	}
	return "", fmt.Errorf("want %s, got %q%s", d.Want(), s, hint)
}

// unit returns the likely unit of a bare number: s if the default is at least a
// second and number is below 1000, else ms.
func (d Decl) unit(number string) string {
	usual, err := time.ParseDuration(d.Default)
	x, _ := strconv.ParseFloat(number, 64)
	if err == nil && usual >= time.Second && x < 1000 {
		return "s"
	}
	return "ms"
}

// canonical returns s in canonical form and reports whether it is legal.
func (d Decl) canonical(s string) (string, bool) {
	switch d.Kind {
	case Int:
		n, err := strconv.ParseInt(s, 10, 64)
		return strconv.FormatInt(n, 10), err == nil && d.inRange(float64(n))
	case Float:
		x, err := strconv.ParseFloat(s, 64)
		legal := err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) && d.inRange(x)
		return strconv.FormatFloat(x, 'g', -1, 64), legal
	case Duration:
		t, err := time.ParseDuration(s)
		return t.String(), err == nil && t >= 0 && d.inRange(t.Seconds())
	case Bool:
		return s, s == "true" || s == "false"
	case Choice:
		return s, slices.Contains(d.Choices, s)
	default:
		return s, true
	}
}

func (d Decl) bounded() bool { return d.Max > d.Min }

func (d Decl) inRange(x float64) bool {
	return x >= d.Min && (!d.bounded() || x <= d.Max)
}

// Want describes the legal values: "an integer from 1 to 1000".
func (d Decl) Want() string {
	switch d.Kind {
	case Int:
		return "an integer" + d.wantRange(func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) })
	case Float:
		return "a number" + d.wantRange(func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) })
	case Duration:
		return "a duration such as 200ms" + d.wantRange(func(x float64) string { return seconds(x).String() })
	case Bool:
		return "true or false"
	case Choice:
		return "one of " + strings.Join(d.Choices, ", ")
	default:
		return "text"
	}
}

func (d Decl) wantRange(format func(float64) string) string {
	if d.bounded() {
		return fmt.Sprintf(" from %s to %s", format(d.Min), format(d.Max))
	}
	if d.Kind == Duration && d.Min == 0 {
		return "" // no duration is below zero
	}
	return " of at least " + format(d.Min)
}

func seconds(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }

// Error is a mistake in one parameter.
type Error struct {
	Owner  string // what has the parameter, such as a strategy's name
	Name   string
	Reason string
}

func (e *Error) Error() string { return e.Owner + ": " + e.Name + ": " + e.Reason }

// Resolve checks raw against decls and adds defaults. It returns all mistakes,
// sorted by name: illegal values and unknown names. The Values are complete even if
// there are mistakes.
func Resolve(owner string, decls []Decl, raw map[string]string) (Values, []*Error) {
	values := make(Values, len(decls))
	var errs []*Error
	names := make([]string, 0, len(decls))
	for _, d := range decls {
		names = append(names, d.Name)
		text, given := raw[d.Name]
		if !given {
			text = d.Default
		}
		canonical, err := d.Parse(text)
		if err != nil {
			errs = append(errs, &Error{owner, d.Name, err.Error()})
			canonical = d.Default
		}
		values[d.Name] = canonical
	}
	for name := range raw {
		if _, known := values[name]; !known {
			errs = append(errs, &Error{owner, name, "no such parameter, " + Hint(name, names)})
		}
	}
	slices.SortFunc(errs, func(a, b *Error) int { return strings.Compare(a.Name, b.Name) })
	return values, errs
}

// Check calls Resolve, and then refuse, if it is not nil and there are no mistakes.
// It returns either values or mistakes, never both.
func Check(owner string, decls []Decl, refuse func(Values) error, raw map[string]string) (Values, []error) {
	values, mistakes := Resolve(owner, decls, raw)
	if mistakes != nil {
		errs := make([]error, len(mistakes))
		for i, m := range mistakes {
			errs[i] = m
		}
		return nil, errs
	}
	if refuse != nil {
		if err := refuse(values); err != nil {
			return nil, []error{err}
		}
	}
	return values, nil
}
