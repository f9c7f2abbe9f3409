package maelstrom

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// shared is the folder with the recordings for this project, beside it.
const shared = "../../../shared/data"

// recorded returns all recorded results.edn, ours and other people's.
func recorded(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"maelstrom/*/results.edn", "reference/*/*/results.edn", "community/*.edn"} {
		found, err := filepath.Glob(filepath.Join(shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		t.Skip("no recorded results in ../shared/data")
	}
	return all
}

func parse(t *testing.T, path string) (text []byte, results edn.Value) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if results, err = edn.Parse(path, text); err != nil {
		t.Fatal(err)
	}
	return text, results
}

// inText finds our metrics in the text of a results.edn without parsing EDN.
var inText = map[string]*regexp.Regexp{
	"msgs-per-op":        regexp.MustCompile(`(?s):servers \{[^}]*:msgs-per-op ([^\s,}]+)`),
	"msgs-per-op.all":    regexp.MustCompile(`(?s):net \{:all \{[^}]*:msgs-per-op ([^\s,}]+)`),
	"ops":                regexp.MustCompile(`(?s):stats \{:valid\? \S+\s+:count (\d+)`),
	"broadcasts":         regexp.MustCompile(`(?s):broadcast \{.*:attempt-count (\d+)`),
	"ok-fraction":        regexp.MustCompile(`:ok-fraction ([^\s,}]+)`),
	"stable":             regexp.MustCompile(`:stable-count (\d+)`),
	"lost":               regexp.MustCompile(`:lost-count (\d+)`),
	"never-read":         regexp.MustCompile(`:never-read-count (\d+)`),
	"stale":              regexp.MustCompile(`:stale-count (\d+)`),
	"stable-latency.min": regexp.MustCompile(`:stable-latencies \{0 (\d+)`),
	"stable-latency.p50": regexp.MustCompile(`(?s):stable-latencies \{[^}]*\b0\.5 (\d+)`),
	"stable-latency.p95": regexp.MustCompile(`(?s):stable-latencies \{[^}]*\b0\.95 (\d+)`),
	"stable-latency.p99": regexp.MustCompile(`(?s):stable-latencies \{[^}]*\b0\.99 (\d+)`),
	"stable-latency.max": regexp.MustCompile(`(?s):stable-latencies \{[^}]*\s1 (\d+)`),
}

// counted finds metrics that a results.edn has as a list or in parts; false if it does
// not have them.
var counted = map[string]func(text string) (float64, bool){
	"wrong-keys": listed(`(?s):results \{.*:failures \[([^\]]*)\]`),
	"wrong-reads": func(text string) (float64, bool) {
		return among(text, `(?s):errors (nil|\(.*?\)),\s+:final-reads`, `:process`)
	},
	"anomalies": listed(`:(?:anomaly-types|bad-error-types) \(([^)]*)\)`),
	"duplicated": func(text string) (float64, bool) {
		return among(text, `(?s):attempted-count .*?:duplicated-count (\d+)`, "")
	},
	"lost-writes": func(text string) (float64, bool) {
		if _, is := among(text, `(:bad-error-types)`, "x"); !is {
			return 0, false
		}
		n, _ := among(text, `:lost-write \{:count (\d+)`, "")
		return n, true
	},
	"unseen": func(text string) (float64, bool) {
		_, is := among(text, `(:bad-error-types)`, "x")
		sum := 0.0
		if counts := regexp.MustCompile(`(?s):unseen \{:time \d+,\s+:unseen \{([^}]*)\}`).FindStringSubmatch(text); counts != nil {
			for _, n := range regexp.MustCompile(`" (\d+)`).FindAllStringSubmatch(counts[1], -1) {
				x, _ := strconv.ParseFloat(n[1], 64)
				sum += x
			}
		}
		return sum, is
	},
	"poll-lag": func(text string) (float64, bool) {
		n, is := among(text, `(?s):worst-realtime-lag \{[^}]*:lag ([^\s}]+)`, "")
		return math.Round(n*1e9) / 1e6, is
	},
}

// listed counts the words that a pattern finds.
func listed(pattern string) func(string) (float64, bool) {
	return func(text string) (float64, bool) {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			return 0, false
		}
		return float64(len(strings.Fields(found[1]))), true
	}
}

// among returns how often word occurs in what a pattern finds, or, if word is empty, the
// number that it finds.
func among(text, pattern, word string) (float64, bool) {
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	if word != "" {
		return float64(strings.Count(found[1], word)), true
	}
	x, err := strconv.ParseFloat(found[1], 64)
	return x, err == nil
}

// TestNumbersEqualFile: every number that we show is the file's own, whoever made the
// file.
func TestNumbersEqualFile(t *testing.T) {
	checked := map[string]int{}
	for _, path := range recorded(t) {
		text, results := parse(t, path)
		want := map[string]float64{}
		for name, pattern := range inText {
			if found := pattern.FindSubmatch(text); found != nil {
				x, err := strconv.ParseFloat(string(found[1]), 64)
				if err != nil {
					t.Fatalf("%s: %s: %v", path, name, err)
				}
				want[name] = x
				checked[name]++
			}
		}
		for name, find := range counted {
			if x, is := find(string(text)); is {
				want[name] = x
				checked[name]++
			}
		}
		got := metrics(results)
		if broadcasts, messages := want["broadcasts"], regexp.MustCompile(`(?s):servers \{[^}]*:msg-count (\d+)`).FindSubmatch(text); broadcasts > 0 {
			n, err := strconv.ParseFloat(string(messages[1]), 64)
			if err != nil {
				t.Fatal(err)
			}
			want["msgs-per-broadcast"] = n / broadcasts
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-in the text +shown):\n%s", path, diff)
		}
	}
	for name := range inText {
		if checked[name] < 20 {
			t.Errorf("%s was found in %d files, want at least 20", name, checked[name])
		}
	}
	for name := range counted {
		if checked[name] < 5 {
			t.Errorf("%s was found in %d files, want at least 5", name, checked[name])
		}
	}
}

// TestVerdictEqualsJepsen: our outcome is Jepsen's, unless a checker that only draws is
// unknown.
func TestVerdictEqualsJepsen(t *testing.T) {
	words := map[string]trial.Outcome{"true": trial.Valid, "false": trial.Invalid, ":unknown": trial.Unknown}
	for _, path := range recorded(t) {
		_, results := parse(t, path)
		outcome, reasons, warnings, err := verdict(results)
		if told := len(reasons) > 0; err == nil && told != (outcome != trial.Valid) || told && reasons[0].Kind == trial.NotChecked {
			t.Errorf("%s: %s because of %v", path, outcome, reasons)
		}
		perf := results.At("perf", "valid?")
		switch want := words[results.At("valid?").String()]; {
		case err != nil:
			if !results.At("workload", "error").Present() {
				t.Errorf("%s: %v, but no checker crashed", path, err)
			}
		case outcome == want:
		case perf.Is("unknown") && outcome == trial.Valid && len(warnings) > 0:
		default:
			t.Errorf("%s: outcome is %s, Jepsen's is %s", path, outcome, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name, results string
		want          trial.Outcome
		reasons       []string
		warnings      []string
		err           string
	}{
		{"all well", `{:perf {:valid? true} :stats {:valid? true} :workload {:valid? true} :valid? true}`,
			trial.Valid, nil, nil, ""},
		{"no gnuplot", `{:perf {:latency-graph {:valid? :unknown, :error "no gnuplot\n at perf"} :valid? :unknown} :workload {:valid? true} :valid? :unknown}`,
			trial.Valid, nil, []string{"perf: not drawn, which does not count: no gnuplot"}, ""},
		{"no gnuplot, and lost", `{:perf {:valid? :unknown} :workload {:valid? false :lost-count 2} :valid? false}`,
			trial.Invalid, []string{"lost: 2 values lost"}, []string{"perf: not drawn, which does not count"}, ""},
		{"nothing stable", `{:perf {:valid? true} :workload {:valid? :unknown :stable-count 0} :valid? :unknown}`,
			trial.Unknown, []string{"nothing-stable: nothing is stable, so nothing is proved: no value was broadcast or added"}, nil, ""},
		{"false is stronger than unknown", `{:stats {:valid? false :by-f {:read {:ok-count 1} :broadcast {:ok-count 0}}} :workload {:valid? :unknown :stable-count 0} :valid? false}`,
			trial.Invalid, []string{"no-success: no broadcast succeeded: 0 failed, of 0 nobody knows"}, nil, ""},
		{"not available enough", `{:availability {:valid? false :ok-fraction 0.75} :workload {:valid? true} :valid? false}`,
			trial.Invalid, []string{"unavailable: availability 0.75, which is less than was wanted"}, nil, ""},
		{"a checker crashed", `{:stats {:valid? true} :workload {:valid? :unknown :error "java.lang.NullPointerException\n at x"} :valid? :unknown}`,
			"", nil, []string{"the analysis crashed: workload: java.lang.NullPointerException"},
			"maelstrom's analysis crashed: workload: java.lang.NullPointerException"},
		{"a checker crashed, another says false", `{:stats {:valid? false} :workload {:valid? :unknown :error "java.lang.NullPointerException\n at x"} :valid? false}`,
			trial.Invalid, []string{"not-checked: stats: invalid"}, []string{"the analysis crashed: workload: java.lang.NullPointerException"}, ""},
		{"exceptions", `{:exceptions {:valid? true :exceptions ({:count 3 :class clojure.lang.ExceptionInfo :example #jepsen.history.Op{:exception {:via [{:message
			"Malformed RPC response. Maelstrom sent node n0 the following request:\n\n{:echo 1}\n\nAnd expected a response of the form:\n\n{:echo Any}\n\n... but instead received\n\n{:echo 1,\n :in_reply_to 1, :extra 2}\n\nThis is malformed because:\n\n{:extra disallowed-key}\n\nSee doc/protocol.md for more guidance."}]}}})}
			:workload {:valid? true} :valid? true}`,
			trial.Valid, nil, []string{"exceptions: 3 ops ended in one: malformed answer {:echo 1, :in_reply_to 1, :extra 2}, because {:extra disallowed-key}"}, ""},
		{"one key of lin-kv", `{:linearizable {:valid? false} :timeline {:valid? true} :valid? false}`,
			trial.Invalid, []string{"not-linearizable: the ops of the one key have no order in which each sees what was written before"}, nil, ""},
		{"the whole analysis crashed", `{:valid? :unknown :error "who knows\nat x"}`,
			"", nil, nil, "maelstrom's analysis crashed: who knows"},
		{"a checker crashed, as data", `{:workload {:valid? :unknown :error {:via [{:type a.B, :message "outer"} {:type a.C, :message "inner"}]}} :valid? :unknown}`,
			"", nil, []string{"the analysis crashed: workload: inner"}, "maelstrom's analysis crashed: workload: inner"},
		{"Elle crashed over what nobody wrote", `{:workload {:valid? :unknown :error "java.lang.AssertionError: Assert failed: No transaction wrote 1 7\nt2"} :valid? :unknown}`,
			trial.Unknown, []string{"unwritten-reads: a read of what nobody wrote, over which Elle's checker of lists breaks down, and rules nothing: java.lang.AssertionError: Assert failed: No transaction wrote 1 7"}, nil, ""},
		{"and the whole analysis with it", `{:valid? :unknown :error {:via [{:type a.B, :message "x"} {:type a.C, :message "Assert failed: No transaction wrote 1 = 7"}]}}`,
			trial.Unknown, []string{"unwritten-reads: a read of what nobody wrote, over which Elle's checker of lists breaks down, and rules nothing: Assert failed: No transaction wrote 1 = 7"}, nil, ""},
		{"no checkers", `{:valid? :unknown}`,
			trial.Unknown, []string{"not-checked: results.edn: unknown"}, nil, ""},
		{"no verdict", `{:a 1}`, "", nil, nil, "results.edn has no :valid?"},
		{"no map", `[1 2]`, "", nil, nil, "results.edn has no :valid?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			results, err := edn.Parse("results.edn", []byte(tt.results))
			if err != nil {
				t.Fatal(err)
			}
			outcome, reasons, warnings, err := verdict(results)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if outcome != tt.want || got != tt.err {
				t.Errorf("verdict(%s)\n got %q, error %q\nwant %q, error %q", tt.results, outcome, got, tt.want, tt.err)
			}
			var told []string
			for _, r := range reasons {
				told = append(told, r.Kind+": "+r.Text)
			}
			if diff := cmp.Diff(tt.reasons, told); diff != "" {
				t.Errorf("verdict(%s): reasons (-want +got):\n%s", tt.results, diff)
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Errorf("verdict(%s): warnings (-want +got):\n%s", tt.results, diff)
			}
		})
	}
}

// FuzzResults: no results.edn makes the parser panic.
func FuzzResults(f *testing.F) {
	for _, name := range []string{"neg-bc-dup", "bc5-ruby-part"} {
		text, err := os.ReadFile(filepath.Join("testdata", name, "results.edn"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{:exceptions {:exceptions ({:count 3 :class x :example #a{:exception {:via [{:message "m"}]}}})} :workload {:valid? :unknown :error "e"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		results, err := edn.Parse("results.edn", text)
		if err != nil {
			return
		}
		outcome, _, _, err := verdict(results)
		if (outcome == "") != (err != nil) {
			t.Errorf("verdict(%s) = %q, %v, want an outcome or an error", text, outcome, err)
		}
		metrics(results)
	})
}
