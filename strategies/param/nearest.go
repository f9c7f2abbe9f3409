package param

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Hint returns a hint for a name that is not in known.
func Hint(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	switch n := len(known); {
	case n == 0:
		return "there are none"
	case n > mostListed:
		far := make(map[string]int, n)
		for _, k := range known {
			far[k] = distance(fold(name), fold(k))
		}
		near := slices.SortedStableFunc(slices.Values(known), func(a, b string) int { return cmp.Compare(far[a], far[b]) })
		return fmt.Sprintf("want one of %d, of which the nearest are %s", n, strings.Join(near[:3], ", "))
	}
	return "want one of " + strings.Join(known, ", ")
}

// mostListed is the most names that Hint lists. Chosen.
const mostListed = 20

// Nearest returns the known name with the least edit distance to name, or "" if
// that exceeds a third of name's length.
func Nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range known {
		if d := distance(fold(name), fold(k)); d < least || (d == least && best == "" && d <= len(name)/3) {
			best, least = k, d
		}
	}
	return best
}

// fold drops case, separators, and bytes beyond maxFolded.
func fold(s string) string { return separators.Replace(strings.ToLower(s[:min(len(s), maxFolded)])) }

var separators = strings.NewReplacer("-", "", "_", "", ".", "")

// maxFolded is longer than any known name. Chosen.
const maxFolded = 100

// distance is the Levenshtein distance of a and b, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
