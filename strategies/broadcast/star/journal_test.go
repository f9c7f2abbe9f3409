package star

import (
	"gossipbench/strategies/broadcast"
	"testing"

	"pgregory.net/rapid"
)

func journalOf(values ...broadcast.Value) *journal {
	j := &journal{}
	for _, v := range values {
		j.add(v)
	}
	return j
}

// TestFollow reads parts of the list 1 2 3 4 5, and of 1 2 9, the list after a
// restart.
func TestFollow(t *testing.T) {
	old, fresh := journalOf(1, 2, 3, 4, 5), journalOf(1, 2, 9)
	for _, tt := range []struct {
		name        string
		have        mark
		of          *journal
		start, end  int
		want        mark
		wantReading reading
	}{
		{"the first", 0, old, 0, 2, old.mark(2), fits},
		{"the next", old.mark(2), old, 2, 5, old.mark(5), fits},
		{"what overlaps", old.mark(2), old, 1, 4, old.mark(4), fits},
		{"nothing new", old.mark(2), old, 2, 2, old.mark(2), fits},
		{"what is known", old.mark(4), old, 1, 3, old.mark(4), stale},
		{"a gap", old.mark(2), old, 3, 5, old.mark(2), gap},
		{"a gap that nothing fills", old.mark(2), old, 4, 4, old.mark(2), gap},
		{"the beginning again", old.mark(5), old, 0, 2, old.mark(2), anew},
		{"another list, which is the same so far", old.mark(2), fresh, 2, 3, fresh.mark(3), fits},
		{"another list", old.mark(3), fresh, 0, 3, fresh.mark(3), anew},
		{"the middle of another list", old.mark(3), fresh, 2, 3, old.mark(3), gap},
		{"another list that is empty", old.mark(3), fresh, 0, 0, 0, anew},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, reading := tt.have.follow(tt.of.mark(tt.end), tt.of.set.Log()[tt.start:tt.end])
			if got != tt.want || reading != tt.wantReading {
				t.Errorf("got %d, %v, want %d, %v", got, reading, tt.want, tt.wantReading)
			}
		})
	}
	if got, reading := old.mark(3).follow(old.mark(1), []broadcast.Value{1, 2}); got != old.mark(3) || reading != nonsense {
		t.Errorf("two values that end at the first: got %d, %v, want nonsense", got, reading)
	}
	if got, reading := mark(0).follow(old.mark(2), []broadcast.Value{1, 3}); got != 0 || reading != nonsense {
		t.Errorf("values under another's mark: got %d, %v, want nonsense", got, reading)
	}
}

// TestReader reads parts of a list in any order. The reader's mark is always a mark
// of the list, and it has read everything up to there. So it never acknowledges
// more than it has.
func TestReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := &journal{}
		for v := range broadcast.Value(rapid.IntRange(0, 30).Draw(t, "length")) {
			j.add(v)
		}
		var have mark
		seen := map[broadcast.Value]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "stretches") {
			end := rapid.IntRange(0, j.len()).Draw(t, "end")
			start := rapid.IntRange(0, end).Draw(t, "start")
			values := j.set.Log()[start:end]
			for _, v := range values {
				seen[v] = true
			}
			have, _ = have.follow(j.mark(end), values)
			length, known := j.place(have)
			if !known {
				t.Fatalf("%d is no mark of the list", have)
			}
			for _, v := range j.set.Log()[:length] {
				if !seen[v] {
					t.Fatalf("its mark has %d values, but it has not read %d", length, v)
				}
			}
		}
	})
}

// TestPlace tests that a mark of another list never matches.
func TestPlace(t *testing.T) {
	j := journalOf(7, 8)
	for length := range 3 {
		if got, known := j.place(j.mark(length)); got != length || !known {
			t.Errorf("place of mark %d: got %d, %v", length, got, known)
		}
	}
	for _, m := range []mark{journalOf(8).mark(1), journalOf(7, 8, 9).mark(3), 1, 1<<64 - 1} {
		if got, known := j.place(m); known {
			t.Errorf("%d is taken for the mark of %d values", m, got)
		}
	}
}
