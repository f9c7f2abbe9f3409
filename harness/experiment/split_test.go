package experiment

import (
	"strings"
	"testing"
)

func TestSplitList(t *testing.T) {
	for text, want := range map[string]string{
		"1,2,4":               "1|2|4",
		" 1 , 2 ":             "1|2",
		"[a,b]":               "a|b",
		"[a, b],c":            "[a, b]|c",
		"[a],[b]":             "[a]|[b]",
		"log(1,10,3),20":      "log(1,10,3)|20",
		"[log(1,10,3), 20]":   "log(1,10,3)|20",
		`"a,b",c`:             "a,b|c",
		`['a, b', "c"]`:       "a, b|c",
		`--x "a,b" 'c,d',--y`: `--x "a,b" 'c,d'|--y`,
		`'"a b" c',d`:         `"a b" c|d`,
		`"a" "b",c`:           `"a" "b"|c`,
		"it's,yes":            "it's|yes",
		"":                    "",
		"''":                  "",
		"a,":                  "a|",
	} {
		if got := strings.Join(splitList(text), "|"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestTab: a tab is called a tab.
func TestTab(t *testing.T) {
	for _, text := range []string{"base:\n\tnodes: 3\n", "base:\n  nodes: 3\n\trate: 2\n", "base: {nodes: 3}\n\t\n\tseed: 1\n"} {
		_, err := Parse("x.yaml", []byte(text), catalog{}, Flags{})
		if err == nil || !strings.Contains(err.Error(), "a tab") || !strings.Contains(err.Error(), "spaces") {
			t.Errorf("%q: got %v", text, err)
		}
	}
	if _, err := Parse("x.yaml", []byte("base: {nodes:\t3}\nquestion: a\tb\n"), catalog{}, Flags{}); err != nil {
		t.Errorf("tabs that YAML allows: %v", err)
	}
}
