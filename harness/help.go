package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/native"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// topics are what `harness help` knows beside verbs.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "settings", Short: "What --set, -P and an experiment file may set", Long: settingsTopic()},
		{Use: "metrics", Short: "What is measured, and how each metric is defined", Long: metricsTopic()},
		{Use: "nodes", Short: "What your own node may print, and where that is stricter than Maelstrom", Long: native.Departures},
		{Use: "filters", Short: "How --filter chooses trials", Long: filtersTopic},
	}
}

// helpVerb explains verbs and topics. Cobra's own takes every word.
func helpVerb(*cli.World) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB | TOPIC]",
		Short: "Explain a verb or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			found, rest, err := root.Find(args)
			if err == nil && (len(args) == 0 || found != root && len(rest) == 0) {
				return found.Help()
			}
			var known []string
			for _, c := range root.Commands() {
				known = append(known, c.Name())
			}
			text := strings.Join(args, " ")
			if near := param.Nearest(text, known); near != "" {
				return cli.Usage("no such verb or topic: %q, did you mean %s?", text, near)
			}
			return cli.Usage("no such verb or topic: %q, see harness --help", text)
		},
	}
}

const filtersTopic = `A filter is one or more terms parted by spaces, all of which a trial must fit; so
are several --filter. A term is key=value or key!=value. A value may be a list
parted by commas: one of them must fit, or none may.

  --filter "strategy=gossip fanout=2,4 interval!=25ms outcome=valid"

A key is a setting, a parameter of a strategy, seed, replicate or outcome. A
trial whose strategy lacks the parameter fits only !=. What holds spaces or
commas stands in double quotes. A key that no trial has is an error.`

func settingsTopic() string { return topic(settingsListing()) }

func settingsListing() *texttab.Listing {
	l := &texttab.Listing{Head: []string{"The settings of a trial. The parameters of its strategy stand beside them: see harness strategies NAME."}}
	for _, name := range []string{"setting", "default", "wanted", "meaning"} {
		l.Column(name, false)
	}
	for _, d := range trial.Settings() {
		l.Row(d.Name, d.Default, wanted(d), d.Doc)
	}
	return l
}

// wanted says what a setting takes.
func wanted(d param.Decl) string {
	if d.Unit != "" {
		return fmt.Sprintf("%s (%s)", d.Want(), d.Unit)
	}
	return d.Want()
}

func metricsTopic() string { return topic(metricsListing()) }

func metricsListing() *texttab.Listing {
	l := &texttab.Listing{
		Head: []string{"The metrics of a result. A result has those that its workload and backend can know."},
		Notes: []string{
			"Numbers in tables are of valid trials, but those of " + enumerated(names(func(m trial.Metric) bool { return m.Health })) + ", which are of all that ended.",
			"No setting is chosen, keeps a target or is called better by " + enumerated(families(names(func(m trial.Metric) bool { return m.Whole != "" }))) +
				" where any of its trials left a value undelivered.",
		},
	}
	for _, name := range []string{"metric", "unit", "better", "meaning"} {
		l.Column(name, false)
	}
	better := map[int]string{-1: "lower", 1: "higher"}
	var quantiles []string
	for _, q := range trial.Quantiles {
		quantiles = append(quantiles, q.Name)
	}
	l.Head = append(l.Head, "NAME.* are the metrics of a distribution: "+enumerated(quantiles)+".")
	for _, m := range trial.Metrics {
		family, quantile, _ := strings.Cut(m.Name, ".")
		switch slices.Index(quantiles, quantile) {
		case 0: // stands for all of the family
			m.Name, m.Doc = family+".*", strings.TrimSuffix(m.Doc, "; "+trial.Quantiles[0].Doc)
		case -1:
		default:
			continue
		}
		l.Row(m.Name, m.Unit, better[m.Better], m.Meaning())
	}
	return l
}

// names are those of the metrics that are such.
func names(such func(trial.Metric) bool) []string {
	var all []string
	for _, m := range trial.Metrics {
		if such(m) {
			all = append(all, m.Name)
		}
	}
	return all
}

// families names those of distributions once.
func families(names []string) []string {
	for i, name := range names {
		names[i], _, _ = strings.Cut(name, ".")
	}
	return slices.Compact(names)
}

// enumerated joins names as a sentence does.
func enumerated(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// topicWidth is for how many columns topics are written. Chosen.
const topicWidth = 100

// topic writes a listing as a text.
func topic(l *texttab.Listing) string {
	var b strings.Builder
	if err := l.Write(&b, "text", texttab.Screen{Width: topicWidth}); err != nil {
		panic(err) // a Builder takes everything
	}
	return strings.TrimSuffix(b.String(), "\n")
}
