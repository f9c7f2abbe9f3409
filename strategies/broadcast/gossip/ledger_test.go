package gossip

import (
	"gossipbench/strategies/broadcast"
	"testing"

	"pgregory.net/rapid"
)

// TestRemembered makes links to more peers than a node remembers: the ledger stops
// growing, the oldest link is replaced first, and a forgotten peer counts as
// knowing nothing.
func TestRemembered(t *testing.T) {
	var l ledger
	l.extend(7)
	for peer := range broadcast.NodeID(remembered + 10) {
		l.send(l.link(peer))
	}
	if len(l.links) != remembered || len(l.index) != remembered || l.level != remembered {
		t.Errorf("got %d links, %d in the index, %d of them level, want %d of each", len(l.links), len(l.index), l.level, remembered)
	}
	if l.find(9) != nil || l.find(10) == nil {
		t.Errorf("got n9 %v and n10 %v, want n9 forgotten and n10 not", l.find(9), l.find(10))
	}
	if k := l.link(9); k.sent != 0 || l.level != remembered-1 {
		t.Errorf("got %+v, %d level, want nothing sent and %d level", *k, l.level, remembered-1)
	}
}

// TestLevel compares level with a count over all links. Level decides when rounds
// stop.
func TestLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l ledger
		for i, step := range rapid.SliceOf(rapid.IntRange(0, 2)).Draw(t, "steps") {
			peer := broadcast.NodeID(rapid.IntRange(0, 4).Draw(t, "peer"))
			switch step {
			case 0:
				l.extend(broadcast.Value(i))
			case 1:
				l.send(l.link(peer))
			case 2:
				before := l.size
				l.extend(broadcast.Value(i))
				l.brought(peer, before)
			}
			var want int32
			for _, k := range l.links {
				if k.sent == l.size {
					want++
				}
			}
			if l.level != want {
				t.Fatalf("got %d links level, want %d", l.level, want)
			}
		}
	})
}

// TestPlace tests that a bookmark matches the log it was made for, also as the log
// grows, and no log with other values before it.
func TestPlace(t *testing.T) {
	one, other := ledger{marking: true}, ledger{marking: true}
	for v := range broadcast.Value(100) {
		one.extend(v)
		if v != 50 {
			other.extend(v)
		}
	}
	other.extend(50)
	for length := 1; length <= 100; length++ {
		mark := one.bookmark(length)
		if got := one.place(mark); got != length {
			t.Errorf("bookmark %d in its log: got %d", length, got)
		}
		want := 0
		if length <= 50 {
			want = length // the logs are equal up to there
		}
		if got := other.place(mark); got != want {
			t.Errorf("bookmark %d in another log: got %d, want %d", length, got, want)
		}
	}
	for _, mark := range []uint64{0, 1, 1 << 32, 101 << 32, 1<<64 - 1} {
		if got := one.place(mark); got != 0 {
			t.Errorf("bookmark %#x: got %d, want 0", mark, got)
		}
	}
}
