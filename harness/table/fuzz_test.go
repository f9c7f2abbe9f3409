package table

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
)

// FuzzFilter: any filter keeps some of the results, in order, or is an error that
// names itself. Results with a plan, and trials alone, are judged alike; and of a
// condition and its opposite each result fits one.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"fanout=2", "fanout!=2,10 outcome=valid", `strategy="gossip" interval=50ms`, `args="a, b"`, "seed=1 replicate!=3", `fanout="2`, "=", "nodes=25.0 x", "rate=1e2",
	} {
		f.Add(text)
	}
	all := trialtest.Sweep()
	var trials []trial.Trial
	for i := range all {
		trials = append(trials, all[i].Trial)
	}
	ids := func(results []trial.Result) string {
		var text strings.Builder
		for i := range results {
			text.WriteString(results[i].ID + " ")
		}
		return text.String()
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept, err := query.Filter(all, []string{text})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "filter ") || kept != nil {
				t.Errorf("got %s and error %v", ids(kept), err)
			}
			return
		}
		fits, err := query.Fits(trials, []string{text})
		if err != nil {
			t.Fatalf("of trials: %v", err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r trial.Result) bool { return !fits(&r) })
		if ids(kept) != ids(want) {
			t.Errorf("got %s, and one by one %s", ids(kept), ids(want))
		}
		if _, _, err := query.Choose(all, nil, []string{text}); (err == nil) != (len(kept) > 0) {
			t.Errorf("kept %s, and the error is %v", ids(kept), err)
		}
		if words := query.Split(strings.TrimSpace(text), ' '); len(words) == 1 && words[0] != "" {
			key, list, _ := strings.Cut(words[0], "=")
			opposite := key + "!=" + list
			if plain, not := strings.CutSuffix(key, "!"); not {
				opposite = plain + "=" + list
			}
			others, err := query.Filter(all, []string{opposite})
			if err != nil || len(others)+len(kept) != len(all) {
				t.Errorf("kept %s, and by %s %s, error %v", ids(kept), opposite, ids(others), err)
			}
		}
	})
}
