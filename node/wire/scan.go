package wire

import (
	"bytes"
	"fmt"
)

// Bounds on input; see the package documentation.
const (
	MaxDepth  = 1000 // of nested arrays and objects, the message included
	MaxDigits = 1000 // of a number, in characters
)

// scanner scans JSON. Its methods report success. After success, pos is after what
// they scanned. After a mistake, want and got describe it, and pos is its place.
type scanner struct {
	text      []byte
	pos       int
	want, got string
}

// fail records a mistake. It returns false.
func (s *scanner) fail(want string) bool {
	s.want = want
	s.got = "the end of the line"
	if s.pos < len(s.text) {
		s.got = fmt.Sprintf("%q", s.text[s.pos:min(len(s.text), s.pos+16)])
	}
	return false
}

// end checks that nothing follows, and returns the mistake if there is one.
func (s *scanner) end(ok bool) error {
	if ok {
		if s.space(); s.pos == len(s.text) {
			return nil
		}
		s.fail("the end of the line")
	}
	return fmt.Errorf("byte %d: want %s, got %s", s.pos, s.want, s.got)
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// next skips space and returns the next byte, or 0 at the end.
func (s *scanner) next() byte {
	if s.pos < len(s.text) && s.text[s.pos] > ' ' {
		return s.text[s.pos]
	}
	if s.space(); s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// open scans the bracket c.
func (s *scanner) open(c byte) bool {
	if s.next() != c {
		if c == '{' {
			return s.fail("an object")
		}
		return s.fail("an array")
	}
	s.pos++
	return true
}

// more reports whether another element follows. It scans the comma before it, or
// the closing bracket.
func (s *scanner) more(closing byte, first bool) (more, ok bool) {
	switch c := s.next(); {
	case c == closing:
		s.pos++
		return false, true
	case first:
		return true, true
	case c == ',':
		s.pos++
		return true, true
	case closing == '}':
		return false, s.fail("a comma or }")
	default:
		return false, s.fail("a comma or ]")
	}
}

// key scans a key and its colon, and returns the key.
func (s *scanner) key() (key []byte, ok bool) {
	if s.next() != '"' {
		return nil, s.fail("a key")
	}
	start := s.pos
	if !s.str() {
		return nil, false
	}
	key = s.text[start+1 : s.pos-1]
	if bytes.IndexByte(key, '\\') >= 0 {
		key = unescape(nil, key)
	}
	if s.next() != ':' {
		return nil, s.fail("a colon")
	}
	s.pos++
	return key, true
}

// members scans the rest of an object at the given depth. It calls each for every
// key; each must scan the value.
func (s *scanner) members(depth int, each func(key []byte) bool) bool {
	for first := true; ; first = false {
		more, ok := s.more('}', first)
		if !more {
			return ok
		}
		key, ok := s.key()
		if !ok || !each(key) {
			return false
		}
	}
}

// value scans a value inside depth arrays and objects.
func (s *scanner) value(depth int) bool {
	switch c := s.next(); {
	case c == '"':
		return s.str()
	case c == '-' || c-'0' <= 9:
		start := s.pos
		if ok := s.number(); !ok || s.pos-start <= MaxDigits {
			return ok
		}
		s.pos = start
		return s.fail(fmt.Sprintf("a number of at most %d characters", MaxDigits))
	case c == '{' || c == '[':
		if depth >= MaxDepth {
			return s.fail(fmt.Sprintf("at most %d levels of arrays and objects", MaxDepth))
		}
		s.pos++
		return s.container(c+2, depth+1) // in ASCII } and ] are two after { and [
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.fail("a value")
}

// container scans the rest of an array or an object.
func (s *scanner) container(closing byte, depth int) bool {
	for first := true; ; first = false {
		more, ok := s.more(closing, first)
		if !more {
			return ok
		}
		if closing == '}' {
			if _, ok := s.key(); !ok {
				return false
			}
		} else {
			s.integers()
		}
		if !s.value(depth) {
			return false
		}
	}
}

// integers scans the integers of an array, up to the last one or to another value.
// It is only an optimization: long arrays of integers, the most frequent content,
// take a quarter of the time.
func (s *scanner) integers() {
	text := s.text
	for i := s.pos; i < len(text) && text[i]-'0' <= 9; {
		s.pos = i
		if text[i] != '0' {
			for i++; i < len(text) && text[i]-'0' <= 9; {
				i++
			}
		} else {
			i++
		}
		if i == len(text) || text[i] != ',' || i-s.pos > MaxDigits {
			return
		}
		i++
	}
}

func (s *scanner) word(w string) bool {
	if len(s.text)-s.pos < len(w) || string(s.text[s.pos:s.pos+len(w)]) != w {
		return s.fail("a value")
	}
	s.pos += len(w)
	return true
}

// null scans a null if there is one.
func (s *scanner) null() bool { return s.next() == 'n' && s.word("null") }

// plain has the bytes that need no escape in a string and cannot end it.
var plain = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

// str scans a string whose opening quote is at pos.
func (s *scanner) str() bool {
	text := s.text
	i := s.pos + 1
	for {
		for i < len(text) && plain[text[i]] {
			i++
		}
		s.pos = i
		switch {
		case i == len(text) || text[i] < ' ':
			return s.fail("the rest of a string")
		case text[i] == '"':
			s.pos++
			return true
		}
		i = afterEscape(text, i)
		if i < 0 {
			return s.fail(`an escape such as \n or \u0041`)
		}
	}
}

// afterEscape returns the end of the escape at i, or −1 if it is invalid.
func afterEscape(text []byte, i int) int {
	if i+1 >= len(text) {
		return -1
	}
	switch text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= len(text) && hex4(text[i+2:i+6]) >= 0 {
			return i + 6
		}
	}
	return -1
}

// number scans a number: an integer, a fraction, an exponent.
func (s *scanner) number() bool {
	if s.text[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.text) && s.text[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.pos < len(s.text) && s.text[s.pos] == '.' {
		if s.pos++; !s.digits() {
			return false
		}
	}
	if s.pos < len(s.text) && s.text[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.text) && (s.text[s.pos] == '+' || s.text[s.pos] == '-') {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start || s.fail("a digit")
}

// raw scans a value and returns its text.
func (s *scanner) raw(depth int) (value []byte, ok bool) {
	s.next()
	start := s.pos
	if !s.value(depth) {
		return nil, false
	}
	return s.text[start:s.pos:s.pos], true
}

// name scans a string or null.
func (s *scanner) name(key string, into *[]byte) bool {
	*into = nil
	if s.null() {
		return true
	}
	if s.next() != '"' {
		return s.fail(key + " to be a string")
	}
	start := s.pos
	if !s.str() {
		return false
	}
	*into = unquote(s.text[start:s.pos:s.pos])
	return true
}

// id scans any value: an integer, or else its text. Null is absent.
func (s *scanner) id(into *int64, other *string, present *bool) bool {
	*into, *other, *present = 0, "", false
	if s.null() {
		return true
	}
	value, ok := s.raw(2)
	if !ok {
		return false
	}
	*present = true
	if *into, ok = Int(value); !ok {
		*into, *other = 0, string(value)
	}
	return true
}
