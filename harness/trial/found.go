package trial

import (
	"fmt"
	"maps"
	"slices"

	"gossipbench/strategies/param"
)

// notKnown stands for a setting that nobody knows where a person reads it.
const notKnown = "?"

// lacks reports whether nobody knows the setting of that name.
func (t *Trial) lacks(name string) bool {
	return len(t.Unknown) > 0 && slices.Contains(t.Unknown, name)
}

// Found returns the trial of a test that no experiment has run, from what is
// known of it. A setting that is not among known, or is not legal, is unknown
// and not at its default, unless the workload has no use for it; a name that is no setting is kept as a parameter, and
// the workload may be one that has no trials here. The seed is only to tell the
// trial from others: it replays nothing. All mistakes are returned, in order of
// name.
func Found(known map[string]string, seed uint64) (Trial, []*param.Error) {
	t := defaults
	t.Seed, t.Replicate = seed, 1
	t.Params = param.Values{}
	told := map[string]bool{}
	var errs []*param.Error
	refuse := func(name string, err error) {
		if err != nil {
			errs = append(errs, &param.Error{Owner: "trial", Name: name, Reason: err.Error()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		text := known[name]
		i, isSetting := byName[name]
		if !isSetting {
			t.Params[name] = text
			if name == SeedKey || name == ReplicateKey {
				refuse(name, fmt.Errorf("cannot be set, got %q", text))
			} else {
				refuse(name, CheckText(text))
			}
			continue
		}
		s := &settings[i]
		canonical, err := s.Parse(text)
		if name == "workload" {
			canonical, err = text, CheckText(text)
		}
		if err != nil {
			refuse(name, err)
			continue
		}
		assign(s.field(&t), canonical)
		told[name] = true
	}
	for i := range settings {
		if _, idle := t.lacking(i); !told[settings[i].Name] && !idle {
			t.Unknown = append(t.Unknown, settings[i].Name)
		}
	}
	return t, errs
}
