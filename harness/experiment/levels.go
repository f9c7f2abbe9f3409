package experiment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// spread returns the levels that a text stands for, and whether it stands for
// a list at all:
//
//	1..5            1, 2, 3, 4, 5
//	1..10:2         1, 3, 5, 7, 9
//	0..1:0.25       0, 0.25, 0.5, 0.75, 1
//	25ms..100ms:25ms
//	pow2(0..5)      1, 2, 4, 8, 16, 32
//	log(1,1000,7)   1, 3, 10, 32, 100, 316, 1000: equal ratios
//
// Fractions of a log are rounded to four digits, integers to the next one;
// levels that rounding makes equal are one.
func spread(text string, d param.Decl) ([]string, bool, error) {
	if d.Kind != param.Int && d.Kind != param.Float && d.Kind != param.Duration {
		return nil, false, nil
	}
	if inner, ok := call(text, "pow2"); ok {
		levels, err := powers(inner, d.Kind)
		return levels, true, err
	}
	if inner, ok := call(text, "log"); ok {
		levels, err := ratios(inner, d.Kind)
		return levels, true, err
	}
	first, rest, ok := strings.Cut(text, "..")
	if !ok {
		return nil, false, nil
	}
	last, step, stepped := strings.Cut(rest, ":")
	if !stepped {
		if d.Kind == param.Duration {
			return nil, true, errors.New("want a step in a range of durations, as in 25ms..100ms:25ms")
		}
		step = "1"
	}
	levels, err := steps(strings.TrimSpace(first), strings.TrimSpace(last), strings.TrimSpace(step), d.Kind)
	return levels, true, err
}

// call returns what stands between the parentheses of name(…).
func call(text, name string) (string, bool) {
	inner, ok := strings.CutPrefix(text, name+"(")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, ")")
}

// steps returns first, first+step, … up to last.
func steps(first, last, step string, kind param.Kind) ([]string, error) {
	bad := errors.New("want a range such as 1..10:2, from the least to the greatest by a step above 0")
	if kind == param.Float {
		a, errA := trial.ParseNumber(first)
		b, errB := trial.ParseNumber(last)
		s, errS := trial.ParseNumber(step)
		if errors.Join(errA, errB, errS) != nil || a > b || s <= 0 {
			return nil, bad
		}
		n := math.Floor((b-a)/s + 1e-9)
		if n >= MaxTrials {
			return nil, errTooLong
		}
		levels := make([]string, 0, int(n)+1)
		for i := range int(n) + 1 {
			levels = append(levels, round(a+float64(i)*s, 12))
		}
		return levels, nil
	}
	parse, format := integer, func(x int64) string { return strconv.FormatInt(x, 10) }
	if kind == param.Duration {
		parse = nanoseconds
		format = func(x int64) string { return time.Duration(x).String() }
	}
	a, errA := parse(first)
	b, errB := parse(last)
	s, errS := parse(step)
	if errors.Join(errA, errB, errS) != nil || a > b || s <= 0 {
		return nil, bad
	}
	n := (uint64(b) - uint64(a)) / uint64(s)
	if n >= MaxTrials {
		return nil, errTooLong
	}
	levels := make([]string, 0, n+1)
	for i := range int64(n) + 1 {
		levels = append(levels, format(a+i*s))
	}
	return levels, nil
}

var errTooLong = fmt.Errorf("want at most %d levels", MaxTrials)

// powers returns the powers of two whose exponents are in a range.
func powers(inner string, kind param.Kind) ([]string, error) {
	first, last, ok := strings.Cut(inner, "..")
	a, errA := integer(strings.TrimSpace(first))
	b, errB := integer(strings.TrimSpace(last))
	if !ok || errors.Join(errA, errB) != nil || a > b || a < 0 || b > 62 || kind == param.Duration {
		return nil, errors.New("want powers of two of numbers such as pow2(0..5), with exponents from 0 to 62")
	}
	var levels []string
	for e := a; e <= b; e++ {
		levels = append(levels, strconv.FormatInt(1<<e, 10))
	}
	return levels, nil
}

// ratios returns so many levels from the first to the last, in equal ratios.
func ratios(inner string, kind param.Kind) ([]string, error) {
	bad := errors.New("want levels in equal ratios such as log(1,1000,7), from the least, above 0, to the greatest, and at least 2 of them")
	parts := strings.Split(inner, ",")
	if len(parts) != 3 {
		return nil, bad
	}
	parse := trial.ParseNumber
	if kind == param.Duration {
		parse = func(s string) (float64, error) { ns, err := nanoseconds(s); return float64(ns), err }
	}
	a, errA := parse(strings.TrimSpace(parts[0]))
	b, errB := parse(strings.TrimSpace(parts[1]))
	n, errN := integer(strings.TrimSpace(parts[2]))
	if errors.Join(errA, errB, errN) != nil || a <= 0 || b < a || n < 2 {
		return nil, bad
	}
	if n > MaxTrials {
		return nil, errTooLong
	}
	var levels []string
	for i := range n {
		x := a * math.Pow(b/a, float64(i)/float64(n-1))
		if i == n-1 {
			x = b
		}
		var level string
		switch kind {
		case param.Int:
			level = strconv.FormatFloat(math.Round(x), 'f', -1, 64)
		case param.Duration:
			short, _ := strconv.ParseFloat(round(x, 4), 64)
			level = time.Duration(short).String()
		default:
			level = round(x, 4)
		}
		if !slices.Contains(levels[max(0, len(levels)-1):], level) {
			levels = append(levels, level)
		}
	}
	return levels, nil
}

// round writes x with so many significant digits, without trailing zeros.
func round(x float64, digits int) string {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func integer(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

func nanoseconds(s string) (int64, error) {
	d, err := time.ParseDuration(s)
	return int64(d), err
}
