package trial

import (
	"slices"
	"testing"
)

// TestSplitArguments compares with the results of a POSIX shell.
func TestSplitArguments(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
		bad  bool
	}{
		{text: ``},
		{text: `  `},
		{text: `a`, want: []string{"a"}},
		{text: `  --n 3   x `, want: []string{"--n", "3", "x"}},
		{text: `-c 'a b' "c d"`, want: []string{"-c", "a b", "c d"}},
		{text: `''`, want: []string{""}},
		{text: `a'b c'"d e"f`, want: []string{"ab cd ef"}},
		{text: `'a\b' "a\b" a\b a\ b`, want: []string{`a\b`, `a\b`, "ab", "a b"}},
		{text: `"say \"hi\" \\"`, want: []string{`say "hi" \`}},
		{text: `'it'\''s'`, want: []string{"it's"}},
		{text: `"it's"`, want: []string{"it's"}},
		{text: `'open`, bad: true},
		{text: `"open \"`, bad: true},
		{text: `end \`, bad: true},
	} {
		got, ok := SplitArguments(tt.text)
		if ok == tt.bad || ok && !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.text, got, ok, tt.want, !tt.bad)
		}
		if _, want := argumentsForm(tt.text); (want != "") != tt.bad {
			t.Errorf("%q: as a setting: want %q", tt.text, want)
		}
	}
	if got := (Trial{Args: `node.py "a b"`}).Arguments(); !slices.Equal(got, []string{"node.py", "a b"}) {
		t.Errorf("Arguments: got %q", got)
	}
}
