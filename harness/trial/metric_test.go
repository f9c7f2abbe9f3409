package trial

import (
	"strings"
	"testing"
)

// TestEveryTimeSaysWhatItOmits: what never arrives has no time, so each time metric says
// whether and how it counts that.
func TestEveryTimeSaysWhatItOmits(t *testing.T) {
	for _, m := range Metrics {
		if m.Unit == "ms" && (m.Omits == "" || !strings.HasSuffix(m.Meaning(), "; "+m.Omits)) {
			t.Errorf("%s: omits %q, means %q", m.Name, m.Omits, m.Meaning())
		}
		if m.Whole != "" {
			if whole, err := FindMetric(m.Whole); err != nil || !whole.Health {
				t.Errorf("%s: there is no metric of health %s: %v", m.Name, m.Whole, err)
			}
		}
	}
}

// TestMetricIn: metrics summarize valid trials; health metrics also invalid and unknown ones.
func TestMetricIn(t *testing.T) {
	lost, err := FindMetric("lost")
	if err != nil {
		t.Fatal(err)
	}
	for o, want := range map[Outcome]bool{Valid: true, Invalid: true, Unknown: true, Disturbed: false, Failed: false} {
		if got := lost.In(o); got != want {
			t.Errorf("lost of %s trials: got %t", o, got)
		}
		if got := (Metric{}).In(o); got != (o == Valid) {
			t.Errorf("another of %s trials: got %t", o, got)
		}
	}
}
