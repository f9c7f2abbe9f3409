package plot

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
)

// axis places what is drawn: by size, or one name after the other.
type axis struct {
	label string
	names []string  // of an axis without numbers, from the first at 0
	ticks []float64 // where its numbers stand; nil for the usual places
	log   bool
	// least and most are of all that is to be seen.
	least, most float64
	zero        bool // zero is to be seen too, unless log
}

// spans is how many times the least the greatest must be for an axis to become
// logarithmic by itself: two decades.
const spans = 100

// numbers makes an axis of numbers, all of which are to be seen.
func numbers(label string, asked bool, xs ...float64) axis {
	a := axis{label: label, least: slices.Min(xs), most: slices.Max(xs)}
	a.log = a.least > 0 && (asked || a.most > spans*a.least)
	return a
}

// levels makes the axis of a factor: of numbers where all its levels are
// numbers or durations. It returns the place of each level too.
func levels(name string, asked bool, all []string) (axis, map[string]float64) {
	sorted := slices.Compact(slices.SortedFunc(slices.Values(all), query.CompareLevels))
	at := map[string]float64{}
	kinds := map[string]int{}
	for _, level := range sorted {
		if x, err := strconv.ParseFloat(level, 64); err == nil {
			at[level] = x
			kinds["number"]++
		} else if d, err := time.ParseDuration(level); err == nil {
			at[level] = float64(d) / float64(time.Millisecond)
			kinds["duration"]++
		}
	}
	label := name
	if kinds["duration"] == len(sorted) {
		label += " (ms)"
	}
	if kinds["number"] != len(sorted) && kinds["duration"] != len(sorted) {
		for i, level := range sorted {
			at[level] = float64(i)
		}
		return named(name, sorted), at
	}
	var xs []float64
	for _, x := range at {
		xs = append(xs, x)
	}
	a := numbers(label, asked, xs...)
	a.ticks = apart(xs, a.log)
	return a, at
}

// apart returns places in order where their numbers can stand beside each other,
// and none where they cannot.
func apart(xs []float64, log bool) []float64 {
	sorted := slices.Sorted(slices.Values(xs))
	at := func(x float64) float64 {
		if log {
			return math.Log(x)
		}
		return x
	}
	whole := at(sorted[len(sorted)-1]) - at(sorted[0])
	for i := 1; i < len(sorted); i++ {
		if at(sorted[i])-at(sorted[i-1]) < whole/15 {
			return nil
		}
	}
	return sorted
}

// named makes an axis of names.
func named(label string, names []string) axis {
	all := make([]string, len(names))
	for i, name := range names {
		if all[i] = plain.Text(name); name == "" {
			all[i] = "–"
		}
	}
	return axis{label: label, names: all, least: -0.5, most: float64(len(names)) - 0.5}
}

// set makes an axis of gonum's like it, but without its label: gonum takes that
// of a logarithmic axis to be near the end of it, and leaves room there.
func (a axis) set(to *plot.Axis) {
	to.Min, to.Max = a.least, a.most
	switch {
	case a.names != nil:
		ticks := make(plot.ConstantTicks, len(a.names))
		for i, name := range a.names {
			ticks[i] = plot.Tick{Value: float64(i), Label: name}
		}
		to.Tick.Marker, to.Tick.Length = ticks, 0
	case a.log:
		to.Scale = plot.LogScale{}
		to.Min, to.Max = a.least/1.15, a.most*1.15
		to.Tick.Marker = plot.TickerFunc(logTicks)
	default:
		margin := 0.05 * (a.most - a.least)
		if margin == 0 {
			margin = max(math.Abs(a.most)/10, 0.5)
		}
		to.Min, to.Max = a.least-margin, a.most+margin
		if a.zero || a.least >= 0 && to.Min < 0 {
			to.Min = min(0, a.least)
		}
		to.Tick.Marker = plot.TickerFunc(plainTicks)
	}
	if a.ticks != nil {
		marks := make(plot.ConstantTicks, len(a.ticks))
		for i, x := range a.ticks {
			marks[i] = plot.Tick{Value: x, Label: short(x)}
		}
		to.Tick.Marker = marks
	}
}

// plainTicks are at multiples of 1, 2 or 5 times a power of ten, five to ten of
// them with their numbers.
func plainTicks(least, most float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((most-least)/5)))
	for _, times := range []float64{5, 2} {
		if (most-least)/(step*times) >= 5 {
			step *= times
			break
		}
	}
	var ticks []plot.Tick
	for n := math.Ceil(least/step - 1e-9); n*step <= most+1e-9*step; n++ {
		// Written and read, because 3 × 0.1 is not the float64 0.3.
		n += 0 // −0 + 0 is 0
		label := short(n * step)
		if x, err := strconv.ParseFloat(strconv.FormatFloat(n*step, 'g', 12, 64), 64); err == nil {
			label = short(x)
		}
		ticks = append(ticks, plot.Tick{Value: n * step, Label: label})
	}
	return ticks
}

// logTicks are at 1, 2 and 5 times each power of ten where there is room for
// their numbers, and else at the powers.
func logTicks(least, most float64) []plot.Tick {
	decades := math.Log10(most / least)
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(least)); e <= math.Ceil(math.Log10(most)); e++ {
		for digit := 1; digit <= 9; digit++ {
			// Parsed, because 3 × 10^-1 is not the float64 0.3.
			x, err := strconv.ParseFloat(strconv.Itoa(digit)+"e"+strconv.Itoa(int(e)), 64)
			if err != nil || x < least || x > most {
				continue
			}
			t := plot.Tick{Value: x}
			if digit == 1 || decades < 3 && (digit == 2 || digit == 5) || decades < 0.7 {
				t.Label = short(x)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// short writes a number with few digits: 0.05, 12.3, 1500, 2e6.
func short(x float64) string {
	if abs := math.Abs(x); abs >= 1e6 || abs > 0 && abs < 1e-4 {
		return exponent(x)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// rounded writes a measured number with three digits, and an integer in full.
func rounded(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e6 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	if abs := math.Abs(x); abs >= 1e6 || abs < 1e-3 {
		return exponent(x)
	}
	places := max(2-int(math.Floor(math.Log10(math.Abs(x)))), 0)
	return strconv.FormatFloat(x, 'f', places, 64)
}

// exponent writes a number with three digits and its power of ten: 1.5e6.
func exponent(x float64) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(strconv.FormatFloat(x, 'g', 3, 64))
}
