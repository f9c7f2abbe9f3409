package reconcile

import (
	"math"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/riblt"
)

// maxBatch bounds the symbols of one message. Chosen: a line of about 160 kB.
const maxBatch = 8192

// maxOpening bounds the symbols of the first message. Chosen: a difference of 100
// needs them all, so that few are wasted; see plan.
const maxOpening = 128

// plan returns how many symbols to ask for in all, after taken were not enough.
// Items is the estimated size of the difference, err its relative standard error.
//
// A batch too many costs a round trip; a symbol too many costs bytes. Below 100
// items bytes are few: one batch should usually be enough, so plan uses the upper
// end of the estimate. Above, the target is at most 1.5 symbols an item on average.
// Decoding takes about 1.35 + 1/√d symbols an item on average (package riblt, our
// measurement), and rarely much less. So plan first asks for slightly less than
// that for the lower end of the estimate, which sharpens the estimate. Then it
// continues in steps. On average half a step is wasted, and these halves stay below
// the remainder to 1.5. If the estimate is sharp and d is large enough for its need
// to be sharp too, plan asks for everything at once. The constants were tuned on
// random sets; see TestSymbols.
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

// history estimates the sizes of differences as TCP estimates round trips: by a
// smoothed mean and a smoothed deviation (Jacobson, "Congestion Avoidance and
// Control", SIGCOMM 1988).
type history struct{ mean, deviation float64 }

func (h *history) note(items int) {
	off := float64(items) - h.mean
	h.mean += off / 8
	h.deviation += (math.Abs(off) - h.deviation) / 4
}

// opening returns the number of symbols to open with: usually enough if differences
// are small; if they are large, no more than the smaller recent ones needed.
func (h *history) opening() int {
	generous := math.Min(1.6*(h.mean+h.deviation)+1, maxOpening)
	careful := math.Min(1.2*(h.mean-h.deviation), maxBatch)
	return int(math.Max(generous, careful))
}

// pack appends symbols as three numbers each: sum, checksum, and count minus the
// expected count in a set of that size. The first symbol has index first.
func pack(to []broadcast.Value, symbols []riblt.Symbol, first, size int) []broadcast.Value {
	for i, s := range symbols {
		to = append(to, broadcast.Value(s.Sum), broadcast.Value(s.Check), broadcast.Value(s.Count-expected(size, first+i)))
	}
	return to
}

// unpack inverts pack.
func unpack(numbers []broadcast.Value, first, size int) []riblt.Symbol {
	symbols := make([]riblt.Symbol, 0, len(numbers)/3)
	for ; len(numbers) >= 3; numbers = numbers[3:] {
		count := int64(numbers[2]) + expected(size, first+len(symbols))
		symbols = append(symbols, riblt.Symbol{Sum: uint64(numbers[0]), Check: uint32(numbers[1]), Count: count})
	}
	return symbols
}

// expected is the mean count of a symbol. The paper subtracts it to save bytes.
func expected(size, index int) int64 { return 2 * int64(size) / int64(index+2) }
