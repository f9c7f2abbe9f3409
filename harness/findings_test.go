package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/experiment"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// shipped reads an experiment of results/ with its results.
func shipped(name string) (experiment.Experiment, []trial.Result) {
	w := &cli.World{Stderr: os.Stderr, Backends: backends}
	p := cli.PlaceAt(filepath.Join(root, cli.ResultsFolder, name))
	results, err := w.Results(p)
	e, known := p.LoadExperiment()
	if err != nil || !known {
		panic(fmt.Sprintf("results of %s: %v", name, err))
	}
	return e, results
}

// configurations groups results by all that tells them apart but the settings named.
func configurations(results []trial.Result, but ...string) []query.Group {
	names := slices.DeleteFunc(query.Varying(results), func(name string) bool { return slices.Contains(but, name) })
	groups := query.GroupBy(results, query.Project(names...))
	query.Sort(groups)
	return groups
}

// metricOf returns a metric of the results of a configuration.
func metricOf(g query.Group, name string) []float64 {
	m, err := trial.FindMetric(name)
	if err != nil {
		panic(err)
	}
	return g.Values(m)
}

func filtered(results []trial.Result, filter string) []trial.Result {
	of, err := query.Filter(results, []string{filter})
	if err != nil {
		panic(err)
	}
	return of
}

// kinds are those of strategies whose costs are set beside each other.
var kinds = []struct{ name, filter string }{
	{"star, without repair", "strategy=star robust=false"},
	{"star, with repair", "strategy=star robust=true"},
	{"gossip on topology star", "strategy=gossip topology=star delivery=fire-and-forget"},
	{"gossip on topology star, acknowledged", "strategy=gossip topology=star delivery=ack-retry"},
	{"gossip on topology tree4", "strategy=gossip topology=tree4"},
	{"gossip with random peers", "strategy=gossip topology=grid peers=random"},
	{"antientropy on topology star", "strategy=antientropy topology=star"},
	{"antientropy with random peers", "strategy=antientropy topology=grid"},
	{"flood", "strategy=flood delivery=fire-and-forget"},
	{"flood, acknowledged", "strategy=flood delivery=ack-retry"},
	{"plan", "strategy=plan delivery=fire-and-forget"},
	{"plan, acknowledged", "strategy=plan delivery=ack-retry"},
	{"plumtree", "strategy=plumtree"},
	{"rumor", "strategy=rumor"},
	{"pushthenpull", "strategy=pushthenpull"},
	{"reconcile", "strategy=reconcile"},
}

// costsReference lists of each kind the configuration with the fewest messages of which
// every trial meets the targets of the experiment.
func costsReference(name string) string {
	e, results := shipped(name)
	type row struct {
		mean  float64 // of msgs-per-op; the lines are in its order
		cells []string
	}
	var rows []row
	for _, kind := range kinds {
		of := filtered(results, kind.filter)
		if len(of) == 0 { // the experiment has none of them
			continue
		}
		best := row{math.Inf(1), []string{kind.name, "none meets the targets", "–", "–", "–", "–"}}
		for _, g := range configurations(of) {
			if mean := stats.Mean(metricOf(g, "msgs-per-op")); mean < best.mean && meets(g, e.Targets) {
				best = row{mean, []string{kind.name, g.Label(),
					fmt.Sprintf("%.3g", mean),
					fmt.Sprintf("%.0f", stats.Median(metricOf(g, "stable-latency.p50"))),
					fmt.Sprintf("%.0f", slices.Max(metricOf(g, "stable-latency.max"))),
					fmt.Sprintf("%.2f", stats.Median(metricOf(g, "busiest-node-share")))}}
			}
		}
		rows = append(rows, best)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.mean, b.mean) })
	l := columns("strategy", "configuration")
	for _, name := range []string{"msgs-per-op", "median (ms)", "maximum (ms)", "busiest node's share"} {
		l.Column(name, true)
	}
	for _, r := range rows {
		l.Row(r.cells...)
	}
	return markdown(l)
}

// meets reports whether every trial of a configuration meets all targets.
func meets(g query.Group, targets []trial.Target) bool {
	var results []trial.Result
	for _, r := range g.Results {
		results = append(results, *r)
	}
	checks, err := compare.Targets(results, nil, targets)
	return err == nil && !slices.ContainsFunc(checks, func(c compare.Check) bool { return c.Verdict != table.Pass })
}

// healsReference lists the configurations of the experiment partitions by how long
// after the last heal all was everywhere.
func healsReference() string {
	_, results := shipped("partitions")
	type row struct {
		heal  float64
		cells []string
	}
	var rows []row
	for _, g := range configurations(results, "nemesis", "nemesis_interval") {
		per := map[string][]float64{} // msgs-per-op by nemesis
		for _, r := range g.Results {
			if r.Outcome == trial.Valid {
				per[r.Trial.Nemesis] = append(per[r.Trial.Nemesis], r.Metrics["msgs-per-op"])
			}
		}
		heal := stats.Median(metricOf(g, "heal-to-last"))
		rows = append(rows, row{heal, []string{g.Label(), fmt.Sprintf("%.0f", heal),
			fmt.Sprintf("%.3g", stats.Median(per["none"])), fmt.Sprintf("%.3g", stats.Median(per["partition"])),
			fmt.Sprint(slices.Max(metricOf(g, "undelivered")))}})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.heal, b.heal) })
	l := columns("configuration")
	for _, name := range []string{"heal to last (ms)", "msgs-per-op in peace", "under partitions", "undelivered, most"} {
		l.Column(name, true)
	}
	for _, r := range rows {
		l.Row(r.cells...)
	}
	return markdown(l)
}

// demersReference sets the means of the experiment demers beside tables 1 and 2 of the
// paper: residue, traffic and t_last.
func demersReference() string {
	_, results := shipped("demers")
	l := columns("k", "table 1, counter", "paper", "table 2, coin", "paper")
	for _, row := range []struct{ k, one, two string }{
		{"1", ".18 / 1.7 / 16.8", ".96 / .04 / 38"},
		{"2", ".037 / 3.3 / 16.9", ".20 / 1.6 / 33"},
		{"3", ".011 / 4.5 / 17.4", ".060 / 2.8 / 32"},
		{"4", ".0036 / 5.6 / 17.5", ".021 / 3.9 / 32"},
		{"5", ".0012 / 6.7 / 17.7", ".008 / 4.9 / 32"},
	} {
		means := func(interest string) string {
			var cells []string
			g := query.GroupBy(filtered(results, "interest="+interest+" k="+row.k), query.Project("k"))[0]
			for _, name := range []string{"residue", "traffic.values", "rounds"} {
				cells = append(cells, fmt.Sprintf("%.3g", stats.Mean(metricOf(g, name))))
			}
			return strings.Join(cells, " / ")
		}
		l.Row(row.k, means("counter"), row.one, means("coin"), row.two)
	}
	return markdown(l)
}
