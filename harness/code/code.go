// Package code says which code made a result, and whether that code is still
// the same: a result belongs to the code that made it.
//
// # What counts
//
// The question is whether the code that is there could give another number. So
// what counts is the source of all packages that can reach a number, found by
// their imports, beginning with
//
//   - the backend, harness/sim or native or maelstrom: networks, clients, faults,
//     services and checkers; on native and maelstrom the program of the node too,
//     unless it is the user's;
//   - the strategy, strategies/W/S, and the libraries that it imports.
//
// Each gets a hash of its own, so that a change of one strategy leaves the
// results of the others as they are, and a change of the report all of them. The
// registry of strategies does not count, since it imports every one. Of two
// packages that each backend imports only some files count: see partly.
//
// A file counts by its tokens: comments and layout change nothing, and tests do
// not count. A package of another module counts by its module's version in
// go.mod. The version of Go does not count; a result tells it in its provenance.
//
// The sources are those that the compiler has put into this program: see package
// gossipbench. Other ways that were thought of: the commit says nothing of files
// that have been changed and much of those that do not matter; a hash of the
// program changes with each word of a help text; a file of hashes that go
// generate writes is as old as its last run, and the change that is being tried
// is just the one that it does not have.
//
// # Programs of the user
//
// A node of the user's own counts by the content of its file, and so do files
// among its arguments and those that --depends names, such as what a script
// imports. What the node writes to while the trial runs does not count.
//
// # What does not change
//
// A test that somebody ran by Maelstrom and that was imported is as it is; no
// code of ours made it. A result without hashes was made before there were any:
// nobody knows its code.
package code

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// registry is the package that imports every strategy.
const registry = "strategies"

// partly has the files that count of packages of which few do.
var partly = map[string][]string{
	// What a trial draws, and what its texts stand for; the rest reads and writes
	// trials and results.
	"harness/trial": {"trial.go", "arguments.go"},
	// What a strategy gets; the rest is for mistakes.
	"strategies/param": {"values.go"},
}

// Source hashes packages of a module.
type Source struct {
	files  fs.FS
	module string // its path

	mu       sync.Mutex
	packages map[string]*pkg
	hashes   map[string]string
	required [][2]string // modules and their versions, from go.mod
}

// pkg is a package of the module.
type pkg struct {
	sum     []byte   // of its own files
	imports []string // of the module, below its path
	foreign []string // of others, each with its version
}

// NewSource reads the sources of a module: files has go.mod and folders.
func NewSource(files fs.FS) (*Source, error) {
	s := &Source{files: files, packages: map[string]*pkg{}, hashes: map[string]string{}}
	text, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		switch {
		case len(words) == 2 && words[0] == "module":
			s.module = words[1]
		case len(words) >= 2 && strings.HasPrefix(words[1], "v"):
			s.required = append(s.required, [2]string{words[0], words[1]})
		}
	}
	if s.module == "" {
		return nil, fmt.Errorf("go.mod: want the module's name")
	}
	return s, nil
}

// Hash is twelve hexadecimal digits that stand for some packages, by their
// folders, and for all that they import.
func (s *Source) Hash(roots ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.Join(roots, " ")
	if hash, known := s.hashes[key]; known {
		return hash, nil
	}
	seen := map[string]bool{registry: true}
	var all, foreign []string
	todo := slices.Clone(roots)
	for len(todo) > 0 {
		folder := todo[0]
		todo = todo[1:]
		if seen[folder] {
			continue
		}
		seen[folder] = true
		p, err := s.read(folder)
		if err != nil {
			return "", err
		}
		all = append(all, folder)
		foreign = append(foreign, p.foreign...)
		todo = append(todo, p.imports...)
	}
	slices.Sort(all)
	slices.Sort(foreign)
	sum := sha256.New()
	for _, folder := range all {
		fmt.Fprintf(sum, "%s %x\n", folder, s.packages[folder].sum)
	}
	for _, name := range slices.Compact(foreign) {
		fmt.Fprintln(sum, name)
	}
	hash := hex.EncodeToString(sum.Sum(nil)[:6])
	s.hashes[key] = hash
	return hash, nil
}

// read reads a package.
func (s *Source) read(folder string) (*pkg, error) {
	if p, known := s.packages[folder]; known {
		return p, nil
	}
	entries, err := fs.ReadDir(s.files, folder)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", folder, err)
	}
	p := &pkg{}
	sum := sha256.New()
	counted := 0
	for _, entry := range entries { // in order of name
		name := entry.Name()
		only, some := partly[folder]
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || some && !slices.Contains(only, name) {
			continue
		}
		counted++
		text, err := fs.ReadFile(s.files, path.Join(folder, name))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(sum, "%s %x\n", name, tokens(text))
		if err := s.imports(p, name, text); err != nil {
			return nil, err
		}
	}
	if counted == 0 {
		return nil, fmt.Errorf("package %s: no files of Go", folder)
	}
	p.sum = sum.Sum(nil)
	s.packages[folder] = p
	return p, nil
}

// tokens hashes a file without its comments and its layout.
func tokens(text []byte) []byte {
	var scan scanner.Scanner
	files := token.NewFileSet()
	scan.Init(files.AddFile("", files.Base(), len(text)), text, nil, scanner.ScanComments)
	sum := sha256.New()
	for {
		_, tok, literal := scan.Scan()
		switch {
		case tok == token.EOF:
			return sum.Sum(nil)
		case tok == token.COMMENT && !constraint.IsGoBuild(literal) && !strings.HasPrefix(literal, "//go:"):
			continue
		case tok == token.SEMICOLON:
			literal = "" // written or not
		}
		fmt.Fprintf(sum, "%d %q\n", tok, literal)
	}
}

// imports notes what a file imports.
func (s *Source) imports(p *pkg, name string, text []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if below, ours := strings.CutPrefix(imported, s.module+"/"); ours {
			p.imports = append(p.imports, below)
			continue
		}
		for _, m := range s.required {
			if imported == m[0] || strings.HasPrefix(imported, m[0]+"/") {
				p.foreign = append(p.foreign, m[0]+" "+m[1])
			}
		}
	}
	return nil
}
