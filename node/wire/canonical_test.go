package wire

import "testing"

// TestCanonical tests that values are compared, not spellings.
func TestCanonical(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{`1`, `1`, true},
		{`1`, `1.0`, false}, // as in Clojure
		{`1.0`, `1e0`, true},
		{`0`, `-0`, true},
		{`0.0`, `-0.0`, true},
		{`"a"`, `"\u0061"`, true},
		{`"é"`, `"\u00e9"`, true},
		{`"<"`, `"\u003c"`, true},
		{`"1"`, `1`, false},
		{`[1, 2]`, `[1,2]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1,"b":2.50}`, `{"b":2.5, "a":1}`, true},
		{`12345678901234567890123`, `12345678901234567890124`, false},
		{`1e999`, `1e999`, true},
		{`1e999`, `1e1000`, true}, // infinite in Java
		{`01`, `1`, false},        // not JSON
	} {
		if got := Canonical([]byte(tt.a)) == Canonical([]byte(tt.b)); got != tt.same {
			t.Errorf("%s and %s: got %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}
