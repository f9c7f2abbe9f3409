package report

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gossipbench/harness/choose"
	"gossipbench/harness/experiment"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// drawn are results of any shape: few or many settings, all or no trials valid,
// metrics that only some trials have.
func drawn(t *rapid.T) Part {
	e := experiment.Experiment{Name: "drawn", Question: rapid.SampledFrom([]string{"", "", "</script>?"}).Draw(t, "question")}
	metrics := []string{"msgs-per-op", "stable-latency.p50", "stable-latency.max", "busiest-node-share", "coverage", "ok-fraction", "t-last", "outage", "read-latency.p50", "add-latency.p50", "heal-to-last", "of-the-future"}
	for _, name := range metrics[:6] {
		if rapid.Bool().Draw(t, "target on "+name) {
			e.Targets = append(e.Targets, trial.Target{Metric: name, Op: rapid.SampledFrom([]string{"<", "<=", ">", ">=", "="}).Draw(t, "op"), Value: float64(rapid.IntRange(0, 3).Draw(t, "value")), Text: "as wanted"})
		}
	}
	var all []trial.Result
	for range rapid.IntRange(1, 8).Draw(t, "settings") {
		settings := ""
		for _, choice := range []struct {
			name   string
			levels []string
		}{{"strategy", []string{"flood", "gossip"}}, {"topology", []string{"grid", "line"}}, {"nodes", []string{"5", "25"}}, {"fanout", []string{"1", "2", "3"}}} {
			if rapid.Bool().Draw(t, choice.name) {
				settings += " " + choice.name + "=" + rapid.SampledFrom(choice.levels).Draw(t, "level")
			}
		}
		for seed := range rapid.IntRange(1, 4).Draw(t, "trials") {
			r := result(settings, uint64(seed+1))
			r.Outcome = rapid.SampledFrom([]trial.Outcome{trial.Valid, trial.Valid, trial.Valid, trial.Invalid, trial.Unknown, trial.Failed}).Draw(t, "outcome")
			for _, name := range metrics {
				if rapid.IntRange(0, 3).Draw(t, "has "+name) > 0 {
					r.Metrics[name] = float64(rapid.IntRange(0, 4).Draw(t, name)) / 2
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "planned") > 0 {
				e.Trials = append(e.Trials, r.Trial)
			}
			if rapid.IntRange(0, 9).Draw(t, "run") > 0 || all == nil {
				all = append(all, r)
			}
		}
	}
	return Part{Experiment: e, Results: all}
}

// nonsense is what numbers that are none look like.
var nonsense = regexp.MustCompile(`.{0,80}(NaN|[+-]?Inf\b|%!|<nil>| [,.;]|\(\)).{0,80}`)

var data = regexp.MustCompile(`(?s)<script type="application/json" id="s1-data">(.*?)</script>`)

// picked is the choice that a page names in its first experiment's advice.
var picked = regexp.MustCompile(`(?s)id="s1-advice-h">[^\n]*?<em class="pick">([^<]*)</em>`)

// TestAnyResults: whatever the results, there is a page, its data can be read, it
// picks what package choose does, and what it recommends keeps every target in every
// trial.
func TestAnyResults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, other := drawn(t), drawn(t)
		s, err := newStudy(p, replayed)
		if err != nil {
			t.Fatal(err)
		}
		if best := s.Choices[0]; best.Verdict == table.Pass {
			for _, x := range best.Configurations {
				for _, r := range x.Results {
					for _, target := range p.Experiment.Targets {
						if value, has := r.Metrics[target.Metric]; r.Outcome != trial.Valid || !has || !target.Met(value) {
							t.Errorf("%s is recommended, but trial %s is %s and has %s = %v", best.Label, r.ID, r.Outcome, target.Metric, value)
						}
					}
				}
			}
		}
		page := write1(t, Options{}, p, other)
		advice := s.Advise()
		said := ""
		if found := picked.FindStringSubmatch(page); found != nil {
			said = html.UnescapeString(found[1])
		}
		if want := advice.Pick; want == nil && said != "" || want != nil && said != want.Label {
			t.Errorf("the page picks %q where choose picks %+v", said, want)
		}
		text := page
		for _, name := range append(scripts, "page.css", "LICENSES.txt") {
			text = strings.ReplaceAll(text, asset(name), "")
		}
		if bad := nonsense.FindString(text); bad != "" {
			t.Errorf("the page says %q", bad)
		}
		var read struct {
			Settings int
			Pick     []bool
		}
		if err := json.Unmarshal([]byte(data.FindStringSubmatch(page)[1]), &read); err != nil {
			t.Fatal(err)
		}
		if got, want := read.Settings, len(s.Configurations); got != want {
			t.Errorf("the page has %d settings, want %d", got, want)
		}
		for i, x := range s.Ranked() {
			if want := x.Choice == advice.Pick && advice.Ground != choose.Unproved; read.Pick[i] != want {
				t.Errorf("%s is marked as picked: %v, want %v", s.Name(x), read.Pick[i], want)
			}
		}
	})
}
