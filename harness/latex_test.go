package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
)

// document has a table, a figure, and what the verbs that compare say.
const document = `\documentclass[a4paper,landscape]{article}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\usepackage{booktabs}
\usepackage{siunitx}
\usepackage{graphicx}
\begin{document}
\input{table}
\input{compare}
\input{front}
\input{effects}
\input{gate}
\begin{figure}
\includegraphics[width=\linewidth]{figure}
\caption{A figure.}
\end{figure}
\end{document}
`

// hostile is a question that LaTeX must not take for anything but text.
const hostile = `100 % of $x_1 & {y}^2~#3 \input{z} [<a|b>] -- "q"?`

// paper makes a table and a figure in a folder, of trials whose question, levels
// and errors hold what LaTeX would take for commands.
func paper(t *testing.T) (folder string, table []byte) {
	t.Helper()
	folder = t.TempDir()
	t.Chdir(folder)
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("paper.yaml", fmt.Sprintf(`question: '%s'
base: {bin: ./a_b, rate: 100}
matrix: {nodes: [5, 13, 25], args: ['--x 50%%', 'a & b_c']}
replicates: 2
targets: {stable-latency.p50: "< 100ms"}
`, hostile))
	write("document.tex", document)
	write("a_b", "")
	run := func(want int, args ...string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		w := newWorld("harness", strings.NewReader(""), &stdout, &stderr, mocks)
		if code := w.Execute(context.Background(), args); code != want {
			t.Fatalf("harness %s: exit status %d, want %d:\n%s", strings.Join(args, " "), code, want, stderr.String())
		}
	}
	run(cli.ExitInvalid, "run", "paper.yaml", "-q", "--set", "backend=native")
	run(cli.ExitWell, "table", "paper", "-o", "table.tex")
	run(cli.ExitWell, "plot", "paper", "--kind", "factor", "--x", "nodes", "-o", "figure.pdf")
	run(cli.ExitWell, "compare", "paper", "--col", "nodes", "-o", "compare.tex")
	run(cli.ExitWell, "pareto", "paper", "-o", "front.tex")
	run(cli.ExitWell, "effects", "paper", "-o", "effects.tex")
	run(cli.ExitGate, "gate", "paper", "-o", "gate.tex")
	table, err := os.ReadFile("table.tex")
	if err != nil {
		t.Fatal(err)
	}
	return folder, table
}

// TestLaTeX compiles a document with a table and a figure.
func TestLaTeX(t *testing.T) {
	program, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("there is no pdflatex: apt-get install --no-install-recommends texlive-latex-recommended texlive-science; TestLaTeXForm looks at the table without it")
	}
	folder, _ := paper(t)
	if err := exec.Command("kpsewhich", "siunitx.sty").Run(); err != nil {
		t.Skip("pdflatex lacks siunitx: apt-get install --no-install-recommends texlive-science")
	}
	cmd := exec.Command(program, "-interaction=nonstopmode", "-halt-on-error", "document.tex")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pdflatex: %v\n%s", err, out)
	}
	pdf, err := os.ReadFile(filepath.Join(folder, "document.pdf"))
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the document is %.20q, %v", pdf, err)
	}
	log, err := os.ReadFile(filepath.Join(folder, "document.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"Missing character", "undefined", "siunitx Error"} {
		if bytes.Contains(log, []byte(bad)) {
			t.Errorf("pdflatex says %q in\n%s", bad, log)
		}
	}
}

// TestLaTeXForm is for machines without pdflatex: braces and environments are
// closed, each row has as many cells as there are columns, and what LaTeX would
// take for a command is escaped.
func TestLaTeXForm(t *testing.T) {
	_, table := paper(t)
	if err := latexForm(string(table)); err != nil {
		t.Errorf("%v in\n%s", err, table)
	}
	for _, want := range []string{`100 \% of \$x\_1 \& \{y\}\textasciicircum{}2\textasciitilde{}\#3 \textbackslash{}input\{z\}`, `S[table-format=2.2]`, `a \& b\_c`} {
		if !strings.Contains(string(table), want) {
			t.Errorf("there is no %s in\n%s", want, table)
		}
	}
	for broken, what := range map[string]string{
		strings.Replace(string(table), `\end{tabular}`, "", 1):    "an open environment",
		strings.Replace(string(table), `\bottomrule`, "{", 1):     "an open brace",
		strings.Replace(string(table), ` & `, " ", 1):             "a row that lacks a cell",
		strings.Replace(string(table), `\&`, `&`, 2):              "an ampersand too many",
		strings.Replace(string(table), `x\_1`, `x_1`, 1):          "an index outside mathematics",
		strings.Replace(string(table), `S[table-format`, `S[`, 1): "", // siunitx's own words are not looked at
	} {
		if err := latexForm(broken); (err != nil) != (what != "") {
			t.Errorf("of a table with %q: %v", what, err)
		}
	}
}

var (
	latexEnvironment = regexp.MustCompile(`\\(begin|end)\{(\w+)\}`)
	latexTabular     = regexp.MustCompile(`(?m)^\\begin\{tabular\}\{(.*)\}$`)
	latexEscaped     = regexp.MustCompile(`\\[\\{}$&#%_]`)
	latexMulti       = regexp.MustCompile(`\\multicolumn\{(\d)\}`)
)

// latexForm says what is wrong with a table.
func latexForm(table string) error {
	_, table, _ = strings.Cut(table, "\n") // the first line is a comment
	declared := latexTabular.FindStringSubmatch(table)
	if declared == nil {
		return fmt.Errorf("there is no tabular")
	}
	var open []string
	for _, m := range latexEnvironment.FindAllStringSubmatch(table, -1) {
		if m[1] == "begin" {
			open = append(open, m[2])
		} else if len(open) == 0 || open[len(open)-1] != m[2] {
			return fmt.Errorf("the end of %s comes while %v are open", m[2], open)
		} else {
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%v are not closed", open)
	}
	layout := regexp.MustCompile(`\[[^]]*\]|@\{[^}]*\}`).ReplaceAllString(declared[1], "")
	inside := false
	for n, line := range strings.Split(table, "\n") {
		columns := line
		line = latexEscaped.ReplaceAllString(line, "")
		depth := 0
		for _, r := range line {
			switch r {
			case '{':
				depth++
			case '}':
				depth--
			case '$', '#', '%', '_', '^', '~':
				return fmt.Errorf("line %d holds %c", n+2, r)
			}
			if depth < 0 {
				return fmt.Errorf("line %d closes a brace that is not open", n+2)
			}
		}
		if depth != 0 {
			return fmt.Errorf("line %d leaves a brace open", n+2)
		}
		switch {
		case strings.HasPrefix(line, "\\toprule"), strings.HasPrefix(line, "\\midrule"):
			inside = true
		case strings.HasPrefix(line, "\\bottomrule"):
			inside = false
		case inside:
			cells := strings.Count(line, "&") + 1
			for _, m := range latexMulti.FindAllStringSubmatch(line, -1) {
				cells += int(m[1][0]-'0') - 1
			}
			if cells != len(layout) || !strings.HasSuffix(columns, `\\`) {
				return fmt.Errorf("line %d has %d cells, want %d: %s", n+2, cells, len(layout), columns)
			}
		case strings.Contains(line, "&"):
			return fmt.Errorf("line %d holds & outside of the table", n+2)
		}
	}
	return nil
}

// TestPaperIsHostile: else TestLaTeX proves little.
func TestPaperIsHostile(t *testing.T) {
	folder, _ := paper(t)
	text, err := os.ReadFile(filepath.Join(folder, "results", "paper", "experiment.yaml"))
	if err != nil || !strings.Contains(string(text), hostile) {
		t.Fatalf("%v in\n%s", err, text)
	}
	e, err := experiment.Load(filepath.Join(folder, "paper.yaml"), cli.Catalog{}, experiment.Flags{})
	if err != nil || e.Question != hostile {
		t.Errorf("the question is %q, %v", e.Question, err)
	}
}
