package cli

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"gossipbench"
	"gossipbench/harness/code"
	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// CodeChecker compares results with the code that this program is made of, and with
// the files that a node of the user's own rests on.
func (w *World) CodeChecker(depends []string) (*code.Checker, error) {
	files := w.Source
	if files == nil {
		files = gossipbench.Source
	}
	source, err := code.NewSource(files)
	if err != nil {
		return nil, fmt.Errorf("the sources in this program: %w", err)
	}
	return code.NewChecker(source, strategyFolder, depends), nil
}

// strategyFolder is the folder of a strategy's package, below the module; "" where
// there is no such strategy.
func strategyFolder(workload, name string) string {
	s, err := strategies.Find(NodeWorkload(workload), name)
	if err != nil {
		return ""
	}
	made := reflect.ValueOf(s.New)
	if s.Gossip != nil {
		made = reflect.ValueOf(s.Gossip.New)
	}
	function := runtime.FuncForPC(made.Pointer()).Name() // gossipbench/strategies/echo/echo.init.func1
	slash := strings.LastIndexByte(function, '/') + 1
	last, _, _ := strings.Cut(function[slash:], ".")
	return strings.TrimPrefix(function[:slash]+last, "gossipbench/")
}

// Marks are what a reader must know of results beside their numbers: which of them
// are no longer what the code would give.
type Marks struct {
	all     int
	Stale   map[string][]string // what has changed, by ID
	unknown int                 // results of which nobody knows the code
	Orphans []string            // IDs of those that are not of the plan
	folder  string              // its name
}

// MarkCode finds the results that other code made. One that could not be run is
// run again in any case.
func MarkCode(c *code.Checker, results []trial.Result) Marks {
	m := Marks{all: len(results), Stale: map[string][]string{}}
	for i := range results {
		r := &results[i]
		if r.Outcome == trial.Failed {
			continue
		}
		switch state, changed := c.State(r); state {
		case code.Stale:
			m.Stale[r.ID] = changed
		case code.Unknown:
			m.unknown++
		}
	}
	return m
}

// OrphansOf returns the IDs of the results that no trial of the plan has. An
// imported test is of no plan, and nothing is an orphan where nobody knows the plan.
func OrphansOf(plan []trial.Trial, results []trial.Result) []string {
	if len(plan) == 0 {
		return nil
	}
	planned := make(map[string]bool, len(plan))
	for i := range plan {
		planned[plan[i].ID()] = true
	}
	var all []string
	for i := range results {
		if r := &results[i]; !planned[r.ID] && r.Made.Extra["imported"] == "" {
			all = append(all, r.ID)
		}
	}
	return all
}

// staleText says how many of the trials are stale, and what has changed; "" where
// none is.
func (m Marks) staleText() string {
	if len(m.Stale) == 0 {
		return ""
	}
	n := map[string]int{}
	for _, changed := range m.Stale {
		for _, what := range changed {
			n[what]++
		}
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", what, n[what]))
	}
	const most = 5
	if more := len(parts) - most; more > 0 {
		parts = append(parts[:most], fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%d of %s stale: changed since: %s", len(m.Stale), plain.Count(m.all, "trial"), strings.Join(parts, ", "))
}

// unknownText says of how many trials nobody knows the code; "" if there is none.
func (m Marks) unknownText() string {
	if m.unknown == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s made by code unknown, before results told it", m.unknown, plain.Count(m.all, "trial"))
}

// notes are sentences without their full stops.
func (m Marks) notes() []string {
	var notes []string
	if text := m.staleText(); text != "" {
		notes = append(notes, text)
	}
	if text := m.unknownText(); text != "" {
		notes = append(notes, text)
	}
	if len(m.Orphans) > 0 {
		notes = append(notes, OrphansText(m.Orphans, m.all, m.folder))
	}
	return notes
}

// Cautions are the notes as a table or a page has them.
func (m Marks) Cautions() []string {
	var all []string
	for _, note := range m.notes() {
		all = append(all, "Careful: "+note+".")
	}
	return all
}
