package trial

import "testing"

func TestTargetMet(t *testing.T) {
	for _, tt := range []struct {
		text               string
		below, same, above bool // whether 2, 3 and 4 meet the target
	}{
		{"< 3", true, false, false},
		{"<=3", true, true, false},
		{"> 3.0", false, false, true},
		{">=0.003s", false, true, true},
		{" = 3ms", false, true, false},
	} {
		metric, err := FindMetric("op-latency.p50")
		if err != nil {
			t.Fatal(err)
		}
		target, err := ParseTarget(metric, tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if target.Met(2) != tt.below || target.Met(3) != tt.same || target.Met(4) != tt.above {
			t.Errorf("%q: met by 2, 3, 4: got %v, %v, %v, want %v, %v, %v", tt.text, target.Met(2), target.Met(3), target.Met(4), tt.below, tt.same, tt.above)
		}
	}
}

func TestMetricNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Metrics {
		if seen[m.Name] {
			t.Errorf("%s comes twice", m.Name)
		}
		seen[m.Name] = true
	}
}
