package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"gossipbench/harness/trial"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"time"
)

// Options are options of All.
type Options struct {
	// Parallel bounds the trials at once; 0 leaves it to the backend. It never exceeds
	// Backend.Parallel.
	Parallel int
	// Made is the provenance that all results share: see Here.
	Made trial.Provenance
	// Begin is called before each trial, concurrently. The function that it returns
	// completes the provenance of the trial's result. It may be nil.
	Begin func(trial.Trial) func(*trial.Provenance)
	// Started is called just before a trial runs. It is never called concurrently with
	// itself or with done. It may be nil.
	Started func(trial.Trial)
	// Enough reports whether a disturbed result is acceptable, so that its trial is
	// not run again. If Enough is nil, none is.
	Enough func(*trial.Result) bool
}

// Check returns why trials cannot be run on the backends, each reason once.
func Check(trials []trial.Trial, backends map[string]Backend) []error {
	var errs []error
	seen := map[string]bool{}
	for _, t := range trials {
		err := errors.New("this program has no backend " + t.Backend)
		if b, ok := backends[t.Backend]; ok {
			err = b.Check(t)
		}
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			errs = append(errs, err)
		}
	}
	return errs
}

// Readier is a Backend that depends on something outside this program.
type Readier interface {
	// Ready returns what is missing and what to do about it.
	Ready() error
}

// Ready returns an error if no trial can be run because something outside is missing.
func Ready(trials []trial.Trial, backends map[string]Backend) error {
	var errs []error
	asked := map[string]bool{}
	for _, t := range trials {
		if asked[t.Backend] {
			continue
		}
		asked[t.Backend] = true
		outside, is := backends[t.Backend].(Readier)
		if !is {
			return nil
		}
		err := outside.Ready()
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// All runs each trial on its backend, which must be in backends, and calls done with
// every result, one at a time. Results come in the order in which trials finish, those of
// virtual time in the order of the trials. Replicates stay in order. Trials of different
// backends never run at once, since they would disturb each other.
//
// If a trial cannot be run, or its backend panics, its result is Failed and the sweep
// goes on. An error of done ends the sweep, and so does ctx: All waits for the running
// trials, passes on the results that are complete, and returns the error.
func All(ctx context.Context, trials []trial.Trial, backends map[string]Backend, opts Options, done func(trial.Result) error) error {
	for _, batch := range batches(trials) {
		b := backends[batch[0].Backend]
		if b == nil {
			panic("runner: no backend " + batch[0].Backend)
		}
		s := sweep{backend: b, opts: opts, done: done, held: map[int]trial.Result{}}
		if err := s.run(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// batches splits trials into batches of one backend each.
func batches(trials []trial.Trial) [][]trial.Trial {
	first := map[string]int{}
	for i, t := range trials {
		if _, known := first[t.Backend]; !known {
			first[t.Backend] = i
		}
	}
	ordered := slices.Clone(trials)
	slices.SortStableFunc(ordered, func(a, b trial.Trial) int {
		return cmp.Or(cmp.Compare(a.Replicate, b.Replicate), cmp.Compare(first[a.Backend], first[b.Backend]))
	})
	var all [][]trial.Trial
	for i, t := range ordered {
		if i == 0 || t.Backend != ordered[i-1].Backend {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], t)
	}
	return all
}

// sweep runs a batch on its backend.
type sweep struct {
	backend Backend
	opts    Options
	done    func(trial.Result) error
	held    map[int]trial.Result // results that wait for an earlier trial, by index
	next    int                  // index of the first trial whose result was not passed on
}

// finished is the result of the trial at index.
type finished struct {
	index  int
	result trial.Result
	cut    bool // ended by the context
}

func (s *sweep) run(ctx context.Context, trials []trial.Trial) error {
	parent := ctx
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	limit := max(s.backend.Parallel(), 1)
	if s.opts.Parallel > 0 {
		limit = min(limit, s.opts.Parallel)
	}
	results := make(chan finished)
	var failed error // error of done
	started, running, handed := 0, 0, 0
	for {
		if started < len(trials) && running < limit && ctx.Err() == nil {
			if s.opts.Started != nil {
				s.opts.Started(trials[started])
			}
			go func(i int) { results <- s.one(ctx, i, trials[i]) }(started)
			started++
			running++
			continue
		}
		if running == 0 {
			break
		}
		f := <-results
		running--
		if f.cut || failed != nil {
			continue
		}
		handed++
		if failed = s.finish(f); failed != nil {
			cancel()
		}
	}
	if failed == nil {
		failed = s.flush()
	}
	if failed == nil && handed < len(trials) {
		failed = context.Cause(parent)
	}
	return failed
}

// finish passes a result on, or holds it until its turn comes.
func (s *sweep) finish(f finished) error {
	if !f.result.Trial.Virtual() {
		return s.done(f.result)
	}
	s.held[f.index] = f.result
	for {
		r, ready := s.held[s.next]
		if !ready {
			return nil
		}
		delete(s.held, s.next)
		s.next++
		if err := s.done(r); err != nil {
			return err
		}
	}
}

// flush passes on the results that wait for a trial that was cut short.
func (s *sweep) flush() error {
	for _, i := range slices.Sorted(maps.Keys(s.held)) {
		if err := s.done(s.held[i]); err != nil {
			return err
		}
	}
	return nil
}

// repeats bounds how often a disturbed trial is run again. Chosen.
const repeats = 2

// one runs one trial, and runs it again if other work on this machine disturbed it.
func (s *sweep) one(ctx context.Context, index int, t trial.Trial) finished {
	f := s.attempt(ctx, index, t)
	disturbed := func() bool {
		return len(f.result.Disturbances) > 0 && f.result.Outcome != trial.Invalid && !(s.opts.Enough != nil && s.opts.Enough(&f.result))
	}
	for n := 1; n <= repeats && disturbed(); n++ {
		next := s.attempt(ctx, index, t)
		if next.cut {
			break
		}
		if f = next; !disturbed() {
			f.result.Warnings = append(f.result.Warnings, fmt.Sprintf("run %d times: this is the first run that other work on the machine did not disturb", n+1))
		} else if n == repeats {
			f.result.Warnings = append(f.result.Warnings, fmt.Sprintf("run %d times, each time disturbed by other work on the machine", n+1))
		}
	}
	return f
}

// attempt runs a trial once, and returns a result even if its backend fails.
func (s *sweep) attempt(ctx context.Context, index int, t trial.Trial) finished {
	began := time.Now()
	end := func(*trial.Provenance) {}
	if s.opts.Begin != nil {
		end = s.opts.Begin(t)
	}
	r, err := guarded(ctx, s.backend, t)
	if err != nil {
		if ctx.Err() != nil {
			return finished{index: index, cut: true}
		}
		message := err.Error()
		r.Outcome, r.Error = trial.Failed, &message
	}
	r.Schema, r.ID, r.Trial = trial.Schema, t.ID(), t
	if r.Metrics == nil {
		r.Metrics = map[string]float64{}
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	dropInfinite(&r)
	s.sign(&r, began)
	end(&r.Made)
	return finished{index: index, result: r}
}

// guarded runs a trial and turns a panic into an error.
func guarded(ctx context.Context, b Backend, t trial.Trial) (r trial.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = trial.Result{}, fmt.Errorf("backend %s: panic: %v\n%s", t.Backend, p, debug.Stack())
		}
	}()
	r, err = b.Run(ctx, t)
	if err == nil && r.Outcome == "" {
		panic("a result without an outcome")
	}
	return r, err
}

// dropInfinite removes metrics that are NaN or infinite, since JSON cannot express them.
func dropInfinite(r *trial.Result) {
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		if x := r.Metrics[name]; math.IsNaN(x) || math.IsInf(x, 0) {
			delete(r.Metrics, name)
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s: left out, because it is %v", name, x))
		}
	}
}

// sign completes the provenance of a result. One of virtual time has the same bytes for the
// same seed and commit, so it contains nothing of the clock or the machine.
func (s *sweep) sign(r *trial.Result, began time.Time) {
	made := s.opts.Made
	made.Backend, made.Node, made.Extra = r.Made.Backend, r.Made.Node, r.Made.Extra
	if made.Backend == "" {
		made.Backend = r.Trial.Backend
	}
	if r.Trial.Virtual() {
		made.CPU, made.Cores = "", 0
	} else {
		made.Time = began.UTC().Format(time.RFC3339)
		made.Seconds = math.Round(time.Since(began).Seconds()*1000) / 1000
	}
	r.Made = made
}
