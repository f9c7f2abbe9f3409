package table

import (
	"fmt"
	"html"
	"strings"
	"unicode"
)

// markdown writes the listing as GitHub reads it.
func (l *Listing) markdown(b *strings.Builder) {
	for i, line := range l.Head {
		line = oneLine(line)
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
		fmt.Fprintf(b, "- %s\n", markdownText(oneLine(note)))
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

// latex writes a table environment that needs the package booktabs.
func (l *Listing) latex(b *strings.Builder) {
	b.WriteString("% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n")
	fmt.Fprintf(b, "\\caption{%s}\n\\begin{tabular}{", latexText(oneLine(strings.Join(l.Head, " — "))))
	for _, right := range l.right {
		if right {
			b.WriteString("r")
		} else {
			b.WriteString("l")
		}
	}
	b.WriteString("}\n\\toprule\n")
	row := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(" & ")
			}
			b.WriteString(latexText(c))
		}
		b.WriteString(" \\\\\n")
	}
	row(l.header)
	b.WriteString("\\midrule\n")
	for _, cells := range l.rows {
		row(cells)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	for _, note := range l.Notes {
		fmt.Fprintf(b, "\\par\\footnotesize %s\n", latexText(oneLine(note)))
	}
	b.WriteString("\\end{table}\n")
}

// latexEscapes are for what LaTeX would take for a command. A bracket stands in
// braces because after \\ it would begin an option, and so do the hyphens of
// a flag, of which two are a dash.
var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`,
	`^`, `\textasciicircum{}`, `~`, `\textasciitilde{}`, `<`, `\textless{}`, `>`, `\textgreater{}`, `|`, `\textbar{}`,
	`[`, `{[}`, `]`, `{]}`, `--`, `-{}-`, `–`, `--`, `—`, `---`, `…`, `\ldots{}`, `"`, `''`,
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
	fmt.Fprintf(b, page, html.EscapeString(oneLine(strings.Join(l.Head[:min(1, len(l.Head))], ""))))
	b.WriteString("<table>\n<caption>")
	for i, line := range l.Head {
		if i > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(html.EscapeString(oneLine(line)))
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
			fmt.Fprintf(b, "<li>%s</li>\n", html.EscapeString(oneLine(note)))
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString("</html>\n")
}
