package texttab

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"gossipbench/harness/plain"
)

// markdown writes the listing as GitHub reads it.
func (l *Listing) markdown(b *strings.Builder) {
	for i, line := range l.Head {
		line = plain.Text(line)
		if i < len(l.Head)-1 {
			fmt.Fprintf(b, "**%s**\n\n", markdownText(line))
		} else {
			fmt.Fprintf(b, "%s\n\n", markdownText(line))
		}
	}
	row := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + markdownText(c) + " ")
		}
		b.WriteString("|\n")
	}
	row(l.header)
	for _, right := range l.right {
		if right {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| :--- ")
		}
	}
	b.WriteString("|\n")
	for _, cells := range l.rows {
		row(cells)
	}
	if len(l.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range l.Notes {
		fmt.Fprintf(b, "- %s\n", markdownText(plain.Text(note)))
	}
}

// markdownText escapes what Markdown would take for markup. An underscore
// within a word is none: GitHub Flavored Markdown, section 6.2.
func markdownText(s string) string {
	runes := []rune(s)
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	var b strings.Builder
	for i, r := range runes {
		link := r == '[' && strings.Contains(string(runes[i:]), "](")
		if link || strings.ContainsRune("\\`*|<>&~", r) || r == '_' && !(word(i-1) && word(i+1)) {
			b.WriteRune('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// latex writes a table environment that needs the packages booktabs and
// siunitx. A column of numbers stands on its decimal points, and what follows a
// number, such as its range, in a column beside it.
func (l *Listing) latex(b *strings.Builder) {
	b.WriteString("% needs \\usepackage{booktabs,siunitx}\n\\begin{table}\n\\centering\n")
	fmt.Fprintf(b, "\\caption{%s}\n\\begin{tabular}{", latexText(plain.Text(strings.Join(l.Head, " — "))))
	columns := make([]latexColumn, len(l.header))
	for i := range columns {
		columns[i] = l.latexColumn(i)
		b.WriteString(columns[i].declared)
	}
	b.WriteString("}\n\\toprule\n")
	row := func(form func(latexColumn, string) string, cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(" & ")
			}
			b.WriteString(form(columns[i], c))
		}
		b.WriteString(" \\\\\n")
	}
	row(latexColumn.head, l.header)
	b.WriteString("\\midrule\n")
	for _, cells := range l.rows {
		row(latexColumn.cell, cells)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	for _, note := range l.Notes {
		fmt.Fprintf(b, "\\par\\footnotesize %s\n", latexText(plain.Text(note)))
	}
	b.WriteString("\\end{table}\n")
}

// latexColumn is how a column of a listing is written.
type latexColumn struct {
	declared string // as tabular wants it
	numbers  bool   // siunitx's
	beside   bool   // with a second column for what follows the numbers
}

// latexNumber is a cell that begins with a number: its digits before and after
// the point, and what follows.
var latexNumber = regexp.MustCompile(`^-?([0-9]+)(?:\.([0-9]+))?(?: (.+))?$`)

// latexColumn declares a column: of numbers where each cell is one, or a dash.
func (l *Listing) latexColumn(i int) latexColumn {
	if !l.right[i] {
		return latexColumn{declared: "l"}
	}
	var c latexColumn
	whole, places := 0, 0
	for _, cells := range l.rows {
		if m := latexNumber.FindStringSubmatch(cells[i]); m != nil {
			c.numbers, c.beside = true, c.beside || m[3] != ""
			whole, places = max(whole, len(m[1])), max(places, len(m[2]))
		} else if cells[i] != "–" {
			return latexColumn{declared: "r"}
		}
	}
	switch {
	case !c.numbers:
		c.declared = "r"
	case c.beside:
		c.declared = fmt.Sprintf("S[table-format=%d.%d]@{\\ }l", whole, places)
	default:
		c.declared = fmt.Sprintf("S[table-format=%d.%d]", whole, places)
	}
	return c
}

// head writes a header: in braces, lest siunitx look for a number in it.
func (c latexColumn) head(text string) string {
	switch text = latexText(text); {
	case c.beside:
		return `\multicolumn{2}{c}{` + text + "}"
	case c.numbers:
		return "{" + text + "}"
	}
	return text
}

func (c latexColumn) cell(text string) string {
	if !c.numbers {
		return latexText(text)
	}
	number, rest, _ := strings.Cut(text, " ")
	if text == "–" {
		number = "{" + latexText(text) + "}"
	}
	if c.beside {
		return number + " & " + latexText(rest)
	}
	return number
}

// latexEscapes are for what LaTeX would take for a command. A bracket stands in
// braces because after \\ it would begin an option, and so do the hyphens of
// a flag, of which two are a dash.
var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`,
	`^`, `\textasciicircum{}`, `~`, `\textasciitilde{}`, `<`, `\textless{}`, `>`, `\textgreater{}`, `|`, `\textbar{}`,
	`[`, `{[}`, `]`, `{]}`, `--`, `-{}-`, `–`, `--`, `—`, `---`, `…`, `\ldots{}`, `"`, `''`,
	`≤`, `\ensuremath{\leq}`, `×`, `\ensuremath{\times}`, `÷`, `\ensuremath{\div}`, `−`, `\ensuremath{-}`,
)

// latexText escapes a text for LaTeX.
func latexText(s string) string { return latexEscapes.Replace(s) }

// page is the frame of the HTML form: a file of its own, without scripts.
const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>%s</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
table { border-collapse: collapse; }
caption { text-align: left; padding-bottom: .5em; }
th, td { padding: .25em .75em; border-bottom: 1px solid; text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
</style>
`

// html writes the listing as a page.
func (l *Listing) html(b *strings.Builder) {
	fmt.Fprintf(b, page, html.EscapeString(plain.Text(strings.Join(l.Head[:min(1, len(l.Head))], ""))))
	b.WriteString("<table>\n<caption>")
	for i, line := range l.Head {
		if i > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(html.EscapeString(plain.Text(line)))
	}
	b.WriteString("</caption>\n<thead>\n")
	row := func(cells []string, tag string) {
		b.WriteString("<tr>")
		for i, c := range cells {
			class, scope := "", ""
			if l.right[i] {
				class = ` class="n"`
			}
			if tag == "th" {
				scope = ` scope="col"`
			}
			fmt.Fprintf(b, "<%s%s%s>%s</%s>", tag, scope, class, html.EscapeString(c), tag)
		}
		b.WriteString("</tr>\n")
	}
	row(l.header, "th")
	b.WriteString("</thead>\n<tbody>\n")
	for _, cells := range l.rows {
		row(cells, "td")
	}
	b.WriteString("</tbody>\n</table>\n")
	if len(l.Notes) > 0 {
		b.WriteString("<ul>\n")
		for _, note := range l.Notes {
			fmt.Fprintf(b, "<li>%s</li>\n", html.EscapeString(plain.Text(note)))
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString("</html>\n")
}
