package experiment

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoadStored: what lies beside results makes the trials that were run.
func TestLoadStored(t *testing.T) {
	text := []byte(`question: |
  Is it "so"?
  # Or so: [a, b] 'c'
base: {nodes: 9}
matrix:
  rate: [1, 2]
  strategy: [flood, {strategy: gossip, fanout: [1, 2..3]}]
zip:
  - {loss: [0, 0.5], duplicate: [0.5, 0]}
  - {topology: grid}
exclude: [{rate: 1, fanout: [2, 3]}]
include: [{loss: 0.5, time_limit: 20s}]
replicates: 3
targets: {msgs-per-op: "<   30", stable-latency.p50: <= 400ms}
x-row: &row [rate, fanout]
tables: {b.md: , a.md: {row: *row}}
figures: {"it's.svg": {filter: ['a b', c], logx: true}}
`)
	plain := []byte("base: {nodes: 9, workload: broadcast}\nmatrix: {rate: [1, 2]}\n")
	for _, flags := range []Flags{
		{},
		{Replicates: "5", Seed: "7"},
		{Set: []string{"nodes=4", "bin=./my node", "args=--say yes"}, Vary: []string{"rate=1, 2,3", "latency=1ms..3ms:1ms"}},
		{Set: []string{"nodes=4"}, Vary: []string{"rate=1, 2,3", "latency=1ms..3ms:1ms"}},
		{Set: []string{"bin=X", "args=node --seed 3 --set nodes=7 -P 'rate=9  9' --replicates 2"}},
		{Set: []string{`bin=it's: {a} # "b" [c] \u0041 \n & * ! | > % @`, "args= a   b\u00a0"}},
	} {
		from := text
		if strings.Contains(flags.String(), "bin=") {
			from = plain
		}
		want, err := Parse("x.yaml", from, catalog{}, flags)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "experiment.yaml")
		if err := os.WriteFile(path, want.Source, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := LoadStored(path, catalog{})
		if err != nil {
			t.Fatalf("%s: %v", flags, err)
		}
		if diff := cmp.Diff(want.Trials, got.Trials); diff != "" {
			t.Errorf("%s: -want +got\n%s\nin\n%s", flags, diff, want.Source)
		}
		if diff := cmp.Diff(want.Outputs, got.Outputs); diff != "" {
			t.Errorf("%s: -want +got\n%s\nin\n%s", flags, diff, want.Source)
		}
		if want.Question != got.Question || !slices.Equal(want.Targets, got.Targets) || len(want.Trials) == 0 {
			t.Errorf("%s: got %q and %v, want %q and %v", flags, got.Question, got.Targets, want.Question, want.Targets)
		}
	}
}

// TestFlagsOf reads the last line as earlier versions wrote it.
func TestFlagsOf(t *testing.T) {
	want := Flags{Set: []string{"nodes=4", "bin=./my node"}, Vary: []string{"rate=1, 2,3"}, Replicates: "5", Seed: "7"}
	got, err := flagsOf([]byte("base: {}\n" + ranWith + want.String() + "\n"))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; -want +got\n%s", err, diff)
	}
	// Here nobody knows whose the seed is.
	own := Flags{Set: []string{"bin=X", "args=node --seed 3"}}
	if got, err := flagsOf([]byte(ranWith + own.String())); err == nil {
		t.Errorf("got %v, want an error", got)
	}
}

// TestNames: the name of a file names a folder, which lies where results lie.
func TestNames(t *testing.T) {
	for _, path := range []string{".yaml", "..yaml", "...yaml", "a/..yaml", "..", "", ".hidden.yaml", "-o.yaml", "a\\b.yaml", "a\x1bb.yaml", "a\u202eb.yaml"} {
		e, err := Parse(path, []byte("base: {nodes: 3}\n"), catalog{}, Flags{})
		var mistakes Mistakes
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "the file's name is the experiment's") {
			t.Errorf("%q: got %q, %v", path, e.Name, err)
		}
	}
	for path, want := range map[string]string{"a.yaml": "a", "b/a.b.yml": "a.b", "noending": "noending", "größe.yaml": "größe", "a b.yaml": "a b"} {
		if e, err := Parse(path, []byte("base: {nodes: 3}\n"), catalog{}, Flags{}); err != nil || e.Name != want {
			t.Errorf("%q: got %q, %v, want %q", path, e.Name, err, want)
		}
	}
}
