package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// prose is a sentence: texts, some of which stand out.
type prose []span

type span struct {
	Text   string
	Strong bool
}

// strong is a part of a sentence that stands out.
type strong string

// say makes a sentence of its parts.
func say(parts ...any) prose {
	var p prose
	for _, part := range parts {
		switch part := part.(type) {
		case strong:
			p = append(p, span{string(part), true})
		case prose:
			p = append(p, part...)
		default:
			p = append(p, span{fmt.Sprint(part), false})
		}
	}
	return p
}

// String is the sentence without what stands out.
func (p prose) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}

// words are names of metrics as a newcomer reads them. What they lack is the
// metric's own name.
var words = map[string]string{
	"msgs-per-op":         "messages per op",
	"msgs-per-op.all":     "messages per op, clients' included",
	"msgs-per-broadcast":  "messages per broadcast",
	"bytes-per-op":        "bytes per op",
	"bytes-per-broadcast": "bytes per broadcast",
	"busiest-node-share":  "busiest node's share of the messages",
	"lost":                "lost values",
	"never-read":          "values never read",
	"undelivered":         "values undelivered",
	"unanswered":          "ops without an answer",
	"stale":               "stale values",
	"duplicated":          "values read twice",
	"ok-fraction":         "share of ops that succeeded",
	"stale-read-share":    "share of reads that are stale",
	"poll-lag":            "greatest lag of a poll",
	"store-bytes":         "bytes in stores",
	"heal-to-last":        "time from heal to last value",
	"rmr":                 "relative message redundancy",
	"ldh":                 "last delivery hop",
}

// worded names a metric: "median stable latency", "greatest op latency".
func worded(m trial.Metric) string {
	if w, known := words[m.Name]; known {
		return w
	}
	family, quantile, _ := strings.Cut(m.Name, ".")
	what := family
	if strings.HasSuffix(family, "-latency") {
		what = strings.ReplaceAll(family, "-", " ")
	}
	switch quantile {
	case "":
		return what
	case "p50":
		return "median " + what
	case "min":
		return "least " + what
	case "max":
		return "greatest " + what
	}
	if q, err := strconv.Atoi(strings.TrimPrefix(quantile, "p")); err == nil {
		return fmt.Sprintf("%s, 0.%d quantile", what, q)
	}
	return m.Name
}

// digits writes numbers that stand beside each other: with as many decimals as
// give the greatest three significant digits, and none where all are integers.
func digits(xs ...float64) []string {
	most, whole := 0.0, true
	for _, x := range xs {
		most = max(most, math.Abs(x))
		whole = whole && x == math.Trunc(x)
	}
	decimals := 0
	if !whole {
		decimals = min(max(2-int(math.Floor(math.Log10(most))), 0), 12)
	}
	written := make([]string, len(xs))
	for i, x := range xs {
		written[i] = strconv.FormatFloat(x, 'f', decimals, 64)
	}
	return written
}

// amount writes a number with its metric's unit: "815 ms", "3.73 messages".
// Units that the metric's name tells are left out.
func amount(m trial.Metric, xs ...float64) string {
	written := strings.Join(digits(xs...), " to ")
	switch m.Unit {
	case "ms", "s", "bytes", "links":
		return written + " " + m.Unit
	}
	return written
}

// summary writes a median with its range: "815 ms (797 to 872)".
func summary(m trial.Metric, c stats.Summary) string {
	if c.N == 0 {
		return "unknown"
	}
	d := digits(c.Median, c.Least, c.Most)
	unit := strings.TrimPrefix(amount(m, 1), "1")
	if d[1] == d[2] {
		return d[0] + unit
	}
	return fmt.Sprintf("%s%s (%s to %s)", d[0], unit, d[1], d[2])
}

// change writes by how much a number is another than base: "4.0 %", and where it
// is much more "12 times as much".
func change(base, x float64) string {
	const much = 3 // chosen: from there on a person thinks in multiples
	if x >= much*base && base > 0 {
		return short3(x/base) + " times as much"
	}
	return percent((x - base) / base)
}

// parted writes a median, and its range where it has one, for a table.
func parted(c stats.Summary) (median, spread string) {
	if c.N == 0 {
		return "–", ""
	}
	d := digits(c.Median, c.Least, c.Most)
	if d[1] == d[2] {
		return d[0], ""
	}
	return d[0], d[1] + "–" + d[2]
}

// percent writes a share in percent with two digits: "3.4 %", "67 %".
func percent(share float64) string {
	share = math.Abs(share) * 100
	switch {
	case share >= 9.95:
		return strconv.FormatFloat(share, 'f', 0, 64) + " %"
	case share == 0 || share >= 0.095:
		return strconv.FormatFloat(share, 'f', 1, 64) + " %"
	}
	return "under 0.1 %"
}

// fraction is some of a number of trials, to stand out: "3 of 10 trials".
func fraction(n, of int) strong { return strong(fmt.Sprintf("%d of %s", n, plain.Count(of, "trial"))) }

// listed joins names as a sentence does, and cuts a long list short.
func listed(names []string) string {
	const most = 6 // chosen
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
