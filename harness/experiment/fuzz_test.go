package experiment

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/google/go-cmp/cmp"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// FuzzSplitArguments: of any text come no more bytes than it has, and arguments
// that are quoted come back.
func FuzzSplitArguments(f *testing.F) {
	for _, text := range []string{``, ` a  'b c'"d\"" `, `'it'\''s' ''`, `"\x\\" \`, "\t\x00é\\\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		arguments, ok := trial.SplitArguments(text)
		if n := len(strings.Join(arguments, "")); n > len(text) {
			t.Errorf("%q: got %d bytes: %q", text, n, arguments)
		}
		if !ok {
			return
		}
		if again, ok := trial.SplitArguments(shellescape.QuoteCommand(arguments)); !ok || !slices.Equal(again, arguments) {
			t.Errorf("%q: got %q, and of these in quotes %q, %v", text, arguments, again, ok)
		}
	})
}

// FuzzLevels: the levels that a text of -P stands for are so many that they can be
// listed, and go upwards where it is a range.
func FuzzLevels(f *testing.F) {
	for kind, text := range []string{"1..5,2..9:3", "0..1:0.25", "25ms..100ms:25ms", "pow2(0..5)", "log(1,1000,7)", "[a, 'b,c']", "-1..1", "log(1ns,200000h,9)", "1e300..2e300:1e299"} {
		f.Add(text, uint8(kind))
	}
	f.Fuzz(func(t *testing.T, list string, kind uint8) {
		d := param.Decl{Kind: []param.Kind{param.Int, param.Float, param.Duration}[kind%3]}
		for _, text := range splitList(list) {
			levels, listed, err := spread(text, d)
			switch {
			case !listed && (levels != nil || err != nil):
				t.Errorf("%q: got %q, %v, want nothing of what is no list", text, levels, err)
			case (err == nil) != (len(levels) > 0) && listed, len(levels) > MaxTrials:
				t.Errorf("%q: got %d levels, and error %v", text, len(levels), err)
			case !slices.IsSortedFunc(levels, func(a, b string) int { return ascending(t, d.Kind, a, b) }):
				t.Errorf("%q: got %q, want them to go upwards", text, levels)
			}
		}
	})
}

// ascending compares levels.
func ascending(t *testing.T, kind param.Kind, a, b string) int {
	if kind == param.Duration {
		x, errX := time.ParseDuration(a)
		y, errY := time.ParseDuration(b)
		if errX != nil || errY != nil {
			t.Errorf("got the levels %q and %q, want durations", a, b)
		}
		return int(min(max(x-y, -1), 1))
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		t.Errorf("got the levels %q and %q, want numbers", a, b)
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// FuzzStored: whatever a file and flags say, their trials can be read from the file
// that lies beside the results. Flags stand on lines of their own, the first letter
// of which tells which it is.
func FuzzStored(f *testing.F) {
	f.Add("base: {nodes: 4}\nmatrix: {rate: [1, 2]}\n", "snodes=3\nprate=1,2..3\nr2\nd7")
	f.Add("", "sstrategy=gossip\npfanout=[1, 'a,b']\nsargs=a 'b c'")
	f.Add("", "sbin=\u0085 \u2028\\\nsargs='--set x' #\npnote=\"a\",''\nsstrategy=gossip")
	f.Add("question: |\n  a\n  b\nzip:\n  - {nodes: [3, 4]}\n  - {rate: [{rate: 1, loss: 0.5}, 2]}\ntargets: {msgs-per-op: \"< 3\"}\n", "")
	f.Add("x-a: &a {row: [rate]}\ntables: {a.md: *a, b.md: }\nfigures: {c.svg: {logx: true}}\n", "snodes=3")
	f.Add("base: {}\n"+ranWith+"--set nodes=4 -P rate=1, 2 --replicates 5 --seed 7", "")
	f.Fuzz(func(t *testing.T, text, flags string) {
		_, _ = flagsOf([]byte(text))
		var g Flags
		for line := range strings.SplitSeq(flags, "\n") {
			switch kind, rest := line[:min(1, len(line))], line[min(1, len(line)):]; kind {
			case "s":
				g.Set = append(g.Set, rest)
			case "p":
				g.Vary = append(g.Vary, rest)
			case "r":
				g.Replicates = rest
			case "d":
				g.Seed = rest
			}
		}
		want, err := Parse("x.yaml", []byte(text), catalog{}, g)
		if text == "" {
			want, err = AdHoc(g, catalog{})
		}
		if err != nil || len(want.Trials) > 1000 {
			return
		}
		got, err := Parse("experiment.yaml", want.Source, catalog{}, Flags{})
		if err != nil {
			t.Fatalf("%v in\n%s", err, want.Source)
		}
		if diff := cmp.Diff(want.Trials, got.Trials); diff != "" || want.Question != got.Question || !slices.Equal(want.Targets, got.Targets) || !cmp.Equal(want.Outputs, got.Outputs) {
			t.Errorf("-want +got\n%s\n%q %q\n%v %v\nin\n%s", diff, want.Question, got.Question, want.Targets, got.Targets, want.Source)
		}
	})
}
