package star

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestConstantLatency tests that after one answer news arrive exactly margin before
// a flush, for any times of news and flushes.
func TestConstantLatency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := time.Duration(rapid.Int64Range(int64(ms), int64(10*time.Second)).Draw(t, "period"))
		offset := time.Duration(rapid.Int64Range(0, int64(period)).Draw(t, "offset"))
		latency := time.Duration(rapid.Int64Range(0, int64(2*period)).Draw(t, "latency"))
		floor := time.Duration(rapid.Int64Range(0, int64(period/2)).Draw(t, "floor"))
		hold := func(sent time.Duration) time.Duration { return modulo(offset-(sent+latency), period) }

		var p phase
		sent := time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "sent"))
		p.observe(sent+hold(sent), period, floor)
		for range 20 {
			now := sent + time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "later"))
			sent = p.slot(now, period)
			if sent < now || sent >= now+period {
				t.Fatalf("at %v it sends at %v, want within the next %v", now, sent, period)
			}
			if got := hold(sent); got != floor {
				t.Fatalf("news are held for %v, want the margin of %v", got, floor)
			}
			p.observe(sent+hold(sent), period, floor)
		}
	})
}

// TestJitter uses latencies that are uniform over up to a third of a period. Late
// messages cost a period, so they are rare once the margin has seen the worst
// latency. The margin is at most the spread and its floor.
func TestJitter(t *testing.T) {
	const period, floor, sends, warm = 500 * ms, 5 * ms, 1100, 100
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.Int64Range(1, int64(period/3)).Draw(t, "spread")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var p phase
		misses := 0
		for i := range sends {
			now := time.Duration(i) * period
			if p.known() {
				now = p.slot(now, period)
			}
			arrival := now + 100*ms + time.Duration(r.Int64N(spread))
			held := modulo(-arrival, period)
			p.observe(now+held, period, floor)
			if i >= warm && held > period/2 {
				misses++
			}
			if p.margin > time.Duration(spread)+floor {
				t.Fatalf("the margin is %v, at a spread of %v", p.margin, time.Duration(spread))
			}
		}
		if misses > (sends-warm)/20 {
			t.Fatalf("%d of %d news missed their flush, want at most 5 %%", misses, sends-warm)
		}
	})
}

// TestMiss computes growth and decay by hand. The first message, 12 ms late without
// the margin, is alone, so it counts for the margin of 4 ms: the margin stays, and
// latest is earlier by an eighth of it. The next one, 11.5 ms late, counts fully:
// the margin becomes that plus the floor. A message in time removes 1/256 of what
// is above the floor: 15.5 ms − 11.5 ms/256 = 15.455078125 ms.
func TestMiss(t *testing.T) {
	p := phase{from: measured, latest: 300 * ms, margin: 4 * ms}
	want := func(margin, latest time.Duration) {
		t.Helper()
		if p.margin != margin || p.latest != latest {
			t.Errorf("got a margin of %v and latest %v, want %v and %v", p.margin, p.latest, margin, latest)
		}
	}
	p.observe(1288*ms, 1000*ms, 4*ms)
	want(4*ms, 299500*time.Microsecond)
	p.observe(2288*ms, 1000*ms, 4*ms)
	want(15500*time.Microsecond, 298062500*time.Nanosecond)
	p.observe(p.latest, 1000*ms, 4*ms)
	want(15455079*time.Nanosecond, 298062500*time.Nanosecond)
}

// TestOutlier tests that a message that a thread delays, even by more than half a
// period, shifts others by at most an eighth of the margin.
func TestOutlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := time.Duration(rapid.Int64Range(int64(50*ms), int64(2*time.Second)).Draw(t, "period"))
		late := time.Duration(rapid.Int64Range(0, int64(3*period)).Draw(t, "late"))
		floor := time.Duration(rapid.Int64Range(0, int64(20*ms)).Draw(t, "floor"))
		p := phase{from: measured, latest: period, margin: floor}
		before := p.slot(0, period)
		p.observe(p.latest-late, period, floor)
		if off := modulo(p.slot(0, period)-before+period/2, period) - period/2; max(off, -off) > floor/gain {
			t.Fatalf("%v late: the next one leaves %v later, want at most %v", late, off, floor/gain)
		}
	})
}
