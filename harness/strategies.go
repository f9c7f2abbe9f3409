package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/table"
	"gossipbench/strategies"
	"gossipbench/strategies/gossip"
)

// taught is one call of the verb strategies.
type taught struct {
	*world
	format string
}

func strategiesVerb(w *world) *cobra.Command {
	t := &taught{world: w}
	cmd := &cobra.Command{
		Use:   "strategies [NAME]",
		Short: "List the strategies, or explain one and its parameters",
		Example: `  harness strategies
  harness strategies flood`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return catalog{}.Strategies("broadcast"), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", t.format, table.Formats); err != nil {
				return err
			}
			l := listStrategies()
			if len(args) == 1 {
				s, err := strategies.FindBroadcast(args[0])
				if err != nil {
					return usage("%w", err)
				}
				l = explain(s)
			}
			var b bytes.Buffer
			if err := l.Write(&b, t.format, t.screen()); err != nil {
				return err
			}
			_, err := t.stdout.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVar(&t.format, "format", "text", strings.Join(table.Formats, ", "))
	complete(cmd, "format", func() []string { return table.Formats })
	return cmd
}

func listStrategies() *table.Listing {
	l := &table.Listing{}
	for _, name := range []string{"strategy", "what it does", "source"} {
		l.Column(name, false)
	}
	for _, s := range strategies.Broadcast() {
		l.Row(s.Name, s.Doc, s.Source)
	}
	return l
}

// explain tells what a strategy is, and lists its parameters.
func explain(s gossip.Spec) *table.Listing {
	l := &table.Listing{Head: []string{s.Name + ": " + s.Doc, "source: " + s.Source}}
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
	if params, errs := s.Check(nil); errs == nil && s.Promise != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("With its defaults it delivers every value to every node: %s.", s.Promise(params)))
	}
	return l
}
