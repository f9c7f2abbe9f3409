package query

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/trial"
)

// MaxLevels is the most levels that a caption or a note writes out. Chosen.
const MaxLevels = 5

// Varying returns the settings and parameters that tell the results apart, in
// order of declaration, the parameters last. A parameter that some strategies
// lack varies only if the others differ in it.
func Varying(results []trial.Result) []string {
	return slices.DeleteFunc(trial.NamesOf(results), func(name string) bool { return len(Levels(results, name)) < 2 })
}

// Levels returns the values that a setting has among the results, in order.
// Trials that lack the parameter count for nothing.
func Levels(results []trial.Result, name string) []string {
	seen := map[string]bool{}
	last := ""
	for i := range results {
		value, has := results[i].Trial.Value(name)
		if has && (value != last || len(seen) == 0) {
			seen[value], last = true, value
		}
	}
	return slices.SortedFunc(maps.Keys(seen), CompareLevels)
}

// IsSize reports whether a level is a number or a duration.
func IsSize(level string) bool {
	rank, _ := size(level)
	return rank == number || rank == duration
}

// CompareLevels orders levels as a person would: what is missing, numbers and
// durations by size, texts by letters.
func CompareLevels(a, b string) int {
	rankA, sizeA := size(a)
	rankB, sizeB := size(b)
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(sizeA, sizeB), strings.Compare(a, b))
}

// sameLevel reports whether two texts are the same number or duration.
func sameLevel(a, b string) bool {
	rankA, sizeA := size(a)
	rankB, sizeB := size(b)
	return rankA == rankB && (rankA == number || rankA == duration) && sizeA == sizeB
}

// The ranks of levels.
const (
	missing = iota
	number
	duration
	text
)

// size returns the rank of a level, and its size where it has one.
func size(level string) (rank int, size float64) {
	if level == "" {
		return missing, 0
	}
	if x, err := strconv.ParseFloat(level, 64); err == nil {
		return number, x
	}
	if d, err := time.ParseDuration(level); err == nil {
		return duration, float64(d)
	}
	return text, 0
}
