package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// result is one trial of a setting, a replicate of some seed, that measured some
// numbers: "msgs-per-op", 3.5, "lost", 0.
func result(settings string, seed uint64, numbers ...any) trial.Result {
	t := trial.Default()
	t.Backend, t.Seed, t.Replicate, t.Params = "sim", seed, int(seed), param.Values{}
	for _, word := range strings.Fields(settings) {
		name, level, _ := strings.Cut(word, "=")
		switch name {
		case "strategy":
			t.Strategy = level
		case "topology":
			t.Topology = level
		case "nodes":
			fmt.Sscan(level, &t.Nodes)
		default:
			t.Params[name] = level
		}
	}
	r := trial.Result{Schema: trial.Schema, ID: t.ID(), Trial: t, Outcome: trial.Valid, Metrics: map[string]float64{}}
	for i := 0; i < len(numbers); i += 2 {
		switch x := numbers[i+1].(type) {
		case int:
			r.Metrics[numbers[i].(string)] = float64(x)
		case float64:
			r.Metrics[numbers[i].(string)] = x
		}
	}
	return r
}

// targets reads pairs of a metric and what is wanted of it.
func targets(t *testing.T, pairs ...string) []trial.Target {
	t.Helper()
	var all []trial.Target
	for i := 0; i < len(pairs); i += 2 {
		m, err := trial.FindMetric(pairs[i])
		if err != nil {
			t.Fatal(err)
		}
		made, err := trial.ParseTarget(m, pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, made)
	}
	return all
}

func replayed(r trial.Result) string { return "harness replay " + r.ID }

func write1(t interface {
	Helper()
	Fatal(...any)
}, o Options, parts ...Part) string {
	t.Helper()
	o.Replay = func(_ int, r trial.Result) string { return replayed(r) }
	var b bytes.Buffer
	if err := Write(&b, parts, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// some are results of every kind.
func some() []trial.Result {
	var all []trial.Result
	for _, strategy := range []string{"flood", "gossip"} {
		for _, topology := range []string{"grid", "tree4"} {
			for seed := range uint64(3) {
				all = append(all, result("strategy="+strategy+" topology="+topology, seed+1,
					"msgs-per-op", 10+len(strategy)+int(seed), "stable-latency.p50", 100*len(topology)+int(seed), "lost", 0))
			}
		}
	}
	all[1].Outcome, all[1].Metrics["lost"] = trial.Invalid, 2
	why := "java: executable file not found in $PATH"
	all[5].Outcome, all[5].Error = trial.Failed, &why
	return all
}

// TestSameTrialsSamePage is the promise that a page can be thrown away.
func TestSameTrialsSamePage(t *testing.T) {
	whole := planned(some())
	for _, e := range []experiment.Experiment{
		{Name: "some", Targets: targets(t, "msgs-per-op", "< 15")},
		{Name: "of a plan", Trials: append(whole.Trials, result("strategy=star", 1).Trial, result("strategy=plan", 1).Trial)},
	} {
		want := write1(t, Options{}, Part{Experiment: e, Results: some()})
		for seed := range uint64(5) {
			mixed := some()
			random := rand.New(rand.NewPCG(seed, 0))
			random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			if got := write1(t, Options{}, Part{Experiment: e, Results: mixed}); got != want {
				t.Fatalf("%s, shuffled with seed %d: the results make another page", e.Name, seed)
			}
		}
	}
}

// TestUsersTextIsText puts markup wherever a user can put text.
func TestUsersTextIsText(t *testing.T) {
	const evil = `</script><img src=x onerror=alert(1)>'"&<!--`
	r := result("strategy=gossip payload=p", 1, "msgs-per-op", 3, "stable-latency.p50", 100)
	r.Trial.Params["payload"] = evil
	r.Trial.Strategy, r.Trial.Bin, r.Trial.Args = trial.External, evil, evil
	r.Warnings = []string{evil}
	r.Made = trial.Provenance{Commit: evil, Backend: evil, CPU: evil, Extra: map[string]string{evil: evil}}
	bad := result("strategy=gossip payload=q", 2, "msgs-per-op", 3, evil, 1)
	why := evil
	bad.Outcome, bad.Error = trial.Failed, &why
	e := experiment.Experiment{Name: evil, Question: evil, Source: []byte(evil)}
	got := write1(t, Options{Title: evil}, Part{Experiment: e, Results: []trial.Result{r, bad}})
	for _, name := range scripts {
		got = strings.ReplaceAll(got, asset(name), "")
	}
	got = strings.ReplaceAll(got, asset("page.css"), "")
	for _, not := range []string{"<img", "<!--", "onerror=alert(1)>'"} {
		if at := strings.Index(got, not); at >= 0 {
			t.Errorf("the page holds %q: …%s…", not, got[max(0, at-100):min(len(got), at+100)])
		}
	}
	if got, want := strings.Count(got, "</script>"), len(scripts)+1; got != want {
		t.Errorf("%d script elements end, want %d", got, want)
	}
	if !strings.Contains(got, "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;") {
		t.Error("the text is not there either")
	}
}

// TestScriptsEndWhereTheyEnd: what a script element holds is not escaped, so it
// must hold nothing that would end it, or begin a comment.
func TestScriptsEndWhereTheyEnd(t *testing.T) {
	for _, name := range scripts {
		text := strings.ToLower(asset(name))
		for _, not := range []string{"</script", "<script", "<!--", "sourcemappingurl"} {
			if strings.Contains(text, not) {
				t.Errorf("%s holds %q", name, not)
			}
		}
	}
}

// TestAssetsAreTheReleased holds the library to the sums that scripts/fetch-vega
// checks.
func TestAssetsAreTheReleased(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(asset("SHA256SUMS")), "\n")
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(asset(name)))); got != want {
			t.Errorf("%s has SHA-256 %s, want %s: run scripts/fetch-vega", name, got, want)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d files have sums, want 4", len(lines))
	}
}

// TestLimit: a page that would be too large leaves out trials, then settings, and
// says so.
func TestLimit(t *testing.T) {
	var results []trial.Result
	for fanout := range 300 {
		for seed := range uint64(3) {
			results = append(results, result(fmt.Sprintf("strategy=gossip fanout=%d", fanout), seed+1,
				"msgs-per-op", float64(fanout)+float64(seed)/7, "stable-latency.p50", 1000/float64(fanout+1)+float64(seed)/3))
		}
	}
	s, err := newStudy(Part{Experiment: experiment.Experiment{Name: "many"}, Results: results}, replayed)
	if err != nil {
		t.Fatal(err)
	}
	whole, left := s.fit(1 << 20)
	if left != nil {
		t.Errorf("of a page that holds all is left out %q", left)
	}
	for _, tt := range []struct {
		share float64
		want  string
	}{{0.9, "digits"}, {0.5, "of 900 trials"}, {0.1, "of 300 configurations"}} {
		limit := int(tt.share * float64(len(whole)))
		text, left := s.fit(limit)
		if len(text) > limit {
			t.Errorf("fit(%d) has %d bytes", limit, len(text))
		}
		if !slices.ContainsFunc(left, func(l string) bool { return strings.Contains(l, tt.want) }) {
			t.Errorf("fit(%d) says %q, want something about %q", limit, left, tt.want)
		}
	}
}
