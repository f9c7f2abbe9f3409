package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/glomers"
	"gossipbench/harness/native"
	"gossipbench/harness/process"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// glomersOptions is one call of the verb glomers.
type glomersOptions struct {
	runOptions
	challenges []glomers.Challenge
	options    glomers.Options
	bin, build string
	depends    []string
	watch      bool
	form       string // --format
}

func glomersVerb(w *cli.World) *cobra.Command {
	g := &glomersOptions{runOptions: runOptions{World: w}}
	forms := append(slices.Clone(texttab.Formats), glomers.Formats...)
	cmd := &cobra.Command{
		Use:   "glomers [CHALLENGE...] [flags] [-- arguments of --bin]",
		Short: "Run Gossip Glomers, the challenges of Fly.io, on a node of your own",
		Long: `Glomers runs the challenges of https://fly.io/dist-sys on a node of your own, under
their official conditions, and says which of them it passes, each limit with what
came, and why not. Challenges are ` + strings.Join(glomers.Names(), ", ") + `; 3 is 3a to 3e; without any
it is all of them. Without --bin it is our own nodes that are tested.

{workload} and {challenge} in --bin and in the node's arguments stand for those of
each test, such as broadcast and 3d, so that one command tests a node for each.
Tests that differ in nothing but their limits, as those of 3d and 3e do, are one trial.

Results are stored as those of run are, in results/glomers-NODE: a test that has a
result is not run again, unless the node has changed, or what --depends names.

Exit status: 0 where all tests pass, 1 where one fails, 2 where one proves nothing,
4 where one could not be run.`,
		Example: `  harness glomers 3 --bin ./my-node
  harness glomers --bin './bin/maelstrom-{workload}' --quick
  harness glomers 3d --bin ./my-node --build 'go build -o my-node .' --watch --depends main.go
  harness glomers 3d --bin ./my-node --backend maelstrom --runs 5
  harness glomers --bin ./my-node --format junit -- {challenge} > glomers.xml`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return glomers.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, err := range []error{
				cli.OneOf("--backend", g.options.Backend, []string{trial.Native, trial.Maelstrom}),
				cli.OneOf("--keep", g.keep, keeps),
				cli.OneOf("--format", g.form, forms),
			} {
				if err != nil {
					return err
				}
			}
			if err := g.parse(cmd, args); err != nil {
				return err
			}
			if g.watch {
				return g.again(cmd.Context())
			}
			return g.once(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&g.bin, "bin", "", "your node program, in any language; its arguments follow --")
	f.StringArrayVar(&g.depends, "depends", nil, "a file or a folder that --bin rests on, such as what a script imports: where it changes, results are stale")
	f.StringVar(&g.build, "build", "", "a shell command that builds the node first")
	f.BoolVar(&g.watch, "watch", false, "run again whenever --bin or what --depends names changes, until Ctrl-C; with --build, it is built again first")
	f.StringVar(&g.options.Backend, "backend", trial.Native, "native, or maelstrom: the real one")
	f.StringVar(&g.Maelstrom, "maelstrom", "", "the maelstrom to run: its file, or the folder of a release")
	f.BoolVar(&g.options.Quick, "quick", false, "shorter tests than the official ones, for a first impression")
	f.IntVar(&g.options.Runs, "runs", 1, "how often each test is run, each time with a seed of its own")
	f.Uint64Var(&g.options.Seed, "seed", 1, "seed of the first run")
	f.BoolVar(&g.Rerun, "rerun", false, "run tests again that have a result")
	f.StringVarP(&g.out, "out", "o", "", "folder of the results (default results/glomers-NODE)")
	f.StringVar(&g.keep, "keep", "all", "whose history and logs stay, in DIR/trials/ID: failed (all that are not valid), all or none")
	f.StringVar(&g.form, "format", "text", "text, markdown, latex, csv, json, html, junit, or github: annotations of a workflow")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "no progress")
	cli.Complete(cmd, "format", func() []string { return forms })
	cli.Complete(cmd, "keep", func() []string { return keeps })
	cli.Complete(cmd, "backend", func() []string { return []string{trial.Native, trial.Maelstrom} })
	return cmd
}

// parse takes the arguments, and finds what is wrong with the flags.
func (g *glomersOptions) parse(cmd *cobra.Command, args []string) (err error) {
	var own []string
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		args, own = args[:dash], args[dash:]
	}
	if g.challenges, err = glomers.Choose(args); err != nil {
		return cli.Usage("%w", err)
	}
	g.options.Bin, g.options.Args = g.bin, shellescape.QuoteCommand(own)
	switch {
	case g.bin == "" && (own != nil || g.build != "" || g.watch || g.depends != nil):
		return cli.Usage("glomers: arguments after --, --build, --watch and --depends are for the node of --bin FILE, which is missing")
	case g.options.Runs < 1:
		return cli.Usage("--runs: want at least 1, got %d", g.options.Runs)
	case g.watch && g.build != "" && g.depends == nil:
		return cli.Usage("--watch: --build makes --bin anew, so want --depends too: the files or folders that it is built from")
	}
	return cli.CheckDepends(g.depends)
}

// once builds the node, runs what is missing, and tells all of it.
func (g *glomersOptions) once(ctx context.Context) error {
	if g.build != "" {
		build := exec.CommandContext(ctx, "sh", "-c", g.build)
		build.Stdout, build.Stderr = g.Stderr, g.Stderr
		if err := build.Run(); err != nil {
			return cli.Exit(cli.ExitFailed, fmt.Errorf("--build: %s: %w", g.build, err))
		}
	}
	dir := g.out
	if dir == "" {
		dir = filepath.Join(cli.ResultsFolder, g.name())
	}
	plan, e, err := g.plan(dir)
	if err != nil {
		return err
	}
	runs := chosen(plan.Runs(e.Trials), g.challenges, g.options.Runs)
	var trials []trial.Trial
	for _, r := range runs {
		if !slices.ContainsFunc(trials, func(t trial.Trial) bool { return t.ID() == r.Trial.ID() }) {
			trials = append(trials, r.Trial)
		}
	}
	all := g.Backends(cli.Wiring{Dir: dir, Keep: g.keep, Maelstrom: g.Maelstrom})
	if errs := runner.Check(trials, all); errs != nil {
		return cli.Exit(cli.ExitFailed, errors.Join(errs...))
	}
	if err := runner.Ready(trials, all); err != nil {
		return err
	}
	c, err := g.results(ctx, dir, e, trials, runs, all)
	if c == nil {
		return err
	}
	var judged []glomers.Judgement
	for _, r := range runs {
		judged = append(judged, r.Judge(c.got[c.place[r.Trial.ID()]]))
	}
	if wrong := g.tell(dir, judged); wrong != nil {
		return wrong
	}
	if errors.Is(err, context.Canceled) {
		return cli.Exit(cli.ExitInterrupted, fmt.Errorf("interrupted: %s; what is done is kept in %s", glomers.Summary(judged), dir))
	}
	return cmp.Or(err, passed(judged))
}

// name is that of the experiment, and of the folder of its results.
func (g *glomersOptions) name() string {
	node := "ours"
	if g.bin != "" {
		node = strings.NewReplacer("{", "", "}", "").Replace(filepath.Base(g.bin))
		node = strings.TrimSuffix(node, filepath.Ext(node))
	}
	name := "glomers-" + node
	if g.options.Quick {
		name += "-quick"
	}
	if g.options.Backend != trial.Native {
		name += "-" + g.options.Backend
	}
	return name
}

// plan is the plan of a folder: what it had of the same node stays in it.
func (g *glomersOptions) plan(dir string) (glomers.Plan, experiment.Experiment, error) {
	load := func(challenges []glomers.Challenge, runs int) (glomers.Plan, experiment.Experiment, error) {
		o := g.options
		o.Runs = runs
		plan := glomers.NewPlan(challenges, o)
		e, err := experiment.Parse(g.name()+".yaml", plan.Text, cli.Catalog{}, experiment.Flags{})
		return plan, e, err
	}
	was, known := cli.PlaceAt(dir).LoadExperiment()
	if !known || was.Seed != g.options.Seed {
		return load(g.challenges, g.options.Runs)
	}
	runs := max(g.options.Runs, was.Replicates)
	all, e, err := load(glomers.Challenges, runs)
	if err != nil {
		return all, e, err
	}
	planned := map[string]bool{}
	for _, t := range was.Trials {
		planned[t.ID()] = true
	}
	var challenges []glomers.Challenge
	for _, c := range glomers.Challenges {
		its := func(r glomers.Run) bool { return r.Challenge.Name == c.Name && planned[r.Trial.ID()] }
		if slices.ContainsFunc(all.Runs(e.Trials), its) || slices.ContainsFunc(g.challenges, func(o glomers.Challenge) bool { return o.Name == c.Name }) {
			challenges = append(challenges, c)
		}
	}
	return load(challenges, runs)
}

// chosen are the runs of some challenges, with the first seeds.
func chosen(runs []glomers.Run, challenges []glomers.Challenge, most int) []glomers.Run {
	var all []glomers.Run
	for _, r := range runs {
		if r.Trial.Replicate <= most && slices.ContainsFunc(challenges, func(c glomers.Challenge) bool { return c.Name == r.Challenge.Name }) {
			all = append(all, r)
		}
	}
	return all
}

// results runs the trials that have no result. It returns nothing where the results
// cannot be stored.
func (g *glomersOptions) results(ctx context.Context, dir string, e experiment.Experiment, trials []trial.Trial, runs []glomers.Run, all map[string]runner.Backend) (*collection, error) {
	s, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	stored := s.Contents()
	checker, err := g.CodeChecker(g.depends)
	if err == nil {
		err = store.SaveExperiment(dir, e, g.depends)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for _, warning := range stored.Warnings {
		fmt.Fprintln(g.Stderr, "harness: "+warning)
	}
	if orphans := cli.OrphansOf(e.Trials, stored.Results); len(orphans) > 0 {
		fmt.Fprintf(g.Stderr, "harness: %s: %s\n", dir, cli.OrphansText(orphans, len(stored.Results), dir))
	}
	asked := e
	asked.Trials = trials
	c, missing := g.begin(asked, stored.Results, dir, checker)
	passes := func(r *trial.Result) bool {
		return !slices.ContainsFunc(runs, func(run glomers.Run) bool {
			return run.Trial.ID() == r.Trial.ID() && run.Judge(r).Verdict != glomers.Pass
		})
	}
	err = g.trials(ctx, s, stages(missing, all), c, runner.Options{Begin: checker.Begin, Enough: passes})
	return c, cmp.Or(err, s.Close())
}

// stages are first the trials that do not disturb each other, several at once, and
// then the others, one at a time.
func stages(trials []trial.Trial, all map[string]runner.Backend) []stage {
	light, heavy := stage{backends: map[string]runner.Backend{}}, stage{backends: map[string]runner.Backend{}}
	for name, b := range all {
		light.backends[name], heavy.backends[name] = blaming{b, b.Parallel()}, blaming{b, b.Parallel()}
		if name == trial.Native {
			light.backends[name] = blaming{b, runtime.NumCPU()}
		}
	}
	for _, t := range trials {
		if glomers.Light(t) {
			light.trials = append(light.trials, t)
		} else {
			heavy.trials = append(heavy.trials, t)
		}
	}
	return []stage{light, heavy}
}

// blaming is a backend whose results say where it was the node that ended a trial.
type blaming struct {
	runner.Backend
	parallel int
}

func (b blaming) Parallel() int { return b.parallel }

func (b blaming) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	r, err := b.Backend.Run(ctx, t)
	if m := (*native.Misbehavior)(nil); errors.As(err, &m) {
		r.Reasons = append(r.Reasons, trial.Because(glomers.Misbehaved, "%s %s", m.Node, m.What))
	}
	return r, err
}

// tell prints the judgements.
func (g *glomersOptions) tell(dir string, judged []glomers.Judgement) error {
	var b bytes.Buffer
	if slices.Contains(glomers.Formats, g.form) {
		if err := glomers.Write(&b, g.form, g.name(), judged); err != nil {
			return err
		}
		_, err := g.Stdout.Write(b.Bytes())
		return err
	}
	rows := g.form == "csv" || g.form == "json" // which have rows alone
	l := &texttab.Listing{Head: []string{g.caption()}}
	l.Column("challenge", false)
	l.Column("title", false)
	l.Column("verdict", false)
	var shown []string
	for _, name := range glomers.Metrics {
		if rows || slices.ContainsFunc(judged, func(j glomers.Judgement) bool { return j.Cell(name) != "" }) {
			m, err := trial.FindMetric(name)
			if err != nil {
				return err
			}
			if m.Unit == "ms" {
				name += " (ms)"
			}
			l.Column(name, true)
			shown = append(shown, m.Name)
		}
	}
	l.Column("seed", true)
	l.Column("trial", false)
	if rows {
		l.Column("history", false)
		l.Column("why", false)
	}
	l.Notes = append(l.Notes, "Tests: "+glomers.Summary(judged)+".")
	for _, j := range judged {
		row := []string{j.Challenge.Name, j.Title, string(j.Verdict)}
		for _, name := range shown {
			row = append(row, j.Cell(name))
		}
		id := j.Trial.ID()
		folder := store.TrialFolder(dir, id)
		if !cli.Exists(folder) {
			folder = ""
		}
		row = append(row, strconv.FormatUint(j.Trial.Seed, 10), id)
		if rows {
			row = append(row, folder, strings.Join(j.Why, "\n"))
		}
		l.Row(row...)
		if j.Verdict != glomers.Pass {
			l.Notes = append(l.Notes, fmt.Sprintf("%s: %s", j.Label(), j.Verdict))
			for _, line := range j.Why {
				l.Notes = append(l.Notes, "  "+line)
			}
			if j.Result != nil {
				l.Notes = append(l.Notes, fmt.Sprintf("  More by: %s show %s --in %s", g.Self, id, shellescape.QuoteCommand([]string{dir})))
			}
		}
	}
	if n := disturbed(judged); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("Careful: other work on the machine disturbed %d of these tests: their numbers are not the node's alone. A limit that is met all the same is met.", n))
	}
	if g.keep == "all" {
		l.Notes = append(l.Notes, "The history and the logs of each trial lie in "+store.TrialFolder(dir, "TRIAL")+".")
	}
	if err := l.Write(&b, g.form, g.Screen()); err != nil {
		return err
	}
	_, err := g.Stdout.Write(b.Bytes())
	return err
}

// disturbed counts the tests whose trials were disturbed.
func disturbed(judged []glomers.Judgement) int {
	n := 0
	for _, j := range judged {
		if j.Result != nil && j.Result.IsDisturbed() {
			n++
		}
	}
	return n
}

// caption says what was tested, and on what.
func (g *glomersOptions) caption() string {
	node := "our own nodes"
	if g.bin != "" {
		node = strings.TrimSpace(g.bin + " " + g.options.Args)
	}
	caption := "Gossip Glomers of " + node + ", backend " + g.options.Backend
	if g.options.Quick {
		caption += ", quick: shorter than the official tests"
	}
	return caption
}

// passed is the error that judgements come to: nil where all are passed.
func passed(judged []glomers.Judgement) error {
	status := cli.ExitWell
	for _, v := range []struct {
		verdict glomers.Verdict
		status  int
	}{{glomers.Unknown, cli.ExitUnknown}, {glomers.Fail, cli.ExitInvalid}, {glomers.NotRun, cli.ExitFailed}} {
		if slices.ContainsFunc(judged, func(j glomers.Judgement) bool { return j.Verdict == v.verdict }) {
			status = v.status // the last has the word
		}
	}
	if status == cli.ExitWell {
		return nil
	}
	return cli.Exit(status, errors.New(glomers.Summary(judged)))
}

// lookEvery is how often --watch looks for changes. Chosen.
const lookEvery = 300 * time.Millisecond

// again runs the challenges again and again, each time that the node has changed. It
// ends with the status of the last time.
func (g *glomersOptions) again(ctx context.Context) error {
	for {
		before := g.fingerprint()
		err := g.once(ctx)
		g.Finishes.Store(true) // so that an interrupt ends with what the last time came to
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			fmt.Fprintf(g.Stderr, "harness: %v\n", err)
		}
		if g.build != "" { // which has just made --bin
			before = g.fingerprint()
		}
		fmt.Fprintln(g.Stderr, "harness: waiting for a change; Ctrl-C ends")
		for now := before; now == before || now != g.fingerprint(); { // until nobody writes any more
			select {
			case <-ctx.Done():
				return err
			case <-time.After(lookEvery):
				now = g.fingerprint()
			}
		}
	}
}

// fingerprint tells the node, and what it rests on, from what it was before.
func (g *glomersOptions) fingerprint() string {
	var files process.Files
	paths := slices.Clone(g.depends)
	plan := glomers.NewPlan(g.challenges, g.options)
	e, err := experiment.Parse(g.name()+".yaml", plan.Text, cli.Catalog{}, experiment.Flags{})
	if err == nil && g.build == "" {
		for _, t := range e.Trials {
			paths = append(paths, t.Bin)
		}
	}
	var print strings.Builder
	for _, path := range paths {
		if program, err := process.Program(path); err == nil {
			path = program
		}
		hash, _ := files.Hash(path) // nothing, while it is being built
		fmt.Fprintf(&print, "%s %s\n", path, hash)
	}
	return print.String()
}
