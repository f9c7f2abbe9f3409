package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"
	"pgregory.net/rapid"

	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// trial is one of 25 nodes at 100 ms.
func newTrial(strategy string, params param.Values, replicate int) trial.Trial {
	t := trial.Default()
	t.Strategy, t.Params, t.Nodes, t.Latency = strategy, params, 25, 100*time.Millisecond
	t.Replicate, t.Seed = replicate, uint64(replicate)
	return t
}

// sample is two experiments with something of everything.
func sample(t *testing.T) []Part {
	t.Helper()
	result := func(tr trial.Trial, outcome trial.Outcome, metrics map[string]float64) trial.Result {
		return trial.Result{Schema: trial.Schema, ID: tr.ID(), Trial: tr, Outcome: outcome, Metrics: metrics,
			Made: trial.Provenance{Commit: "c0ffee", Backend: "sim"}}
	}
	push := func(interval string, replicate int) trial.Trial {
		return newTrial("gossip", param.Values{"fanout": "2", "interval": interval}, replicate)
	}
	flood := func(replicate int) trial.Trial { return newTrial("flood", param.Values{}, replicate) }
	own := newTrial("external", param.Values{}, 1)
	own.Bin, own.Args = "./mine", `--say "a, b"`
	failed := result(own, trial.Failed, nil)
	reason := "=cmd|' /C calc'!A0\nand \"more\", of it"
	failed.Error, failed.Warnings = &reason, []string{"one", "two"}
	found, mistakes := trial.Found(map[string]string{"strategy": "flood", "workload": "broadcast"}, 7)
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	return []Part{
		{"push & flood", []trial.Result{
			result(push("50ms", 1), trial.Valid, map[string]float64{"msgs-per-op": 12.5, "stable-latency.p50": 350, "lost": 0}),
			result(push("50ms", 2), trial.Valid, map[string]float64{"msgs-per-op": 12.25, "stable-latency.p50": 352, "lost": 0}),
			result(push("1.5s", 1), trial.Invalid, map[string]float64{"msgs-per-op": 1e-7, "lost": 1234567}),
			result(flood(1), trial.Valid, map[string]float64{"msgs-per-op": 24, "rounds": 3}),
		}},
		{"-external", []trial.Result{failed, result(found, trial.Unknown, map[string]float64{"of-another-harness": -1})}},
	}
}

func written(t *testing.T, parts []Part, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, parts, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stored are the results of a file that the repository ships.
func stored(t *testing.T, file string) Part {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := Part{Name: filepath.Base(filepath.Dir(file))}
	var d trial.Decoder
	for line := range bytes.Lines(text) {
		r, err := d.DecodeLine(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		p.Results = append(p.Results, r)
	}
	return p
}

// sheetOf reads CSV: the lines by the names of their columns.
func sheetOf(t *testing.T, text string) (header []string, rows []map[string]string) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return lines[0], rows
}

func TestWide(t *testing.T) {
	text := written(t, sample(t), Options{Format: "wide"})
	header, rows := sheetOf(t, text)
	if len(rows) != 6 {
		t.Fatalf("%d lines, want one for each of 6 trials", len(rows))
	}
	for i, name := range header {
		if slices.Contains(header[:i], name) {
			t.Errorf("two columns are called %s", name)
		}
	}
	for _, tt := range []struct {
		row          int
		column, want string
	}{
		{0, "schema", "2"},
		{0, "experiment", "push & flood"},
		{0, "latency_ms", "100"},
		{0, "interval_ms", "50"},
		{2, "interval_ms", "1500"},
		{3, "interval_ms", ""}, // flood has none
		{0, "fanout", "2"},
		{1, "replicate", "2"},
		{2, "outcome", "invalid"},
		{0, "msgs-per-op", "12.5"},
		{2, "msgs-per-op", "0.0000001"}, // never 1e-07
		{2, "lost", "1234567"},          // never 1.234567e+06
		{2, "stable-latency.p50", ""},   // not known
		{3, "rounds", ""},               // the setting, for which a broadcast has no use
		{3, "metric.rounds", "3"},       // the metric of that name
		{0, "commit", "c0ffee"},
		{0, "cores", ""},
		{4, "experiment", "'-external"},
		{4, "args", `'--say "a, b"`},
		{4, "bin", "./mine"},
		{4, "error", `'=cmd|' /C calc'!A0 and "more", of it`},
		{4, "warnings", "one; two"},
		{5, "topology", ""}, // nobody knows it
		{5, "of-another-harness", "-1"},
	} {
		if got, has := rows[tt.row][tt.column]; !has || got != tt.want {
			t.Errorf("line %d, %s: got %q (%t), want %q", tt.row+1, tt.column, got, has, tt.want)
		}
	}
}

// TestLines: RFC 4180, section 2: each line ends with CRLF, also the last, and
// all have as many fields as the header. No cell breaks a line.
func TestLines(t *testing.T) {
	for _, format := range []string{"wide", "long"} {
		text := written(t, sample(t), Options{Format: format})
		if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("%s: lines do not all end with CRLF:\n%q", format, text)
		}
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll() // which refuses lines of other lengths
		if err != nil || len(lines) != strings.Count(text, "\r\n") {
			t.Errorf("%s: got %d records of %d lines, %v", format, len(lines), strings.Count(text, "\r\n"), err)
		}
	}
}

func TestLong(t *testing.T) {
	_, rows := sheetOf(t, written(t, sample(t), Options{Format: "long"}))
	var got []string
	for _, r := range rows {
		got = append(got, strings.Join([]string{r["strategy"], r["replicate"], r["metric"], r["value"], r["unit"]}, " "))
	}
	want := []string{
		"gossip 1 msgs-per-op 12.5 messages", "gossip 1 lost 0 values", "gossip 1 stable-latency.p50 350 ms",
		"gossip 2 msgs-per-op 12.25 messages", "gossip 2 lost 0 values", "gossip 2 stable-latency.p50 352 ms",
		"gossip 1 msgs-per-op 0.0000001 messages", "gossip 1 lost 1234567 values",
		"flood 1 msgs-per-op 24 messages", "flood 1 rounds 3 rounds",
		"flood 1 of-another-harness -1 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNoFormula: whatever a user has called things, no cell begins a formula.
func TestNoFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("=+-@ \t\r\n\",'1e.＝")), rapid.Rune())).Draw(t, "text")
		var b bytes.Buffer
		tr := newTrial("flood", param.Values{}, 1)
		tr.Bin, tr.Args = text, text
		parts := []Part{{text, []trial.Result{{Trial: tr, Outcome: trial.Failed, Error: &text, Warnings: []string{text}}}}}
		if err := Write(&b, parts, Options{Format: "wide"}); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatalf("%d records, %v", len(lines), err)
		}
		for _, cell := range lines[1] {
			trimmed := strings.TrimSpace(cell)
			if strings.ContainsAny(trimmed[:min(1, len(trimmed))], "=+-@") && cell != plain.Cell(cell) || strings.ContainsAny(cell, "\t\r\n") {
				t.Fatalf("a spreadsheet could run %q", cell)
			}
		}
	})
}

func TestMetrics(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string // the metrics, or the error
	}{
		{[]string{"stable-latency"}, "stable-latency.p50"},
		{[]string{"msgs-per-op"}, "msgs-per-op"}, // though msgs-per-op.all is of its family
		{[]string{"lost", "msgs-per-op"}, "msgs-per-op lost"},
		{[]string{"of-another-harness"}, "of-another-harness"},
		{[]string{"t50"}, ""}, // no result has it
		{[]string{"msg-per-op"}, `metric: no such metric: "msg-per-op", did you mean msgs-per-op?`},
	} {
		var got []string
		metrics, err := chosen(sample(t), tt.names)
		if err != nil {
			got = append(got, err.Error())
		}
		for _, m := range metrics {
			got = append(got, m.Name)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%v: got %s, want %s", tt.names, s, tt.want)
		}
	}
	err := Write(&bytes.Buffer{}, nil, Options{Format: "jsonl", Metrics: []string{"lost"}})
	if err == nil || err.Error() != "metric: format jsonl has all metrics; wide, long and bench can choose" {
		t.Errorf("got %v", err)
	}
}

// TestJSONL: each line comes back as the result that it was.
func TestJSONL(t *testing.T) {
	parts := sample(t)
	results := slices.Concat(parts[0].Results, parts[1].Results)
	i := 0
	var d trial.Decoder
	for line := range strings.Lines(written(t, parts, Options{Format: "jsonl"})) {
		r, err := d.DecodeLine([]byte(strings.TrimSpace(line)))
		if err != nil || !bytes.Equal(r.AppendJSON(nil), results[i].AppendJSON(nil)) {
			t.Errorf("line %d came back as %s, %v", i+1, r.AppendJSON(nil), err)
		}
		i++
	}
	if i != len(results) {
		t.Errorf("%d lines, want %d", i, len(results))
	}
}

func TestDocument(t *testing.T) {
	var got struct {
		Version     int
		Metrics     map[string]struct{ Unit, Doc, Better string }
		Experiments []struct {
			Name    string
			Results []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(written(t, sample(t), Options{Format: "json"})), &got); err != nil {
		t.Fatal(err)
	}
	if m := got.Metrics["stable-latency.p50"]; m.Unit != "ms" || m.Better != "lower" || len(got.Metrics) != 5 {
		t.Errorf("metrics are %v", got.Metrics)
	}
	if len(got.Experiments) != 2 || got.Experiments[0].Name != "push & flood" || len(got.Experiments[0].Results) != 4 {
		t.Errorf("experiments are %v", got.Experiments)
	}
}

// TestBench reads what is written with the reader that benchstat uses.
func TestBench(t *testing.T) {
	text := written(t, sample(t), Options{Format: "bench"})
	reader := benchfmt.NewReader(strings.NewReader(text), "sample")
	type line struct {
		name, latency string
		msgs          float64
	}
	var got []line
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Errorf("%v in\n%s", r, text)
		case *benchfmt.Result:
			msgs, _ := r.Value("msgs-per-op")
			got = append(got, line{name: string(r.Name), latency: r.GetConfig("latency"), msgs: msgs})
		}
	}
	want := []line{ // of the valid trials, which only their strategies tell apart
		{name: "Broadcast/strategy=gossip", latency: "100ms", msgs: 12.5},
		{name: "Broadcast/strategy=gossip", latency: "100ms", msgs: 12.25},
		{name: "Broadcast/strategy=flood", latency: "100ms", msgs: 24},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v\nof\n%s", got, want, text)
	}
	if units := reader.Units(); units.GetBetter("stable-latency.p50-ms") != -1 || units.GetBetter("msgs-per-op") != -1 {
		t.Errorf("the units say nothing of what is better:\n%s", text)
	}
}

// TestBenchmarkName: a level is never taken for the number of processors.
func TestBenchmarkName(t *testing.T) {
	for level, want := range map[string]string{
		"0.5":     "Broadcast/strategy=gossip/p=0.5",
		"1e-05":   "Broadcast/strategy=gossip/p=1e-05-1",
		"a b/c\n": "Broadcast/strategy=gossip/p=a_b_c",
	} {
		r := trial.Result{Trial: newTrial("gossip", param.Values{"p": level}, 1)}
		got := benchmark(&r, []string{"p"})
		if got != want {
			t.Errorf("level %q: got %s, want %s", level, got, want)
		}
		if _, parts := benchfmt.Name(got).Parts(); level == "1e-05" && string(parts[1]) != "/p=1e-05" {
			t.Errorf("level %q is read as %s", level, parts)
		}
	}
	r := trial.Result{Trial: newTrial("raft", param.Values{}, 1)}
	r.Trial.Workload = "lin-kv"
	if got := benchmark(&r, nil); got != "LinKv/strategy=raft" {
		t.Errorf("got %s", got)
	}
}

// TestBenchstat gives real benchstat two strategies to compare, with six
// replicates that cannot be told apart by chance: medians 15 and 24, so −37.50 %
// msgs-per-op, with the least p of 6 against 6, 2/924 = 0.002.
func TestBenchstat(t *testing.T) {
	var results []trial.Result
	for i := range 6 {
		for strategy, msgs := range map[string]float64{"flood": 24, "gossip": 15} {
			tr := newTrial(strategy, param.Values{}, i+1)
			results = append(results, trial.Result{ID: tr.ID(), Trial: tr, Outcome: trial.Valid,
				Metrics: map[string]float64{"msgs-per-op": msgs + float64(i-2)/100 - 0.005, "stable-latency.p50": 350}})
		}
	}
	slices.SortFunc(results, func(a, b trial.Result) int { return strings.Compare(a.Trial.Strategy, b.Trial.Strategy) })
	folder := t.TempDir()
	program, file := filepath.Join(folder, "benchstat"), filepath.Join(folder, "trials.txt")
	if out, err := exec.Command("go", "build", "-o", program, "golang.org/x/perf/cmd/benchstat").CombinedOutput(); err != nil {
		t.Skipf("benchstat does not build here: %s", out)
	}
	if err := os.WriteFile(file, []byte(written(t, []Part{{"both", results}}, Options{Format: "bench"})), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-col", "/strategy", "-format", "csv", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"nodes: 25\n", "experiment: both\n", ",flood,,gossip", "msgs-per-op,CI,msgs-per-op,CI,vs base,P",
		"Broadcast,24,0%,15,0%,-37.50%,p=0.002 n=6", "Broadcast,350,0%,350,0%,~,p=1.000 n=6",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("benchstat does not say %q but\n%s", want, out)
		}
	}
}

// TestSameBytes: maps of results have no order, their export has.
func TestSameBytes(t *testing.T) {
	for _, format := range Formats {
		first := written(t, sample(t), Options{Format: format})
		for range 5 {
			if again := written(t, sample(t), Options{Format: format}); again != first {
				t.Fatalf("%s: the same results gave\n%s\nand\n%s", format, first, again)
			}
		}
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]string{"a.csv": "wide", "b/A.JSONL": "jsonl", "x.json": "json", "old.txt": "bench", "x": "", "x.pdf": ""} {
		if got := FormatOf(path); got != want {
			t.Errorf("FormatOf(%s): got %q, want %q", path, got, want)
		}
	}
	err := Write(&bytes.Buffer{}, nil, Options{Format: "jsonn"})
	if err == nil || err.Error() != `no such format: "jsonn", did you mean json?` {
		t.Errorf("got %v", err)
	}
}
