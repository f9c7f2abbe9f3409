package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/experiment"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/param"
)

// formats are the values of --format: jsonl is the trials as they are stored, a
// line each.
var formats = append(slices.Clone(texttab.Formats), "jsonl")

// pivot are the flags that say what a table shows.
type pivot struct {
	rows, cols, metrics []string
	filters             []string
	passed              []string // filters that the results have passed already
	stat                string
	format              string
	notes               []string                 // on the results, for a table
	plan                []trial.Trial            // that were to be run, as far as anybody knows
	fits                func(*trial.Result) bool // whether a result passes the filters; nil where all do
}

func (p *pivot) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&p.rows, "row", nil, "settings whose levels are the rows (default: all that vary)")
	f.StringSliceVar(&p.cols, "col", nil, "settings whose levels are the columns, beside the metrics")
	f.StringSliceVar(&p.metrics, "metric", nil, "metrics, or families such as stable-latency (see harness help metrics)")
	f.StringVar(&p.stat, "stat", "", "what a cell is of its valid trials: "+strings.Join(table.Stats, ", ")+" (default the median and the range)")
	f.StringArrayVar(&p.filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVar(&p.format, "format", "text", "text, markdown, latex, csv, json, html, or jsonl: the trials as they are stored")
	complete(cmd, "row", settingNames)
	complete(cmd, "col", settingNames)
	complete(cmd, "metric", metricNames)
	complete(cmd, "stat", func() []string { return table.Stats })
	complete(cmd, "format", func() []string { return formats })
}

// check finds what is wrong with the flags before the trials are run.
func (p *pivot) check(trials []trial.Trial) error {
	if err := oneOf("--format", p.format, formats); err != nil {
		return err
	}
	results := make([]trial.Result, len(trials))
	for i, t := range trials {
		results[i] = trial.Result{Trial: t, Outcome: trial.Valid}
	}
	fits, err := query.Fits(trials, p.filters)
	if err != nil {
		return usage("%w", err)
	}
	p.fits = fits
	err = p.write(&bytes.Buffer{}, texttab.Screen{}, results, "", nil)
	p.plan = trials
	if err != nil || strings.Contains(strings.Join(p.filters, " "), "outcome") { // which nobody knows yet
		return err
	}
	if _, _, err := query.Choose(nil, trials, p.filters); err != nil {
		return usage("%w", err)
	}
	return nil
}

// write writes results in the format asked for.
func (p *pivot) write(to *bytes.Buffer, screen texttab.Screen, results []trial.Result, title string, targets []trial.Target) error {
	if p.format == "jsonl" {
		for i := range results {
			if p.fits == nil || p.fits(&results[i]) {
				to.Write(append(results[i].AppendLine(nil), '\n'))
			}
		}
		return nil
	}
	results, plan, err := query.FilterPlanned(results, p.plan, p.filters)
	if err != nil {
		return usage("%w", err)
	}
	t, err := table.Build(results, table.Options{Title: title, Rows: p.rows, Cols: p.cols, Metrics: p.metrics, Targets: targets, Plan: plan, Stat: p.stat,
		Filters: slices.Concat(p.passed, p.filters), Notes: p.notes})
	if err != nil {
		return usage("%w", err)
	}
	return t.Write(to, p.format, screen)
}

// sweep are the flags that make or change an experiment.
type sweep struct {
	experiment.Flags
	bin       string
	depends   []string
	keepStale bool
	rerun     bool
	replan    bool
	maelstrom string
}

func (s *sweep) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&s.Set, "set", nil, "key=value: a setting or parameter of all trials (see harness help settings)")
	f.StringArrayVarP(&s.Vary, "param", "P", nil, "key=list: a factor and its levels, such as fanout=1,2,4 or nodes=pow2(2..5)")
	f.StringVar(&s.Replicates, "replicates", "", "how often each setting is run, each time with a seed of its own")
	f.StringVar(&s.Seed, "seed", "", "seed of the first replicate")
	f.StringVar(&s.bin, "bin", "", "your own node program, in any language; its arguments follow --")
	f.StringArrayVar(&s.depends, "depends", nil, "a file or a folder that --bin rests on, such as what a script imports: where it changes, results are stale")
	f.BoolVar(&s.keepStale, "keep-stale", false, "keep results that were made by other code than this, marked as stale (default: run their trials again)")
	f.BoolVar(&s.rerun, "rerun", false, "run trials again that have a result")
	f.BoolVar(&s.replan, "replan", false, "make this the plan of a folder that has results of another, which are then not of the plan")
	f.StringVar(&s.maelstrom, "maelstrom", "", "the maelstrom to run: its file, or the folder of a release")
	complete(cmd, "set", settingNames)
	complete(cmd, "param", settingNames)
}

// load makes the experiment that FILE and flags describe.
func (s *sweep) load(cmd *cobra.Command, args []string) (experiment.Experiment, error) {
	var own []string
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		args, own = args[:dash], args[dash:]
	}
	flags := s.Flags
	if s.keepStale && s.rerun {
		return experiment.Experiment{}, usage("%s: --keep-stale keeps what --rerun runs again: want one of them", cmd.Name())
	}
	for _, path := range s.depends {
		switch about, err := os.Stat(path); {
		case err != nil:
			return experiment.Experiment{}, usage("--depends: %w", err)
		case !about.IsDir() && !about.Mode().IsRegular(): // which has no hash
			return experiment.Experiment{}, usage("--depends: %s: want a file or a folder", path)
		}
	}
	switch {
	case len(args) > 1:
		return experiment.Experiment{}, usage("%s: want at most one FILE, got %s", cmd.Name(), strings.Join(args, " "))
	case s.bin == "" && own != nil:
		return experiment.Experiment{}, usage("%s: arguments after -- are for the node of --bin FILE, which is missing", cmd.Name())
	case s.bin != "":
		flags.Set = append(slices.Clone(flags.Set), "bin="+s.bin)
		if len(own) > 0 {
			flags.Set = append(flags.Set, "args="+quoteAll(own))
		}
	}
	if len(args) == 0 {
		if len(flags.Set)+len(flags.Vary) == 0 {
			return experiment.Experiment{}, usage("%s: want a FILE such as experiments/quickstart.yaml, or settings by --set or -P, see %s --help", cmd.Name(), cmd.CommandPath())
		}
		return experiment.AdHoc(flags, catalog{})
	}
	file, err := experimentFile(args[0])
	if err != nil {
		return experiment.Experiment{}, err
	}
	return experiment.Load(file, catalog{}, flags)
}

// experimentFile returns the file that a person means by its path, or by the
// name of one in experiments/.
func experimentFile(text string) (string, error) {
	if about, err := os.Stat(text); err == nil {
		if about.IsDir() {
			return "", usage("%s: want an experiment's file, got a folder", text)
		}
		return text, nil
	}
	if named := filepath.Join(experimentsFolder, text+".yaml"); exists(named) {
		return named, nil
	}
	files, err := experimentFiles()
	if err != nil {
		return "", err
	}
	name := strings.TrimSuffix(filepath.Base(text), ".yaml")
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	return "", &statusError{exitBadFile, fmt.Errorf("%s: there is no such file, nor in %s: %s", text, experimentsFolder, param.Hint(name, files))}
}

// quoteAll writes words so that a shell, or an args setting, reads them back.
func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,@%"
		if quoted[i] = word; word == "" || strings.Trim(word, plain) != "" {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// settingNames are the names of all settings and parameters.
func settingNames() []string {
	var names []string
	for _, d := range trial.Settings() {
		names = append(names, d.Name)
	}
	for _, workload := range strategies.Workloads {
		for _, s := range strategies.Of(workload) {
			for _, d := range s.Params {
				if !slices.Contains(names, d.Name) {
					names = append(names, d.Name)
				}
			}
		}
	}
	return names
}

// metricNames are the names of all metrics and of their families.
func metricNames() []string {
	var names []string
	for _, m := range trial.Metrics {
		family, _, _ := strings.Cut(m.Name, ".")
		if !slices.Contains(names, family) {
			names = append(names, family)
		}
		if m.Name != family {
			names = append(names, m.Name)
		}
	}
	return names
}

// complete lets a shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}
