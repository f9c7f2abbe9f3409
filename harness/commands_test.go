package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
)

// shell are the languages of blocks that may hold commands. Those of console blocks
// are run by TestConsole.
var shell = []string{"sh", "console", "yaml"}

// commands are those of a text that a shell would run, each as its words. It knows as
// much of a shell as documents need.
func commands(text string) (all [][]string) {
	var words []string
	var word strings.Builder
	begun := false
	endWord := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	endCommand := func() {
		endWord()
		if words != nil {
			all = append(all, words)
		}
		words = nil
	}
	text = strings.ReplaceAll(text, "\\\n", " ")
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				end = len(text) - i - 1
			}
			word.WriteString(text[i+1 : i+1+end])
			begun = true
			i += end + 1
		case c == '#' && !begun:
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(text)
			}
		case strings.IndexByte("\n;&|()`", c) >= 0:
			endCommand()
		case c == ' ' || c == '\t':
			endWord()
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	endCommand()
	return all
}

// harnessArgs are the arguments of a command that calls the harness.
func harnessArgs(words []string) (args []string, is bool) {
	for i, word := range words {
		switch {
		case word == "$", word == "-", word == "run:", word == "time", word == "nice", strings.Contains(word, "=") && word[0] != '-':
			continue // what may stand before a command
		case path.Base(word) == "harness" && !strings.HasPrefix(word, "./"):
			args = words[i+1:]
		case len(words) > i+2 && word == "go" && words[i+1] == "run" && words[i+2] == "./harness":
			args = words[i+3:]
		default:
			return nil, false
		}
		for j, word := range args {
			if strings.HasPrefix(word, ">") || strings.HasPrefix(word, "2>") || strings.HasPrefix(word, "<") {
				return args[:j], true
			}
		}
		return args, true
	}
	return nil, false
}

// checkCommand says what is wrong with a call of the harness, without running it.
func checkCommand(t *testing.T, where string, args []string) {
	w := newWorld("harness", nil, &bytes.Buffer{}, &bytes.Buffer{}, backends)
	root := w.Root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	cmd, rest, err := root.Find(args)
	if err == nil && cmd == root && len(args) > 0 && args[0][0] != '-' {
		t.Errorf("%s: harness %s: no such verb", where, strings.Join(args, " "))
		return
	}
	if cmd.Name() == "node" { // which has flags of its own, by its strategy
		return
	}
	cmd.InitDefaultHelpFlag()
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err == nil {
		err = checkValues(cmd)
	}
	if err != nil {
		t.Errorf("%s: harness %s: %v", where, strings.Join(args, " "), err)
	}
}

// checkValues looks at the metrics that flags name, and at the experiment that they
// make.
func checkValues(cmd *cobra.Command) error {
	f := cmd.Flags()
	if metrics, err := f.GetStringSlice("metric"); err == nil {
		for _, name := range metrics {
			if err := cli.OneOf("--metric", name, cli.MetricNames()); err != nil {
				return err
			}
		}
	}
	if cmd.Name() != "run" && cmd.Name() != "plan" {
		return nil
	}
	var flags experiment.Flags
	flags.Set, _ = f.GetStringArray("set")
	flags.Vary, _ = f.GetStringArray("param")
	flags.Replicates, _ = f.GetString("replicates")
	flags.Seed, _ = f.GetString("seed")
	file := f.Arg(0)
	if file == "" || cmd.ArgsLenAtDash() == 0 {
		_, err := experiment.AdHoc(flags, cli.Catalog{})
		return err
	}
	for _, p := range []string{filepath.Join(root, file), filepath.Join(root, cli.ExperimentsFolder, file+".yaml")} {
		if cli.Exists(p) {
			_, err := experiment.Load(p, cli.Catalog{}, flags)
			return err
		}
	}
	return nil // one that the reader writes
}

// TestCommandLines: each command line of the harness in a document or an example of
// the help is one that the program takes.
func TestCommandLines(t *testing.T) {
	n := 0
	check := func(where, text string) {
		for _, words := range commands(text) {
			if args, is := harnessArgs(words); is {
				n++
				checkCommand(t, where, args)
			}
		}
	}
	for _, d := range pages(t) {
		all, _ := d.blocks()
		for _, b := range all {
			if !slices.Contains(shell, b.language) {
				continue
			}
			text := b.text
			if b.language == "console" {
				text = ""
				for _, s := range b.steps() {
					text += s.command + "\n"
				}
			}
			check(d.name, text)
		}
	}
	w := newWorld("harness", nil, &bytes.Buffer{}, &bytes.Buffer{}, backends)
	for _, cmd := range w.Root().Commands() {
		check("harness "+cmd.Name()+" --help", cmd.Example)
	}
	if n < 50 {
		t.Errorf("found %d command lines, want the many that there are", n)
	}
}

// TestExperimentsOfDocuments: each experiment file that a document shows is one.
func TestExperimentsOfDocuments(t *testing.T) {
	for _, d := range pages(t) {
		all, _ := d.blocks()
		for _, b := range all {
			if b.language != "yaml" || strings.Contains(b.text, "\njobs:") { // GitHub's
				continue
			}
			if _, err := experiment.Parse("x.yaml", []byte(b.text), cli.Catalog{}, experiment.Flags{}); err != nil {
				t.Errorf("%s:%d: %v", d.name, b.line, err)
			}
		}
	}
}

// step is a command of a console block, and what it prints.
type step struct{ command, prints string }

// steps are those of a console block.
func (b block) steps() (all []step) {
	continued := false
	for line := range strings.Lines(b.text) {
		switch command, is := strings.CutPrefix(line, "$ "); {
		case is:
			all = append(all, step{command: command})
			line = command
		case len(all) == 0:
			continue
		case continued:
			all[len(all)-1].command += line
		default:
			all[len(all)-1].prints += line
			continue
		}
		continued = strings.HasSuffix(line, "\\\n")
	}
	return all
}

// TestConsole runs what the documents show in console blocks, in one folder, the
// tutorial first. What a command prints to stdout must be what the document shows; a
// "…" at the end of a line stands for whatever follows. The comment above a block has a
// say: "differs" is for output in real time, "needs PROGRAM" for blocks that are left
// out without it, and "file: NAME" has the block written to that file. With -update the
// documents get what was printed.
func TestConsole(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, cli.ExperimentsFolder), os.DirFS(filepath.Join(root, cli.ExperimentsFolder))); err != nil {
		t.Fatal(err)
	}
	all := pages(t)
	first := slices.IndexFunc(all, func(p page) bool { return p.name == "docs/tutorial.md" }) // which builds the program
	all[0], all[first] = all[first], all[0]
	for _, d := range all {
		text := d.text
		blocks, _ := d.blocks()
		for _, b := range blocks {
			if name, is := strings.CutPrefix(b.comment, "file: "); is {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(b.text), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if b.language != "console" {
				continue
			}
			needs, rest, _ := strings.Cut(b.comment, ", ")
			if program, is := strings.CutPrefix(needs, "needs "); is {
				if _, err := exec.LookPath(program); err != nil {
					t.Logf("%s:%d is not run: %v", d.name, b.line, err)
					continue
				}
			}
			made := ""
			for _, s := range b.steps() {
				got, err := perform(dir, s.command)
				real := needs == "differs" || rest == "differs"
				for again := 0; err != nil && real && again < 3; again++ { // the machine may be too busy
					got, err = perform(dir, s.command)
				}
				if err != nil {
					t.Errorf("%s:%d: $ %s%v", d.name, b.line, s.command, err)
				}
				if real || matches(s.prints, got) {
					got = s.prints
				} else if !*update || strings.Contains(s.prints, "…\n") {
					t.Errorf("%s:%d: $ %sprints\n%swant\n%sgo test ./harness -run TestConsole -update writes it, but where the document leaves something out", d.name, b.line, s.command, got, s.prints)
					got = s.prints
				}
				made += "$ " + s.command + got
			}
			text = strings.Replace(text, b.text, made, 1)
		}
		if *update && text != d.text {
			if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(d.name)), []byte(text), 0o666); err != nil {
				t.Error(err)
			}
		}
	}
	// The picture of the README is the one that the tutorial draws.
	if drawn, err := os.ReadFile(filepath.Join(dir, "first.svg")); err != nil {
		t.Error(err)
	} else if shown, err := os.ReadFile(filepath.Join(root, "docs", "first.svg")); (err != nil || !bytes.Equal(drawn, shown)) && *update {
		err = os.WriteFile(filepath.Join(root, "docs", "first.svg"), drawn, 0o666)
		if err != nil {
			t.Error(err)
		}
	} else if err != nil || !bytes.Equal(drawn, shown) {
		t.Errorf("docs/first.svg is not what the tutorial draws, %v; go test ./harness -run TestConsole -update writes it", err)
	}
}

// perform runs a command of a document in dir and returns what it prints to stdout.
func perform(dir, command string) (string, error) {
	command = strings.ReplaceAll(command, "go run ./harness", "bin/harness")
	where := dir
	if strings.HasPrefix(command, "go build -o bin/ ") {
		command = strings.Replace(command, "bin/", filepath.Join(dir, "bin")+"/", 1)
		where = root
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = where
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w\n%s%s", err, stdout.Bytes(), stderr.Bytes())
	}
	var b strings.Builder
	for line := range strings.Lines(stdout.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String(), err
}

// matches reports whether a document shows what was printed: a "…" at the end of a
// line stands for whatever follows.
func matches(shown, printed string) bool {
	parts := strings.Split(shown, "…\n")
	for i, part := range parts {
		at := strings.Index(printed, part)
		if i == len(parts)-1 && i > 0 {
			return strings.HasSuffix(printed, part)
		}
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		printed = printed[at+len(part):]
	}
	return printed == ""
}
