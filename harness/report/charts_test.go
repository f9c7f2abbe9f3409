package report

import (
	"fmt"
	"slices"
	"testing"

	"gossipbench/harness/experiment"
)

// far are three strategies whose numbers are far from some targets.
func far(t *testing.T, wanted ...string) Part {
	e := experiment.Experiment{Name: "far", Question: "Is a target outside the data told of?", Targets: targets(t, wanted...)}
	return Part{Experiment: e, Results: slices.Concat(
		measured("strategy=flood topology=tree4", "msgs-per-op", 10, "stable-latency.p50", 346, "lost", 0),
		measured("strategy=star", "msgs-per-op", 1, "stable-latency.p50", 340, "lost", 0),
		measured("strategy=gossip fanout=2", "msgs-per-op", 7, "stable-latency.p50", 350, "lost", 0),
	)}
}

// The place of points in a chart, by the width or height of its plot, and of the
// lines of targets, which lie on its ground.
const (
	within = `(() => {
		const box = (e) => e.getBoundingClientRect(), figure = document.querySelector('figure[data-chart="%s"]'), plot = box(figure.querySelector(".background"));
		const points = [...figure.querySelectorAll(".mark-symbol.layer_%s_marks path, .mark-symbol[class*=layer] path")].map(box);
		const x = points.map((p) => (p.x + p.width / 2 - plot.x) / plot.width), y = points.map((p) => (p.y + p.height / 2 - plot.y) / plot.height);
		const rules = [...figure.querySelectorAll(".mark-rule line")].filter((l) => l.getAttribute("stroke-dasharray")).map(box);
		return {
			figure: box(figure).height, points: points.length, acrossLeast: Math.min(...x), across: Math.max(...x) - Math.min(...x), acrossMost: Math.max(...x), up: Math.max(...y) - Math.min(...y), rules: rules.length,
			outside: rules.filter((r) => r.left < plot.left - 2 || r.right > plot.right + 2 || r.top < plot.top - 2 || r.bottom > plot.bottom + 2).length,
			texts: [...figure.querySelectorAll(".mark-text text")].map((e) => e.textContent), alt: figure.querySelector(".alt").textContent,
		};
	})()`
)

type place struct {
	Figure, Across, AcrossLeast, AcrossMost, Up float64
	Points, Rules, Outside                      int
	Texts                                       []string
	Alt                                         string
}

func (b *tab) place(chart string) place {
	b.Helper()
	return eval[place](b, fmt.Sprintf(within, chart, "2"))
}

// TestTargetsOutsideTheData: a target is in its chart where that leaves room for
// the data, and is told of at the edge where not.
func TestTargetsOutsideTheData(t *testing.T) {
	b := open(t)
	b.show(write1(t, Options{}, far(t, "msgs-per-op", "< 20", "stable-latency.p50", "< 1s")))
	b.keep("near-targets")
	for _, chart := range []string{"scatter", "levels", "trials"} {
		p := b.place(chart)
		if p.Figure > 800 || p.Outside > 0 || p.Rules == 0 {
			t.Errorf("%s is %.0f high, %d of its %d lines of targets are outside", chart, p.Figure, p.Outside, p.Rules)
		}
	}
	if p := b.place("scatter"); p.Rules != 2 || p.Across < 0.3 || p.AcrossMost > 0.6 {
		t.Errorf("the points, up to 10 where the target is 20, take %.2f of the width, up to %.2f, and there are %d lines", p.Across, p.AcrossMost, p.Rules)
	}
	b.show(write1(t, Options{}, far(t, "msgs-per-op", "< 2000", "stable-latency.p50", "> 3ms")))
	b.keep("far-targets")
	if p := b.place("scatter"); p.Figure > 800 || p.Outside > 0 || p.Across < 0.5 || !slices.Contains(p.Texts, "< 2000 →") {
		t.Errorf("a target far away: %+v", p)
	} else {
		contains(t, p.Alt, "The target messages per op < 2000 is beyond the axis.")
	}
	for _, chart := range []string{"levels", "trials"} {
		if p := b.place(chart); p.Figure > 800 || p.Outside > 0 {
			t.Errorf("%s is %.0f high, %d of its lines of targets are outside", chart, p.Figure, p.Outside)
		}
	}
	// On a logarithmic axis there is no zero.
	many := far(t, "msgs-per-op", "= 0")
	many.Results = append(many.Results, measured("strategy=reconcile", "msgs-per-op", 2000, "stable-latency.p50", 300)...)
	b.show(write1(t, Options{}, many))
	if p := b.place("scatter"); p.Figure > 800 || p.Outside > 0 || p.Across < 0.5 || !slices.Contains(p.Texts, "← = 0") {
		t.Errorf("a target of zero: %+v", p)
	}
	b.quiet()
}

// TestLevelsWithoutOrderAreNotJoined: a line between strategies would say that
// there is something between them.
func TestLevelsWithoutOrderAreNotJoined(t *testing.T) {
	b := open(t)
	b.show(write1(t, Options{}, challenge(4, 2)))
	const marks = `[...document.querySelectorAll('figure[data-chart="levels"] .mark-%s path')].filter((p) => p.getBoundingClientRect().width > 4).length`
	choose := func(factor string) {
		eval[any](b, fmt.Sprintf(`(async () => { const c = gossipbench.studies[0].charts[1]; c.factor = c.study.factors.findIndex((f) => f.name === %q); await c.draw(); return null; })()`, factor))
	}
	for _, tt := range []struct {
		factor string
		joined bool
	}{{"fanout", true}, {"interval", true}, {"strategy", false}, {"topology", false}, {"peers", false}} {
		choose(tt.factor)
		lines, ticks := eval[int](b, fmt.Sprintf(marks, "line")), eval[int](b, fmt.Sprintf(marks, "rect"))
		if tt.joined != (lines > 0) || tt.joined == (ticks > 0) {
			t.Errorf("%s: %d lines and %d ticks", tt.factor, lines, ticks)
		}
	}
	b.keep("levels")
	b.quiet()
}
