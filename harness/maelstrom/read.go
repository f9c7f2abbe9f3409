package maelstrom

import (
	"os"
	"path/filepath"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Finding is what a test of Maelstrom came to.
type Finding struct {
	Outcome  experiment.Outcome
	Metrics  map[string]float64
	Warnings []string
}

// Read reads the test whose folder it is.
func Read(folder string) (Finding, error) {
	data, err := os.ReadFile(filepath.Join(folder, "results.edn"))
	if err != nil {
		return Finding{}, err
	}
	results, err := edn.Parse("results.edn", data)
	if err != nil {
		return Finding{}, err
	}
	found := Finding{Metrics: metrics(results)}
	found.Outcome, found.Warnings, err = verdict(results)
	return found, err
}
