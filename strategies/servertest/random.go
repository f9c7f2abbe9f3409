package servertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Grammar maps a name to the texts that may replace the name in angle brackets.
// <line> is a line of a script, <n> a number.
type Grammar map[string][]string

// numbers are unusual texts for <n>, which is mostly a small number.
var numbers = []string{
	"4611686018427387903", "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615",
	"18446744073709551616", "-1", "-9223372036854775808", "1.5", "1e3", "null", `"x"`, `"1"`, "[]", "{}", "true",
}

// Random returns a random script of lines lines.
func (g Grammar) Random(r *rand.Rand, lines int) string {
	var b strings.Builder
	for range lines {
		b.WriteString(g.expand("<line>", r, 0) + "\n")
	}
	return b.String()
}

// expand replaces the names in text.
func (g Grammar) expand(text string, r *rand.Rand, depth int) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, ">")
		text = after
		switch choices := g[name]; {
		case name == "n" && r.IntN(40) == 0:
			b.WriteString(numbers[r.IntN(len(numbers))])
		case name == "n":
			fmt.Fprint(&b, r.IntN(5))
		case choices == nil || depth > 20:
			panic(fmt.Sprintf("servicetest: a grammar without %q, or without end", name))
		default:
			b.WriteString(g.expand(choices[r.IntN(len(choices))], r, depth+1))
		}
	}
}
