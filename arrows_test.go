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

// arrows say what each package may import of this module: what stands right of
// the arrow. A pattern is for the packages that no other row names. Everyone may
// import strategies/param, which declares parameters and imports nothing.
//
// The lines go downwards, so no circle is possible. Strategies know nobody;
// backends (sim, native, maelstrom) know neither each other nor the runner;
// pictures (table, plot, report) know no backend; only the two mains know
// everyone. node/wire stands at the bottom because it is the format that nodes,
// services and the native backend share, and knows none of them.
var arrows = parse(`
	strategies/param       <-
	node/wire              <-
	node/durable           <-
	strategies/raft        <-
	harness/edn            <-
	harness/elle           <-
	harness/stats          <-
	harness/scratch        <-
	harness/process        <-
	harness/plain          <-
	harness/files          <-
	strategies/riblt       <-
	strategies/gossip      <- strategies/param
	harness/experiment     <- strategies/param harness/plain harness/files

	strategies/service     <- strategies/gossip node/wire
	strategies/topology    <- strategies/gossip
	strategies/peers       <- strategies/gossip
	strategies/gossiptest  <- strategies/gossip strategies/topology
	strategies/servicetest <- strategies/service node/wire
	strategies/kv          <- strategies/service node/wire
	strategies/linkv       <- strategies/service node/wire
	strategies/txn         <- strategies/kv strategies/service node/wire
	strategies/kafka       <- strategies/kv strategies/service node/wire
	strategies/*/*         <- strategies/kv strategies/linkv strategies/txn strategies/kafka strategies/gossip strategies/service strategies/raft strategies/peers strategies/riblt node/wire
	harness/network        <- strategies/gossip
	harness/services       <- node/wire
	harness/history        <- harness/experiment harness/stats harness/edn harness/elle
	harness/runner         <- harness/experiment
	harness/store          <- harness/experiment harness/files
	harness/code           <- harness/process harness/experiment

	strategies             <- strategies/*/* strategies/gossip strategies/service
	harness/table          <- strategies harness/plain harness/experiment harness/stats
	harness/agreement      <- harness/experiment harness/stats harness/table
	harness/compare        <- strategies harness/experiment harness/stats harness/table
	harness/plot           <- harness/plain harness/experiment harness/stats harness/table
	harness/export         <- harness/plain harness/experiment harness/table
	harness/report         <- harness/plain harness/experiment harness/stats harness/table harness/plot harness/compare
	harness/workload       <- harness/experiment harness/edn harness/history harness/network node/wire strategies/gossip strategies/service strategies/topology
	node/host              <- strategies/service strategies/gossip node/wire

	node/command           <- node/durable node/host node/wire strategies strategies/*/* strategies/gossip strategies/service strategies/topology
	harness/router         <- node/wire strategies/gossip harness/services harness/network harness/history harness/experiment
	harness/virtual        <- node/wire strategies/gossip strategies/service harness/router harness/workload harness/history harness/edn harness/experiment
	harness/trialtest      <- strategies strategies/gossip strategies/gossiptest strategies/topology harness/experiment
	harness/sim            <- harness/virtual harness/trialtest strategies strategies/service strategies/gossip strategies/topology harness/workload harness/network harness/history harness/edn harness/experiment harness/stats
	harness/native         <- harness/process harness/scratch node/wire node/durable strategies/gossip strategies/topology harness/router harness/workload harness/network harness/history harness/experiment harness/stats harness/edn
	harness/maelstrom/standin <-
	harness/maelstrom      <- harness/process harness/scratch harness/workload strategies/topology harness/edn harness/history harness/experiment harness/stats

	node                   <- node/command
	harness                <- *
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
	var may []string
	found := false
	for _, a := range arrows {
		if a.name == name {
			return a.may, true
		}
		if ok, _ := path.Match(a.name, name); ok {
			may, found = a.may, true
		}
	}
	return may, found
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

// TestStrategiesArePure holds the strategies to what makes a run repeatable.
func TestStrategiesArePure(t *testing.T) {
	for name, p := range packages(t) {
		if ok, _ := path.Match("strategies/broadcast/*", name); !ok && name != "strategies/raft" {
			continue
		}
		for _, other := range p.Imports {
			if slices.Contains(impure, other) {
				t.Errorf("%s imports %s, want time, messages and timers from gossip.Env, and chance from gossip.Config.Rand", name, other)
			}
		}
	}
}
