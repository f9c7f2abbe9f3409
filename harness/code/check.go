package code

import (
	"maps"
	"os"
	"slices"
	"sync"

	"gossipbench/harness/process"
	"gossipbench/harness/trial"
)

// engines are the packages of the backends; player is the package of the program that
// runs a node.
var (
	engines = map[string]string{trial.Sim: "harness/sim", trial.Native: "harness/native", trial.Maelstrom: "harness/maelstrom"}
	player  = "node/command"
)

// Checker compares results with the present code.
type Checker struct {
	source   *Source
	strategy func(workload, name string) (folder string)
	depends  []string
	files    process.Files

	mu    sync.Mutex
	known map[rests]trial.Code
}

// rests is what determines the code of ours that a trial depends on.
type rests struct{ backend, workload, strategy string }

// NewChecker returns a checker of sources. strategy returns the folder of a strategy's
// package, or "" if there is none. depends are the files that a user's own node depends
// on.
func NewChecker(source *Source, strategy func(workload, name string) string, depends []string) *Checker {
	return &Checker{source: source, strategy: strategy, depends: depends, known: map[rests]trial.Code{}}
}

// Of returns the hashes of our code that a trial depends on.
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

// hash is Source.Hash for packages that exist, as a test checks.
func (c *Checker) hash(roots ...string) string {
	hash, err := c.source.Hash(roots...)
	if err != nil {
		panic("code: " + err.Error())
	}
	return hash
}

// program returns the file of a user's own node, whether or not it exists and is
// executable.
func program(t *trial.Trial) string {
	if t.Backend != trial.Maelstrom { // maelstrom accepts only a path
		if path, err := process.Program(t.Bin); err == nil {
			return path
		}
	}
	return t.Bin
}

// Begin hashes what a trial depends on before it runs. The function that it returns
// writes the hashes into the trial's provenance afterwards. A file other than the program
// that has changed meanwhile was written by the node itself: it gets no hash.
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

// now returns the hash of a file; "" if there is none.
func (c *Checker) now(path string) string {
	hash, err := c.files.Hash(path)
	if err != nil {
		return ""
	}
	return hash
}

// argumentFiles returns the arguments of a user's own node that are regular files.
func argumentFiles(t *trial.Trial) []string {
	var files []string
	for _, argument := range t.Arguments() {
		if about, err := os.Stat(argument); err == nil && about.Mode().IsRegular() && !slices.Contains(files, argument) {
			files = append(files, argument)
		}
	}
	return files
}

// State says whether the code that made a result is the present code.
type State int

// The states.
const (
	Same    State = iota
	Stale         // some of it has changed
	Unknown       // the result does not say which code made it
)

// State returns the state of a result, and what has changed if it is stale, such as
// "strategy flood" and "./lib.py". A file that does not exist, as on another machine, is
// not compared.
func (c *Checker) State(r *trial.Result) (state State, changed []string) {
	made := &r.Made
	if made.Extra["imported"] != "" {
		return Same, nil
	}
	if made.Code == (trial.Code{}) {
		return Unknown, nil
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
		return Same, nil
	}
	return Stale, all
}

// changedFiles returns the program of a user's own node and the files that it depends on,
// if they have changed. A file that is named now but was not named then counts as
// changed.
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
