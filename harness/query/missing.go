package query

import "gossipbench/harness/trial"

// Unrun returns the trials of a plan that have no result, whatever it may be.
func Unrun(plan []trial.Trial, results []trial.Result) []trial.Trial {
	if len(plan) == 0 {
		return nil
	}
	done := make(map[string]bool, len(results))
	for i := range results {
		done[results[i].ID] = true
	}
	var left []trial.Trial
	for _, t := range plan {
		if !done[t.ID()] {
			left = append(left, t)
		}
	}
	return left
}
