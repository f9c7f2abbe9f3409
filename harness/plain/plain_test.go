package plain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestCell: a spreadsheet runs no cell as a formula, and numbers stay numbers.
func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "flood": "flood", "100ms": "100ms", "a=b": "a=b", "a@b": "a@b",
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "--flag": "'--flag",
		"-5": "-5", "+1.5e-3": "+1.5e-3", "-": "'-", "-0x1p4": "'-0x1p4", "-Inf": "'-Inf",
		"\t=1": "' =1", "\r=1": "' =1", "\n\n=1": "'  =1", "  =1": "'  =1", "＝1": "'＝1",
		"\u00a0=": "'\u00a0=", "\u2003+1+1": "'\u2003+1+1", "\u2028+1": `\u2028+1`, "a\r\nb\x00c": `a  b\u0000c`,
	} {
		if got := Cell(in); got != want {
			t.Errorf("Cell(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ in, text, lines, cell string }{
		{"flood", "flood", "flood", "flood"},
		{"é ≤ 日本 😀 a\u00a0b", "é ≤ 日本 😀 a\u00a0b", "é ≤ 日本 😀 a\u00a0b", "é ≤ 日本 😀 a\u00a0b"},
		{"a\x1b[31mb", `a\u001b[31mb`, `a\u001b[31mb`, `a\u001b[31mb`},
		{"a\u009b31m", `a\u009b31m`, `a\u009b31m`, `a\u009b31m`},
		{"a\x9b31m", `a\u009b31m`, `a\u009b31m`, `a\u009b31m`}, // a single byte
		{"abc\u202edef", `abc\u202edef`, `abc\u202edef`, `abc\u202edef`},
		{"a\u2028b\ufeff", `a\u2028b\ufeff`, `a\u2028b\ufeff`, `a\u2028b\ufeff`},
		{"\U000e0041", `\udb40\udc41`, `\udb40\udc41`, `\udb40\udc41`},
		{"one\ntwo\tthree\r", "one two three ", "one\ntwo\tthree\\u000d", "one two three "},
		{"\ufffd", "\ufffd", "\ufffd", "\ufffd"},
		{"=1+1", "=1+1", "=1+1", "'=1+1"},
		{"\u00a0@x", "\u00a0@x", "\u00a0@x", "'\u00a0@x"},
		{"-5", "-5", "-5", "-5"},
		{"\t=1", " =1", "\t=1", "' =1"},
	} {
		if got := Text(tt.in); got != tt.text {
			t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.text)
		}
		if got := Lines(tt.in); got != tt.lines {
			t.Errorf("Lines(%q) = %q, want %q", tt.in, got, tt.lines)
		}
		if got := Cell(tt.in); got != tt.cell {
			t.Errorf("Cell(%q) = %q, want %q", tt.in, got, tt.cell)
		}
		if got := Is(tt.in); got != (tt.in == tt.text) {
			t.Errorf("Is(%q) = %v", tt.in, got)
		}
	}
}

// TestWriter: the program's own escape sequences are kept, others are not.
func TestWriter(t *testing.T) {
	var b bytes.Buffer
	w := Writer{&b, []string{"\x1b[0m", "\x1b[32m"}}
	in := "\x1b[32mpass\x1b[0m \x1b[5m\x1b[2Jx\n"
	n, err := w.Write([]byte(in))
	if want := "\x1b[32mpass\x1b[0m \\u001b[5m\\u001b[2Jx\n"; b.String() != want || n != len(in) || err != nil {
		t.Errorf("got %q, %d, %v, want %q", b.String(), n, err, want)
	}
}

// FuzzText: Text returns plain text for every input and is idempotent, and the escapes in
// a JSON document have the original meaning.
func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202e\x80")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !Is(got) || Text(got) != got || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("Text(%q) = %q, which is not plain", s, got)
		}
		if !utf8.ValidString(s) {
			return
		}
		doc, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again string
		if err := json.Unmarshal([]byte(Lines(string(doc))), &again); err != nil || again != s {
			t.Errorf("%q comes out of JSON as %q, %v", s, again, err)
		}
	})
}
