package report

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// TestNamesTellParameters: what a person needs to run a setting again is in its
// name or its caption, whether it varies or not.
func TestNamesTellParameters(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("strategy=flood topology=tree4 delivery=ack-retry", "msgs-per-op", 1),
		measured("strategy=gossip fanout=7 interval=300ms", "msgs-per-op", 2),
		measured("strategy=gossip fanout=7 interval=100ms", "msgs-per-op", 3),
	))
	contains(t, s.caption(), "strategy flood (delivery ack-retry) | gossip (fanout 7)")
	var labels []string
	for _, c := range s.Choices {
		labels = append(labels, c.Label)
	}
	slices.Sort(labels)
	if want := []string{"flood (delivery ack-retry, topology tree4)", "gossip (fanout 7), interval 100ms", "gossip (fanout 7), interval 300ms"}; !slices.Equal(labels, want) {
		t.Errorf("labels %q, want %q", labels, want)
	}
	contains(t, versus(s, s).Rows[0].Label, "strategy=")
}

// TestSideBySideNamesBoth: where the one varies what the other does not, its
// settings are told apart.
func TestSideBySideNamesBoth(t *testing.T) {
	of := func(backend, topology string, messages float64) []trial.Result {
		all := measured("strategy=flood topology="+topology, "msgs-per-op", messages)
		for i := range all {
			all[i].Trial.Backend = backend
			all[i].ID = all[i].Trial.ID()
		}
		return all
	}
	a := studied(t, slices.Concat(of("sim", "tree4", 1), of("native", "tree4", 2), of("sim", "grid", 3), of("native", "grid", 4)))
	b := studied(t, slices.Concat(of("maelstrom", "tree4", 1), of("maelstrom", "grid", 3)))
	var got []string
	for _, row := range versus(a, b).Rows {
		got = append(got, row.Label)
	}
	slices.Sort(got)
	if want := []string{"topology=grid backend=native backend=maelstrom", "topology=grid backend=sim backend=maelstrom",
		"topology=tree4 backend=native backend=maelstrom", "topology=tree4 backend=sim backend=maelstrom"}; !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

// declarations is a catalog whose strategies declare one parameter each.
type declarations map[string]param.Decl

func (d declarations) Strategies(string) []string { return slices.Sorted(maps.Keys(d)) }

func (d declarations) Params(_, strategy string) []param.Decl { return []param.Decl{d[strategy]} }

func (declarations) Check(_, _ string, raw map[string]string) (param.Values, []error) {
	return raw, nil
}

func (declarations) CheckFlag(verb, name string, values []string) error { return nil }

// TestDefaultsOfEachStrategy: two strategies may have a parameter of one name
// with different meanings and defaults.
func TestDefaultsOfEachStrategy(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("strategy=gossip interval=100ms", "msgs-per-op", 1),
		measured("strategy=gossip interval=200ms", "msgs-per-op", 1),
		measured("strategy=star interval=200ms", "msgs-per-op", 1),
	))
	for _, tt := range []struct {
		name          string
		star          param.Decl
		changed, kept []string
	}{
		{"alike", param.Decl{Name: "interval", Default: "50ms"}, []string{"interval=100ms, 200ms"}, nil},
		{"differ", param.Decl{Name: "interval", Default: "200ms", Doc: "other"}, []string{"interval of gossip=100ms, 200ms"}, []string{"interval of star=200ms"}},
	} {
		v := s.view("s1", Options{Catalog: declarations{"gossip": {Name: "interval", Default: "50ms"}, "star": tt.star}})
		of := func(settings []settingView) []string {
			var all []string
			for _, x := range settings {
				if strings.HasPrefix(x.Name, "interval") {
					all = append(all, x.Name+"="+x.Levels)
				}
			}
			return all
		}
		if got := of(v.Settings); !slices.Equal(got, tt.changed) {
			t.Errorf("%s: varied or changed: %q, want %q", tt.name, got, tt.changed)
		}
		if got := of(v.Defaults); !slices.Equal(got, tt.kept) {
			t.Errorf("%s: at their defaults: %q, want %q", tt.name, got, tt.kept)
		}
	}
}

// TestCommitsAreShort: forty digits are for programs.
func TestCommitsAreShort(t *testing.T) {
	all := measured("strategy=flood", "msgs-per-op", 1)
	for i := range all {
		all[i].Made.Commit = "0123456789abcdef0123456789abcdef01234567"
	}
	all[0].Made.Commit += "+dirty"
	s := studied(t, all)
	if got, want := s.made()[0].Value, "0123456789ab (5 trials) and 0123456789ab+dirty (1 trial)"; got != want {
		t.Errorf("made by %q, want %q", got, want)
	}
}
