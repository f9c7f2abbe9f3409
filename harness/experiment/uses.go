package experiment

import "gossipbench/harness/trial"

// use is whether some trial has a use for a setting where it is written.
type use struct {
	used bool
	lack trial.Need // of a trial that has none
}

// written is a setting where it is written: in base, as an axis, in a level.
type written struct {
	name string
	at   place
}

// noteUses says of each setting that a trial is given whether the trial has a use for it,
// and returns whether there is one for which it has none.
func (x *expander) noteUses(t *trial.Trial, given map[string]*value) (idle bool) {
	for name, v := range given {
		s, is := trial.FindSetting(name)
		if !is || v.bad || !s.Conditional() {
			continue
		}
		key := written{name, v.key}
		u := x.uses[key]
		if u == nil {
			u = &use{}
			x.uses[key] = u
		}
		if lack, lacks := s.Lacking(t); lacks {
			u.lack, idle = lack, true
		} else {
			u.used = true
		}
	}
	return idle
}

// reportUnused notes the settings for which no trial has a use.
func (x *expander) reportUnused() {
	if x.full() {
		return // not every trial was looked at
	}
	for key, u := range x.uses {
		if !u.used {
			x.add(key.at, key.name, "no trial has a use for it: want %s", u.lack)
		}
	}
}

// reportTargets notes the targets on metrics that no trial can have.
func (x *expander) reportTargets(trials []trial.Trial) {
	for i, target := range x.draft.targets {
		var lack trial.Need
		possible := len(trials) == 0
		for j := range trials {
			n, ok := trials[j].Makes(target.Metric)
			if possible = possible || ok; possible {
				break
			}
			lack = n
		}
		if !possible {
			x.add(x.draft.targetsAt[i], target.Metric, "no trial has such a metric, so the target would be open for ever: want %s", lack)
		}
	}
}
