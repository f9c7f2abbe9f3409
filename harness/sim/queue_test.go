package sim

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plainQueue is a simple twin of queue: a slice with linear search.
type plainQueue struct {
	at     []time.Duration
	events []event
}

func (q *plainQueue) push(at time.Duration, e event) {
	i := len(q.at)
	for i > 0 && q.at[i-1] > at {
		i--
	}
	q.at = slices.Insert(q.at, i, at)
	q.events = slices.Insert(q.events, i, e)
}

func (q *plainQueue) pop() (time.Duration, event) {
	at, e := q.at[0], q.events[0]
	q.at, q.events = q.at[1:], q.events[1:]
	return at, e
}

// TestQueueTwin pushes and pops at times in every part of the queue: the open slot, both
// wheels, and beyond. Time begins before 0.
func TestQueueTwin(t *testing.T) {
	delay := rapid.OneOf(
		rapid.Just(int64(0)),
		rapid.Int64Range(0, 3),
		rapid.Int64Range(0, 2<<slotBits),
		rapid.Int64Range(0, 2<<farBits),
		rapid.Int64Range(0, 2<<turnBits),
		rapid.Map(rapid.Int64Range(0, 50), func(ms int64) int64 { return ms * int64(time.Millisecond) }),
		rapid.Map(rapid.Int64Range(0, 3), func(n int64) int64 { return n << slotBits }),
		rapid.Map(rapid.Int64Range(0, 3), func(n int64) int64 { return n << farBits }),
		rapid.Map(rapid.Int64Range(0, 3), func(n int64) int64 { return n << turnBits }),
	)
	rapid.Check(t, func(t *rapid.T) {
		q, twin := newQueue(), &plainQueue{}
		q.begin(-time.Duration(delay.Draw(t, "begin")))
		pushed := uint32(0)
		pop := func() {
			e, ok := q.pop()
			at, want := twin.pop()
			if !ok || e.ref != want.ref || e.to != want.to || e.kind() != kind(want.ref%8) || q.now != at {
				t.Fatalf("got event %d at %v (%v), want %d at %v", e.ref, q.now, ok, want.ref, at)
			}
		}
		for _, burst := range rapid.SliceOfN(rapid.IntRange(-60, 60), 1, 40).Draw(t, "bursts") {
			for ; burst < 0 && len(twin.at) > 0; burst++ {
				pop()
			}
			for ; burst > 0; burst-- {
				at := q.now + time.Duration(delay.Draw(t, "delay"))
				e := event{to: broadcast.NodeID(pushed), ref: pushed}
				q.push(at, kind(pushed%8), e)
				twin.push(at, e)
				pushed++
			}
			if q.Len() != len(twin.at) {
				t.Fatalf("Len: got %d, want %d", q.Len(), len(twin.at))
			}
		}
		for len(twin.at) > 0 {
			pop()
		}
		if e, ok := q.pop(); ok {
			t.Fatalf("got event %d from an empty queue", e.ref)
		}
	})
}

// TestQueueSort fills one slot with more events than insertion sort handles.
func TestQueueSort(t *testing.T) {
	q, twin, r := newQueue(), &plainQueue{}, rand.New(rand.NewPCG(1, 2))
	for i := range uint32(5000) {
		at := time.Duration(7<<slotBits + r.IntN(1<<slotBits))
		q.push(at, 1, event{ref: i})
		twin.push(at, event{ref: i})
	}
	for range 5000 {
		e, _ := q.pop()
		if at, want := twin.pop(); e.ref != want.ref || q.now != at {
			t.Fatalf("got event %d at %v, want %d at %v", e.ref, q.now, want.ref, at)
		}
	}
}

// TestQueueReusesBlocks: memory depends on the pending events, not on past ones.
func TestQueueReusesBlocks(t *testing.T) {
	q, r := newQueue(), rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		q.push(time.Duration(r.IntN(int(time.Second))), 1, event{})
	}
	for range 100_000 {
		q.pop()
		q.push(q.now+time.Duration(r.IntN(int(time.Second))), 1, event{})
	}
	// 1,000 events are in at most as many slots and blocks. Until a far slot is spread
	// its blocks are in use.
	if q.pool.used > 1000 {
		t.Errorf("1000 pending events took %d blocks", q.pool.used)
	}
}

// BenchmarkQueue is the hold model (Vaucher and Duval, "A Comparison of Simulation Event
// List Algorithms", CACM 18(4), 1975): one op pops an event and pushes it again, later by
// a precomputed random time.
func BenchmarkQueue(b *testing.B) {
	distributions := []struct {
		name string
		draw func(*rand.Rand) time.Duration
	}{
		{"exponential=1s", func(r *rand.Rand) time.Duration { return time.Duration(r.ExpFloat64() * float64(time.Second)) }},
		{"uniform=10..50ms", func(r *rand.Rand) time.Duration { return time.Duration(10+r.IntN(41)) * time.Millisecond }},
	}
	for _, d := range distributions {
		r := rand.New(rand.NewPCG(1, 2))
		var delays [1 << 12]time.Duration
		for i := range delays {
			delays[i] = d.draw(r)
		}
		for _, pending := range []int{1e3, 1e5, 1e6} {
			b.Run(fmt.Sprintf("%s/pending=%d", d.name, pending), func(b *testing.B) {
				q := newQueue()
				for range pending {
					q.push(delays[r.IntN(len(delays))], 1, event{})
				}
				hold := func(n int) {
					for i := range n {
						e, _ := q.pop()
						q.push(q.now+delays[i%len(delays)], 1, e)
					}
				}
				hold(2 * pending) // reach the steady state
				b.ReportAllocs()
				b.ResetTimer()
				hold(b.N)
			})
		}
	}
}
