package experiment

import (
	"fmt"
	"gossipbench/harness/trial"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestFiles runs the scripts in testdata/scripts. Each "load" holds an experiment file,
// after a first line "$ flags" where there are flags; "adhoc" holds flags
// alone. The answer is the mistakes, or the factors and the trials: what sets
// each apart from the defaults.
func TestFiles(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := d.Input
			var flags Flags
			if line, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(line, "$ ") {
				flags, text = parseFlags(t, line[2:]), rest
			}
			var e Experiment
			var err error
			switch d.Cmd {
			case "load":
				e, err = Parse("x.yaml", []byte(text), catalog{}, flags)
			case "adhoc":
				e, err = AdHoc(flags, catalog{})
			default:
				t.Fatalf("no such command: %s", d.Cmd)
			}
			if err != nil {
				return err.Error() + "\n"
			}
			return describeExperiment(e)
		})
	})
}

// parseFlags reads flags whose values hold no spaces.
func parseFlags(t *testing.T, line string) Flags {
	var f Flags
	words := strings.Fields(line)
	for i := 0; i+1 < len(words); i += 2 {
		switch words[i] {
		case "--set":
			f.Set = append(f.Set, words[i+1])
		case "-P":
			f.Vary = append(f.Vary, words[i+1])
		case "--replicates":
			f.Replicates = words[i+1]
		case "--seed":
			f.Seed = words[i+1]
		default:
			t.Fatalf("no such flag: %s", words[i])
		}
	}
	return f
}

func describeExperiment(e Experiment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d trials\n", e.Name, len(e.Trials))
	for _, f := range e.Factors {
		fmt.Fprintf(&b, "factor %s: %s\n", f.Name, strings.Join(f.Levels, " "))
	}
	for _, t := range e.Targets {
		fmt.Fprintf(&b, "target %s %s %v (%s)\n", t.Metric, t.Op, t.Value, t.Text)
	}
	for _, o := range e.Outputs {
		fmt.Fprintf(&b, "%s %s %v\n", o.Verb, o.File, o.Flags)
	}
	for _, t := range e.Trials {
		fmt.Fprintf(&b, "%d seed=%d", t.Replicate, t.Seed)
		for _, s := range trial.Settings() {
			if value, has := t.Value(s.Name); has && value != s.Default {
				fmt.Fprintf(&b, " %s=%s", s.Name, value)
			}
		}
		for _, p := range catalogParams[t.Strategy] {
			if value := t.Params[p.Name]; value != p.Default {
				fmt.Fprintf(&b, " %s=%s", p.Name, value)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestMistakesInBytes are those that cannot stand in a script.
func TestMistakesInBytes(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `x.yaml:1:1: want an experiment, got an empty file`},
		{"only a comment", "# nothing\n", `x.yaml:1:1: want an experiment, got an empty file`},
		{"tab", "base:\n\tnodes: 5\n", `x.yaml:2:1: no YAML: a tab where a line is indented, want spaces`},
		{"no UTF-8", "seed: 1\nquestion: äb\xff\n", `x.yaml:2:13: want text in UTF-8 without control characters, got byte 0xff`},
		{"control", "question: \"a\x01\"\n", `x.yaml:1:13: want text in UTF-8 without control characters, got byte 0x01`},
		{"escaped control", `base: {bin: "a\tb"}`, `x.yaml:1:13: bin: want text without control or formatting characters, got "a\tb"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(tt.text), catalog{}, Flags{})
			if err == nil || err.Error() != tt.want {
				t.Errorf("Parse(%q)\n got %v\nwant %s", tt.text, err, tt.want)
			}
		})
	}
}
