package code

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"gossipbench/harness/trial"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gossipbench"
)

// toy returns a module with two strategies, a backend and a report.
func toy() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"go.mod":                             "module toy\n\nrequire (\n\texample.org/lib v1.2.3\n\texample.org/other v1.0.0 // indirect\n)\n",
		"strategies/strategies.go":           "package strategies\nimport (\n_ \"toy/strategies/broadcast/flood\"\n_ \"toy/strategies/broadcast/star\"\n)\n",
		"strategies/gossip/gossip.go":        "package gossip\nconst N = 1\n",
		"strategies/broadcast/flood/node.go": "package flood\n\n// Copies is how many.\nconst Copies = 1\n",
		"strategies/broadcast/star/node.go":  "package star\nimport \"toy/strategies/gossip\"\nconst Hub = gossip.N\n",
		"strategies/param/values.go":         "package param\n",
		"strategies/param/nearest.go":        "package param\nconst near = 1\n",
		"harness/sim/sim.go":                 "package sim\nimport (\n\"fmt\"\n\"example.org/lib/sub\"\n\"toy/harness/trial\"\n\"toy/strategies\"\n)\n",
		"harness/sim/sim_test.go":            "package sim\n",
		"harness/trial/trial.go":             "package trial\nimport \"toy/strategies/param\"\n",
		"harness/trial/file.go":              "package trial\nimport \"toy/harness/report\"\n",
		"harness/report/report.go":           "package report\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func hash(t *testing.T, files fs.FS, folder string) string {
	t.Helper()
	s, err := NewSource(files)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Hash(folder)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestWhatCounts edits one file and checks which hashes change.
func TestWhatCounts(t *testing.T) {
	const flood, star, sim = "strategies/broadcast/flood", "strategies/broadcast/star", "harness/sim"
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"a strategy", flood + "/node.go", "Copies = 1", "Copies = 2", "flood"},
		{"its comment", flood + "/node.go", "how many", "how many copies of a value", ""},
		{"its layout", flood + "/node.go", "const Copies = 1", "const ( Copies = 1;\n)", "flood"}, // tokens count, not meaning
		{"blank lines", flood + "/node.go", "const Copies = 1\n", "const Copies   =\t1\n\n\n", ""},
		{"a new strategy", "strategies/strategies.go", "import (", "import (\n_ \"toy/strategies/gossip\"", ""},
		{"a library of strategies", "strategies/gossip/gossip.go", "N = 1", "N = 2", "star"},
		{"the backend", sim + "/sim.go", "\"fmt\"", "\"strings\"", "sim"},
		{"a build constraint", sim + "/sim.go", "package sim", "//go:build linux\n\npackage sim", "sim"},
		{"a test", sim + "/sim_test.go", "package sim", "package sim\nvar x = 1", ""},
		{"a module that it imports", "go.mod", "v1.2.3", "v1.2.4", "sim"},
		{"a module that it does not", "go.mod", "v1.0.0", "v1.0.1", ""},
		{"what a trial draws", "harness/trial/trial.go", "package trial", "package trial\nvar x = 1", "sim"},
		{"the reader of experiments", "harness/trial/file.go", "package trial", "package trial\nvar y = 1", ""},
		{"the report", "harness/report/report.go", "package report", "package report\nvar x = 1", ""},
		{"what a parameter is", "strategies/param/values.go", "package param", "package param\nvar x = 1", "sim"},
		{"a hint", "strategies/param/nearest.go", "near = 1", "near = 2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, after := toy(), toy()
			text := after[tt.file].Data
			if !bytes.Contains(text, []byte(tt.old)) {
				t.Fatalf("%s has no %q", tt.file, tt.old)
			}
			after[tt.file] = &fstest.MapFile{Data: bytes.Replace(text, []byte(tt.old), []byte(tt.new), 1)}
			var changed []string
			for _, folder := range []string{flood, star, sim} {
				if hash(t, before, folder) != hash(t, after, folder) {
					changed = append(changed, path.Base(folder))
				}
			}
			if got := strings.Join(changed, " "); got != tt.want {
				t.Errorf("changed: got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNewFile: a new file counts, and so does a renamed one.
func TestNewFile(t *testing.T) {
	const folder = "strategies/broadcast/flood"
	more, moved := toy(), toy()
	more[folder+"/more.go"] = &fstest.MapFile{Data: []byte("package flood\n")}
	moved[folder+"/other.go"] = moved[folder+"/node.go"]
	delete(moved, folder+"/node.go")
	hashes := map[string]bool{hash(t, toy(), folder): true, hash(t, more, folder): true, hash(t, moved, folder): true}
	if len(hashes) != 3 {
		t.Errorf("got %d hashes, want 3", len(hashes))
	}
}

// TestEmbedded: the embedded sources are those of the checkout, so the patterns reach
// every folder.
func TestEmbedded(t *testing.T) {
	top := filepath.Join("..", "..")
	n := 0
	for _, folder := range []string{"strategies", "node", "harness"} {
		err := filepath.WalkDir(filepath.Join(top, folder), func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			below, _ := filepath.Rel(top, file)
			below = filepath.ToSlash(below)
			if d.IsDir() && d.Name() == "testdata" {
				return fs.SkipDir
			}
			main := below == "node/main.go" || path.Dir(below) == "harness" // these run nothing themselves
			if path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") || main {
				return nil
			}
			n++
			want, err := os.ReadFile(file)
			if got, gotErr := fs.ReadFile(gossipbench.Source, below); gotErr != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not in the program as it is: %v; see source.go", below, gotErr)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 100 {
		t.Errorf("found %d files, want all of them", n)
	}
}

// harmless are the files that do not count although backends and strategies may use them:
// names, texts, and types that compute nothing.
var harmless = map[string][]string{
	"harness/trial":    {"result.go", "reason.go", "metric.go", "settings.go"},
	"strategies/param": {"param.go", "nearest.go"},
}

// TestPartialPackages: of the files that do not count, backends and strategies use only harmless
// ones.
func TestPartialPackages(t *testing.T) {
	s, err := NewSource(gossipbench.Source)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]map[string]bool{} // by package
	for folder, files := range partly {
		names := map[string]bool{}
		for _, name := range append(slices.Clip(files), harmless[folder]...) {
			text, err := fs.ReadFile(gossipbench.Source, path.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
			if err != nil {
				t.Fatal(err)
			}
			for name := range file.Scope.Objects {
				names[name] = true
			}
		}
		declared["gossipbench/"+folder] = names
	}
	for _, engine := range append(slices.Collect(maps.Values(engines)), player) {
		if _, err := s.Hash(engine); err != nil {
			t.Fatal(err)
		}
	}
	for folder := range s.packages {
		entries, _ := fs.ReadDir(gossipbench.Source, folder)
		for _, entry := range entries {
			if entry.IsDir() || strings.HasSuffix(entry.Name(), "_test.go") || partly[folder] != nil {
				continue
			}
			text, _ := fs.ReadFile(gossipbench.Source, path.Join(folder, entry.Name()))
			file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), text, 0)
			if err != nil {
				t.Fatal(err)
			}
			imports := map[string]string{}
			for _, spec := range file.Imports {
				imported := strings.Trim(spec.Path.Value, `"`)
				if declared[imported] != nil {
					imports[path.Base(imported)] = imported
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				selector, is := n.(*ast.SelectorExpr)
				if !is {
					return true
				}
				name, is := selector.X.(*ast.Ident)
				if !is || imports[name.Name] == "" || name.Obj != nil {
					return true
				}
				if used := selector.Sel.Name; !declared[imports[name.Name]][used] {
					t.Errorf("%s/%s uses %s.%s, whose file does not count: list that file in partly, or in harmless where it can change no number",
						folder, entry.Name(), name.Name, used)
				}
				return true
			})
		}
	}
}

// result returns a result with the present code and files as its provenance.
func result(t *testing.T, c *Checker, tr trial.Trial) trial.Result {
	t.Helper()
	r := trial.Result{Trial: tr}
	c.Begin(tr)(&r.Made)
	return r
}

func checker(t *testing.T, files fs.FS, depends ...string) *Checker {
	t.Helper()
	s, err := NewSource(files)
	if err != nil {
		t.Fatal(err)
	}
	return NewChecker(s, func(_, name string) string {
		if name != "flood" && name != "star" {
			return ""
		}
		return "strategies/broadcast/" + name
	}, depends)
}

// TestStates compares results of simulated strategies with changed code.
func TestStates(t *testing.T) {
	tr := trial.Default()
	tr.Strategy = "flood"
	r := result(t, checker(t, toy()), tr)
	flood, star, sim, gone := toy(), toy(), toy(), toy()
	flood["strategies/broadcast/flood/node.go"] = &fstest.MapFile{Data: []byte("package flood\nconst Copies = 2\n")}
	star["strategies/broadcast/star/node.go"] = &fstest.MapFile{Data: []byte("package star\n")}
	sim["harness/sim/sim.go"] = &fstest.MapFile{Data: []byte("package sim\n")}
	both := maps.Clone(flood)
	both["harness/sim/sim.go"] = sim["harness/sim/sim.go"]
	old := r
	old.Made = trial.Provenance{Commit: "c0ffee"}
	imported := old
	imported.Made.Extra = map[string]string{"imported": "store"}
	removed := r
	removed.Trial.Strategy = "mesh"
	for _, tt := range []struct {
		name    string
		files   fs.FS
		r       trial.Result
		state   State
		changed string
	}{
		{"nothing", toy(), r, Same, ""},
		{"the strategy", flood, r, Stale, "strategy flood"},
		{"another", star, r, Same, ""},
		{"the backend", sim, r, Stale, "backend sim"},
		{"both", both, r, Stale, "backend sim, strategy flood"},
		{"a strategy that is gone", gone, removed, Stale, "strategy mesh"},
		{"an old result", toy(), old, Unknown, ""},
		{"an imported one", flood, imported, Same, ""},
	} {
		if state, changed := checker(t, tt.files).State(&tt.r); state != tt.state || strings.Join(changed, ", ") != tt.changed {
			t.Errorf("%s: got %v %q, want %v %q", tt.name, state, changed, tt.state, tt.changed)
		}
	}
}

// TestOwnNode compares results of a user's own program with changed files.
func TestOwnNode(t *testing.T) {
	files := toy()
	files["harness/native/native.go"] = &fstest.MapFile{Data: []byte("package native\n")}
	t.Chdir(t.TempDir())
	write := func(name, text string, mode fs.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	tr := trial.Default()
	tr.Backend, tr.Strategy, tr.Bin, tr.Args = "native", trial.External, "./node", "main.py 'a b.txt' --quick log"
	make := func() {
		write("node", "one", 0o777)
		write("main.py", "import lib", 0o666)
		write("a b.txt", "data", 0o666)
		write("lib/lib.py", "x = 1", 0o666)
		write("log", "", 0o666)
	}
	make()
	c := checker(t, files, "lib")
	end := c.Begin(tr)
	write("log", "the node writes here", 0o666)
	r := trial.Result{Trial: tr}
	end(&r.Made)
	if r.Made.Code.Strategy != "" || r.Made.Code.Engine == "" || len(r.Made.Node) != 64 {
		t.Fatalf("made: got %+v", r.Made)
	}
	for _, tt := range []struct{ name, file, text, want string }{
		{"a file more", "lib/other.txt", "", "lib"},
		{"the program", "node", "two", "./node"},
		{"a file among its arguments", "main.py", "import other", "main.py"},
		{"another, of the same size", "a b.txt", "DATA", "a b.txt"},
		{"what it imports", "lib/lib.py", "x = 2", "lib"},
		{"what Python writes", "lib/__pycache__/lib.pyc", "x", ""},
		{"what the node writes", "log", "more", ""},
	} {
		if err := os.RemoveAll("lib"); err != nil {
			t.Fatal(err)
		}
		make()
		if state, changed := checker(t, files, "lib").State(&r); state != Same {
			t.Fatalf("before: got %v %q", state, changed)
		}
		write(tt.file, tt.text, 0o666)
		if _, changed := checker(t, files, "lib").State(&r); strings.Join(changed, ", ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, changed, tt.want)
		}
	}
	// A file that was not named then may have changed since.
	if _, changed := checker(t, files, "main.py", "new.py").State(&r); !slices.Equal(changed, []string{"new.py"}) {
		t.Errorf("a file more: got %q, want new.py", changed)
	}
	// On another machine there is nothing to compare with.
	t.Chdir(t.TempDir())
	if state, changed := checker(t, files).State(&r); state != Same {
		t.Errorf("elsewhere: got %v %q, want no verdict", state, changed)
	}
}
