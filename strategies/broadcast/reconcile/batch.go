package reconcile

import (
	"math"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/riblt"
)

// maxBatch bounds the symbols of one message. Chosen: a line of some 160 kB.
const maxBatch = 8192

// maxOpening bounds those of the first message. Chosen: a difference of 100 needs
// no fewer, so that what is shown unasked is not in vain; see plan.
const maxOpening = 128

// plan returns how many symbols to have asked for in all, of which taken have not
// been enough, where the difference seems to be of so many items, with that relative
// standard error.
//
// A batch too many costs a round trip, a symbol too many costs bytes. Below 100
// items bytes are few: one batch is to be enough most of the time, so it is sized
// by the upper end of the estimate. From there on the target is at most 1.5
// symbols an item in the mean. Decoding takes about 1.35 + 1/√d symbols an item in
// the mean (package riblt, our measurement), and little less at best: so first ask
// for a little less than that for the lower end of the estimate, which the next
// batch makes sharper, and then go on in steps whose halves, which are in vain in
// the mean, stay within what is left below 1.5. Where the estimate is sharp, and d
// so large that its needs are too, ask for enough at once. The constants were
// tuned on random sets; see TestSymbols.
func plan(taken int, items, err float64) int {
	var target float64
	switch {
	case items*(1+2*err) < 100:
		target = 1.6 * items * (1 + err)
	case err <= 0.08:
		target = 1.4 * items
	default:
		target = 1.3 * items * (1 - 1.25*err)
	}
	step := math.Max(5, 0.16*items-1.2*math.Sqrt(items))
	if items*(1+2*err) < 64 {
		step = math.Max(8, float64(taken)/2)
	}
	target = math.Max(target, float64(taken)+step)
	return taken + int(math.Min(math.Ceil(target)-float64(taken), maxBatch))
}

// history is what a node remembers of the sizes of differences, as TCP does of
// round trips: a smoothed mean and a smoothed deviation (Jacobson, "Congestion
// Avoidance and Control", SIGCOMM 1988).
type history struct{ mean, deviation float64 }

func (h *history) note(items int) {
	off := float64(items) - h.mean
	h.mean += off / 8
	h.deviation += (math.Abs(off) - h.deviation) / 4
}

// opening is the number of symbols to open with: enough most of the time where
// differences are small, and where they are large no more than the smaller ones of
// late have taken.
func (h *history) opening() int {
	generous := math.Min(1.6*(h.mean+h.deviation)+1, maxOpening)
	careful := math.Min(1.2*(h.mean-h.deviation), maxBatch)
	return int(math.Max(generous, careful))
}

// pack appends symbols as numbers, three for each: sum, checksum, and by how much
// its count is above that which is expected of a set of that size. The first has
// that index.
func pack(to []broadcast.Value, symbols []riblt.Symbol, first, size int) []broadcast.Value {
	for i, s := range symbols {
		to = append(to, broadcast.Value(s.Sum), broadcast.Value(s.Check), broadcast.Value(s.Count-expected(size, first+i)))
	}
	return to
}

// unpack returns the symbols that pack made numbers of.
func unpack(numbers []broadcast.Value, first, size int) []riblt.Symbol {
	symbols := make([]riblt.Symbol, 0, len(numbers)/3)
	for ; len(numbers) >= 3; numbers = numbers[3:] {
		count := int64(numbers[2]) + expected(size, first+len(symbols))
		symbols = append(symbols, riblt.Symbol{Sum: uint64(numbers[0]), Check: uint32(numbers[1]), Count: count})
	}
	return symbols
}

// expected is the mean count of a symbol, which the paper takes off to save bytes.
func expected(size, index int) int64 { return 2 * int64(size) / int64(index+2) }
