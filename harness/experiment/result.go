package experiment

// Outcome is the verdict on a trial.
type Outcome string

// The outcomes. Unknown is a trial that ran but proves nothing, as Jepsen has
// it; Failed is one that could not be run, whose Error says why.
const (
	Valid   Outcome = "valid"
	Invalid Outcome = "invalid"
	Unknown Outcome = "unknown"
	Failed  Outcome = "error"
)

// Schema is the version of Result's form on disk.
const Schema = 1

// Result is what became of a trial.
type Result struct {
	Schema   int                `json:"schema"`
	ID       string             `json:"id"`
	Trial    Trial              `json:"trial"`
	Outcome  Outcome            `json:"outcome"`
	Reasons  []Reason           `json:"reasons,omitempty"` // why it is invalid or unknown; see Why
	Metrics  map[string]float64 `json:"metrics"`           // by the names in metric.go; one that is not known is absent
	Warnings []string           `json:"warnings"`
	Error    *string            `json:"error"`
	Made     Provenance         `json:"made"`
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
	Node    string            `json:"node,omitempty"`    // hash of the node's executable
	Extra   map[string]string `json:"extra,omitempty"`   // such as java's version
	Time    string            `json:"time,omitempty"`    // when it began, RFC 3339; absent where time is virtual
	Seconds float64           `json:"seconds,omitempty"` // wall time; absent where time is virtual
}
