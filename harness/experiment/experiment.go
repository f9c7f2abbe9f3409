// Package experiment reads an experiment from its file: an Experiment asks a question
// by varying Factors; each combination of their levels becomes Trials, one a
// replicate. Mistakes are collected, and each carries its line and column.
package experiment

import (
	"strings"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Experiment is a question and the trials that answer it.
type Experiment struct {
	Name       string // of its file, without folder and ending: its results lie in results/Name
	Question   string
	Base       param.Values   // settings and parameters that base gives
	Factors    []Factor       // in the order in which they are written; the last varies fastest
	Targets    []trial.Target // in the order in which they are written
	Outputs    []Output       // tables and then figures, in the order in which they are written
	Replicates int
	Seed       uint64
	// Trials are in the order in which they are to be run: replicates vary
	// slowest, so that a machine's drift falls on all levels alike.
	Trials []trial.Trial
	// Source is the experiment file that was read; where flags changed it, or made
	// all of it, a file that makes the same trials without them.
	Source []byte
	File   string // that was read; "" where flags made all of it
	Sum    string // SHA-256 of its text
	Flags  Flags
}

// Factor is a setting or parameter that an experiment varies.
type Factor struct {
	Name string
	// Levels are its values, in canonical form and in the order in which they
	// are written. A trial whose strategy lacks the parameter has none of them.
	Levels []string
}

// MaxTrials is the most trials of an experiment. Chosen: more than a year of
// native runs; a typo must not eat the memory.
const MaxTrials = 1_000_000

// Catalog is what an experiment file needs to know of strategies, and of the verbs
// that make its outputs.
type Catalog interface {
	// Strategies returns the names of a workload's strategies, in order.
	Strategies(workload string) []string
	// Params returns the parameters of a strategy that Strategies names.
	Params(workload, strategy string) []param.Decl
	// Check returns raw with defaults filled in, or every mistake in it: a
	// *param.Error where one parameter is to blame, else the reason why
	// parameters do not go together.
	Check(workload, strategy string, raw map[string]string) (param.Values, []error)
	// CheckFlag returns what is wrong with a flag of the verb table or plot, or with
	// its values, as far as it can be told without results.
	CheckFlag(verb, name string, values []string) error
}

// Flags are those of a command line that make an experiment or change one.
// Each is as the user wrote it; "" was not given.
type Flags struct {
	Set        []string `json:"set,omitempty"`        // --set key=value: a setting or parameter of all trials
	Vary       []string `json:"param,omitempty"`      // -P key=list: a factor and its levels, parted by commas, or a range
	Replicates string   `json:"replicates,omitempty"` // --replicates
	Seed       string   `json:"seed,omitempty"`       // --seed
}

// Change reports whether the flags change the settings of trials, and not only how
// often they are run.
func (f Flags) Change() bool { return len(f.Set)+len(f.Vary) > 0 }

func (f Flags) empty() bool {
	return len(f.Set) == 0 && len(f.Vary) == 0 && f.Replicates == "" && f.Seed == ""
}

// String writes the flags as on a command line.
func (f Flags) String() string {
	var words []string
	for _, s := range f.Set {
		words = append(words, setFlag, s)
	}
	for _, s := range f.Vary {
		words = append(words, varyFlag, s)
	}
	if f.Replicates != "" {
		words = append(words, replicatesFlag, f.Replicates)
	}
	if f.Seed != "" {
		words = append(words, seedFlag, f.Seed)
	}
	return strings.Join(words, " ")
}

// The kinds of pieces in which an experiment is written.
type (
	// scalar is a text where it is written.
	scalar struct {
		text string
		at   place
	}
	// field is a key with one text, or with a list of them.
	field struct {
		name   string
		at     place
		texts  []scalar
		listed bool // written as a list
	}
	// element is what may stand in the list of an axis: settings that go
	// together. A plain level is an element of one field.
	element struct {
		fields []field
		at     place
	}
	// axis is a factor as it is written.
	axis struct {
		name     string
		at       place
		elements []element
	}
	// group is axes that move together; one alone is a factor of the matrix.
	group []axis
)

// draft is an experiment as it is written.
type draft struct {
	question   string
	base       []field
	groups     []group
	include    []element
	exclude    []element
	targets    []trial.Target
	targetsAt  []place
	outputs    []output
	replicates int
	seed       uint64
}

// newDraft returns the draft of an experiment that says nothing.
func newDraft() *draft { return &draft{replicates: 1, seed: 1} }
