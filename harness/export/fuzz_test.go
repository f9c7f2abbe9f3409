package export

import (
	"bytes"
	"testing"

	"golang.org/x/perf/benchfmt"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// FuzzBench: whatever stands in stored results, Go's reader of benchmarks reads of
// them as many as there are, each with its value, and takes none for a setting of
// its own or for another's replicate.
func FuzzBench(f *testing.F) {
	f.Add("a name", "broadcast", "flood", "2", "c0ffee", 12.5)
	f.Add("x\nBenchmarkX 1 2 ops", "txn-list-append", "a/b=c", "3-4", "+dirty", -1e300)
	f.Add("", "", "", "*\u2028\x85-1", "\u0085: \\", 0.1)
	f.Add("pkg: x", "é 1", "-8", " ", "Unit x better=lower", 5e-324)
	f.Fuzz(func(t *testing.T, name, workload, strategy, level, commit string, x float64) {
		if x != x {
			return
		}
		var results []trial.Result
		for i, value := range []string{level, "other"} {
			r := trialOf(workload, strategy, param.Values{"note": value})
			r.Made.Commit = commit
			r.Metrics = map[string]float64{"msgs-per-op": x, "ops": float64(i)}
			r.Plain()
			results = append(results, r)
		}
		var b bytes.Buffer
		if err := Write(&b, []Part{{name, results}}, Options{Format: "bench"}); err != nil {
			t.Fatal(err)
		}
		written := b.String()
		var names []string
		for in := benchfmt.NewReader(&b, "x"); in.Scan(); {
			switch record := in.Result().(type) {
			case *benchfmt.SyntaxError:
				t.Fatalf("%v in\n%s", record, written)
			case *benchfmt.Result:
				if got, ok := record.Value("msgs-per-op"); !ok || got != x {
					t.Errorf("got %v, want %v in\n%s", got, x, written)
				}
				names = append(names, string(record.Name))
			}
		}
		if len(names) != 2 || (names[0] == names[1]) != (level == "other") {
			t.Errorf("got the names %q in\n%s", names, written)
		}
	})
}

func trialOf(workload, strategy string, params param.Values) trial.Result {
	t := trial.Default()
	t.Workload, t.Strategy, t.Params = workload, strategy, params
	return trial.Result{Schema: trial.Schema, ID: "x", Trial: t, Outcome: trial.Valid}
}
