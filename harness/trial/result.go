package trial

import (
	"maps"

	"gossipbench/harness/plain"
	"gossipbench/strategies/param"
)

// Outcome is the verdict on a trial.
type Outcome string

// The outcomes. An Unknown trial ran but proves nothing, as in Jepsen. A Failed trial
// could not be run; Error says why.
const (
	Valid   Outcome = "valid"
	Invalid Outcome = "invalid"
	Unknown Outcome = "unknown"
	Failed  Outcome = "error"
	// Disturbed is a valid trial in real time on a busy machine: its numbers are not due
	// to the strategy alone. It is stored as valid, with its Disturbances; see SetAside.
	Disturbed Outcome = "disturbed"
)

// Unused are the outcomes of trials that no number includes.
var Unused = []Outcome{Invalid, Unknown, Disturbed, Failed}

// Schema is the version of Result's stored form:
//
//	1  no checksum; the ID counts every setting that is not at its default
//	2  a stored line ends with its checksum; the ID counts only settings that concern the trial
const Schema = 2

// Result is the result of a trial.
type Result struct {
	Schema  int      `json:"schema"`
	ID      string   `json:"id"`
	Trial   Trial    `json:"trial"`
	Outcome Outcome  `json:"outcome"`
	Reasons []Reason `json:"reasons,omitempty"` // why it is invalid or unknown; see Why
	// Disturbances say what kept the nodes or the harness from running on the processor.
	Disturbances []string           `json:"disturbed,omitempty"`
	Metrics      map[string]float64 `json:"metrics"` // by the names in metric.go; an unknown metric is absent
	Warnings     []string           `json:"warnings"`
	Error        *string            `json:"error"`
	Made         Provenance         `json:"made"`
	// Defaults are the defaults of the strategy's parameters, if the reader of the
	// result knows the strategy. They are not stored.
	Defaults param.Values `json:"-"`
}

// AtDefault reports whether a parameter is known to be at its default.
func (r *Result) AtDefault(name string) bool {
	usual, has := r.Defaults[name]
	return has && r.Trial.Params[name] == usual
}

// Provenance says what made a result: enough to make it again, or to explain why another
// machine's result differs.
type Provenance struct {
	Commit  string            `json:"commit"` // of gossipbench; "+dirty" follows if files had been changed
	Go      string            `json:"go,omitempty"`
	OS      string            `json:"os,omitempty"`
	CPU     string            `json:"cpu,omitempty"`
	Cores   int               `json:"cores,omitempty"`
	Backend string            `json:"backend"`           // with its version: sim, native, maelstrom 0.2.3
	Code    Code              `json:"code,omitzero"`     // of gossipbench; absent if unknown
	Node    string            `json:"node,omitempty"`    // hash of the node's executable
	Depends map[string]string `json:"depends,omitempty"` // hashes of the files that a user's own node depends on, by name
	Extra   map[string]string `json:"extra,omitempty"`   // such as the version of java
	Time    string            `json:"time,omitempty"`    // when the trial began, RFC 3339; absent in virtual time
	Seconds float64           `json:"seconds,omitempty"` // wall time; absent in virtual time
}

// Code has hashes of the parts of gossipbench that made a result: see package code.
type Code struct {
	Engine   string `json:"engine,omitempty"`   // of the backend, and of the node's program if it is ours
	Strategy string `json:"strategy,omitempty"` // absent for a user's own node
}

// IsDisturbed reports whether a valid result was disturbed, whether set aside or not.
func (r *Result) IsDisturbed() bool {
	return r.Outcome == Disturbed || r.Outcome == Valid && len(r.Disturbances) > 0
}

// SetAside gives a disturbed result the outcome Disturbed, so that no number includes it.
func (r *Result) SetAside() {
	if r.IsDisturbed() {
		r.Outcome = Disturbed
	}
}

// Plain removes control and formatting characters from all texts of a result before it is
// shown, so that a stored line cannot send escape sequences to a terminal. It copies the
// maps and slices that it changes, because results share them.
func (r *Result) Plain() {
	text := func(s *string) {
		if !plain.Is(*s) {
			*s = plain.Text(*s)
		}
	}
	texts := func(all []string) []string {
		for i, s := range all {
			if !plain.Is(s) {
				all = append([]string(nil), all...)
				text(&all[i])
			}
		}
		return all
	}
	for i := range settings {
		if field, ok := settings[i].field(&r.Trial).(*string); ok {
			text(field)
		}
	}
	r.Trial.Params = plainMap(r.Trial.Params)
	r.Trial.Unknown = texts(r.Trial.Unknown)
	r.Metrics = plainKeys(r.Metrics)
	r.Warnings = texts(r.Warnings)
	r.Disturbances = texts(r.Disturbances)
	for i := range r.Reasons {
		text(&r.Reasons[i].Text)
	}
	if r.Error != nil && !plain.Is(*r.Error) {
		lines := plain.Lines(*r.Error)
		r.Error = &lines
	}
	for _, s := range []*string{&r.ID, (*string)(&r.Outcome), &r.Made.Commit, &r.Made.Go, &r.Made.OS, &r.Made.CPU, &r.Made.Backend, &r.Made.Node, &r.Made.Time,
		&r.Made.Code.Engine, &r.Made.Code.Strategy} {
		text(s)
	}
	r.Made.Extra, r.Made.Depends = plainMap(r.Made.Extra), plainMap(r.Made.Depends)
}

func plainMap[M ~map[string]string](m M) M {
	m = plainKeys(m)
	cloned := false
	for name, value := range m {
		if plain.Is(value) {
			continue
		}
		if !cloned {
			m, cloned = maps.Clone(m), true
		}
		m[name] = plain.Text(value)
	}
	return m
}

func plainKeys[M ~map[string]V, V any](m M) M {
	for name := range m {
		if plain.Is(name) {
			continue
		}
		made := make(M, len(m))
		for name, value := range m {
			made[plain.Text(name)] = value
		}
		return made
	}
	return m
}
