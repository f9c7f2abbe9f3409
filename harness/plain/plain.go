// Package plain makes foreign text harmless. Names of folders, settings of foreign
// results and what nodes print may contain escape sequences for a terminal, characters
// that reverse the direction of text, or formulas for a spreadsheet.
//
// Plain text has only graphic characters and spaces as defined by Unicode (categories L,
// M, N, P, S and Zs). Every other character is written as an escape as in JSON, such as
// \u202e.
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

// Text returns s as plain text of one line. Tabs and newlines become spaces.
func Text(s string) string {
	if Is(s) {
		return s
	}
	return escaped(s, func(r rune) (string, bool) { return " ", r == '\t' || r == '\n' || r == '\r' })
}

// Lines returns s as plain text with its tabs and newlines.
func Lines(s string) string {
	return escaped(s, func(r rune) (string, bool) { return string(r), r == '\t' || r == '\n' })
}

// escaped replaces characters that are not graphic, by instead if that returns true, else
// by an escape.
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
			fmt.Fprintf(&b, `\u%04x`, s[i]) // a byte that is not UTF-8
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

// formulas are the first characters of cells that a spreadsheet may run as a formula.
//
// Source: OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection, with the
// wide forms that it names. Its tab and carriage return cannot occur here: see Text.
const formulas = "=+-@＝＋－＠"

// numeral matches a number in a spreadsheet.
var numeral = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// Cell returns s as plain text that a spreadsheet shows unchanged: it puts an apostrophe
// before a formula, also one after leading blanks. Numbers are not changed.
func Cell(s string) string {
	s = Text(s)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace)); strings.ContainsRune(formulas, first) && !numeral.MatchString(s) {
		return "'" + s
	}
	return s
}

// Writer makes everything that is written to W plain, as Lines does, except for the
// strings in Own: the program's own escape sequences.
type Writer struct {
	W   io.Writer
	Own []string
}

// Write implements io.Writer. A character must not be split between two calls.
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

// Count returns a count and a noun: "1 trial", "3 trials".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
