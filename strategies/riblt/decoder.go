package riblt

import "math"

// Decoder finds the items of a difference from its symbols.
type Decoder struct {
	key     Key
	symbols []Symbol // without the items found so far
	filled  int      // symbols that are not empty
	pure    []int    // indices of symbols that may hold a single item
	found   map[uint64]struct{}
	plus    []uint64
	minus   []uint64
	window  window // found items of plus, by their next symbol
	behind  window // found items of minus
	spoilt  bool

	surplus int64   // items of plus minus items of minus
	spread  float64 // sum of the squared deviations of the counts; see Estimate
}

// NewDecoder returns a decoder without symbols.
func NewDecoder(key Key) *Decoder { return &Decoder{key: key, found: map[uint64]struct{}{}} }

// Add adds the next symbol of the difference, and removes the items that can be
// read then. It does nothing if Done or Spoilt.
func (d *Decoder) Add(s Symbol) {
	if d.Done() || d.spoilt {
		return
	}
	index := len(d.symbols)
	d.measure(index, s)
	for len(d.window) > 0 && d.window[0].next == uint64(index) {
		s.apply(&d.window[0], -1)
		d.window[0].advance()
		d.window.sink()
	}
	for len(d.behind) > 0 && d.behind[0].next == uint64(index) {
		s.apply(&d.behind[0], 1)
		d.behind[0].advance()
		d.behind.sink()
	}
	d.symbols = append(d.symbols, s)
	if !s.empty() {
		d.filled++
		d.pure = append(d.pure, index)
	}
	d.peel()
}

// peel removes items until no symbol holds a single one. It terminates on any
// input, since it removes each item once, and at most one for each symbol.
func (d *Decoder) peel() {
	for len(d.pure) > 0 && !d.spoilt {
		last := len(d.pure) - 1
		s := d.symbols[d.pure[last]]
		d.pure = d.pure[:last]
		if s.Count != 1 && s.Count != -1 || s.Check != uint32(d.key.hash(s.Sum)) {
			continue
		}
		if _, twice := d.found[s.Sum]; twice || len(d.found) == len(d.symbols) {
			d.spoilt = true
			return
		}
		d.found[s.Sum] = struct{}{}
		d.takeOut(s.Sum, s.Count)
	}
}

// takeOut removes an item from all its symbols.
func (d *Decoder) takeOut(item uint64, sign int64) {
	s := d.key.source(item)
	for ; s.next < uint64(len(d.symbols)); s.advance() {
		symbol := &d.symbols[s.next]
		if symbol.empty() {
			d.filled++
		}
		symbol.apply(&s, -sign)
		if symbol.empty() {
			d.filled--
		} else {
			d.pure = append(d.pure, int(s.next))
		}
	}
	if sign > 0 {
		d.plus = append(d.plus, item)
		d.window.push(s)
	} else {
		d.minus = append(d.minus, item)
		d.behind.push(s)
	}
}

// Done reports whether the whole difference is found: there are symbols, and all
// are empty.
func (d *Decoder) Done() bool { return len(d.symbols) > 0 && d.filled == 0 }

// Spoilt reports whether the symbols are known to belong to no difference. Bad
// symbols may also go unnoticed; then the decoder is never done.
func (d *Decoder) Spoilt() bool { return d.spoilt }

// Taken returns the number of symbols added.
func (d *Decoder) Taken() int { return len(d.symbols) }

// Plus returns the items found so far that only the minuend has. Before the decoder
// is done, each may be wrong with probability 2⁻³².
func (d *Decoder) Plus() []uint64 { return d.plus }

// Minus returns the items found so far that only the subtrahend has.
func (d *Decoder) Minus() []uint64 { return d.minus }

// measure updates the estimate of the difference's size from a symbol.
//
// Each of a items of plus and b items of minus is in the symbol with probability ρ,
// so its count has mean ρ(a−b) and variance ρ(1−ρ)(a+b). The first symbol has all
// items, so its count is a−b.
func (d *Decoder) measure(index int, s Symbol) {
	if index == 0 {
		d.surplus = s.Count
		return
	}
	rho := 2 / float64(index+2)
	off := float64(s.Count) - rho*float64(d.surplus)
	d.spread += off * off / (rho * (1 - rho))
}

// Estimate returns the estimated number of items in the difference, and its
// relative standard error. It is ours, for callers that ask for symbols in batches:
// the mean of n squared deviations that are nearly normal has the relative standard
// error √(2/n).
func (d *Decoder) Estimate() (items, err float64) {
	least := math.Max(math.Abs(float64(d.surplus)), float64(len(d.found)))
	n := float64(len(d.symbols) - 1)
	if n < 1 {
		return least, 1
	}
	return math.Max(least, d.spread/n), math.Min(1, math.Sqrt(2/n))
}
