package trial

import (
	"fmt"
	"maps"
	"slices"

	"gossipbench/strategies/param"
)

// notKnown is shown to users in place of an unknown setting.
const notKnown = "?"

// lacks reports whether the setting of that name is unknown.
func (t *Trial) lacks(name string) bool {
	return len(t.Unknown) > 0 && slices.Contains(t.Unknown, name)
}

// Found returns the trial of a test that no experiment has run, from the settings that
// are known of it. A setting that is absent from known or illegal is unknown, unless it
// does not concern the workload. A name that is not a setting becomes a parameter. The
// workload may be one that gossipbench does not have. seed only distinguishes the trial
// from others; it replays nothing. Found returns all mistakes, sorted by name.
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
