package code

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"gossipbench/harness/process"
	"gossipbench/harness/trial"
)

// engines are the packages of the backends, and of the program that plays a node.
var (
	engines = map[string]string{trial.Sim: "harness/sim", trial.Native: "harness/native", trial.Maelstrom: "harness/maelstrom"}
	player  = "node/command"
)

// Checker compares results with the code that is there.
type Checker struct {
	source   *Source
	strategy func(workload, name string) (folder string)
	depends  []string
	files    process.Files

	mu    sync.Mutex
	known map[rests]trial.Code
}

// rests is what decides the code of ours that a trial rests on.
type rests struct{ backend, workload, strategy string }

// NewChecker returns a checker of sources. Strategy returns the folder of a
// strategy's package, or "" where there is none; depends are the files that a
// node of the user's own rests on.
func NewChecker(source *Source, strategy func(workload, name string) string, depends []string) *Checker {
	return &Checker{source: source, strategy: strategy, depends: depends, known: map[rests]trial.Code{}}
}

// Of returns the hashes of our code that a trial rests on.
func (c *Checker) Of(t *trial.Trial) trial.Code {
	key := rests{t.Backend, t.Workload, t.Strategy}
	c.mu.Lock()
	defer c.mu.Unlock()
	code, known := c.known[key]
	if !known {
		code = c.of(t)
		c.known[key] = code
	}
	return code
}

func (c *Checker) of(t *trial.Trial) trial.Code {
	engine, known := engines[t.Backend]
	if !known {
		return trial.Code{}
	}
	roots := []string{engine}
	if !t.Virtual() && t.Strategy != trial.External {
		roots = append(roots, player)
	}
	code := trial.Code{Engine: c.hash(roots...)}
	if t.Strategy == trial.External {
		return code
	}
	if folder := c.strategy(t.Workload, t.Strategy); folder != "" {
		code.Strategy = c.hash(folder)
	}
	return code
}

// hash is Source.Hash for packages that are there: a test holds that all are.
func (c *Checker) hash(roots ...string) string {
	hash, err := c.source.Hash(roots...)
	if err != nil {
		panic("code: " + err.Error())
	}
	return hash
}

// program returns the file of a trial's own node, whether it is there and may be
// executed or not.
func program(t *trial.Trial) string {
	if t.Backend != trial.Maelstrom { // which takes a path alone
		if path, err := process.Program(t.Bin); err == nil {
			return path
		}
	}
	return t.Bin
}

// Begin notes what a trial rests on before it runs. What it returns writes that
// into the trial's provenance afterwards. A file that has changed in between, other
// than the program, is one that the node itself writes to: it has no hash.
func (c *Checker) Begin(t trial.Trial) func(*trial.Provenance) {
	code := c.Of(&t)
	if t.Strategy != trial.External {
		return func(made *trial.Provenance) { made.Code = code }
	}
	node := c.now(program(&t))
	before := map[string]string{}
	for _, name := range append(argumentFiles(&t), c.depends...) {
		if hash := c.now(name); hash != "" {
			before[name] = hash
		}
	}
	return func(made *trial.Provenance) {
		made.Code = code
		if node != "" {
			made.Node = node
		}
		for name, hash := range before {
			if c.now(name) != hash {
				before[name] = ""
			}
		}
		if len(before) > 0 {
			made.Depends = before
		}
	}
}

// now hashes a file; "" where there is none.
func (c *Checker) now(path string) string {
	hash, err := c.files.Hash(path)
	if err != nil {
		return ""
	}
	return hash
}

// argumentFiles are the arguments of a trial's own node that are regular files.
func argumentFiles(t *trial.Trial) []string {
	var files []string
	for _, argument := range t.Arguments() {
		if about, err := os.Stat(argument); err == nil && about.Mode().IsRegular() && !slices.Contains(files, argument) {
			files = append(files, argument)
		}
	}
	return files
}

// State is whether the code that made a result is the code that is there.
type State int

// The states.
const (
	Same    State = iota
	Stale         // some of it has changed
	Unknown       // the result does not say which code made it
)

// State returns a result's state, and of a stale one what has changed: "strategy
// flood, ./lib.py". A file that is not there, as on another machine, is not
// compared.
func (c *Checker) State(r *trial.Result) (state State, changed string) {
	made := &r.Made
	if made.Extra["imported"] != "" {
		return Same, ""
	}
	if made.Code == (trial.Code{}) {
		return Unknown, ""
	}
	var all []string
	code := c.Of(&r.Trial)
	if code.Engine != made.Code.Engine {
		all = append(all, "backend "+r.Trial.Backend)
	}
	if code.Strategy != made.Code.Strategy {
		all = append(all, "strategy "+r.Trial.Strategy)
	}
	if r.Trial.Strategy == trial.External {
		all = append(all, c.changedFiles(r)...)
	}
	if all == nil {
		return Same, ""
	}
	return Stale, strings.Join(all, ", ")
}

// changedFiles are the program of a result's own node and what it rests on, as
// far as they have changed. A file that is named now and was not then has.
func (c *Checker) changedFiles(r *trial.Result) []string {
	var all []string
	if now := c.now(program(&r.Trial)); now != "" && r.Made.Node != "" && r.Made.Node != now {
		all = append(all, r.Trial.Bin)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Made.Depends)) {
		if now := c.now(name); now != "" && r.Made.Depends[name] != "" && now != r.Made.Depends[name] {
			all = append(all, name)
		}
	}
	for _, name := range c.depends {
		if _, told := r.Made.Depends[name]; !told {
			all = append(all, name)
		}
	}
	return all
}
