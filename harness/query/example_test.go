package query_test

import (
	"fmt"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// Four results are two configurations, each with two replicates.
func Example() {
	var results []trial.Result
	for _, nodes := range []int{25, 5} {
		for seed := range uint64(2) {
			t := trial.Default()
			t.Nodes, t.Seed, t.Replicate = nodes, seed+1, int(seed)+1
			results = append(results, trial.Result{Trial: t, Outcome: trial.Valid})
		}
	}
	varying := query.Varying(results)
	groups := query.GroupBy(results, query.Project(varying...))
	query.Sort(groups)
	for _, g := range groups {
		fmt.Println(g.Label(), len(g.Results))
	}
	chosen, err := query.Filter(results, []string{"nodes=25 replicate=1"})
	fmt.Println(len(chosen), err)
	// Output:
	// nodes=5 2
	// nodes=25 2
	// 1 <nil>
}
