package store

import (
	"testing"

	"gossipbench/harness/experiment"
)

func trial(seed uint64) experiment.Trial {
	var t experiment.Trial
	if err := t.UnmarshalJSON([]byte(`{"fanout": 2}`)); err != nil {
		panic(err)
	}
	t.Seed, t.Replicate = seed, 1
	return t
}

func result(seed uint64, outcome experiment.Outcome) experiment.Result {
	t := trial(seed)
	return experiment.Result{
		Schema: experiment.Schema, ID: t.ID(), Trial: t, Outcome: outcome,
		Metrics: map[string]float64{"ops": 7}, Warnings: []string{},
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir() + "/results/x"
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		s.Append(result(seed, experiment.Valid), func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir)
	if err != nil || len(c.Results) != 5 || len(c.Warnings) != 0 {
		t.Fatalf("got %d results, warnings %v, error %v", len(c.Results), c.Warnings, err)
	}
	if missing := c.Missing([]experiment.Trial{trial(4), trial(5)}); len(missing) != 1 || missing[0].Seed != 5 {
		t.Errorf("Missing: got %v", missing)
	}
}
