package texttab

import (
	"strings"
	"testing"
)

func TestListing(t *testing.T) {
	l := &Listing{Head: []string{"two trials"}, Notes: []string{"that is all"}}
	l.Column("id", false)
	l.Column("nodes", true)
	l.Row("c0ffee", "5")
	l.Row("bad", "1000")
	for format, want := range map[string]string{
		"text": `two trials

id      nodes
c0ffee      5
bad      1000

that is all
`,
		"markdown": `two trials

| id | nodes |
| :--- | ---: |
| c0ffee | 5 |
| bad | 1000 |

- that is all
`,
		"csv": "id,nodes\nc0ffee,5\nbad,1000\n",
		"json": `[
  {
    "id": "c0ffee",
    "nodes": "5"
  },
  {
    "id": "bad",
    "nodes": "1000"
  }
]
`,
	} {
		var b strings.Builder
		if err := l.Write(&b, format, Screen{}); err != nil || b.String() != want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", format, err, b.String(), want)
		}
	}
	err := l.Write(&strings.Builder{}, "markdwon", Screen{})
	if want := `no such format: "markdwon", did you mean markdown?`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFolded(t *testing.T) {
	for name, want := range map[string]string{
		"stable-latency.p50 (ms)":                 "stable-latency\np50 (ms)",
		"loss=0.1 degree=4 msgs-per-op":           "loss=0.1\ndegree=4\nmsgs-per-op",
		"interval=0.5s delivery-latency.max (ms)": "interval=0.5s\ndelivery-latency\nmax (ms)",
		"< 30":        "< 30",
		"msgs-per-op": "msgs-per-op",
	} {
		if got := folded([]string{name})[0]; got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
