package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// TestUnconcerned: a setting is refused where no trial has a use for it.
func TestUnconcerned(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		trials     int
		want       string // the mistake, behind its place
	}{
		{"churn", "base: {churn: 0.1}", 0, "churn: no trial has a use for it: want workload dissemination"},
		{"dead", "base: {dead: 0.1}", 0, "dead: no trial has a use for it: want workload dissemination"},
		{"at its default", "base: {values: 1}", 0, "values: no trial has a use for it: want workload dissemination"},
		{"keys", "matrix: {key_count: [3, 4]}", 0, "key_count: no trial has a use for it: want workload kafka, txn-rw-register, txn-list-append"},
		{"degree", "base: {degree: 8}", 0, "degree: no trial has a use for it: want topology random"},
		{"topology of services", "base: {workload: lin-kv, topology: line}", 0, "topology: no trial has a use for it: want workload broadcast, dissemination, g-set"},
		{"spread of no latency", "base: {latency_dist: uniform}", 0, "latency_dist: no trial has a use for it: want latency other than 0s"},
		{"spread in rounds", "base: {workload: dissemination, rounds: synchronous, latency: 1s, latency_dist: uniform}", 0, "latency_dist: no trial has a use for it: want rounds other than synchronous"},
		{"least of the constant", "base: {latency: 2s, latency_min: 1s}", 0, "latency_min: no trial has a use for it: want latency_dist other than constant"},
		{"spread of some", "base: {latency_dist: uniform}\nmatrix: {latency: [0s, 1s]}", 2, ""},
		{"interval", "base: {nemesis_interval: 1s}", 0, "nemesis_interval: no trial has a use for it: want nemesis other than none"},
		{"rounds on native", "base: {backend: native, rounds: synchronous}", 0, "rounds: no trial has a use for it: want workload dissemination"},
		{"message_time on native", "base: {backend: native, message_time: 10us}", 0, "message_time: no trial has a use for it: want backend sim"},
		{"jitter on native", "base: {backend: native, jitter: 1ms}", 0, "jitter: no trial has a use for it: want backend sim"},
		{"stall on an ideal network", "base: {network: ideal, stall: 1}", 0, "stall: no trial has a use for it: want network maelstrom"},
		{"jitter of some", "base: {jitter: 1ms}\nmatrix: {backend: [sim, native]}", 2, ""},
		{"clients of a dissemination", "base: {workload: dissemination, concurrency: 4}", 0, "concurrency: no trial has a use for it: want workload other than dissemination"},
		{"a level's own", "matrix: {topology: [{topology: line, degree: 8}, random]}", 0, "degree: no trial has a use for it: want topology random"},
		{"degree", "base: {degree: 8, topology: random}", 1, ""},
		{"of some trials", "base: {degree: 8}\nmatrix: {topology: [line, random]}", 2, ""},
		{"one trial of many levels", "matrix: {topology: [line, random], degree: [4, 8, 9]}", 4, ""},
		{"faults or not", "base: {nemesis_interval: 3s}\nmatrix: {nemesis: [none, partition, kill]}", 3, ""},
		{"zipped", "zip: {topology: [line, random], degree: [4, 8]}", 2, ""},
		{"a level's own", "matrix: {topology: [{topology: random, degree: [8, 9]}, line]}", 3, ""},
	} {
		e, err := Parse("x.yaml", []byte(tt.text), catalog{}, Flags{})
		switch {
		case tt.want == "" && (err != nil || len(e.Trials) != tt.trials):
			t.Errorf("%s: %s: got %d trials, %v, want %d", tt.name, tt.text, len(e.Trials), err, tt.trials)
		case tt.want != "" && (err == nil || !strings.HasSuffix(err.Error(), ": "+tt.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: %s: got %v\nwant %s", tt.name, tt.text, err, tt.want)
		}
		for _, tr := range e.Trials {
			if tr.Topology != "random" && tr.Degree != 4 || tr.Nemesis == "none" && tr.NemesisInterval != trial.Default().NemesisInterval {
				t.Errorf("%s: a trial has what it has no use for: %+v", tt.name, tr)
			}
		}
	}
}

// TestShipped: every experiment that is shipped is one in which each setting has a use.
func TestShipped(t *testing.T) {
	all, err := filepath.Glob(filepath.Join("..", "..", "experiments", "*.yaml"))
	if err != nil || len(all) < 10 {
		t.Fatalf("got %d experiments, %v", len(all), err)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(path, text, catalog{}, Flags{}) // strategies of this test's catalog
		if err != nil && strings.Contains(err.Error(), "no trial has a use") {
			t.Error(err)
		}
	}
}

// TestTargetsThatCannotBe: a target on a metric that no trial can have is a mistake.
func TestTargetsThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"base: {workload: lin-kv, strategy: raft}\ntargets: {stable-latency.max: < 600ms}": "x.yaml:2:11: stable-latency.max: no trial has such a metric, so the target would be open for ever: want workload broadcast, g-set",
		"targets: {coverage: = 1}":                                                                                          "x.yaml:1:11: coverage: no trial has such a metric, so the target would be open for ever: want workload dissemination",
		"base: {workload: dissemination}\ntargets: {msgs-per-op: < 3}":                                                      "x.yaml:2:11: msgs-per-op: no trial has such a metric, so the target would be open for ever: want workload other than dissemination",
		"base: {backend: native}\ntargets: {heal-to-last: < 1s}":                                                            "x.yaml:2:11: heal-to-last: no trial has such a metric, so the target would be open for ever: want backend sim",
		"matrix: {workload: [broadcast, dissemination]}\ntargets: {coverage: = 1, msgs-per-op: < 3}":                        "",
		"targets: {lost: = 0, stable-latency.p50: < 1s, delivery-latency.max: < 1s, msgs-per-broadcast: < 3, seconds: < 9}": "",
	} {
		_, err := Parse("x.yaml", []byte(text), everywhere{}, Flags{})
		if got := ""; err != nil {
			got = err.Error()
			if got != want {
				t.Errorf("%s: got %s\nwant %s", text, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: got no error, want %s", text, want)
		}
	}
}

// everywhere is the catalog of a world in which every strategy answers every workload.
type everywhere struct{}

func (everywhere) Strategies(string) []string { return []string{"flood", "gossip", "raft"} }

func (everywhere) Params(string, string) []param.Decl { return nil }

func (everywhere) Check(string, string, map[string]string) (param.Values, []error) {
	return param.Values{}, nil
}

func (everywhere) CheckFlag(string, string, []string) error { return nil }
