package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// gateOptions is one call of the verb gate.
type gateOptions struct {
	*cli.World
	cli.Output
	against, most string
	metrics       []string
	strict        bool
	keepStale     bool
}

func gateVerb(w *cli.World) *cobra.Command {
	g := &gateOptions{World: w}
	cmd := &cobra.Command{
		Use:   "gate [EXPERIMENT]",
		Short: "Fail where results miss their targets or are worse than a baseline",
		Long: `Gate checks the results of an experiment against the targets of its file: every
replicate must be valid and meet them, not the median, as a challenge's own test
would ask. With --against it checks them against other results too: a baseline's
name, an experiment, a file or a folder. A metric has regressed where it is worse by more than --max-regression,
and that is significant (p ≤ 0.05 after Holm's correction, or constant in virtual
time), and there are enough samples to tell; where there are too few, the check is
open. Metrics of which neither less nor more is better are not checked.

Results that other code made than that which is there fail: of the strategy, the
backend, or a node of your own. Those of --against are another's on purpose.

Exit status: 3 where a check fails, or with --strict is open.`,
		Example: `  harness gate quickstart
  harness gate quickstart --against before --max-regression 5%
  harness gate quickstart --against before --metric msgs-per-op --strict`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&g.against, "against", "", "what to compare with: a baseline's name, an experiment, a file or a folder")
	f.StringVar(&g.most, "max-regression", "5%", "by how much a metric may be worse than that of --against")
	f.StringSliceVar(&g.metrics, "metric", nil, "metrics to compare, or families such as stable-latency (default the most telling)")
	f.BoolVar(&g.strict, "strict", false, "fail where a check is open, too")
	f.BoolVar(&g.keepStale, "keep-stale", false, "judge results that were made by other code than this as they are")
	g.Register(cmd)
	cli.Complete(cmd, "metric", cli.MetricNames)
	cli.Complete(cmd, "against", func() []string { return append(cli.BaselineNames(), cli.PlaceNames()...) })
	return cmd
}

func (g *gateOptions) run(cmd *cobra.Command, args []string) error {
	if err := g.Check(cmd); err != nil {
		return err
	}
	most, err := share(g.most)
	if err != nil {
		return err
	}
	for _, name := range []string{"max-regression", "metric"} {
		if g.against == "" && cmd.Flags().Changed(name) {
			return cli.Usage("--%s: want --against RESULTS too, such as a baseline's name", name)
		}
	}
	chosen, results, err := g.Load(g.World, args, false)
	if err != nil {
		return err
	}
	var targets []trial.Target
	var plan []trial.Trial
	if chosen[0].Known {
		targets, plan = chosen[0].Experiment.Targets, chosen[0].Plan()
	}
	if results, plan, err = query.Choose(results, plan, g.Filters); err != nil {
		return cli.Usage("%w", err)
	}
	unrun := query.Unrun(plan, results)
	if len(targets) == 0 && g.against == "" {
		return cli.Usage("gate: %s has no targets; name what to compare with by --against", chosen[0].Name)
	}
	checks, err := compare.Targets(results, unrun, targets)
	if err != nil {
		return err
	}
	stale := staleChecks(chosen[0].Marks, results)
	l := &texttab.Listing{Head: []string{"gate of " + chosen[0].Name, query.Caption(results, plain.Count(len(results), "trial"))}}
	if len(unrun) > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("Careful: no result yet of %d of the %s of the plan.", len(unrun), plain.Count(len(plan), "trial")))
	}
	if len(targets) > 0 {
		l.Notes = append(l.Notes, "A target is met where every replicate is valid and meets it; got is the median and [least most].")
	}
	if g.against != "" {
		more, c, err := g.regressions(chosen[0].Name, results, most)
		if err != nil {
			return err
		}
		if len(targets) == 0 {
			checks = compare.Begun(results, unrun)
		}
		checks = append(checks, more...)
		l.Head = []string{"gate of " + chosen[0].Name + " against " + g.against, c.Caption}
		l.Notes = append(l.Notes, c.Notes...)
	}
	if !g.keepStale {
		checks = append(stale, checks...)
	}
	if len(checks) == 0 {
		return fmt.Errorf("gate: nothing to check: no metric of %s that has a better and a worse", chosen[0].Name)
	}
	return g.judge(l, checks)
}

// staleChecks are failures: what a gate lets pass must be so of the code that is
// there. One of each change is enough.
func staleChecks(m cli.Marks, results []trial.Result) []compare.Check {
	n := map[string]int{}
	for i := range results {
		if changed := m.Stale[results[i].ID]; changed != nil {
			n[strings.Join(changed, ", ")]++
		}
	}
	var checks []compare.Check
	for _, changed := range slices.Sorted(maps.Keys(n)) {
		checks = append(checks, compare.Check{Metric: "code", Want: "that which is there", Got: fmt.Sprintf("%d of %s stale", n[changed], plain.Count(len(results), "trial")),
			Verdict: table.Fail, Why: changed + " has changed since: run them again, or judge them as they are by --keep-stale"})
	}
	return checks
}

// regressions compares results with the baseline's.
func (g *gateOptions) regressions(name string, results []trial.Result, most float64) ([]compare.Check, *compare.Comparison, error) {
	text := g.against
	if b, found := cli.FindBaseline(text); found {
		text = b.Dir // a baseline's name comes first here, an experiment's elsewhere
	}
	_, before, err := g.Load(g.World, []string{text}, true)
	if err != nil {
		return nil, nil, err
	}
	both, err := query.Filter(append(before[:len(before):len(before)], results...), g.Filters)
	if err != nil {
		return nil, nil, cli.Usage("%w", err)
	}
	before = both[:len(both)-len(results)]
	checks, c, err := compare.Regressions(compare.Side{Name: g.against, Results: before}, compare.Side{Name: name, Results: results}, g.metrics, most)
	if err != nil {
		return nil, nil, failedOrUsage(err)
	}
	return checks, c, nil
}

// judge shows the checks, and says whether the gate is passed.
func (g *gateOptions) judge(l *texttab.Listing, checks []compare.Check) error {
	for _, name := range []string{"verdict", "setting", "metric", "want", "got", "why"} {
		l.Column(name, false)
	}
	failed, open := 0, 0
	for _, c := range checks {
		switch c.Verdict {
		case table.Fail:
			failed++
		case table.Open:
			open++
		}
		l.Row(string(c.Verdict), c.Setting, c.Metric, c.Want, c.Got, c.Why)
	}
	l.Notes = append([]string{fmt.Sprintf("Of %s %d failed, %d open.", plain.Count(len(checks), "check"), failed, open)}, l.Notes...)
	if err := g.Print(g.World, l); err != nil {
		return err
	}
	if failed > 0 || g.strict && open > 0 {
		return cli.Exit(cli.ExitGate, fmt.Errorf("the gate failed: of %s %d failed, %d open", plain.Count(len(checks), "check"), failed, open))
	}
	return nil
}

// share reads 5% or 0.05.
func share(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		x /= 100
	}
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return 0, cli.Usage("--max-regression: want a share such as 5%% or 0.05, got %q", text)
	}
	return x, nil
}
