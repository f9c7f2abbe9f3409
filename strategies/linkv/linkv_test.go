package linkv

import (
	"fmt"
	"strings"
	"testing"
)

// TestDo tests each operation on a register; "" means that it does not exist.
func TestDo(t *testing.T) {
	for _, tt := range []struct {
		kind, body, old string
		want            string // the next value, or the error
	}{
		{Read, `{"key":1}`, "", "error 20: no such key"},
		{Read, `{"key":1}`, "null", "null"},
		{Write, `{"key":1,"value":{ "a": 1 }}`, "", `{"a":1}`},
		{Write, `{"key":1,"value":2}`, "1", "2"},
		{CAS, `{"key":1,"from":1,"to":2}`, "", "error 20: no such key"},
		{CAS, `{"key":1,"from":1,"to":2,"create_if_not_exists":true}`, "", "2"},
		{CAS, `{"key":1,"from":1,"to":2,"create_if_not_exists":true}`, "3", "error 22: want 1, got 3"},
		{CAS, `{"key":1,"from":1,"to":2}`, "1", "2"},
		{CAS, `{"key":1,"from":1.0,"to":2}`, "1", "error 22: want 1.0, got 1"},
		{CAS, `{"key":1,"from":1.0,"to":2}`, "1e0", "2"},
		{CAS, `{"key":1,"from":[{"a":1,"b":2.50}],"to":2}`, `[{"b":2.5,"a":1}]`, "2"},
		{CAS, `{"key":1,"from":"é","to":2}`, `"\u00e9"`, "2"},
		{CAS, `{"key":1,"from":12345678901234567890123,"to":2}`, "12345678901234567890124", "error 22: want 12345678901234567890123, got 12345678901234567890124"},
		{CAS, `{"key":1,"from":"` + strings.Repeat("é", 100) + `","to":2}`, "1", `error 22: want "` + strings.Repeat("é", 39) + "…, got 1"},
	} {
		op, ok := Parse(tt.kind, []byte(tt.body))
		if !ok {
			t.Fatalf("%s: is no operation", tt.body)
		}
		var old []byte
		if tt.old != "" {
			old = []byte(tt.old)
		}
		next, err := op.Do(old)
		got := string(next)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s on %q\n got %s\nwant %s", tt.kind, tt.body, tt.old, got, tt.want)
		}
	}
}

// TestParse tests malformed operations, including deeply nested ones.
func TestParse(t *testing.T) {
	nested := func(depth int) string {
		return fmt.Sprintf(`{"key":1,"value":%s"]"%s}`, strings.Repeat("[", depth), strings.Repeat("]", depth))
	}
	for _, tt := range []struct {
		kind, body string
		want       bool
	}{
		{Read, `{"key":1}`, true}, {Read, `{}`, false}, {Write, `{"key":1}`, false}, {CAS, `{"key":1,"to":1}`, false}, {"append", `{"key":1}`, false},
		{Write, nested(maxDepth - 1), true}, {Write, nested(maxDepth), false},
		{Write, `{"key":1,"value":"` + strings.Repeat(`[\"`, maxDepth) + `"}`, true},
	} {
		op, ok := Parse(tt.kind, []byte(tt.body))
		if ok != tt.want {
			t.Errorf("%s %.80s: got %v, want %v", tt.kind, tt.body, ok, tt.want)
		}
		if ok && op.Value != nil && !Valid(op.Value) {
			t.Errorf("%.80s: its own value is not valid", tt.body)
		}
	}
	for _, text := range []string{"", "\n", "[ 1 ]", "x", "1\n", "[1"} {
		if Valid([]byte(text)) {
			t.Errorf("%q: is valid", text)
		}
	}
}

// TestEqual tests that values are equal as in Maelstrom's lin-kv, however they are
// written.
func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{`0`, `-0`, true}, {`0.0`, `-0.0`, true}, {`1`, `1.0`, false}, {`[1.50]`, `[1.5]`, true}, {`1e999`, `1e1000`, true},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true}, {`12345678901234567890123`, `12345678901234567890124`, false},
	} {
		if got := equal([]byte(tt.a), []byte(tt.b)); got != tt.same {
			t.Errorf("equal(%s, %s): got %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}
