package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gossipbench/harness/plot"
	"gossipbench/harness/query"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
	"gossipbench/strategies/param"
)

// TableFlags are those of the verb table.
type TableFlags struct {
	Pivot
	Splits []string
	Out    string
}

func (t *TableFlags) Register(cmd *cobra.Command) {
	t.Pivot.Register(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&t.Splits, "split", nil, "settings for each level of which there is a table of its own; columns of it in csv, json and html")
	f.StringVarP(&t.Out, "out", "o", "", "file to write, in the format of its ending unless --format is given (default stdout)")
	Complete(cmd, "split", LevelNames)
}

// PlotFlags are those of the verb plot.
type PlotFlags struct {
	plot.Options
	Format, Out string
}

func (p *PlotFlags) Register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.Kind, "kind", plot.Front, strings.Join(plot.Kinds, ", "))
	f.StringVar(&p.X, "x", "", "front: a metric; factor and heat: a setting (default: the most telling that there is)")
	f.StringVar(&p.Y, "y", "", "front: a metric; heat: a setting")
	f.StringVar(&p.Metric, "metric", "", "factor and heat: what is shown; distribution: families such as stable-latency,op-latency (default those of values that spread, else op-latency)")
	f.StringVar(&p.Stat, "stat", plot.Stats[0], "front, factor and heat: median, least or most of a setting's trials")
	f.StringVar(&p.By, "by", "", "the setting that colors tell; marks and dashes tell the others (distribution: whose levels are the rows)")
	f.BoolVar(&p.LogX, "logx", false, "logarithmic x axis, as is one anyhow that spans more than two decades")
	f.BoolVar(&p.LogY, "logy", false, "logarithmic y axis")
	f.StringArrayVar(&p.Filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVar(&p.Format, "format", "svg", "svg, png or pdf, where -o does not tell")
	f.StringVarP(&p.Out, "out", "o", "", "file to write, in the format of its ending unless --format is given (default stdout)")
	f.StringVar(&p.Title, "title", "", "title of the figure (default the experiments' questions)")
	Complete(cmd, "kind", func() []string { return plot.Kinds })
	Complete(cmd, "format", func() []string { return plot.Formats })
	Complete(cmd, "metric", MetricNames)
	Complete(cmd, "stat", func() []string { return plot.Stats })
	Complete(cmd, "by", LevelNames)
	Complete(cmd, "x", func() []string { return append(LevelNames(), MetricNames()...) })
	Complete(cmd, "y", func() []string { return append(LevelNames(), MetricNames()...) })
}

// CheckFlag checks a flag of the verb table or plot. Of the names in its values it
// takes those that a shell could complete.
func (Catalog) CheckFlag(verb, name string, values []string) error {
	cmd := &cobra.Command{}
	endings := texttab.Endings()
	formatOf := texttab.FormatOf
	if verb == "plot" {
		new(PlotFlags).Register(cmd)
		endings, formatOf = []string{"." + strings.Join(plot.Formats, ", .")}, plot.FormatOf
	} else {
		new(TableFlags).Register(cmd)
	}
	f := cmd.Flags().Lookup(name)
	if f == nil {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		return fmt.Errorf("no such flag of harness %s, %s", verb, param.Hint(name, known))
	}
	if _, several := f.Value.(pflag.SliceValue); !several && len(values) > 1 {
		return fmt.Errorf("want one value, got %s", strings.Join(values, ", "))
	}
	var known []string
	if complete, has := cmd.GetFlagCompletionFunc(name); has {
		known, _ = complete(cmd, nil, "")
	}
	for _, v := range values {
		var err error
		switch {
		case name == "out" && store.Owns(v):
			err = errors.New("want another name: the results themselves lie there")
		case name == "out" && formatOf(v) == "":
			err = fmt.Errorf("want a file that ends in %s", strings.Join(endings, ", "))
		case name == "filter":
			err = query.CheckFilter(v, SettingNames())
		case f.Value.Type() == "bool" && v != "true" && v != "false":
			err = fmt.Errorf("want true or false, got %q", v)
		case known != nil:
			for word := range strings.SplitSeq(v, ",") {
				if !slices.Contains(known, word) {
					err = errors.Join(err, fmt.Errorf("got %q, %s", word, param.Hint(word, known)))
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
