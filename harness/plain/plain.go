// Package plain makes text that others wrote mere text. Names of folders,
// settings of foreign results and what nodes print may hold escape sequences
// that a terminal obeys, marks that turn the reading direction round, or a
// formula that a spreadsheet runs.
//
// Plain text has graphic characters and spaces as Unicode defines them
// (categories L, M, N, P, S and Zs), and no others. Each other one is written as
// an escape that people and JSON know, such as \u202e.
package plain

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Is reports whether s is plain text of one line.
func Is(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return utf8.ValidString(s[i:]) && strings.IndexFunc(s[i:], func(r rune) bool { return !unicode.IsGraphic(r) }) < 0
		case c < ' ' || c == 0x7f:
			return false
		}
	}
	return true
}

// Text returns s as plain text of one line. Tabulators and ends of lines become
// spaces.
func Text(s string) string {
	if Is(s) {
		return s
	}
	return escaped(s, func(r rune) (string, bool) { return " ", r == '\t' || r == '\n' || r == '\r' })
}

// Lines returns s as plain text that keeps its tabulators and ends of lines.
func Lines(s string) string {
	return escaped(s, func(r rune) (string, bool) { return string(r), r == '\t' || r == '\n' })
}

// escaped writes what is not graphic as an escape, unless instead knows better.
func escaped(s string, instead func(rune) (string, bool)) string {
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		other, known := instead(r)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\u%04x`, s[i]) // a byte that is no UTF-8
		case known:
			b.WriteString(other)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// formulas are what a cell begins with that a spreadsheet may take for a
// formula, and run.
//
// Source: OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection,
// with the wide forms that it names. Its tabulator and carriage return cannot
// come here: see Text.
const formulas = "=+-@＝＋－＠"

// numeral is a number as a spreadsheet reads one.
var numeral = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// Cell returns s as plain text that a spreadsheet shows as it is: after an
// apostrophe where it would be a formula, also behind blanks of any kind. A
// number is left alone.
func Cell(s string) string {
	s = Text(s)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace)); strings.ContainsRune(formulas, first) && !numeral.MatchString(s) {
		return "'" + s
	}
	return s
}

// Writer makes all that is written to W plain text in Lines. What Own lists is
// left as it is: the escape sequences of the program itself.
type Writer struct {
	W   io.Writer
	Own []string
}

// Write implements io.Writer. A character must not be parted between two calls.
func (w Writer) Write(p []byte) (int, error) {
	s := string(p)
	var b strings.Builder
	for s != "" {
		at, own := len(s), ""
		for _, o := range w.Own {
			if i := strings.Index(s, o); i >= 0 && i < at {
				at, own = i, o
			}
		}
		b.WriteString(Lines(s[:at]))
		b.WriteString(own)
		s = s[at+len(own):]
	}
	if _, err := io.WriteString(w.W, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
