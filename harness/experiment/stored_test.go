package experiment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoadStored: what lies beside results makes the trials that were run.
func TestLoadStored(t *testing.T) {
	text := []byte("base: {nodes: 9}\nmatrix: {rate: [1, 2]}\nreplicates: 3\n")
	for _, flags := range []Flags{
		{},
		{Replicates: "5", Seed: "7"},
		{Set: []string{"nodes=4", "bin=./my node", "args=--say yes"}, Vary: []string{"rate=1, 2,3", "latency=1ms..3ms:1ms"}},
	} {
		want, err := Parse("x.yaml", text, catalog{}, flags)
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
			t.Errorf("%s: -want +got\n%s", flags, diff)
		}
	}
}

func TestFlagsOf(t *testing.T) {
	want := Flags{Set: []string{"nodes=4", "bin=./my node"}, Vary: []string{"rate=1, 2,3"}, Replicates: "5", Seed: "7"}
	if diff := cmp.Diff(want, flagsOf(want.String())); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
