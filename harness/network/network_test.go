package network

import (
	"gossipbench/strategies/broadcast"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// TestLatency checks the means and the steps of Maelstrom's distributions.
func TestLatency(t *testing.T) {
	for _, tt := range []struct {
		name     string
		latency  Latency
		min, max time.Duration
		mean     float64 // ms
	}{
		{"none", Latency{}, 0, 0, 0},
		{"constant", Latency{Mean: 100 * ms}, 100 * ms, 100 * ms, 100},
		{"constant with a minimum", Latency{Mean: 100 * ms, Min: 10 * ms}, 100 * ms, 100 * ms, 100},
		{"uniform 0…199", Latency{Mean: 100 * ms, Dist: Uniform}, 0, 199 * ms, 99.5},
		{"uniform 10…49", Latency{Mean: 30 * ms, Min: 10 * ms, Dist: Uniform}, 10 * ms, 49 * ms, 29.5},
		// Rounded down to whole ms the mean is 1/(e^(1/100)−1) instead of 100: 99.5.
		{"exponential", Latency{Mean: 100 * ms, Dist: Exponential}, 0, time.Minute, 99.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			const n = 200_000
			sum := 0.0
			for range n {
				d := tt.latency.Draw(r)
				if d < tt.min || d > tt.max || d%ms != 0 {
					t.Fatalf("drew %v, want whole ms from %v to %v", d, tt.min, tt.max)
				}
				sum += float64(d) / float64(ms)
			}
			// Five standard errors of the widest distribution, the exponential: 5·100/√n.
			if got := sum / n; math.Abs(got-tt.mean) > 1.2 {
				t.Errorf("mean: got %.2f ms, want %.2f", got, tt.mean)
			}
		})
	}
}

// TestInboxHeadOfLine computes the head-of-line rule by hand: the message in flight delays a
// client's message, which comes later and has no latency.
func TestInboxHeadOfLine(t *testing.T) {
	var b Inbox[string]
	b.Push(100*ms+700*time.Microsecond, "slow")
	m, at := b.Take(0, &Jitter{}, false)
	if m != "slow" || at != 100*ms { // it sleeps 100 whole ms of 100.7
		t.Fatalf("got %q at %v, want slow at 100ms", m, at)
	}
	b.Push(160*ms, "later")
	b.Push(10*ms, "client")
	m, at = b.Take(at, &Jitter{}, true)
	if m != "client" || at != 100*ms {
		t.Fatalf("got %q at %v, want client at 100ms, long overdue", m, at)
	}
	if m, at = b.Take(at, &Jitter{}, true); m != "later" || at != 160*ms || b.Len() != 0 {
		t.Fatalf("got %q at %v, want later at 160ms", m, at)
	}
}

// TestInboxWakes: a thread that needs some µs to wake has less than 100 ms left, and
// sleeps 99 whole ms. A thread that is awake delivers an overdue message at once; one
// that is not awake, or has to sleep, does not.
func TestInboxWakes(t *testing.T) {
	jitter := NewJitter(ms/10, rand.New(rand.NewPCG(1, 2)))
	late := func(at, than time.Duration) bool { return at > than && at < than+ms }
	var b Inbox[string]
	for _, tt := range []struct {
		name          string
		awake         bool
		deadline, now time.Duration
		least         time.Duration
		late          bool
	}{
		{"asleep, to come", false, 100 * ms, 0, 99 * ms, true},
		{"awake, to come", true, 100 * ms, 0, 99 * ms, true},
		{"asleep, overdue", false, 100 * ms, 150 * ms, 150 * ms, true},
		{"awake, overdue", true, 100 * ms, 150 * ms, 150 * ms, false},
	} {
		b.Push(tt.deadline, "message")
		if _, at := b.Take(tt.now, &jitter, tt.awake); late(at, tt.least) != tt.late || at < tt.least {
			t.Errorf("%s: got %v, want %v and less than 1ms later: %v", tt.name, at, tt.least, tt.late)
		}
	}
}

// TestJitter checks the mean of jitter; a share of e⁻³ of an exponential distribution is
// above three times the mean. Five standard errors of 100,000 draws are 1.6 % of the
// mean, and .0034 of the share.
func TestJitter(t *testing.T) {
	const mean, n = ms / 10, 100_000
	j := NewJitter(mean, rand.New(rand.NewPCG(1, 2)))
	sum, above := time.Duration(0), 0
	for range n {
		d := j.Draw()
		if d < 0 {
			t.Fatalf("drew %v", d)
		}
		if sum += d; d > 3*mean {
			above++
		}
	}
	if got := float64(sum) / n / float64(mean); math.Abs(got-1) > .016 {
		t.Errorf("mean: got %.4f of what was asked for", got)
	}
	if got := float64(above) / n; math.Abs(got-math.Exp(-3)) > .0034 {
		t.Errorf("above three means: got a share of %.4f, want %.4f", got, math.Exp(-3))
	}
	for _, none := range []Jitter{{}, NewJitter(0, rand.New(rand.NewPCG(1, 2)))} {
		if d := none.Draw(); d != 0 {
			t.Errorf("no jitter: drew %v", d)
		}
	}
}

func TestInboxOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Inbox[int]
		deadlines := rapid.SliceOf(rapid.IntRange(0, 9)).Draw(t, "deadlines")
		for i, d := range deadlines {
			b.Push(time.Duration(d)*ms, i)
		}
		want := make([]int, len(deadlines)) // by deadline, then in order of arrival
		for i := range want {
			want[i] = i
		}
		slices.SortStableFunc(want, func(a, b int) int { return deadlines[a] - deadlines[b] })
		for _, w := range want {
			if got, _ := b.Take(0, &Jitter{}, false); got != w {
				t.Fatalf("got %d, want %d", got, w)
			}
		}
	})
}

func TestCuts(t *testing.T) {
	apart, deaf := Apart(4, []broadcast.NodeID{1, 3}), Deaf(4, []broadcast.NodeID{1, 3})
	for _, tt := range []struct {
		receiver, sender broadcast.NodeID
		apart, deaf      bool
	}{
		{0, 1, true, false}, {1, 0, true, true}, {1, 3, false, false}, {0, 2, false, false}, {2, 2, false, false},
	} {
		if got := apart.Rejects(tt.receiver, tt.sender); got != tt.apart {
			t.Errorf("Apart: n%d rejects n%d: got %v", tt.receiver, tt.sender, got)
		}
		if got := deaf.Rejects(tt.receiver, tt.sender); got != tt.deaf {
			t.Errorf("Deaf: n%d rejects n%d: got %v", tt.receiver, tt.sender, got)
		}
	}
	if got := slices.Collect(apart.Rejected(0)); !slices.Equal(got, []broadcast.NodeID{1, 3}) {
		t.Errorf("Rejected: got %v", got)
	}
}

// TestMajoritiesRing: every node receives from a majority, and from one more only if the
// links of least degree require it.
func TestMajoritiesRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "nodes")
		g := MajoritiesRing(n, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
		for id := range broadcast.NodeID(n) {
			heard := n - len(slices.Collect(g.Rejected(id)))
			if g.Rejects(id, id) || heard < n/2+1 || heard > n/2+2 {
				t.Fatalf("n%d receives from %d of %d", id, heard, n)
			}
		}
	})
}
