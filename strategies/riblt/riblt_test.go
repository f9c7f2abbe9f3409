package riblt

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var key = Key{1, 2}

// TestHash uses the reference vector of bytes 00 … 07 under the key 00 … 0f, from
// vectors.h of the authors' SipHash.
func TestHash(t *testing.T) {
	k := Key{0x0706050403020100, 0x0f0e0d0c0b0a0908}
	if got, want := k.hash(0x0706050403020100), uint64(0x93f5f5799a932462); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

// TestDensity tests that an item is in symbol i with probability 2/(i+2). The share
// of 100,000 items has a standard deviation of at most .0016. The test allows five.
func TestDensity(t *testing.T) {
	const items = 100_000
	at := []uint64{0, 1, 2, 3, 10, 100, 1000}
	counts := map[uint64]int{}
	for item := range uint64(items) {
		for s := key.source(item); s.next <= 1000; s.advance() {
			counts[s.next]++
		}
	}
	for _, i := range at {
		if got, want := float64(counts[i])/items, 2/float64(i+2); math.Abs(got-want) > .008 {
			t.Errorf("index %d: %.4f of the items, want %.4f", i, got, want)
		}
	}
}

// TestAdvanceEnds tests that indices only grow, and that the chain ends before they
// overflow.
func TestAdvanceEnds(t *testing.T) {
	for item := range uint64(1000) {
		s := key.source(item)
		for steps := 0; s.next < endless; steps++ {
			if before := s.next; steps > 1000 || func() bool { s.advance(); return s.next <= before }() {
				t.Fatalf("item %d: from index %d to %d in step %d", item, before, s.next, steps)
			}
		}
	}
}

// encode returns the encoder of a set.
func encode(items ...uint64) *Encoder {
	e := NewEncoder(key)
	for _, item := range items {
		e.Add(item)
	}
	return e
}

// reconcile decodes until it is done, and returns the decoder.
func reconcile(t interface{ Fatalf(string, ...any) }, a, b *Encoder) *Decoder {
	d := NewDecoder(key)
	for n := 1; !d.Done(); n++ {
		d.Add(a.Symbols(n)[n-1].Minus(b.Symbols(n)[n-1]))
		if d.Spoilt() || n > 1<<20 {
			t.Fatalf("no end after %d symbols, spoilt: %v", n, d.Spoilt())
		}
	}
	return d
}

// TestByHand tests the first symbol, which has all items. For {1, 2, 3} the sum is
// 1^2^3 = 0 and the count 3; for {2, 3} the sum is 1 and the count 2; for {4, 3}
// the sum is 7 and the count 2.
func TestByHand(t *testing.T) {
	a, b, c := encode(1, 2, 3), encode(2, 3), encode(4, 3)
	for _, tt := range []struct {
		name  string
		e     *Encoder
		sum   uint64
		count int64
	}{{"a", a, 0, 3}, {"b", b, 1, 2}, {"c", c, 7, 2}} {
		if got := tt.e.Symbols(1)[0]; got.Sum != tt.sum || got.Count != tt.count {
			t.Errorf("%s: got %v, want the sum %d and the count %d", tt.name, got, tt.sum, tt.count)
		}
	}
	// a and b differ in one item, so the difference of their first symbols is that
	// item: 0 ^ 1 = 1, 3 − 2 = 1.
	if d := reconcile(t, a, b); d.Taken() != 1 || !slices.Equal(d.Plus(), []uint64{1}) || d.Minus() != nil {
		t.Errorf("a − b: got %v and %v after %d symbols, want [1] and none after one", d.Plus(), d.Minus(), d.Taken())
	}
	if d := reconcile(t, b, a); d.Taken() != 1 || !slices.Equal(d.Minus(), []uint64{1}) || d.Plus() != nil {
		t.Errorf("b − a: got %v and %v after %d symbols, want none and [1] after one", d.Plus(), d.Minus(), d.Taken())
	}
	// b and c differ in 2 and 4. Their first symbols differ by 1 ^ 7 = 2 ^ 4 = 6
	// and 2 − 2 = 0, so neither can be read.
	d := NewDecoder(key)
	first := b.Symbols(1)[0].Minus(c.Symbols(1)[0])
	if d.Add(first); first.Sum != 6 || first.Count != 0 || d.Done() || d.Plus() != nil || d.Minus() != nil {
		t.Errorf("b − c: got %v, done %v, want the sum 6 and the count 0, not done", first, d.Done())
	}
	if d := reconcile(t, b, c); !slices.Equal(d.Plus(), []uint64{2}) || !slices.Equal(d.Minus(), []uint64{4}) {
		t.Errorf("b − c: got %v and %v, want [2] and [4]", d.Plus(), d.Minus())
	}
	// The first symbol shows that sets are equal.
	if d := reconcile(t, a, encode(3, 1, 2)); d.Taken() != 1 || d.Plus() != nil || d.Minus() != nil {
		t.Errorf("a − a: got %v and %v after %d symbols, want none after one", d.Plus(), d.Minus(), d.Taken())
	}
}

// TestPeeling adds a symbol with 7 and 9, from which nothing can be read, then one
// with 9 alone. The decoder finds 9, and from it 7.
func TestPeeling(t *testing.T) {
	seven, nine := key.source(7), key.source(9)
	both := Symbol{7 ^ 9, seven.check ^ nine.check, 2}
	e := encode(7, 9)
	d := NewDecoder(key)
	for n := 1; len(d.Plus()) == 0; n++ {
		d.Add(e.Symbols(n)[n-1])
		if n == 1 && (d.Done() || d.symbols[0] != both) {
			t.Fatalf("got %v, want %v", d.symbols[0], both)
		}
	}
	if got := slices.Sorted(slices.Values(d.Plus())); !d.Done() || !slices.Equal(got, []uint64{7, 9}) {
		t.Errorf("got %v, done %v, want both at once", got, d.Done())
	}
}

// TestRecovers tests that the decoder finds exactly the difference of any two sets.
func TestRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfDistinct(rapid.OneOf(rapid.Uint64Range(0, 1000), rapid.Uint64()), rapid.ID)
		all := items.Draw(t, "items")
		var a, b, onlyA, onlyB []uint64
		for _, item := range all {
			switch rapid.IntRange(0, 3).Draw(t, "side") {
			case 0:
				a, onlyA = append(a, item), append(onlyA, item)
			case 1:
				b, onlyB = append(b, item), append(onlyB, item)
			default:
				a, b = append(a, item), append(b, item)
			}
		}
		check(t, reconcile(t, encode(a...), encode(b...)), onlyA, onlyB)
	})
}

func check(t interface{ Fatalf(string, ...any) }, d *Decoder, onlyA, onlyB []uint64) {
	slices.Sort(onlyA)
	slices.Sort(onlyB)
	plus, minus := slices.Sorted(slices.Values(d.Plus())), slices.Sorted(slices.Values(d.Minus()))
	if !slices.Equal(plus, onlyA) || !slices.Equal(minus, onlyB) {
		t.Fatalf("got %d and %d items, want %d and %d: %v and %v", len(plus), len(minus), len(onlyA), len(onlyB), plus, minus)
	}
}

// TestOverhead compares the number of symbols with the paper's mean of about 1.35 d
// for large d; smaller d need more. The bounds leave three standard errors.
func TestOverhead(t *testing.T) {
	for _, tt := range []struct {
		items, runs int
		least, most float64
	}{
		{1, 10, 1, 1},
		{100, 100, 1.38, 1.5},
		{1000, 20, 1.35, 1.41},
		{10_000, 2, 1.33, 1.38},
	} {
		var taken int
		for seed := range tt.runs {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(tt.items)))
			a, b := NewEncoder(key), NewEncoder(key)
			var onlyA, onlyB []uint64
			for i := range tt.items + 1000 {
				item := r.Uint64()
				if i < tt.items/3 || i >= tt.items {
					a.Add(item)
				}
				if i >= tt.items/3 {
					b.Add(item)
				}
				if i < tt.items/3 {
					onlyA = append(onlyA, item)
				} else if i < tt.items {
					onlyB = append(onlyB, item)
				}
			}
			d := reconcile(t, a, b)
			check(t, d, onlyA, onlyB)
			taken += d.Taken()
		}
		if got := float64(taken) / float64(tt.runs*tt.items); got < tt.least || got > tt.most {
			t.Errorf("%d items: %.3f symbols each, want from %.2f to %.2f", tt.items, got, tt.least, tt.most)
		}
	}
}

// TestEstimate tests that over 100 runs the mean of the estimates and the standard
// error are right, for differences on one side and on both. 64 symbols are too few
// to read any of 1,000 items.
func TestEstimate(t *testing.T) {
	const items, taken, runs = 1000, 65, 100
	for _, share := range []float64{0.5, 0.1} {
		var sum, squares, said float64
		for seed := range uint64(runs) {
			r := rand.New(rand.NewPCG(seed, 0))
			a, b := NewEncoder(key), NewEncoder(key)
			for i := range items {
				if float64(i) < share*items {
					a.Add(r.Uint64())
				} else {
					b.Add(r.Uint64())
				}
			}
			d := NewDecoder(key)
			for i := range taken {
				d.Add(a.Symbols(taken)[i].Minus(b.Symbols(taken)[i]))
			}
			got, err := d.Estimate()
			sum += got
			squares += (got - items) * (got - items)
			said = err
		}
		// √(2/64) = .18; for the mean of 100 runs .018. Estimates below the surplus
		// are raised to it, so the mean of a one-sided difference is higher.
		if got := sum / runs / items; got < .93 || got > 1.15 {
			t.Errorf("share %v: the mean is %.3f of the items, want 1", share, got)
		}
		if got := math.Sqrt(squares/runs) / items; said < .17 || said > .18 || got > 1.4*said {
			t.Errorf("share %v: the error is %.3f, estimated %.3f, want √(2/64)", share, got, said)
		}
	}
}

// TestEncoderTwin compares an encoder that grows between symbols, and sets with
// removed items, with plain sums.
func TestEncoderTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfDistinct(rapid.Uint64(), rapid.ID).Draw(t, "items")
		e := NewEncoder(key)
		for _, item := range items {
			e.Symbols(rapid.IntRange(0, 40).Draw(t, "symbols"))
			e.Add(item)
		}
		n := rapid.IntRange(0, 40).Draw(t, "n")
		removed := rapid.IntRange(0, len(items)).Draw(t, "removed")
		first := rapid.IntRange(0, n).Draw(t, "first")
		got := slices.Clone(e.Symbols(n)[first:])
		for _, item := range items[:removed] {
			key.Remove(got, first, item)
		}
		want := make([]Symbol, n)
		for _, item := range items[removed:] {
			for s := key.source(item); s.next < uint64(n); s.advance() {
				want[s.next].apply(&s, 1)
			}
		}
		if !slices.Equal(got, want[first:]) || e.Made() < n {
			t.Fatalf("got %v, want %v", got, want[first:])
		}
	})
}

// FuzzDecoder adds garbage, including single items in symbols where they do not
// belong. The decoder must terminate, and find at most as many items as symbols.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 100))
	f.Add([]byte("an item alone, and once more: \x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01\x01\x01\x01"))
	f.Fuzz(func(t *testing.T, input []byte) {
		d := NewDecoder(key)
		added := 0
		for ; len(input) >= 10 && added < 1000; input = input[10:] {
			s := Symbol{Sum: binary.LittleEndian.Uint64(input), Count: int64(int8(input[8]))}
			switch input[9] % 4 {
			case 0: // a valid single item
				s.Sum %= 16
				s.Check = uint32(key.hash(s.Sum))
				s.Count = 1 - 2*(s.Count&1)
			case 1: // a wrong checksum
				s.Check = uint32(s.Sum >> 7)
			case 2: // two items
				s.Sum %= 16
				s.Check = uint32(key.hash(s.Sum) ^ key.hash(s.Sum+16))
				s.Sum ^= s.Sum + 16
			default:
				s = Symbol{}
			}
			d.Add(s)
			added++
		}
		if d.Taken() > added || len(d.Plus())+len(d.Minus()) > d.Taken() {
			t.Errorf("of %d symbols it took %d and found %d and %d items", added, d.Taken(), len(d.Plus()), len(d.Minus()))
		}
		filled := 0
		for _, s := range d.symbols {
			if !s.empty() {
				filled++
			}
		}
		if d.Done() != (added > 0 && filled == 0) {
			t.Errorf("Done: got %v with %d of %d symbols filled", d.Done(), filled, added)
		}
		if items, err := d.Estimate(); items < 0 || math.IsNaN(items) || err < 0 || err > 1 {
			t.Errorf("Estimate: got %v ± %v", items, err)
		}
	})
}

// TestSpoilt adds a symbol with 5 alone, though 5 is missing from all others.
// Removing 5 from them leaves −5 there, and removing that would go on forever.
func TestSpoilt(t *testing.T) {
	s := key.source(5)
	d := NewDecoder(key)
	for range 3 {
		d.Add(Symbol{Sum: 6, Count: 2})
	}
	d.Add(Symbol{5, s.check, 1})
	for i := 0; i < 1000 && !d.Spoilt(); i++ {
		d.Add(Symbol{})
	}
	if !d.Spoilt() || d.Done() || !slices.Equal(d.Plus(), []uint64{5}) {
		t.Errorf("got %v and %v, spoilt %v, want [5] and none, spoilt", d.Plus(), d.Minus(), d.Spoilt())
	}
	before := d.Taken()
	if d.Add(Symbol{}); d.Taken() != before {
		t.Errorf("accepts symbols although it is spoilt")
	}
}

// BenchmarkEncode measures the cost for each item of a set of 10,000.
func BenchmarkEncode(b *testing.B) {
	for _, symbols := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(symbols), func(b *testing.B) {
			const items = 10_000
			for range b.N {
				e := NewEncoder(key)
				for item := range uint64(items) {
					e.Add(item)
				}
				e.Symbols(symbols)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/items, "ns/item")
		})
	}
}

// BenchmarkGrow measures the cost of one more item after so many symbols.
func BenchmarkGrow(b *testing.B) {
	for _, symbols := range []int{100, 10_000} {
		b.Run(fmt.Sprint(symbols), func(b *testing.B) {
			e := NewEncoder(key)
			e.Symbols(symbols)
			for i := range b.N {
				e.Add(uint64(i))
			}
		})
	}
}

// BenchmarkDecode measures the cost for each item of a difference.
func BenchmarkDecode(b *testing.B) {
	for _, items := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(items), func(b *testing.B) {
			e := NewEncoder(key)
			for item := range uint64(items) {
				e.Add(item)
			}
			symbols := e.Symbols(2*items + 50)
			b.ResetTimer()
			for range b.N {
				d := NewDecoder(key)
				for i := 0; !d.Done(); i++ {
					d.Add(symbols[i])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
		})
	}
}
