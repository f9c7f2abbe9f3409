package trial

import (
	"maps"

	"gossipbench/harness/plain"
)

// Outcome is the verdict on a trial.
type Outcome string

// The outcomes. Unknown is a trial that ran but proves nothing, as Jepsen has
// it; Failed is one that could not be run, whose Error says why.
const (
	Valid   Outcome = "valid"
	Invalid Outcome = "invalid"
	Unknown Outcome = "unknown"
	Failed  Outcome = "error"
	// Disturbed is a valid trial in real time whose numbers are not the strategy's
	// alone, because its machine was busy. A stored line has it as valid, with what
	// disturbed it: see SetAside.
	Disturbed Outcome = "disturbed"
)

// Unused are the outcomes of trials that are in no number.
var Unused = []Outcome{Invalid, Unknown, Disturbed, Failed}

// Schema is the version of Result's form on disk:
//
//	1  without a checksum; the ID counts every setting that is not at its default
//	2  a stored line ends with its checksum; the ID counts what concerns the trial
const Schema = 2

// Result is what became of a trial.
type Result struct {
	Schema  int      `json:"schema"`
	ID      string   `json:"id"`
	Trial   Trial    `json:"trial"`
	Outcome Outcome  `json:"outcome"`
	Reasons []Reason `json:"reasons,omitempty"` // why it is invalid or unknown; see Why
	// Disturbances say what kept the nodes or the harness from the processor while
	// the trial ran.
	Disturbances []string           `json:"disturbed,omitempty"`
	Metrics      map[string]float64 `json:"metrics"` // by the names in metric.go; one that is not known is absent
	Warnings     []string           `json:"warnings"`
	Error        *string            `json:"error"`
	Made         Provenance         `json:"made"`
}

// Provenance says what made a result: enough to make it again, or to tell why
// another machine's differs.
type Provenance struct {
	Commit  string            `json:"commit"` // of gossipbench; "+dirty" follows where files had been changed
	Go      string            `json:"go,omitempty"`
	OS      string            `json:"os,omitempty"`
	CPU     string            `json:"cpu,omitempty"`
	Cores   int               `json:"cores,omitempty"`
	Backend string            `json:"backend"`           // with its version: "sim", "native", "maelstrom 0.2.3"
	Code    Code              `json:"code,omitzero"`     // of ours; absent where nobody knows it
	Node    string            `json:"node,omitempty"`    // hash of the node's executable
	Depends map[string]string `json:"depends,omitempty"` // hashes of the files that a node of the user's own rests on, by their names
	Extra   map[string]string `json:"extra,omitempty"`   // such as java's version
	Time    string            `json:"time,omitempty"`    // when it began, RFC 3339; absent where time is virtual
	Seconds float64           `json:"seconds,omitempty"` // wall time; absent where time is virtual
}

// Code are hashes of the code of ours that made a result: see package code.
type Code struct {
	Engine   string `json:"engine,omitempty"`   // of the backend, and of the node's program where that is ours
	Strategy string `json:"strategy,omitempty"` // absent where the node is the user's
}

// IsDisturbed reports whether a valid result was disturbed, set aside or not.
func (r *Result) IsDisturbed() bool {
	return r.Outcome == Disturbed || r.Outcome == Valid && len(r.Disturbances) > 0
}

// SetAside makes a valid result that was disturbed one whose outcome is Disturbed,
// so that it is in no number.
func (r *Result) SetAside() {
	if r.IsDisturbed() {
		r.Outcome = Disturbed
	}
}

// Plain makes all texts of a result plain, for those who show it. What a stranger
// wrote into a stored line is no escape sequence then. It copies maps that it
// changes, for results share them.
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
