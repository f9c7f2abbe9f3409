package texttab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"pgregory.net/rapid"
)

// measured is a listing of two rows.
func measured() *Listing {
	l := &Listing{Head: []string{"a head of more words than there is room for"}, Notes: []string{"and a note"}}
	l.Column("setting", false)
	l.Column("stable-latency.p50 (ms)", true)
	l.Column("< 400ms", false)
	l.Row("fanout=2 interval=50ms", "350 [349 351]", "pass")
	l.Row("fanout=10", "1300 [290 2300]", "fail 1/3")
	return l
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		screen Screen
		want   string
	}{
		{"wide enough", Screen{Terminal: true, Width: 80}, `
a head of more words than there is room for

┌────────────────────────┬─────────────────┬──────────┐
│ setting                │  stable-latency │ < 400ms  │
│                        │        p50 (ms) │          │
├────────────────────────┼─────────────────┼──────────┤
│ fanout=2 interval=50ms │   350 [349 351] │ pass     │
│ fanout=10              │ 1300 [290 2300] │ fail 1/3 │
└────────────────────────┴─────────────────┴──────────┘

and a note
`},
		{"broken cells", Screen{Terminal: true, Width: 50}, `
a head of more words than there is room for

┌───────────────┬─────────────────┬──────────┐
│ setting       │  stable-latency │ < 400ms  │
│               │        p50 (ms) │          │
├───────────────┼─────────────────┼──────────┤
│ fanout=2      │   350 [349 351] │ pass     │
│ interval=50ms │                 │          │
├───────────────┼─────────────────┼──────────┤
│ fanout=10     │ 1300 [290 2300] │ fail 1/3 │
└───────────────┴─────────────────┴──────────┘

and a note
`},
		{"no lines", Screen{Terminal: true, Width: 34}, `
a head of more words than there is
room for

setting           stable-  < 400ms
                  latency
                .p50 (ms)
fanout=2              350  pass
interval=50ms   [349 351]
fanout=10            1300  fail
               [290 2300]  1/3

and a note
`},
		{"blocks", Screen{Terminal: true, Width: 26}, `
a head of more words than
there is room for

── 1 of 2 ────────────────
setting        fanout=2
               interval=50
               ms
stable-        350
latency.p50    [349 351]
(ms)
< 400ms        pass
── 2 of 2 ────────────────
setting        fanout=10
stable-        1300
latency.p50    [290 2300]
(ms)
< 400ms        fail 1/3

and a note
`},
	} {
		var b strings.Builder
		if err := measured().Write(&b, "text", tt.screen); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), b.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// TestFitIsComplete: whatever the width, no line is wider, and nothing is lost: the
// letters of each column come in their order.
func TestFitIsComplete(t *testing.T) {
	word := rapid.StringMatching(`[a-zé]{1,9}([-,.][a-z]{1,6})?|[0-9]{1,4}|\[[0-9]{1,3} [0-9]{1,3}\]`)
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 1, 5).Draw(t, "words"), " ") })
	rapid.Check(t, func(t *rapid.T) {
		l := &Listing{}
		columns := rapid.IntRange(1, 8).Draw(t, "columns")
		for range columns {
			l.Column(text.Draw(t, "name"), rapid.Bool().Draw(t, "numbers"))
		}
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			l.Row(rapid.SliceOfN(text, columns, columns).Draw(t, "cells")...)
		}
		screen := Screen{Terminal: rapid.Bool().Draw(t, "terminal"), Width: rapid.IntRange(20, 120).Draw(t, "width")}
		var b strings.Builder
		if err := l.Write(&b, "text", screen); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := twwidth.Width(strings.TrimSuffix(line, "\n")); n > screen.Width {
				t.Fatalf("a line of %d columns for a screen of %d:\n%s", n, screen.Width, b.String())
			}
		}
		count := func(s string) map[rune]int {
			n := map[rune]int{}
			for _, r := range s {
				if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
					n[r]++
				}
			}
			return n
		}
		want := ""
		for _, row := range l.rows {
			want += strings.Join(row, "")
		}
		got := b.String()
		if strings.HasPrefix(got, "── 1 of") { // each name in each block, and numbers in the titles
			return
		}
		if diff := cmp.Diff(count(want+strings.Join(l.header, "")), count(got)); diff != "" {
			t.Fatalf("-want +got\n%s\n%s", diff, got)
		}
	})
}

// TestColoredLines: a broken cell is coloured line by line, so that no border is.
func TestColoredLines(t *testing.T) {
	got := colored([][]string{{"fail\n1/3", "failure", "x"}}, map[string]string{"fail": Red})[0]
	if want := []string{Red + "fail" + normal + "\n" + Red + "1/3" + normal, "failure", "x"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
