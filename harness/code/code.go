// Package code determines which code made a result, and whether that code has changed
// since: a result belongs to the code that made it.
//
// # What counts
//
// The question is whether the present code could give other numbers. So all packages
// that can affect a number count. They are found by their imports, starting from
//
//   - the backend, harness/sim, native or maelstrom: networks, clients, faults, services
//     and checkers; on native and maelstrom also the program of the node, unless it is
//     the user's;
//   - the strategy, strategies/W/S, and the libraries that it imports.
//
// Each has a hash of its own: a change of one strategy leaves the results of the others
// valid, and a change of the report leaves all of them valid. The registry of strategies
// does not count, since it imports every strategy. Of two packages that every backend
// imports only some files count: see partly.
//
// A file counts by its tokens: comments, layout and tests do not count. A package of
// another module counts by its module's version in go.mod. The version of Go does not
// count; it is in a result's provenance.
//
// The sources are those embedded in this program: see package gossipbench. Alternatives
// were worse: a commit does not show changed files, and changes with files that do not
// matter; a hash of the program changes with each word of a help text; a file of hashes
// made by go generate is as old as its last run, and lacks the change that is being tried.
//
// # A user's own programs
//
// A user's own node counts by the content of its file. So do files among its arguments,
// and those that --depends names, such as what a script imports. Files that the node
// writes during the trial do not count.
//
// # Results without code
//
// An imported test of Maelstrom is never stale, since no code of ours made it. A result
// without hashes is older than hashes: its code is unknown.
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

// partly lists the files that count, for packages of which most files do not.
var partly = map[string][]string{
	// Draws of a trial and the meaning of its texts; the rest reads and writes trials and
	// results.
	"harness/trial": {"trial.go", "arguments.go"},
	// What a strategy gets; the rest handles mistakes.
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
	sum     []byte   // hash of its own files
	imports []string // imports of the module, below its path
	foreign []string // imports of other modules, each with its version
}

// NewSource reads the sources of a module; files has go.mod and the folders.
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

// Hash returns twelve hexadecimal digits that identify packages, by their folders, and
// everything that they import.
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
	for _, entry := range entries { // sorted by name
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

// tokens hashes a file without comments and layout.
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
			literal = "" // equal whether written or inserted
		}
		fmt.Fprintf(sum, "%d %q\n", tok, literal)
	}
}

// imports adds the imports of a file.
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
