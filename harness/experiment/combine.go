package experiment

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// trials turns combinations into the trials of one replicate, without seeds.
func (x *expander) trials(combinations []combination) []trial.Trial {
	all := make([]trial.Trial, 0, len(combinations))
	first := map[string]int{} // by ID, the index of a combination
	idles := map[int]bool{}   // combinations with a level for which their trial has no use
	given := map[string]*value{}
	for i := range combinations {
		if x.full() {
			break
		}
		c := &combinations[i]
		clear(given)
		maps.Copy(given, x.base)
		for _, l := range append(slices.Clip(c.levels), c.added) {
			for j := range l {
				given[l[j].name] = &l[j]
			}
		}
		t, idle, ok := x.trial(given, c.last())
		if !ok {
			continue
		}
		id := t.ID()
		if was, twice := first[id]; twice && (x.repeats || idle || idles[was]) {
			continue // it differs from another in levels for which it has no use
		} else if twice {
			x.add(c.last(), "", "the same trial twice: this combination and the one at %s differ in nothing", x.where(combinations[was].last()))
			continue
		}
		first[id], idles[i] = i, idle
		all = append(all, t)
	}
	x.reportLacks()
	x.reportUnused()
	x.reportTargets(all)
	return all
}

// trial returns the trial of the values given, whether it has no use for one of
// them, and whether all is well with it. The place is for mistakes that no single
// value makes.
func (x *expander) trial(given map[string]*value, at place) (t trial.Trial, idle, well bool) {
	t, well = x.settled(given)
	if well {
		idle = x.noteUses(&t, given)
		t.Settle()
	}
	well = x.crossCheck(&t, given, at) && well
	if s := given["strategy"]; s != nil && s.bad || given["workload"] != nil && given["workload"].bad {
		return t, idle, false
	}
	t.Params, well = x.params(&t, given, at, well)
	return t, idle, well
}

// settled returns a trial with the settings given, the others at their defaults,
// and whether all could be read.
func (x *expander) settled(given map[string]*value) (t trial.Trial, well bool) {
	t, well = trial.Default(), true
	for name, v := range given {
		s, is := trial.FindSetting(name)
		switch {
		case !is:
		case v.bad:
			well = false
		default:
			s.Set(&t, v.text)
		}
	}
	if given["strategy"] == nil && t.Bin != "" {
		t.Strategy = trial.External
	}
	if given["rpc_timeout"] == nil {
		t.RPCTimeout = trial.RPCTimeout(t.Workload, t.Latency)
	}
	return t, well
}

// crossCheck notes settings that do not go together and returns whether all do.
// What only a backend can judge is left to it.
func (x *expander) crossCheck(t *trial.Trial, given map[string]*value, at place) bool {
	well := true
	refuse := func(text string, names ...string) {
		well = false
		x.blame(given, at, names, text)
	}
	if t.LatencyMin > t.Latency {
		refuse(fmt.Sprintf("want latency_min at most latency, got %s and %s", t.LatencyMin, t.Latency), "latency", "latency_min")
	}
	switch {
	case t.Strategy == trial.External && t.Bin == "":
		refuse("strategy external is a program of your own: want its path as bin", "strategy", "bin")
	case t.Strategy != trial.External && t.Bin != "":
		refuse("bin is a program of your own: want strategy external, or none, got "+t.Strategy, "strategy", "bin")
	}
	if t.Args != "" && t.Bin == "" {
		refuse("args are those of bin: want its path as bin", "args", "bin")
	}
	return well
}

// blame notes a mistake at the last of the values of those names, or at the
// place given where there is none. It says nothing where one of them is bad:
// with a text that can be read all may be right.
func (x *expander) blame(given map[string]*value, at place, names []string, text string) {
	var last *value
	for _, name := range names {
		v := given[name]
		if v == nil {
			continue
		}
		if v.bad {
			return
		}
		if last == nil || v.at.compare(last.at) > 0 {
			last = v
		}
	}
	if last != nil {
		at = last.at
	}
	x.add(at, "", "%s", text)
}

// params returns the complete parameters of the trial's strategy, and whether
// all is well with the trial.
func (x *expander) params(t *trial.Trial, given map[string]*value, at place, well bool) (param.Values, bool) {
	var names []string
	bad := false
	for name, v := range given {
		if _, is := trial.FindSetting(name); is {
			continue
		}
		if bad = bad || v.bad; !v.bad {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	declared := x.declared(t.Workload, t.Strategy)
	if declared == nil {
		if t.Strategy != trial.External { // known to another workload of the experiment
			known := strings.Join(append(x.vocab.catalog.Strategies(t.Workload), trial.External), ", ")
			switch strategy, workload := given["strategy"], given["workload"]; {
			case strategy != nil:
				x.add(strategy.at, "strategy", "no such strategy of workload %s: %q, want one of %s", t.Workload, t.Strategy, known)
			case workload != nil:
				x.add(workload.at, "workload", "%s has no strategy %s, name one of %s", t.Workload, t.Strategy, known)
			default:
				x.add(at, "", "workload %s has no strategy %s, name one of %s", t.Workload, t.Strategy, known)
			}
			return nil, false
		}
		declared = map[string]bool{}
	}
	key := t.Workload + "\n" + t.Strategy
	raw := map[string]string{}
	for _, name := range names {
		if !declared[name] {
			x.lack(*given[name], t.Strategy)
			bad = true
			continue
		}
		raw[name] = given[name].text
		key += "\n" + name + "=" + raw[name]
	}
	if t.Strategy == trial.External {
		return param.Values{}, well && !bad
	}
	result, known := x.checked[key]
	if !known {
		result.params, result.errs = x.vocab.catalog.Check(t.Workload, t.Strategy, raw)
		x.checked[key] = result
	}
	for _, err := range result.errs {
		x.addCheck(err, given, names, at, bad)
	}
	return result.params, well && !bad && len(result.errs) == 0
}

// addCheck notes what Catalog.Check said.
func (x *expander) addCheck(err error, given map[string]*value, names []string, at place, bad bool) {
	var one *param.Error
	if errors.As(err, &one) {
		if v := given[one.Name]; v != nil {
			x.addParam(v.at, one)
			return
		}
	} else if bad {
		return // with all parameters right they may go together
	}
	if len(names) == 0 {
		names = []string{"strategy"}
	}
	x.blame(given, at, names, err.Error())
}

// declared returns the names of a strategy's parameters; nil where the
// workload has no such strategy.
func (x *expander) declared(workload, strategy string) map[string]bool {
	key := workload + "\n" + strategy
	if names, known := x.names[key]; known {
		return names
	}
	var names map[string]bool
	if slices.Contains(x.vocab.catalog.Strategies(workload), strategy) {
		names = map[string]bool{}
		for _, p := range x.vocab.catalog.Params(workload, strategy) {
			names[p.Name] = true
		}
	}
	x.names[key] = names
	return names
}

// lack notes that a strategy lacks a parameter it is given.
func (x *expander) lack(v value, strategy string) {
	v.text, v.at = "", place{} // one mistake for all levels
	if x.lacks[v] == nil {
		x.lacks[v] = map[string]bool{}
	}
	x.lacks[v][strategy] = true
}

// reportLacks notes, of each parameter that some strategy lacks, who lacks it
// and what to write instead.
func (x *expander) reportLacks() {
	for v, lacking := range x.lacks {
		var owners []string
		for _, d := range x.vocab.params[v.name] {
			if !slices.Contains(owners, d.owner) {
				owners = append(owners, d.owner)
			}
		}
		without := strings.Join(slices.Sorted(maps.Keys(lacking)), ", ")
		instead := fmt.Sprintf("strategy: [%s, {strategy: %s, %s: …}], or under include", without, owners[0], v.name)
		if v.key.flag != "" {
			instead = "a file's " + instead
		}
		x.add(v.key, v.name, "no parameter of %s, only of %s: want it beside its strategy, as in %s", without, strings.Join(owners, ", "), instead)
	}
}
