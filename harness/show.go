package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/maelstrom"
	"gossipbench/harness/plain"
	"gossipbench/harness/sim"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
	"gossipbench/harness/timeline"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// showOptions is one call of the verb show.
type showOptions struct {
	*cli.World
	format   string
	in       []string
	draw     bool // --timeline
	timeline timeline.Timeline
}

func showVerb(w *cli.World) *cobra.Command {
	s := &showOptions{World: w}
	cmd := &cobra.Command{
		Use:   "show TRIAL",
		Short: "Show everything about a trial, and the command that runs it again",
		Long: `Show shows a trial by its ID, of which the beginning is enough: its settings, its
metrics with what they mean, its warnings and error, what made it, where its
history and logs are, and the command that runs it again.

With --timeline it repeats a simulated trial and draws what happened in it; it
draws a trace that harness replay has written, too.`,
		Example: `  harness show 3f9c02ab41d7
  harness show 3f9c --format json
  harness show 3f9c --timeline --from 1s --to 1.2s --node n3
  harness show trace.jsonl --timeline`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.OneOf("--format", s.format, []string{"text", "json", "jsonl"}); err != nil {
				return err
			}
			for _, name := range []string{"from", "to", "node", "lines"} {
				if cmd.Flags().Changed(name) && !s.draw {
					return cli.Usage("--%s is of a --timeline, which is not asked for", name)
				}
			}
			if err := s.checkTimeline(); err != nil {
				return err
			}
			var b bytes.Buffer
			if s.draw && cli.Exists(args[0]) {
				omitted, err := s.timeline.DrawFile(cmd.Context(), &b, args[0])
				if err != nil {
					return err
				}
				writeOmitted(&b, omitted)
				_, err = s.Stdout.Write(b.Bytes())
				return err
			}
			dir, r, err := findTrial(s.World, s.in, args[0])
			if err != nil {
				return err
			}
			if s.draw {
				if err := drawTrial(cmd.Context(), &b, s.timeline, r); err != nil {
					return err
				}
			} else if s.format == "text" {
				if err := s.showTrial(&b, dir, r); err != nil {
					return err
				}
			} else {
				b.Write(append(r.AppendLine(nil), '\n'))
			}
			_, err = s.Stdout.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVar(&s.format, "format", "text", "text, or json: the result as it is stored")
	f := cmd.Flags()
	f.StringSliceVar(&s.in, "in", nil, "experiments or folders to look in (default all of results/)")
	f.BoolVar(&s.draw, "timeline", false, "draw the events of a simulated trial")
	f.DurationVar(&s.timeline.From, "from", 0, "with --timeline, the first moment")
	f.DurationVar(&s.timeline.To, "to", 0, "with --timeline, the last moment (default the end)")
	f.StringVar(&s.timeline.Node, "node", "", "with --timeline, only the events of this node, such as n3")
	f.IntVar(&s.timeline.Lines, "lines", 200, "with --timeline, at most so many events; 0 for all")
	return cmd
}

// checkTimeline says which flags of --timeline make no sense.
func (s *showOptions) checkTimeline() error {
	switch l := s.timeline; {
	case l.Lines < 0:
		return cli.Usage("--lines: want at least 1, or 0 for all, got %d", l.Lines)
	case l.From < 0:
		return cli.Usage("--from: want a time from the start of the load on, got %v", l.From)
	case l.To < 0 || l.To != 0 && l.To < l.From:
		return cli.Usage("--to: want a time behind --from %v, got %v", l.From, l.To)
	}
	return nil
}

// drawTrial repeats a simulated trial and draws what happens in it, event by
// event: the trace of a large one would not fit into memory.
func drawTrial(ctx context.Context, b *bytes.Buffer, l timeline.Timeline, r trial.Result) error {
	if l.Nodes = r.Trial.Nodes; l.Node != "" && !l.Has(l.Node) {
		return cli.Usage("--node: want one of n0 to n%d, got %q", l.Nodes-1, l.Node)
	}
	trace, events := io.Pipe()
	go func() {
		_, err := repeat(ctx, r, sim.Options{Trace: events})
		_ = events.CloseWithError(err) // which reaches Draw
	}()
	omitted, err := l.Draw(ctx, b, trace)
	writeOmitted(b, omitted)
	_ = trace.Close()
	return err
}

// writeOmitted says how to see the events that a timeline left out.
func writeOmitted(b *bytes.Buffer, omitted int) {
	if omitted > 0 {
		fmt.Fprintf(b, "%d more events; see --lines, --from, --to and --node\n", omitted)
	}
}

// findTrial returns the one trial whose ID begins with prefix, of the places that in
// names, or of all.
func findTrial(w *cli.World, in []string, prefix string) (dir string, found trial.Result, err error) {
	all, err := cli.Places()
	if len(in) > 0 {
		all, err = cli.ChosenPlaces(in)
	}
	if err != nil {
		return "", found, err
	}
	type hit struct {
		dir    string
		result trial.Result
	}
	var hits []hit
	var unread error
	for _, p := range all {
		results, err := w.Results(p)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		for _, r := range results {
			if strings.HasPrefix(r.ID, prefix) {
				hits = append(hits, hit{dir: p.Dir, result: r})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.result.ID, b.result.ID) })
	switch {
	case unread != nil && (len(hits) == 0 || len(in) > 0):
		return "", found, unread
	case unread != nil:
		fmt.Fprintf(w.Stderr, "harness: %v\n", unread)
	case len(hits) == 0:
		return "", found, cli.Usage("no trial's ID begins with %q, see harness ls EXPERIMENT", prefix)
	}
	dir, found = hits[0].dir, hits[0].result
	others := hits[1:]
	for len(others) > 0 && others[0].result.ID == found.ID && len(differ(found, others[0].result)) == 0 {
		others = others[1:] // simulated more than once
	}
	if len(others) == 0 {
		return dir, found, nil
	}
	const enough = 5
	var ids []string
	for _, h := range hits[:min(enough, len(hits))] {
		ids = append(ids, h.result.ID+" in "+h.dir)
	}
	if len(hits) > enough {
		ids = append(ids, fmt.Sprintf("and %d more", len(hits)-enough))
	}
	try := "give more of it, or --in"
	if found.ID == prefix {
		try = "choose one by --in " + dir
	}
	return "", found, cli.Usage("%d trials' IDs begin with %q: %s; %s", len(hits), prefix, strings.Join(ids, ", "), try)
}

// showTrial writes everything about a trial.
func (s *showOptions) showTrial(b *bytes.Buffer, dir string, r trial.Result) error {
	// Without lines: the meanings are long, and broken where they do not fit.
	screen := s.Screen()
	screen.Terminal = false
	section := func(heading string, columns []string, rows [][]string) error {
		if len(rows) == 0 {
			return nil
		}
		l := &texttab.Listing{Head: []string{heading}}
		for _, c := range columns {
			l.Column(c, c == "value")
		}
		for _, row := range rows {
			l.Row(row...)
		}
		err := l.Write(b, "text", screen)
		b.WriteString("\n")
		return err
	}
	l := &texttab.Listing{}
	l.Column("trial "+r.ID, false)
	l.Column(string(r.Outcome), false)
	for _, row := range background(dir, r) {
		l.Row(row...)
	}
	checker, err := s.CodeChecker(nil)
	if err != nil {
		return err
	}
	if _, changed := checker.State(&r); changed != nil {
		l.Row("stale", "changed since: "+strings.Join(changed, ", "))
	}
	e, _ := cli.PlaceAt(dir).LoadExperiment()
	if cli.OrphansOf(e.Trials, []trial.Result{r}) != nil {
		l.Row("orphan", dir+" has no such trial in its plan")
	}
	if err := l.Write(b, "text", screen); err != nil {
		return err
	}
	b.WriteString("\n")
	if err := section("settings", []string{"setting", "value", "meaning"}, settingRows(r.Trial)); err != nil {
		return err
	}
	if err := section("metrics", []string{"metric", "value", "unit", "meaning"}, metricRows(r)); err != nil {
		return err
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(b, "%s: %s\n", r.Outcome, plain.Text(reason.Text))
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(b, "warning: %s\n", plain.Text(w))
	}
	if r.Error != nil {
		for line := range strings.Lines(*r.Error) {
			fmt.Fprintf(b, "error: %s\n", plain.Text(strings.TrimSuffix(line, "\n")))
		}
	}
	if len(r.Trial.Unknown) > 0 {
		fmt.Fprintf(b, "cannot be run again: nobody knows its %s\n", strings.Join(r.Trial.Unknown, ", "))
	} else {
		if r.Trial.Virtual() {
			fmt.Fprintf(b, "repeat it, to the same result, by:\n%s replay %s\n", s.Self, r.ID)
		}
		fmt.Fprintf(b, "run again by:\n%s %s\n", s.Self, replayCommand(r))
	}
	return nil
}

// background is what is known of a trial beside its settings and metrics.
func background(dir string, r trial.Result) [][]string {
	rows := [][]string{{"results", dir}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	if kept := store.TrialFolder(dir, r.ID); cli.Exists(kept) {
		add("files", kept)
	}
	add("commit", r.Made.Commit)
	add("go", r.Made.Go)
	add("os", r.Made.OS)
	add("cpu", r.Made.CPU)
	if r.Made.Cores > 0 {
		add("cores", strconv.Itoa(r.Made.Cores))
	}
	add("backend", r.Made.Backend)
	add("code of the backend", r.Made.Code.Engine)
	add("code of the strategy", r.Made.Code.Strategy)
	add("node", r.Made.Node)
	for _, name := range slices.Sorted(maps.Keys(r.Made.Depends)) {
		add("hash of "+name, r.Made.Depends[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Made.Extra)) {
		add(name, r.Made.Extra[name])
	}
	add("began", r.Made.Time)
	if r.Made.Seconds > 0 {
		add("took", strconv.FormatFloat(r.Made.Seconds, 'f', -1, 64)+" s")
	}
	return rows
}

// settingRows are all settings and parameters that a trial has, and what they mean.
func settingRows(t trial.Trial) [][]string {
	var rows [][]string
	for _, d := range trial.Settings() {
		value, has := t.Value(d.Name)
		if !has {
			continue
		}
		meaning := d.Doc
		if value == d.Default {
			meaning += " (default)"
		}
		rows = append(rows, []string{d.Name, value, meaning})
	}
	docs := map[string]string{}
	if s, err := strategies.Find(cli.NodeWorkload(t.Workload), t.Strategy); err == nil {
		for _, d := range s.Params {
			docs[d.Name] = d.Doc
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		rows = append(rows, []string{name, t.Params[name], docs[name]})
	}
	return append(rows,
		[]string{"seed", strconv.FormatUint(t.Seed, 10), "what all chance comes from"},
		[]string{"replicate", strconv.Itoa(t.Replicate), "which repetition of its setting"})
}

// metricRows are a result's metrics, those that this program knows first.
func metricRows(r trial.Result) [][]string {
	form := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	var rows [][]string
	known := map[string]bool{}
	for _, m := range trial.Metrics {
		known[m.Name] = true
		if x, has := r.Metrics[m.Name]; has {
			rows = append(rows, []string{m.Name, form(x), m.Unit, m.Meaning()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		if !known[name] {
			rows = append(rows, []string{name, form(r.Metrics[name]), "", ""})
		}
	}
	return rows
}

// replayCommand is the arguments that run the trial of a result again: the one with
// its ID, by the Maelstrom that was named then.
func replayCommand(r trial.Result) string {
	t := r.Trial
	words := []string{"run"}
	if given := r.Made.Extra[maelstrom.Given]; given != "" && t.Backend == maelstrom.Name {
		words = append(words, "--maelstrom", given)
	}
	for _, d := range trial.Settings() {
		value, has := t.Value(d.Name)
		if !has || value == d.Default || d.Name == "strategy" && t.Strategy == trial.External {
			continue
		}
		words = append(words, "--set", d.Name+"="+value)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		words = append(words, "--set", name+"="+t.Params[name])
	}
	return shellescape.QuoteCommand(append(words, "--seed", strconv.FormatUint(t.Seed, 10)))
}
