// Package gossipbench_test holds the rules that concern the whole module.
package gossipbench_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "gossipbench"

// arrows say what each package may import of this module: what stands right of the
// arrow. A pattern is for the packages that no row above it names. Everyone may
// import strategies/param, which declares parameters and imports nothing.
//
// Each arrow points to a row above it, so no circle is possible. The rows follow the
// steps of the data, as harness/doc.go tells them: strategies know nobody of the
// harness; a trial and its history come before what runs trials; backends (sim,
// native, maelstrom) know neither each other nor the runner; what a person reads
// (table, plot, report) knows no backend; only the two mains know everyone.
// node/wire stands at the top because it is the format that nodes, services and
// the native backend share.
var arrows = parse(`
	strategies/param         <-
	node/wire                <-
	node/durable             <-
	strategies/raft          <-
	strategies/riblt         <-
	harness/edn              <-
	harness/checker/elle     <-
	harness/stats            <-
	harness/scratch          <-
	harness/process          <-
	harness/plain            <-
	harness/files            <-

	strategies/broadcast     <-
	strategies/server        <- strategies/broadcast node/wire
	strategies/topology      <- strategies/broadcast
	strategies/peers         <- strategies/broadcast
	strategies/broadcasttest <- strategies/broadcast strategies/topology
	strategies/servertest    <- strategies/server node/wire
	strategies/kv            <- strategies/server node/wire
	strategies/linkv         <- strategies/server node/wire
	strategies/txn           <- strategies/kv strategies/server node/wire
	strategies/kafka         <- strategies/kv strategies/server node/wire
	strategies/broadcast/*   <- strategies/broadcast strategies/peers strategies/riblt
	strategies/*/*           <- strategies/server strategies/kv strategies/linkv strategies/txn strategies/kafka strategies/raft node/wire
	strategies               <- strategies/*/* strategies/broadcast strategies/server

	harness/trial            <- harness/plain
	harness/experiment       <- harness/trial harness/files
	harness/glomers          <- harness/trial

	harness/history          <- harness/edn harness/checker/elle
	harness/checker          <- harness/trial harness/history harness/checker/elle harness/edn harness/stats
	harness/network/services <- node/wire
	harness/network          <- harness/trial harness/history harness/network/services node/wire strategies/broadcast
	harness/workload         <- harness/trial harness/history harness/checker harness/network harness/edn node/wire strategies/broadcast strategies/server strategies/topology

	node/host                <- node/wire strategies/broadcast strategies/server
	node/command             <- node/durable node/host strategies strategies/broadcast strategies/server strategies/topology
	harness/sim/server       <- harness/trial harness/history harness/checker harness/network harness/workload node/wire strategies/broadcast strategies/server
	harness/sim              <- harness/trial harness/history harness/checker harness/network harness/workload harness/sim/server strategies strategies/broadcast strategies/server strategies/topology
	harness/native           <- harness/trial harness/history harness/checker harness/network harness/workload harness/process harness/scratch harness/edn node/wire node/durable strategies/broadcast strategies/topology
	harness/maelstrom/standin <-
	harness/maelstrom        <- harness/trial harness/history harness/checker harness/workload harness/process harness/scratch harness/edn strategies/topology
	harness/runner           <- harness/trial

	harness/code             <- harness/trial harness/process
	harness/store            <- harness/trial harness/experiment harness/files

	harness/query            <- harness/trial
	harness/texttab          <- harness/plain
	harness/compare          <- harness/query harness/trial harness/stats harness/plain
	harness/table            <- harness/query harness/compare harness/texttab harness/trial harness/stats harness/plain
	harness/timeline         <- harness/files
	harness/plot             <- harness/query harness/table harness/trial harness/stats harness/plain
	harness/export           <- harness/query harness/trial harness/plain
	harness/choose           <- harness/compare harness/query harness/table harness/trial harness/stats
	harness/report           <- harness/query harness/choose harness/compare harness/table harness/experiment harness/trial harness/stats harness/plain

	harness/cli              <- harness/trial harness/experiment harness/workload harness/runner harness/code harness/store harness/query harness/texttab harness/table harness/plot harness/plain harness/files strategies

	harness/trialtest        <- harness/trial harness/experiment strategies strategies/broadcast strategies/broadcasttest strategies/topology
	node                     <- node/command
	harness                  <- *
`)

// closed are the packages that even a test may import only where an arrow says
// so, or where it is the package's own: tests are otherwise free, for they join
// what the program keeps apart.
var closed = []string{"harness", "node", "harness/sim", "harness/native", "harness/maelstrom"}

// impure are packages that a strategy has no use for: time, messages and timers
// come from its Env, chance from its Config, and it has no locks, files or logs.
var impure = []string{"context", "crypto/rand", "io", "log", "log/slog", "math/rand", "net", "os", "sync", "sync/atomic"}

type arrow struct {
	name string
	may  []string
}

func parse(rows string) []arrow {
	var all []arrow
	for _, row := range strings.Split(rows, "\n") {
		if name, may, found := strings.Cut(row, "<-"); found {
			all = append(all, arrow{strings.TrimSpace(name), append(strings.Fields(may), "strategies/param")})
		}
	}
	return all
}

// from returns what a package may import, and false where no row is for it.
func from(name string) ([]string, bool) {
	if i := row(name); i >= 0 {
		return arrows[i].may, true
	}
	return nil, false
}

// row returns the index of the row of a package, -1 where there is none.
func row(name string) int {
	return slices.IndexFunc(arrows, func(a arrow) bool {
		ok, _ := path.Match(a.name, name)
		return ok
	})
}

func allows(may []string, name string) bool {
	return slices.ContainsFunc(may, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok || pattern == "*"
	})
}

// packages are all packages of the module that the program is made of, by the
// path below the module's.
func packages(t *testing.T) map[string]*build.Package {
	all := map[string]*build.Package{}
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || dir == "." {
			return err
		}
		if name := d.Name(); name == "testdata" || name[0] == '.' || name[0] == '_' {
			return fs.SkipDir
		}
		p, err := build.ImportDir(dir, 0)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		all[filepath.ToSlash(dir)] = p
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ours are the imports that are of this module, by the path below the module's.
func ours(imports []string) []string {
	var all []string
	for _, name := range imports {
		if below, ok := strings.CutPrefix(name, module+"/"); ok {
			all = append(all, below)
		}
	}
	return all
}

// TestArrows holds the packages to the arrows.
func TestArrows(t *testing.T) {
	for name, p := range packages(t) {
		may, found := from(name)
		if !found {
			t.Errorf("%s: has no arrows; say in arrows_test.go what it may import, and in the README's map what it is for", name)
			continue
		}
		for _, other := range ours(p.Imports) {
			if !allows(may, other) {
				t.Errorf("%s imports %s, want only %v: move what both need into a package below them, or let a main hand it over; "+
					"a new arrow goes into arrows_test.go with its reason", name, other, may)
			}
		}
		for _, other := range append(ours(p.TestImports), ours(p.XTestImports)...) {
			if other != name && slices.Contains(closed, other) && !allows(may, other) {
				t.Errorf("the tests of %s import %s, want a test that runs both to lie in harness or node", name, other)
			}
		}
	}
}

// TestNoCircle holds the table itself to its word: what a row names right of its
// arrow has its own row above.
func TestNoCircle(t *testing.T) {
	above := map[string]bool{"*": true, "strategies/param": true}
	for _, a := range arrows {
		for _, name := range a.may {
			if !above[name] {
				t.Errorf("%s <- %s, want a row of %s above that of %s", a.name, name, name, a.name)
			}
		}
		above[a.name] = true
	}
}

// TestNoIdleArrow holds that each permission is used.
func TestNoIdleArrow(t *testing.T) {
	all := packages(t)
	for i, a := range arrows {
		var imports []string
		for name, p := range all {
			if row(name) == i {
				imports = append(imports, ours(p.Imports)...)
			}
		}
		for _, pattern := range a.may {
			used := slices.ContainsFunc(imports, func(name string) bool { return allows([]string{pattern}, name) })
			if !used && pattern != "strategies/param" {
				t.Errorf("%s <- %s: no package uses it, delete it", a.name, pattern)
			}
		}
	}
}

// TestStrategiesArePure holds the strategies to what makes a run repeatable.
func TestStrategiesArePure(t *testing.T) {
	for name, p := range packages(t) {
		if !strings.HasPrefix(name, "strategies/") {
			continue
		}
		for _, other := range p.Imports {
			if slices.Contains(impure, other) {
				t.Errorf("%s imports %s, want time, messages and timers from its Env, and chance from its Config", name, other)
			}
		}
	}
}
