package export

import (
	"fmt"
	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/perf/benchfmt"
)

// bench writes the valid results in the format of Go's benchmarks: a line a
// trial, so that the replicates of a setting are repetitions of a benchmark.
// What tells the settings apart is in its name, and what all of them have in
// common is its configuration:
//
//	Unit msgs-per-op better=lower
//	backend: sim
//	BenchmarkBroadcast/strategy=flood/nodes=25 1 12.1 msgs-per-op 350 stable-latency.p50-ms
//
// A metric in ms has the unit in its name, as Go's own p99-ns has.
func bench(w io.Writer, parts []Part, metrics []trial.Metric) error {
	varying := varying(parts)
	for _, m := range metrics {
		if better := betters[m.Better]; m.Better != 0 {
			if _, err := fmt.Fprintf(w, "Unit %s better=%s\n", unit(m), better); err != nil {
				return err
			}
		}
	}
	out := benchfmt.NewWriter(w)
	for _, p := range parts {
		for i := range p.Results {
			r := &p.Results[i]
			if r.Outcome != trial.Valid {
				continue
			}
			record := &benchfmt.Result{Config: config(p.Name, r, varying), Name: benchfmt.Name(benchmark(r, varying)), Iters: 1}
			for _, m := range metrics {
				if number(r, m) != "" {
					record.Values = append(record.Values, benchfmt.Value{Value: r.Metrics[m.Name], Unit: unit(m)})
				}
			}
			if len(record.Values) == 0 {
				continue
			}
			if err := out.Write(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// varying are the settings that tell the valid results apart, but for those
// that stand in the name or the configuration anyhow.
func varying(parts []Part) []string {
	var all []trial.Result
	for _, p := range parts {
		for i := range p.Results {
			if p.Results[i].Outcome == trial.Valid {
				all = append(all, p.Results[i])
			}
		}
	}
	return slices.DeleteFunc(query.Varying(all), func(name string) bool {
		return name == "workload" || name == "backend" || name == "strategy"
	})
}

// unit is the name of a metric as a unit of the format.
func unit(m trial.Metric) string {
	if m.Unit == "ms" {
		return m.Name + "-ms"
	}
	return m.Name
}

// config is what the format says of a trial beside its name: the experiment and
// what made the result, and the settings that do not vary and are not at their
// defaults.
func config(name string, r *trial.Result, varying []string) []benchfmt.Config {
	var all []benchfmt.Config
	add := func(key, value string) {
		if value = oneWord(value, " "); value != "" {
			all = append(all, benchfmt.Config{Key: key, Value: []byte(value), File: true})
		}
	}
	add("experiment", name)
	add("backend", r.Trial.Backend)
	add("commit", r.Made.Commit)
	add("os", r.Made.OS)
	add("cpu", r.Made.CPU)
	for _, d := range trial.Settings() {
		value, _ := r.Trial.Value(d.Name)
		if d.Name == "backend" || d.Name == "strategy" || slices.Contains(varying, d.Name) || value == d.Default && d.Name != "workload" {
			continue
		}
		add(d.Name, value)
	}
	return all
}

// counted is a name that ends as Go's do in the number of processors.
var counted = regexp.MustCompile(`-\d+$`)

// benchmark is the name of a trial's setting. A parameter that its strategy
// lacks, and an empty text, is left out. A name that would end in a number of processors is given
// one, so that the reader takes away that and not the end of a level.
func benchmark(r *trial.Result, varying []string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(r.Trial.Workload, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	for _, name := range append([]string{"strategy"}, varying...) {
		if value, _ := r.Trial.Value(name); value != "" {
			b.WriteString("/" + name + "=" + strings.ReplaceAll(oneWord(value, "_"), "/", "_"))
		}
	}
	if counted.MatchString(b.String()) {
		b.WriteString("-1")
	}
	return b.String()
}

// oneWord puts something in the place of white space and control characters.
func oneWord(s, with string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), with)
}
