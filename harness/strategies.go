package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/texttab"
	"gossipbench/strategies"
	"gossipbench/strategies/param"
)

// strategiesOptions is one call of the verb strategies.
type strategiesOptions struct {
	*cli.World
	format   string
	workload string
}

func strategiesVerb(w *cli.World) *cobra.Command {
	t := &strategiesOptions{World: w}
	cmd := &cobra.Command{
		Use:   "strategies [NAME]",
		Short: "List the strategies, or explain one and its parameters",
		Long: `List the strategies of every workload, or explain one and its parameters.

Where strategies of several workloads have that name, broadcast's is meant, or
else that of --workload. The strategies of broadcast are those of dissemination
and g-set, too.`,
		Example: `  harness strategies
  harness strategies flood
  harness strategies --workload kafka ring`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return strategyNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := cli.OneOf("--format", t.format, texttab.Formats); err != nil {
				return err
			}
			if t.workload != "" {
				if err := cli.OneOf("--workload", t.workload, strategies.Workloads); err != nil {
					return err
				}
			}
			l := t.list()
			if len(args) == 1 {
				s, err := t.find(args[0])
				if err != nil {
					return cli.Usage("%w", err)
				}
				l = explain(s)
			}
			var b bytes.Buffer
			if err := l.Write(&b, t.format, t.Screen()); err != nil {
				return err
			}
			_, err := t.Stdout.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVar(&t.format, "format", "text", strings.Join(texttab.Formats, ", "))
	cmd.Flags().StringVar(&t.workload, "workload", "", "only the strategies of this workload: "+strings.Join(strategies.Workloads, ", "))
	cli.Complete(cmd, "format", func() []string { return texttab.Formats })
	cli.Complete(cmd, "workload", func() []string { return strategies.Workloads })
	return cmd
}

// workloads are those whose strategies are asked for.
func (t *strategiesOptions) workloads() []string {
	if t.workload != "" {
		return []string{t.workload}
	}
	return strategies.Workloads
}

// list lists each strategy once, with all its workloads.
func (t *strategiesOptions) list() *texttab.Listing {
	l := &texttab.Listing{}
	for _, name := range []string{"workload", "strategy", "what it does", "source"} {
		l.Column(name, false)
	}
	for _, workload := range t.workloads() {
		for _, s := range strategies.Of(workload) {
			if t.workload != "" || s.Workloads[0] == workload {
				l.Row(strings.Join(s.Workloads, ", "), s.Name, s.Doc, s.Source)
			}
		}
	}
	return l
}

// find returns the first strategy of that name.
func (t *strategiesOptions) find(name string) (strategies.Strategy, error) {
	var names []string
	for _, workload := range t.workloads() {
		for _, s := range strategies.Of(workload) {
			if s.Name == name {
				return s, nil
			}
			names = append(names, s.Name)
		}
	}
	return strategies.Strategy{}, fmt.Errorf("no such strategy: %q, %s", name, param.Hint(name, names))
}

// strategyNames are the names of all strategies, of every workload.
func strategyNames() []string {
	var names []string
	for _, workload := range strategies.Workloads {
		names = append(names, cli.Catalog{}.Strategies(workload)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// explain tells what a strategy is, and lists its parameters.
func explain(s strategies.Strategy) *texttab.Listing {
	l := &texttab.Listing{Head: []string{s.Name + ": " + s.Doc, "workloads: " + strings.Join(s.Workloads, ", "), "source: " + s.Source}}
	if s.Promise != "" {
		l.Head = append(l.Head, "promises: "+s.Promise)
	}
	for _, name := range []string{"parameter", "default", "wanted", "meaning"} {
		l.Column(name, false)
	}
	for _, d := range s.Params {
		meaning := d.Doc
		if d.Unit != "" {
			meaning += " (" + d.Unit + ")"
		}
		l.Row(d.Name, d.Default, d.Want(), meaning)
	}
	if params, errs := s.Check(nil); errs == nil && s.Gossip != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("With its defaults it delivers every value to every node: %s.", s.Gossip.Promise(params)))
	}
	return l
}
