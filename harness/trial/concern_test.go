package trial

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNeeds checks that the table of needs names existing settings and levels.
func TestNeeds(t *testing.T) {
	for name, list := range needs {
		if _, known := byName[name]; !known {
			t.Errorf("%s: no such setting", name)
		}
		for _, n := range list {
			i, known := byName[n.setting]
			if before := i < byName[name] || len(needsOf[i]) > 0; !known || !before { // see Found
				t.Errorf("%s needs %s: want a setting that is declared before it, or has needs of its own", name, n)
			}
		}
	}
}

// TestIDOfUnconcerned: a setting that does not concern a trial is not part of its ID.
func TestIDOfUnconcerned(t *testing.T) {
	line := defaults
	line.Degree, line.Churn, line.NemesisInterval = 9, 0.5, 1
	if line.ID() != defaults.ID() {
		t.Error("what does not concern a trial changes its ID")
	}
}

// TestFirstSchemaID: a line of schema 1, whose ID counts all settings, decodes and gets
// the ID of today.
func TestFirstSchemaID(t *testing.T) {
	was := defaults
	was.Degree, was.Replicate = 9, 1
	r := Result{Schema: 1, ID: was.id(first), Trial: was, Outcome: Valid}
	if r.ID == defaults.ID() {
		t.Fatal("the ID of the first schema did not count the degree")
	}
	var d Decoder
	got, err := d.DecodeLine(r.AppendJSON(nil))
	if err != nil || got.ID != defaults.ID() || got.Trial.Degree != defaults.Degree || got.Schema != Schema {
		t.Errorf("got %s of schema %d, %v, want %s", got.ID, got.Schema, err, defaults.ID())
	}
	r.ID = defaults.ID()
	if _, err := d.DecodeLine(r.AppendJSON(nil)); err == nil {
		t.Error("settings that do not give the ID: got no error")
	}
}

// TestFormerID: a line decodes and gets the ID of today if its ID counts a setting whose
// need was found after the line had been stored.
func TestFormerID(t *testing.T) {
	was := defaults
	was.Workload, was.Strategy, was.Topology, was.Degree, was.LatencyDist, was.Replicate = "lin-kv", "raft", "random", 9, "uniform", 1
	r := Result{Schema: Schema, ID: was.id(formerly), Trial: was, Outcome: Valid}
	var d Decoder
	got, err := d.DecodeLine(r.AppendLine(nil))
	now := was
	now.Topology, now.Degree, now.LatencyDist = "grid", 4, "constant"
	if err != nil || got.ID != now.ID() || got.ID == r.ID || got.Trial.Topology != "grid" || got.Trial.Degree != 4 || got.Trial.LatencyDist != "constant" {
		t.Errorf("got %s, %+v, %v, want %s", got.ID, got.Trial, err, now.ID())
	}
}

// TestUnconcernedHasNoValue: a setting that does not concern a trial has no value in it.
func TestUnconcernedHasNoValue(t *testing.T) {
	for _, name := range []string{"nemesis_interval", "degree", "churn", "key_count", "latency_dist"} {
		if value, has := defaults.Value(name); has {
			t.Errorf("%s: got %q, want none", name, value)
		}
		if value, has := defaults.Values()[name]; has {
			t.Errorf("%s: got %q among all, want none", name, value)
		}
	}
}

// TestMakers checks the table against the metrics of the shipped results.
func TestMakers(t *testing.T) {
	for name := range makers {
		if _, err := MetricsNamed(Metrics, name); err != nil {
			t.Error(err)
		}
	}
	all, err := filepath.Glob(filepath.Join("..", "..", "results", "*", "trials.jsonl"))
	if err != nil || len(all) < 10 {
		t.Fatalf("got %d results, %v", len(all), err)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d Decoder
		n := 0
		for line := range strings.Lines(string(text)) {
			if n++; n > 300 {
				break
			}
			r, err := d.Decode([]byte(strings.TrimSpace(line)))
			if err != nil {
				t.Fatal(err)
			}
			for metric := range r.Metrics {
				if want, can := r.Trial.Makes(metric); !can {
					t.Errorf("%s: a trial of %s on %s has %s, for which the table wants %s", path, r.Trial.Workload, r.Trial.Backend, metric, want)
				}
			}
		}
	}
}
