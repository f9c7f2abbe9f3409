package workload

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// counts returns the mean and the standard deviation of the number of ops of a trial in
// which a thread is always free.
func counts(rate float64, limit time.Duration) (mean, deviation float64) {
	const seeds = 40
	tr := trial.Default()
	tr.Rate, tr.TimeLimit = rate, limit
	squares := 0.0
	for tr.Seed = range seeds {
		n := float64(len(starts(tr, 5, nil)))
		mean += n / seeds
		squares += n * n / seeds
	}
	return mean, math.Sqrt(squares - mean*mean)
}

// TestLateness compares the number of ops with tests of real Maelstrom. At each rate
// their sum must be within four standard deviations of ours. It skips flood-total, whose
// machine was too busy.
func TestLateness(t *testing.T) {
	type sum struct{ tests, got, want, variance float64 }
	sums := map[float64]*sum{}
	type setting struct {
		rate  float64
		limit time.Duration
	}
	expected := map[setting][2]float64{}
	for _, r := range recordings(t) {
		if r.rate == 0 || filepath.Base(filepath.Dir(r.name)) == "flood-total" {
			continue
		}
		if r.nodes == 1 && r.workload == "echo" { // n0 fails in this test
			continue
		}
		n := 0.0
		r.read(t, func(op history.Op) {
			if op.Process != history.Nemesis && op.Type == history.Invoke {
				n++
			}
		})
		key := setting{rate: r.rate, limit: r.limit}
		if _, known := expected[key]; !known {
			mean, deviation := counts(r.rate, r.limit)
			expected[key] = [2]float64{mean, deviation}
		}
		s := sums[r.rate]
		if s == nil {
			s = &sum{}
			sums[r.rate] = s
		}
		s.tests++
		s.want += n
		s.got += expected[key][0]
		s.variance += expected[key][1] * expected[key][1]
	}
	if len(sums) == 0 {
		t.Skip("needs the histories of ../shared/data")
	}
	for rate, s := range sums {
		t.Logf("rate %v: %v tests had %v ops, ours have %.0f ± %.0f", rate, s.tests, s.want, s.got, math.Sqrt(s.variance))
		if math.Abs(s.got-s.want) > 4*math.Sqrt(s.variance) {
			t.Errorf("rate %v: got %.0f ops of %v tests, want %v ± %.0f", rate, s.got, s.tests, s.want, math.Sqrt(s.variance))
		}
	}
	if len(sums) < 5 {
		t.Errorf("got the rates of %v, want five", sums)
	}
}

// TestLatenessAtHighRate: tests of real Maelstrom started 8,947 to 9,166 of 10,000 ops in 10
// s at 1,000 ops/s. Their histories were not kept.
func TestLatenessAtHighRate(t *testing.T) {
	if mean, _ := counts(1000, 10*time.Second); mean < 8947 || mean > 9166 {
		t.Errorf("got %v ops, want from 8947 to 9166", mean)
	}
}
