package broadcast

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSetTwin compares Set with a map. It draws near and far values: a far one is
// stored elsewhere, and the bits may reach it later.
func TestSetTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set Set
		twin := map[Value]bool{}
		var log []Value
		value := rapid.OneOf(
			rapid.Int64Range(0, 200), rapid.Int64Range(-3, 3),
			rapid.Int64Range(60*reach, 70*reach), rapid.Int64(),
		)
		for _, x := range rapid.SliceOf(value).Draw(t, "values") {
			v := Value(x)
			if got, want := set.Add(v), !twin[v]; got != want {
				t.Fatalf("Add(%d): got %v, want %v", v, got, want)
			}
			if !twin[v] {
				log = append(log, v)
			}
			twin[v] = true
			if !set.Has(v) || set.Has(v+1) != twin[v+1] {
				t.Fatalf("Has(%d), Has(%d): got %v, %v", v, v+1, set.Has(v), set.Has(v+1))
			}
		}
		if !slices.Equal(set.Log(), log) || set.Len() != len(log) {
			t.Fatalf("Log: got %v, want %v", set.Log(), log)
		}
		slices.Sort(log)
		if got := slices.Collect(set.All()); !slices.Equal(got, log) {
			t.Fatalf("All: got %v, want %v", got, log)
		}
	})
}

// TestSetLogIsShared tests that a strategy may send its log without a copy.
func TestSetLogIsShared(t *testing.T) {
	var set Set
	set.Add(1)
	sent := set.Log()
	_ = append(sent, 9) // a careless receiver
	set.Add(2)
	if got := set.Log(); !slices.Equal(got, []Value{1, 2}) || !slices.Equal(sent, []Value{1}) {
		t.Errorf("got %v and %v, want [1 2] and [1]", got, sent)
	}
}
