package elle

import (
	"slices"
	"strings"
	"testing"
)

// TestForbidden: each model allows something that the next stronger one forbids.
func TestForbidden(t *testing.T) {
	for _, tt := range []struct{ model, forbids, allows string }{
		{"read-uncommitted", "G0 duplicate-elements cyclic-versions", "G1a G1b G1c internal lost-update G-single-item G2-item"},
		{"read-committed", "G0 G1a G1b G1c future-read dirty-update incompatible-order", "internal lost-update G-single-item G2-item G0-realtime G1c-realtime"},
		// A transaction is visible as a whole or not at all, so it reads what it wrote.
		{"read-atomic", "G0 G1c internal", "lost-update G-single-item G-nonadjacent-item G2-item"},
		{"cursor-stability", "G1c lost-update", "internal G-single-item G2-item"},
		{"repeatable-read", "G1c lost-update G-single-item G-nonadjacent-item G2-item", "G1c-realtime G-single-item-realtime"},
		{"parallel-snapshot-isolation", "G1c internal lost-update", "G-single-item G-nonadjacent-item G2-item"},
		// It allows write skew and stale reads.
		{"snapshot-isolation", "G1c internal lost-update G-single-item G-nonadjacent-item", "G2-item G-single-item-realtime"},
		{"serializable", "G1c internal lost-update G-single-item G-nonadjacent-item G2-item", "G0-realtime G1c-realtime G-single-item-realtime G2-item-realtime"},
		{"strong-read-committed", "G0-realtime G1c-realtime G1c", "G-single-item-realtime G-single-item"},
		{"strong-snapshot-isolation", "G-single-item-realtime G-nonadjacent-item-realtime G1c-realtime", "G2-item G2-item-realtime"},
		{"strict-serializable", "G0 G2-item internal G0-realtime G1c-realtime G-single-item-realtime G-nonadjacent-item-realtime G2-item-realtime", "cycle-search-timeout empty-transaction-graph"},
	} {
		got := Forbidden([]string{tt.model})
		for name := range strings.FieldsSeq(tt.forbids) {
			if !got[name] {
				t.Errorf("%s must forbid %s", tt.model, name)
			}
		}
		for name := range strings.FieldsSeq(tt.allows) {
			if got[name] {
				t.Errorf("%s must allow %s", tt.model, name)
			}
		}
	}
	// Several models forbid whatever one of them forbids.
	if both := Forbidden([]string{"read-committed", "strong-read-uncommitted"}); !both["G1a"] || !both["G0-realtime"] || both["G1c-realtime"] {
		t.Errorf("got %v", both)
	}
	if none := Forbidden(nil); len(none) > 0 {
		t.Errorf("got %v of no model", none)
	}
}

// TestBroken: the weakest violated models, and the models above them.
func TestBroken(t *testing.T) {
	for _, tt := range []struct{ anomalies, not, notAlsoNot string }{
		{"G0", "read-uncommitted", ""},
		{"G1a", "read-committed", "read-uncommitted strong-read-uncommitted strong-session-read-uncommitted"},
		// A stale read violates only models of real time.
		{"G-single-item-realtime", "strong-snapshot-isolation", "serializable snapshot-isolation strong-session-serializable"},
		{"G2-item", "repeatable-read", "snapshot-isolation strong-snapshot-isolation strong-read-committed"},
		{"G2-item-realtime", "strong-serializable", "serializable strong-snapshot-isolation"},
		{"internal", "read-atomic", "read-committed cursor-stability repeatable-read monotonic-atomic-view consistent-view"},
		{"lost-update", "cursor-stability update-atomic", "read-committed read-atomic causal-cerone prefix"},
		{"cycle-search-timeout", "", "strong-serializable"},
		{"", "", "strong-serializable"},
	} {
		not, alsoNot := Broken(slices.Sorted(strings.FieldsSeq(tt.anomalies)))
		if want := slices.Sorted(strings.FieldsSeq(tt.not)); !slices.Equal(not, want) {
			t.Errorf("%s: got not %v, want %v", tt.anomalies, not, want)
		}
		for name := range strings.FieldsSeq(tt.notAlsoNot) {
			if slices.Contains(alsoNot, name) {
				t.Errorf("%s: %s may hold", tt.anomalies, name)
			}
		}
		if tt.not != "" && tt.not != "strong-serializable" && !slices.Contains(alsoNot, "strong-serializable") {
			t.Errorf("%s: got also not %v, which lacks strong-serializable", tt.anomalies, alsoNot)
		}
	}
}

// TestLatticeIsOne: every model and anomaly in a row is in the lattice, and nothing
// implies itself.
func TestLatticeIsOne(t *testing.T) {
	for name := range forbids {
		if weaker[name] == nil && name != "read-uncommitted" {
			t.Errorf("%s forbids, and implies no other model", name)
		}
	}
	for _, edges := range []map[string][]string{weaker, caseOf} {
		for name, others := range edges {
			if reach(edges, others...)[name] {
				t.Errorf("%s is a case of itself", name)
			}
		}
	}
	all := reach(weaker, "strong-serializable")
	for name := range weaker {
		if !all[name] {
			t.Errorf("%s is not implied by strict serializability", name)
		}
	}
	for _, k := range kinds {
		if !Forbidden([]string{"strict-serializable"})[k.name] {
			t.Errorf("strict serializability allows %s", k.name)
		}
	}
}
