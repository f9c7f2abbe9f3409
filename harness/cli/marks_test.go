package cli

import (
	"io/fs"
	"path"
	"testing"

	"gossipbench"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// TestStrategyFolders finds the package of each strategy there is, and the hashes
// of all that a trial of it rests on.
func TestStrategyFolders(t *testing.T) {
	checker, err := (&World{}).CodeChecker(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, workload := range append(strategies.Workloads, "dissemination") {
		for _, s := range strategies.Of(NodeWorkload(workload)) {
			folder := strategyFolder(workload, s.Name)
			if is, _ := path.Match("strategies/*/*", folder); !is {
				t.Errorf("%s of %s: got the folder %q, want one of strategies/*/*", s.Name, workload, folder)
			}
			if _, err := fs.Stat(gossipbench.Source, folder); err != nil {
				t.Errorf("%s of %s: %v", s.Name, workload, err)
			}
			seen := map[string]bool{}
			for _, backend := range []string{"sim", "native", "maelstrom"} {
				code := checker.Of(&trial.Trial{Backend: backend, Workload: workload, Strategy: s.Name})
				if len(code.Engine) != 12 || len(code.Strategy) != 12 || seen[code.Engine] {
					t.Errorf("%s of %s on %s: got %+v, want two hashes, the first of each backend its own", s.Name, workload, backend, code)
				}
				seen[code.Engine] = true
			}
		}
	}
}
