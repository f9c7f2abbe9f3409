package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// lexer reads one JSON text from start to end. encoding/json reads every byte of a nested
// object once for each level, which would dominate the time of a table over 100,000
// results.
type lexer struct {
	text []byte
	pos  int
}

// maxDepth is the maximum nesting of a value that skip accepts.
const maxDepth = 100

func (l *lexer) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", l.pos+1, fmt.Sprintf(format, args...))
}

// peek skips white space and returns the next byte, or 0 at the end.
func (l *lexer) peek() byte {
	for ; l.pos < len(l.text); l.pos++ {
		switch c := l.text[l.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// expect reads one byte, which must be c.
func (l *lexer) expect(c byte) error {
	if got := l.peek(); got != c {
		if l.pos == len(l.text) {
			return l.errorf("want %q, got the end of the line", c)
		}
		return l.errorf("want %q, got %q", c, got)
	}
	l.pos++
	return nil
}

// end returns an error if anything but white space follows.
func (l *lexer) end() error {
	if c := l.peek(); l.pos < len(l.text) {
		return l.errorf("want the end of the line, got %q", c)
	}
	return nil
}

// object reads an object. It calls member at the value of each key; member must read the
// value.
func (l *lexer) object(member func(key []byte) error) error {
	return l.sequence('{', '}', func() error {
		key, err := l.str()
		if err != nil {
			return err
		}
		if err := l.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// array reads an array. It calls element at each element; element must read it.
func (l *lexer) array(element func() error) error {
	return l.sequence('[', ']', element)
}

func (l *lexer) sequence(open, shut byte, next func() error) error {
	if err := l.expect(open); err != nil {
		return err
	}
	if l.peek() == shut {
		l.pos++
		return nil
	}
	for {
		if err := next(); err != nil {
			return err
		}
		if l.peek() != ',' {
			return l.expect(shut)
		}
		l.pos++
	}
}

// str reads a string. The returned slice is part of the input if the string has no
// escapes.
func (l *lexer) str() ([]byte, error) {
	if err := l.expect('"'); err != nil {
		return nil, err
	}
	start, escaped, ascii := l.pos, false, true
	for ; l.pos < len(l.text); l.pos++ {
		switch c := l.text[l.pos]; {
		case c == '"':
			l.pos++
			if !ascii && !utf8.Valid(l.text[start:l.pos]) {
				return nil, l.errorf("want text in UTF-8")
			}
			if !escaped {
				return l.text[start : l.pos-1], nil
			}
			var s string
			if err := json.Unmarshal(l.text[start-1:l.pos], &s); err != nil {
				return nil, l.errorf("string: %v", err)
			}
			return []byte(s), nil
		case c == '\\':
			escaped = true
			l.pos++
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ':
			return nil, l.errorf("want no control character in a string, got %q", c)
		}
	}
	return nil, l.errorf("want '\"', got the end of the line")
}

// number reads a number and returns its text.
func (l *lexer) number() ([]byte, error) {
	l.peek()
	start := l.pos
	if l.pos < len(l.text) && l.text[l.pos] == '-' {
		l.pos++
	}
	whole := l.digits()
	well := whole == 1 || whole > 1 && l.text[l.pos-whole] != '0'
	if l.pos < len(l.text) && l.text[l.pos] == '.' {
		l.pos++
		well = well && l.digits() > 0
	}
	if l.pos < len(l.text) && (l.text[l.pos] == 'e' || l.text[l.pos] == 'E') {
		l.pos++
		if l.pos < len(l.text) && (l.text[l.pos] == '+' || l.text[l.pos] == '-') {
			l.pos++
		}
		well = well && l.digits() > 0
	}
	if !well {
		l.pos = start
		return nil, l.errorf("want a number")
	}
	return l.text[start:l.pos], nil
}

func (l *lexer) digits() int {
	start := l.pos
	for l.pos < len(l.text) && '0' <= l.text[l.pos] && l.text[l.pos] <= '9' {
		l.pos++
	}
	return l.pos - start
}

// float reads a number as a float64.
func (l *lexer) float() (float64, error) {
	text, err := l.number()
	if err != nil {
		return 0, err
	}
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, l.errorf("want a number that fits 64 bits, got %s", text)
	}
	return x, nil
}

// integer reads an integer of 64 bits.
func (l *lexer) integer() (int64, error) {
	text, err := l.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, l.errorf("want an integer of 64 bits, got %s", text)
	}
	return n, nil
}

// word reads w (null, true or false) if it comes next, and reports whether it did.
func (l *lexer) word(w string) bool {
	l.peek()
	if !bytes.HasPrefix(l.text[l.pos:], []byte(w)) {
		return false
	}
	l.pos += len(w)
	return true
}

// skip reads a value of any kind and drops it.
func (l *lexer) skip(depth int) error {
	if depth > maxDepth {
		return l.errorf("want at most %d levels of nesting", maxDepth)
	}
	switch c := l.peek(); {
	case c == '{':
		return l.object(func([]byte) error { return l.skip(depth + 1) })
	case c == '[':
		return l.array(func() error { return l.skip(depth + 1) })
	case c == '"':
		_, err := l.str()
		return err
	case c == '-' || '0' <= c && c <= '9':
		_, err := l.number()
		return err
	case l.word("null") || l.word("true") || l.word("false"):
		return nil
	}
	return l.errorf("want a value")
}
