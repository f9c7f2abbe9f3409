package texttab

import (
	"fmt"
	"strings"
	"unicode"

	"gossipbench/harness/plain"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// wrapped returns a header and rows of which all columns together are at most so
// wide, with line breaks in cells; false where even breaks do not make them fit.
// Ranges are broken only if torn.
func wrapped(header []string, rows [][]string, room int, torn bool) ([]string, [][]string, bool) {
	lines := append([][]string{header}, rows...)
	natural, least := make([]int, len(header)), make([]int, len(header))
	for _, line := range lines {
		for i, cell := range line {
			for part := range strings.SplitSeq(cell, "\n") {
				natural[i] = max(natural[i], twwidth.Width(part))
				for _, p := range pieces(part, torn) {
					least[i] = max(least[i], twwidth.Width(strings.TrimSpace(p)))
				}
			}
		}
	}
	total := func(most int) int {
		n := 0
		for i := range natural {
			n += max(least[i], min(natural[i], most))
		}
		return n
	}
	if total(0) > room {
		return nil, nil, false
	}
	most := 0
	for most < room && total(most+1) <= room { // most is what the widest columns are cut to
		most++
	}
	all := make([][]string, len(lines))
	for r, line := range lines {
		all[r] = make([]string, len(line))
		for i, cell := range line {
			all[r][i] = strings.Join(wrap(cell, max(least[i], min(natural[i], most)), torn), "\n")
		}
	}
	return all[0], all[1:], true
}

// wrap breaks a text into lines of at most so many columns, between pieces where
// that is possible. Breaks that are there stay.
func wrap(text string, width int, torn bool) []string {
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		line := ""
		var all []string
		for _, word := range words(part, false) {
			if twwidth.Width(strings.TrimRight(word, " ")) > width {
				all = append(all, pieces(word, torn)...)
			} else {
				all = append(all, word)
			}
		}
		for _, piece := range all {
			if line != "" && twwidth.Width(strings.TrimRight(line+piece, " ")) > width {
				lines = append(lines, strings.TrimRight(line, " "))
				line = ""
			}
			for line == "" && twwidth.Width(strings.TrimRight(piece, " ")) > width {
				cut := 0 // at least one character, or it would never end
				for at := range piece {
					if cut = at; at > 0 && twwidth.Width(piece[:at]) >= width {
						break
					}
				}
				if cut == 0 {
					break
				}
				lines = append(lines, piece[:cut])
				piece = piece[cut:]
			}
			line += piece
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// words parts a text behind its blanks; between brackets, which hold a range, only
// if torn.
func words(text string, torn bool) []string {
	var all []string
	start, depth := 0, 0
	for i, r := range text {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth = max(depth-1, 0)
		case r == ' ' && (depth == 0 || torn) && i+1 < len(text) && text[i+1] != ' ':
			all = append(all, text[start:i+1])
			start = i + 1
		}
	}
	return append(all, text[start:])
}

// pieces parts a text where it may be broken at worst: between words, and within
// them behind - and , and before a dot, where letters stand on both sides. So no
// number is torn.
func pieces(text string, torn bool) []string {
	var all []string
	for _, word := range words(text, torn) {
		runes := []rune(word)
		start := 0
		for i := 1; i+1 < len(runes); i++ {
			if !unicode.IsLetter(runes[i-1]) || !unicode.IsLetter(runes[i+1]) {
				continue
			}
			end := start
			switch runes[i] {
			case '-', ',':
				end = i + 1
			case '.':
				end = i
			}
			if end > start {
				all = append(all, string(runes[start:end]))
				start = end
			}
		}
		all = append(all, string(runes[start:]))
	}
	return all
}

// blocks writes each row as a block of lines, one a column, for a screen that is
// too narrow for columns beside each other.
func (l *Listing) blocks(b *strings.Builder, width int, colors map[string]string) {
	names := 0
	for _, name := range l.header {
		names = max(names, twwidth.Width(name))
	}
	names = min(names, width/2)
	for i, row := range l.rows {
		title := fmt.Sprintf("── %d of %d ", i+1, len(l.rows))
		fmt.Fprintln(b, title+strings.Repeat("─", max(min(width, names+20)-twwidth.Width(title), 0)))
		for j, cell := range row {
			if cell == "" {
				continue
			}
			left, right := wrap(l.header[j], max(names, 1), true), wrap(cell, max(width-names-2, 1), true)
			if colors != nil {
				right = colored([][]string{{strings.Join(right, "\n")}}, colors)[0]
				right = strings.Split(right[0], "\n")
			}
			for n := range max(len(left), len(right)) {
				line := ""
				if n < len(left) {
					line = left[n]
				}
				if n < len(right) {
					line += strings.Repeat(" ", names-twwidth.Width(line)+2) + right[n]
				}
				fmt.Fprintln(b, line)
			}
		}
	}
}

// paragraph writes a text in lines of at most so many columns; 0 is without end.
func paragraph(b *strings.Builder, text string, width int) {
	lines := []string{plain.Text(text)}
	if width > 0 {
		lines = wrap(lines[0], width, true)
	}
	for _, line := range lines {
		fmt.Fprintln(b, line)
	}
}
