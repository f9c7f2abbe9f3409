package table

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
	"gossipbench/strategies/param"
)

// targets are those of challenge 3d.
func targets(t *testing.T) []trial.Target {
	t.Helper()
	var all []trial.Target
	for _, tt := range [][2]string{{"msgs-per-op", "< 30"}, {"stable-latency.p50", "< 400ms"}} {
		m, err := trial.FindMetric(tt[0])
		if err != nil {
			t.Fatal(err)
		}
		target, err := trial.ParseTarget(m, tt[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, target)
	}
	return all
}

func build(t *testing.T, results []trial.Result, o Options) *Table {
	t.Helper()
	table, err := Build(results, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func write(t *testing.T, table *Table, format string, screen texttab.Screen) string {
	t.Helper()
	var b strings.Builder
	if err := table.Write(&b, format, screen); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares every format with a file that was written by hand, from
// the numbers worked out beside sweep.
func TestGolden(t *testing.T) {
	table := build(t, trialtest.Sweep(), Options{Title: "How often | how many?", Targets: targets(t)})
	for _, tt := range []struct {
		file, format string
		screen       texttab.Screen
	}{
		{"plain.txt", "text", texttab.Screen{}},
		{"terminal.txt", "text", texttab.Screen{Terminal: true}},
		{"table.md", "markdown", texttab.Screen{}},
		{"table.tex", "latex", texttab.Screen{}},
		{"table.csv", "csv", texttab.Screen{}},
		{"table.json", "json", texttab.Screen{}},
		{"table.html", "html", texttab.Screen{}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), write(t, table, tt.format, tt.screen)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestSplit puts the levels of a factor side by side.
func TestSplit(t *testing.T) {
	table := build(t, trialtest.Sweep(), Options{Cols: []string{"interval"}, Metrics: []string{"msgs-per-op"}})
	got := write(t, table, "text", texttab.Screen{})
	want := `msgs-per-op by interval: n = 1 to 3, workload broadcast, backend sim, strategy gossip, 25 nodes, topology grid, rate 100/s, latency 100ms constant, network maelstrom

fanout    n  not used            interval=50ms  interval=100ms
     2  2–3  1 invalid        15.3 [15.2 15.5]  8.50 [8.00 9.00]
    10  1–2  1 unknown, 1 error             70                36
`
	// Two rows by two columns; n is that of the cells, not of the row.
	if diff := cmp.Diff(fields(want), fields(got[:strings.LastIndex(got, "\n\n")])); diff != "" {
		t.Errorf("-want +got\n%s\n%s", diff, got)
	}
}

// fields takes the padding out of a table.
func fields(s string) [][]string {
	var all [][]string
	for line := range strings.Lines(s) {
		all = append(all, strings.Fields(line))
	}
	return all
}

// TestSameBytes: the order in which trials finish must not show.
func TestSameBytes(t *testing.T) {
	results := trialtest.Sweep()
	want := write(t, build(t, results, Options{Targets: targets(t)}), "json", texttab.Screen{})
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
		if got := write(t, build(t, results, Options{Targets: targets(t)}), "json", texttab.Screen{}); got != want {
			t.Fatalf("another order gave\n%s\nwant\n%s", got, want)
		}
	}
}

// TestPooled: trials of different settings are no replicates.
func TestPooled(t *testing.T) {
	table := build(t, trialtest.Sweep(), Options{Rows: []string{"fanout"}, Remedy: "add it"})
	want := "Careful: cells pool trials that differ in interval (50ms | 100ms); add it."
	if !contains(table.Notes, want) {
		t.Errorf("got notes %q\nwant among them %q", table.Notes, want)
	}
	if n := table.Rows[0].Counts; n != (Counts{Valid: 5, Invalid: 1}) {
		t.Errorf("fanout 2: got %+v, want 5 valid and 1 invalid", n)
	}
	whole := build(t, trialtest.Sweep(), Options{})
	if strings.Contains(strings.Join(whole.Notes, "\n"), "Careful") {
		t.Errorf("nothing is pooled, got notes %q", whole.Notes)
	}
}

func contains(all []string, want string) bool {
	for _, s := range all {
		if s == want {
			return true
		}
	}
	return false
}

// TestOtherStrategy: a parameter that a strategy lacks is no level of it, and a
// setting that one strategy alone has does not vary.
func TestOtherStrategy(t *testing.T) {
	flood := trialtest.Made("", "", 1, trial.Valid, 28, 450)
	flood.Trial.Strategy, flood.Trial.Params = "flood", param.Values{"ack": "1s"}
	table := build(t, append(trialtest.Sweep()[:2], flood), Options{})
	if want := []string{"strategy"}; !cmp.Equal(table.Factors, want) {
		t.Errorf("factors: got %q, want %q", table.Factors, want)
	}
	table = build(t, append(trialtest.Sweep(), flood), Options{})
	if got, want := table.Rows[0].Levels, []string{"flood", "", ""}; !cmp.Equal(got, want) {
		t.Errorf("first row: got %q, want %q", got, want)
	}
}

func TestVerdicts(t *testing.T) {
	target := targets(t)[:1] // msgs-per-op < 30
	v, i, u, f := trial.Valid, trial.Invalid, trial.Unknown, trial.Failed
	type run struct {
		outcome  trial.Outcome
		messages float64
	}
	for _, tt := range []struct {
		name string
		runs []run
		want string
	}{
		{"all meet it", []run{{outcome: v, messages: 29}, {outcome: v, messages: 1}}, "pass"},
		{"the bound itself is not below it", []run{{outcome: v, messages: 30}}, "fail"},
		{"one of three misses it", []run{{outcome: v, messages: 29}, {outcome: v, messages: 31}, {outcome: v, messages: 1}}, "fail 1/3"},
		{"an invalid trial meets nothing", []run{{outcome: v, messages: 29}, {outcome: i, messages: 1}}, "fail 1/2"},
		{"unknown proves nothing", []run{{outcome: v, messages: 29}, {outcome: u, messages: 1}}, "open"},
		{"what was not run proves nothing", []run{{outcome: v, messages: 29}, {outcome: f, messages: 1}}, "open"},
		{"one miss is enough", []run{{outcome: v, messages: 31}, {outcome: f, messages: 1}}, "fail 1/2"},
	} {
		var results []trial.Result
		for n, r := range tt.runs {
			results = append(results, trialtest.Made("2", "50ms", n+1, r.outcome, r.messages, 1))
		}
		if got := build(t, results, Options{Targets: target}).Rows[0].Cells[0].verdict(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	lacking := trialtest.Made("2", "50ms", 1, v, 1, 1)
	delete(lacking.Metrics, "msgs-per-op")
	o := Options{Targets: target, Metrics: []string{"msgs-per-op"}}
	if got := build(t, []trial.Result{lacking}, o).Rows[0].Cells[0].verdict(); got != "open" {
		t.Errorf("a metric that is not known: got %s, want open", got)
	}
}

func TestCellForm(t *testing.T) {
	for _, tt := range []struct {
		xs   [3]float64 // median, least, most
		want string
	}{
		{[3]float64{15.3, 15.2, 15.54}, "15.3 [15.2 15.5]"},
		{[3]float64{349.6, 348, 352.4}, "350 [348 352]"},
		{[3]float64{3, 0, 12}, "3 [0 12]"},
		{[3]float64{0.0361, 0.0349, 0.0405}, "0.0361 [0.0349 0.0405]"},
		{[3]float64{0, 0, 0}, "0"},
		{[3]float64{2.5, 2.5, 2.5}, "2.50"},
		{[3]float64{12345.6, 12345.6, 12345.6}, "12346"},
	} {
		c := Cell{}
		c.N, c.Median, c.Least, c.Most = 3, tt.xs[0], tt.xs[1], tt.xs[2]
		if got := c.String(); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.xs, got, tt.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	_, err := Build(trialtest.Sweep(), Options{Rows: []string{"fan-out"}, Cols: []string{"colour"}, Metrics: []string{"stable-latancy"}})
	want := `row: no trial here has a setting or parameter "fan-out", did you mean fanout?
col: no trial here has a setting or parameter "colour", want one of 39, of which the nearest are `
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), `metric: no such metric: "stable-latancy", did you mean stable-latency?`) {
		t.Errorf("got %v\nwant %s…", err, want)
	}
}

func TestMetrics(t *testing.T) {
	names := func(o Options) string {
		var all []string
		for _, c := range build(t, trialtest.Sweep(), o).Columns {
			all = append(all, c.Metric.Name)
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		asked []string
		want  string
	}{
		{nil, "msgs-per-op stable-latency.p50 lost"},
		{[]string{"lost", "ops"}, "lost ops"},
		{[]string{"stable-latency"}, "stable-latency.min stable-latency.p50 stable-latency.p95 stable-latency.p99 stable-latency.max"},
		{[]string{"msgs-per-op"}, "msgs-per-op"}, // not msgs-per-op.all too
	} {
		if got := names(Options{Metrics: tt.asked}); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.asked, got, tt.want)
		}
	}
}

func TestEmpty(t *testing.T) {
	for _, format := range texttab.Formats {
		if got := write(t, build(t, nil, Options{}), format, texttab.Screen{Terminal: true}); got == "" {
			t.Errorf("%s: nothing at all", format)
		}
	}
}

func TestColor(t *testing.T) {
	table := build(t, trialtest.Sweep(), Options{Targets: targets(t)})
	got := write(t, table, "text", texttab.Screen{Colors: Colors})
	if !strings.Contains(got, "\x1b[32mpass\x1b[0m") || !strings.Contains(got, "\x1b[31mfail 1/3\x1b[0m") {
		t.Errorf("no colours in\n%q", got)
	}
	if _, known := Colors[string(trial.Valid)]; !known {
		t.Error("no colour for valid")
	}
	// Colours take no room: without them the table is the plain one.
	bare := strings.NewReplacer(texttab.Green, "", texttab.Red, "", texttab.Yellow, "", "\x1b[0m", "").Replace(got)
	if diff := cmp.Diff(write(t, table, "text", texttab.Screen{}), bare); diff != "" {
		t.Errorf("-plain +coloured\n%s", diff)
	}
}

// TestHostileText: what users and nodes write must stay text in every format.
func TestHostileText(t *testing.T) {
	evil := "a|b_c_ <script> & \\input{x} [y](z) `q` %\x1b[2J\n--flag"
	r := trialtest.Made("2", "50ms", 1, trial.Invalid, 1, 1)
	r.Trial.Args, r.Error = evil, &evil
	table := build(t, []trial.Result{r}, Options{Title: evil, Rows: []string{"args"}})
	for format, bad := range map[string][]string{
		"text":     {"\x1b"},
		"markdown": {"a|b", " <script>", " [y](z)", " `q`", "b_c_ "},
		"latex":    {"b_c", "\\input", " [y]", " &  ", " %", "--flag"},
		"html":     {"<script>"},
	} {
		got := write(t, table, format, texttab.Screen{})
		for _, b := range append(bad, "\x1b") {
			if strings.Contains(got, b) {
				t.Errorf("%s holds %q:\n%s", format, b, got)
			}
		}
	}
}

// TestUsualMetrics: unless told otherwise a table shows what tells of its
// workload. Where some trials have one kind of op only, op-latency stays.
func TestUsualMetrics(t *testing.T) {
	counter := trial.Result{Trial: trial.Default(), Outcome: trial.Valid, Metrics: map[string]float64{
		"msgs-per-op": 1, "ok-fraction": 1, "outage": 20, "throughput": 100, "op-latency.p50": 3, "op-latency.max": 9,
		"read-latency.p50": 2, "add-latency.p50": 4, "stale-read-share": 0.5, "store-bytes": 9, "store-bytes.disks": 9,
	}}
	ids := trial.Result{Trial: trial.Default(), Outcome: trial.Valid, Metrics: map[string]float64{
		"msgs-per-op": 0, "ok-fraction": 1, "outage": 20, "op-latency.p50": 3, "generate-latency.p50": 3,
	}}
	broadcast := trial.Result{Trial: trial.Default(), Outcome: trial.Valid, Metrics: map[string]float64{
		"msgs-per-op": 1, "ok-fraction": 1, "stable-latency.p50": 5, "op-latency.p50": 3, "read-latency.p50": 3, "broadcast-latency.p50": 3, "lost": 0,
	}}
	for _, test := range []struct {
		results []trial.Result
		want    string
	}{
		{[]trial.Result{broadcast}, "msgs-per-op stable-latency.p50 op-latency.p50 lost"},
		{[]trial.Result{ids}, "msgs-per-op ok-fraction outage op-latency.p50"},
		{[]trial.Result{counter}, "msgs-per-op ok-fraction outage read-latency.p50 add-latency.p50 stale-read-share store-bytes"},
		{[]trial.Result{counter, ids}, "msgs-per-op ok-fraction outage read-latency.p50 add-latency.p50 stale-read-share store-bytes op-latency.p50"},
	} {
		var got []string
		for _, c := range build(t, test.results, Options{}).Columns {
			got = append(got, c.Metric.Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("\n got %s\nwant %s", strings.Join(got, " "), test.want)
		}
	}
}

// TestUnrun: of a plan of 2 × 2 settings and 3 replicates one setting was not
// begun, and one lacks a replicate.
func TestUnrun(t *testing.T) {
	var results []trial.Result
	var plan []trial.Trial
	for _, fanout := range []string{"2", "10"} {
		for _, interval := range []string{"50ms", "100ms"} {
			for replicate := range 3 {
				r := trialtest.Made(fanout, interval, replicate+1, trial.Valid, 1, 1)
				r.ID = r.Trial.ID()
				plan = append(plan, r.Trial)
				if fanout == "2" || interval == "50ms" && replicate < 2 {
					results = append(results, r)
				}
			}
		}
	}
	want := "Careful: no result yet of 4 of the 12 trials of the plan. Without any trial: fanout=10 interval=100ms."
	if got := build(t, results, Options{Plan: plan}).Notes; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
	want = "Careful: no result yet of 1 of the 3 trials of the plan."
	if got := build(t, results[6:], Options{Plan: plan[6:9]}).Notes; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
	if got := build(t, results[:6], Options{Plan: plan[:6]}).Notes; len(got) != 1 {
		t.Errorf("all was run, but %q", got)
	}
}

// TestUnderFaults: the first thing to see of a store under partitions is how long it
// was gone, and that refused compare-and-sets count against it.
func TestUnderFaults(t *testing.T) {
	r := trialtest.Made("2", "50ms", 1, trial.Valid, 1, 1)
	r.Trial.Workload, r.Trial.Nemesis, r.Trial.Params = "lin-kv", "partition", nil
	r.Metrics = map[string]float64{"msgs-per-op": 2, "ok-fraction": 0.73, "outage": 378, "cas-latency.p50": 20, "op-latency.p50": 20}
	table := build(t, []trial.Result{r}, Options{})
	var got []string
	for _, c := range table.Columns {
		got = append(got, c.Metric.Name)
	}
	if want := []string{"msgs-per-op", "ok-fraction", "outage", "cas-latency.p50"}; !slices.Equal(got, want) {
		t.Errorf("got columns %q, want %q", got, want)
	}
	if want := "ok-fraction counts a compare-and-set that meets another value as failed, as Jepsen does."; !slices.Contains(table.Notes, want) {
		t.Errorf("got %q, want %q among them", table.Notes, want)
	}
}

// TestCaptionWithoutIdle: what no trial has a use for is not told, and what some have a
// use for is told of those alone.
func TestCaptionWithoutIdle(t *testing.T) {
	calm := trial.Default()
	calm.Workload, calm.Strategy = "kafka", "ring"
	stormy := calm
	stormy.Nemesis, stormy.NemesisInterval = "partition", 2e9
	results := []trial.Result{{Trial: calm, Outcome: trial.Valid}, {Trial: stormy, Outcome: trial.Valid}}
	got := query.Caption(results, "n = 1")
	want := "n = 1, workload kafka, backend sim, strategy ring, 5 nodes, rate 5/s, latency 0s, network maelstrom, nemesis none | partition, nemesis_interval 2s"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if names := strings.Join(query.Varying(results), " "); names != "nemesis" {
		t.Errorf("varying: got %s, want nemesis alone", names)
	}
}
