package checker

import (
	"fmt"
	"strconv"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Checker judges a history op by op.
type Checker interface {
	Add(history.Op)   // adds the next op
	Verdict() Verdict // on the ops so far
}

// Verdict is the result of a Checker.
type Verdict interface {
	Valid() trial.Outcome
	AddMetrics(map[string]float64) // by name, see package trial
	EDN() edn.Value                // in the form of Jepsen's :workload
	Reasons() []trial.Reason       // why it is not valid
	Findings() []string            // what Jepsen does not report; no verdict depends on it
}

// Worst returns the outcome that decides, as in Jepsen: invalid before unknown before
// valid. Without outcomes it is valid.
//
// Source: merge-valid in jepsen/src/jepsen/checker.clj.
func Worst(outcomes ...trial.Outcome) trial.Outcome {
	worst := trial.Valid
	for _, o := range outcomes {
		switch o {
		case trial.Invalid:
			return o
		case trial.Unknown:
			worst = o
		}
	}
	return worst
}

// ratio returns a/b as Clojure's (float (/ a b)).
func ratio(a, b int) float32 { return float32(float64(a) / float64(b)) }

// shortest returns the float64 whose shortest decimal form equals that of f: 14.877451,
// not 14.877450942993164. So our metrics equal the numbers in Maelstrom's results.edn.
func shortest(f float32) float64 {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	return short
}

// addQuantiles adds the quantiles of a family of metrics, unless sorted is empty.
func addQuantiles(metrics map[string]float64, family string, sorted []float64) {
	if len(sorted) == 0 {
		return
	}
	for _, q := range trial.Quantiles {
		metrics[family+"."+q.Name] = stats.Quantile(sorted, q.Q)
	}
}

// quantiles returns {0 …, 0.5 …, 0.95 …, 0.99 …, 1 …}.
func quantiles(sorted []float64) edn.Value {
	var pairs []edn.Value
	for _, q := range trial.Quantiles {
		key := edn.NewFloat(q.Q)
		if q.Q == float64(int64(q.Q)) {
			key = edn.NewInt(int64(q.Q))
		}
		pairs = append(pairs, key, edn.NewInt(int64(stats.Quantile(sorted, q.Q))))
	}
	return edn.NewMap(pairs...)
}

// mapOf returns a map of keywords and values of ops, given in turn.
func mapOf(pairs ...any) edn.Value {
	values := make([]edn.Value, len(pairs))
	for i, v := range pairs {
		if name, ok := v.(string); ok && i%2 == 0 {
			values[i] = edn.NewKeyword(name)
		} else {
			values[i] = history.ValueOf(v)
		}
	}
	return edn.NewMap(values...)
}

// validity returns an outcome in the form of Jepsen's :valid?.
func validity(o trial.Outcome) edn.Value {
	if o == trial.Unknown {
		return edn.NewKeyword("unknown")
	}
	return edn.NewBool(o == trial.Valid)
}

// list lists the first few values.
func list(values []edn.Value) string {
	const most = 8
	var words []string
	for _, v := range values[:min(most, len(values))] {
		words = append(words, fmt.Sprintf("%.60s", v))
	}
	if len(values) > most {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}
