package experiment

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestLimits: whatever a file holds, it is read or refused in time and with few words.
func TestLimits(t *testing.T) {
	keys := func(n int, indent string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%skey%d: 1\n", indent, i)
		}
		return b.String()
	}
	bomb := "x: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
	for i := range 8 {
		bomb += fmt.Sprintf("y%d: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", i, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	lists := "base: {nodes: 3}\nmatrix:\n  seeds: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n" // lists of lists are no levels
	for _, tt := range []struct{ name, text, want string }{
		{"4 MB of unknown keys", keys(400_000, ""), "want at most 1048576 bytes"},
		{"unknown keys at the top", keys(50_000, ""), "and 80 more mistakes, or even more"},
		{"unknown keys of the base", "base:\n" + keys(50_000, "  "), "and 80 more mistakes, or even more"},
		{"unknown keys of the matrix", "matrix:\n" + keys(50_000, "  "), "more mistakes"},
		{"unknown keys of a level", "include:\n  - a: 1\n" + keys(50_000, "    "), "more mistakes"},
		{"aliases of aliases", bomb, "no such key of an experiment"},
		{"aliases in a level", lists + "  nodes: [*a, *a]\n", "want a value, got a list"},
		{"a misspelt key beside a million combinations", "base: {nodse: 3}\nmatrix: {nodes: 1..1000, rate: 1..1000}\n", "nodse: no such setting"},
		{"a misspelt parameter beside them", "matrix: {fanuot: [1], nodes: 1..1000, rate: 1..1000}\n", "did you mean fanout?"},
		{"a level of a million bytes", "base: {nemesis: " + strings.Repeat("partition+", 100_000) + "}\n", "nemesis: want none, or some of"},
		{"a thousand levels of an unknown key", "matrix: {xyz: 1..1000, nodes: 1..1000, rate: 1..1000}\n", "xyz: no such setting"},
		{"a deep list", "base: " + strings.Repeat("[", 100_000) + "\n", "no YAML"},
		{"a deep mapping", "base: " + strings.Repeat("{a: ", 100_000) + "\n", "no YAML"},
	} {
		began := time.Now()
		_, err := Parse("x.yaml", []byte(tt.text), catalog{}, Flags{})
		var mistakes Mistakes
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %.300v, want %s", tt.name, err, tt.want)
			continue
		}
		if len(mistakes) > 21 || len(err.Error()) > 20_000 {
			t.Errorf("%s: %d mistakes in %d bytes, want few", tt.name, len(mistakes), len(err.Error()))
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v", tt.name, took)
		} else {
			t.Logf("%s: %v, %d bytes", tt.name, took, len(err.Error()))
		}
	}
}
