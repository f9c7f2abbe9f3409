package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/strategies/param"
)

// anyFactors draws factors of distinct settings with distinct levels.
func anyFactors(t *rapid.T) (names []string, levels [][]string) {
	all := []string{"fanout", "interval", "nodes", "concurrency", "loss", "mode"}
	names = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 4, rapid.ID[string]).Draw(t, "names")
	for _, name := range names {
		var texts []string
		switch name {
		case "mode":
			texts = rapid.Permutation([]string{"blind", "feedback"}).Draw(t, name)
		case "interval":
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 99), 1, 5, rapid.ID[int]).Draw(t, name) {
				texts = append(texts, fmt.Sprintf("%dms", n))
			}
		case "loss":
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 99), 1, 5, rapid.ID[int]).Draw(t, name) {
				texts = append(texts, strconv.FormatFloat(float64(n)/100, 'g', -1, 64))
			}
		default:
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(2, 99), 1, 5, rapid.ID[int]).Draw(t, name) {
				texts = append(texts, strconv.Itoa(n))
			}
		}
		levels = append(levels, texts)
	}
	return names, levels
}

// TestProduct holds what makes comparisons fair: each combination once a
// replicate, replicates slowest, the last factor fastest, one seed a replicate.
// It counts as an odometer does.
func TestProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names, levels := anyFactors(t)
		replicates := rapid.IntRange(1, 4).Draw(t, "replicates")
		seed := rapid.Uint64().Draw(t, "seed")
		var text strings.Builder
		fmt.Fprintf(&text, "replicates: %d\nseed: %d\nmatrix:\n", replicates, seed)
		combinations := 1
		for i, name := range names {
			fmt.Fprintf(&text, "  %s: [%s]\n", name, strings.Join(levels[i], ", "))
			combinations *= len(levels[i])
		}
		e, err := Parse("x.yaml", []byte(text.String()), catalog{}, Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Trials) != combinations*replicates {
			t.Fatalf("got %d trials, want %d", len(e.Trials), combinations*replicates)
		}
		ids := map[string]bool{}
		for i, trial := range e.Trials {
			rest := i % combinations
			for f := len(names) - 1; f >= 0; f-- {
				want := levels[f][rest%len(levels[f])]
				rest /= len(levels[f])
				if got, _ := trial.Value(names[f]); got != want {
					t.Fatalf("trial %d: %s: got %s, want %s", i, names[f], got, want)
				}
			}
			r := i / combinations
			if trial.Replicate != r+1 || trial.Seed != seed+uint64(r) {
				t.Fatalf("trial %d: got replicate %d, seed %d", i, trial.Replicate, trial.Seed)
			}
			ids[trial.ID()] = true
		}
		if len(ids) != len(e.Trials) {
			t.Fatalf("got %d IDs of %d trials", len(ids), len(e.Trials))
		}
		for i, f := range e.Factors {
			if f.Name != names[i] || !slices.Equal(f.Levels, levels[i]) {
				t.Fatalf("factor %d: got %v, want %s %v", i, f, names[i], levels[i])
			}
		}
	})
}

// TestAdHocSource holds that flags and the file that stands for them make the
// same trials: results of flags can be run again from their folder.
func TestAdHocSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names, levels := anyFactors(t)
		flags := Flags{Seed: "5", Replicates: "2"}
		for i, name := range names {
			flags.Vary = append(flags.Vary, name+"="+strings.Join(levels[i], ","))
		}
		note := rapid.StringMatching(`[ -~]*`).Draw(t, "note")
		flags.Set = []string{"note=" + note, "rate=7", "time_limit=1m"}
		e, err := AdHoc(flags, catalog{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("x.yaml", e.Source, catalog{}, Flags{})
		if err != nil {
			t.Fatalf("%v in\n%s", err, e.Source)
		}
		if !reflect.DeepEqual(back.Trials, e.Trials) || !reflect.DeepEqual(back.Factors, e.Factors) {
			t.Fatalf("other trials from\n%s", e.Source)
		}
	})
}

// TestAdHocName holds that more replicates join the results of fewer.
func TestAdHocName(t *testing.T) {
	name := func(flags Flags) string {
		e, err := AdHoc(flags, catalog{})
		if err != nil {
			t.Fatal(err)
		}
		return e.Name
	}
	a := name(Flags{Vary: []string{"fanout=1,2"}})
	b := name(Flags{Vary: []string{"fanout=1..2"}, Replicates: "5"})
	c := name(Flags{Vary: []string{"fanout=1,3"}})
	if a != b || a == c {
		t.Errorf("got %s, %s with more replicates, %s of other levels", a, b, c)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanout.yaml")
	text := []byte("question: what?\nbase: {rate: 3}\n")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	e, err := Load(path, catalog{}, Flags{Set: []string{"nodes=9"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "# harness run " + path + " --set nodes=9\nquestion: 'what?'\nbase:\n  rate: 3\n  nodes: 9\nreplicates: 1\nseed: 1\n"
	if e.Name != "fanout" || e.Question != "what?" || string(e.Source) != want || !reflect.DeepEqual(e.Base, param.Values{"rate": "3", "nodes": "9"}) {
		t.Errorf("got %+v", e)
	}
	if _, err := Load(path+"x", catalog{}, Flags{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}

// TestBombs holds that a small file costs little, whatever it says.
func TestBombs(t *testing.T) {
	bomb := "question: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 20 {
		bomb += fmt.Sprintf("k%d: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	wide := "base: &l [" + strings.Repeat("1,", 3000) + "1]\nmatrix: {strategy: [" + strings.Repeat("{strategy: gossip, fanout: *l},", 3000) + "]}\n"
	for name, text := range map[string]string{
		"aliases of aliases": bomb + "matrix: *u\nzip: *u\n",
		"wide aliases":       wide,
		"alias of itself":    "matrix: &m {nodes: *m}\nzip: &z [*z, *z]\n",
		"flow":               strings.Repeat("[", 100_000),
		"block":              strings.Repeat("- ", 100_000),
		"long lists":         "matrix: {fanout: 0..999, interval: 1ms..999ms:1ms, loss: '0..1:1e-5'}\n",
		"many excludes":      "matrix: {nodes: 1..20000}\nexclude: [{nodes: 1..20000}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if _, err := Parse("x.yaml", []byte(text), catalog{}, Flags{}); err == nil {
				t.Error("want a mistake")
			}
			if took := time.Since(began); took > time.Minute { // seconds are too few for a busy machine
				t.Errorf("took %v", took)
			}
		})
	}
}

// FuzzParse holds that no file makes the reader panic or err without saying
// where.
func FuzzParse(f *testing.F) {
	scripts, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, script := range bytes.Split(text, []byte("\nload\n")) {
			file, _, _ := bytes.Cut(script, []byte("\n----\n"))
			f.Add(file)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Parse("x.yaml", text, catalog{}, Flags{})
		if err == nil && len(e.Trials) == 0 {
			t.Error("neither trials nor mistakes")
		}
		if err == nil {
			return
		}
		for _, m := range err.(Mistakes) {
			if !strings.HasPrefix(m, "x.yaml:") {
				t.Errorf("no place: %s", m)
			}
		}
	})
}

func BenchmarkExpand(b *testing.B) {
	text := []byte("matrix: {fanout: 1..100, nodes: 1..100, strategy: [flood, gossip]}\n")
	text = bytes.Replace(text, []byte("flood, "), nil, 1)
	for b.Loop() {
		e, err := Parse("x.yaml", text, catalog{}, Flags{})
		if err != nil || len(e.Trials) != 10_000 {
			b.Fatal(len(e.Trials), err)
		}
	}
}
