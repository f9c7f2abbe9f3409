package edn

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// number reads any number but the simplest. The forms are those of EdnReader.java:
// decimal, octal (017), hexadecimal (0x1f) and radix (36rZZ) integers, ratios, floats,
// and the suffixes N and M.
func (s *Scanner) number(i int) (Kind, error) {
	end, open := s.token(i)
	if open {
		return short, nil
	}
	written := s.buf[i:end]
	s.text, s.pos = written, end
	if kind := s.parseNumber(written); kind != Absent {
		if kind == BigInt && len(bytes.TrimPrefix(s.text, []byte{'-'})) > MaxDigits {
			return Absent, s.Errorf("an integer of %d digits, want at most %d", len(s.text), MaxDigits)
		}
		return kind, nil
	}
	return Absent, s.Errorf("unexpected %s, want a number", quote(written))
}

// parseNumber returns the kind of a number and sets num or text; Absent if written is not
// a number.
func (s *Scanner) parseNumber(written []byte) Kind {
	digits := bytes.TrimLeft(written, "+-") // at most one sign: a second is not a digit
	if len(written)-len(digits) > 1 || len(digits) == 0 {
		return Absent
	}
	s.text = bytes.TrimPrefix(written, []byte{'+'})
	body, last := digits[:len(digits)-1], digits[len(digits)-1]
	over, under, isRatio := bytes.Cut(digits, []byte{'/'})
	switch {
	case last == 'N' && isDecimal(body):
		s.text = s.text[:len(s.text)-1]
		if string(s.text) == "-0" {
			s.text = body
		}
		return BigInt
	case isDecimal(digits):
		n, err := strconv.ParseInt(string(s.text), 10, 64)
		if err != nil {
			return BigInt
		}
		s.num, s.text = n, nil
		return Int
	case isRatio && allDigits(over) && allDigits(under) && len(bytes.Trim(under, "0")) > 0:
		return Ratio
	case last == 'M' && (isFloat(body) || allDigits(body)):
		s.text = s.text[:len(s.text)-1]
		return Decimal
	case isFloat(digits):
		return Float
	}
	n, ok := parseRadix(digits)
	if !ok {
		return Absent
	}
	if written[0] == '-' {
		n = -n
	}
	s.num, s.text = n, written
	return Int
}

// parseRadix parses 0x1f, 017 and 36rZZ. It returns false if the number does not fit 64
// bits.
func parseRadix(digits []byte) (int64, bool) {
	base, rest := 8, digits[1:]
	if digits[0] != '0' || len(rest) == 0 {
		radix, tail, ok := bytes.Cut(bytes.ToLower(digits), []byte{'r'})
		if !ok || len(radix) > 2 {
			return 0, false
		}
		base, _ = strconv.Atoi(string(radix))
		rest = tail
	} else if rest[0] == 'x' || rest[0] == 'X' {
		base, rest = 16, rest[1:]
	}
	if base < 2 || base > 36 || len(rest) == 0 || bytes.ContainsAny(rest, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseInt(string(rest), base, 64)
	return n, err == nil
}

// isDecimal reports whether b is a decimal integer without a leading zero.
func isDecimal(b []byte) bool { return allDigits(b) && (b[0] != '0' || len(b) == 1) }

func allDigits(b []byte) bool { return len(b) > 0 && skipDigits(b) == len(b) }

func skipDigits(b []byte) int {
	for i, c := range b {
		if c-'0' > 9 {
			return i
		}
	}
	return len(b)
}

// isFloat reports whether b, which has no sign, has digits and a fraction, an exponent or
// both.
func isFloat(b []byte) bool {
	n := skipDigits(b)
	if n == 0 || n == len(b) {
		return false
	}
	b = b[n:]
	if b[0] == '.' {
		b = b[1+skipDigits(b[1:]):]
	}
	if len(b) == 0 {
		return true
	}
	if b[0] != 'e' && b[0] != 'E' {
		return false
	}
	b = b[1:]
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	return allDigits(b)
}

// str reads a string whose opening quote is at i.
func (s *Scanner) str(i int) (Kind, error) {
	buf := s.buf
	j := i + 1
	for j < len(buf) && class[buf[j]]&isQuote == 0 {
		j++
	}
	if j < len(buf) && buf[j] == '"' {
		s.text, s.pos = buf[i+1:j], j+1
		return String, nil
	}
	s.scratch = append(s.scratch[:0], buf[i+1:j]...)
	for j < len(buf) {
		switch c := buf[j]; {
		case c == '"':
			s.text, s.pos = s.scratch, j+1
			return String, nil
		case c != '\\':
			s.scratch = append(s.scratch, c)
			j++
		default:
			n, err := s.escape(j)
			if err != nil {
				return Absent, err
			}
			if n == 0 {
				j = len(buf) // the escape is incomplete
				continue
			}
			j += n
		}
	}
	if !s.whole {
		return short, nil
	}
	return Absent, s.Errorf("a string without its closing \"")
}

// escapes are those of EdnReader.java, and \/ as in olympos.io/encoding/edn.
var escapes = map[byte]byte{'t': '\t', 'r': '\r', 'n': '\n', 'b': '\b', 'f': '\f', '\\': '\\', '"': '"', '/': '/'}

// escape appends the character of the escape at i and returns the escape's length, or 0
// if the buffer ends within it.
func (s *Scanner) escape(i int) (int, error) {
	rest := s.buf[i:]
	if len(rest) < 2 {
		return 0, nil
	}
	c := rest[1]
	if plain, ok := escapes[c]; ok {
		s.scratch = append(s.scratch, plain)
		return 2, nil
	}
	if c-'0' <= 7 { // one to three octal digits
		n := 1
		for n < 4 && n < len(rest) && rest[n]-'0' <= 7 {
			n++
		}
		if n == len(rest) {
			return 0, nil
		}
		r, _ := strconv.ParseUint(string(rest[1:n]), 8, 32)
		if r > 0o377 {
			return 0, s.errorAt(i, "unexpected %s, want an octal escape of at most \\377", quote(rest[:n]))
		}
		s.scratch = utf8.AppendRune(s.scratch, rune(r))
		return n, nil
	}
	if c != 'u' {
		r, size := utf8.DecodeRune(rest[1:])
		if r == utf8.RuneError && size <= 1 && len(rest) < 1+utf8.UTFMax && !s.whole {
			return 0, nil // the buffer ends within a character
		}
		return 0, s.errorAt(i, "unexpected \\%c, want an escape such as \\n, \\\" or \\u00e9", r)
	}
	r, ok := hex4(rest)
	if !ok {
		if len(rest) < 6 && !s.whole {
			return 0, nil
		}
		return 0, s.errorAt(i, "unexpected %s, want \\u and four hexadecimal digits", quote(rest[:min(6, len(rest))]))
	}
	if !utf16.IsSurrogate(r) {
		s.scratch = utf8.AppendRune(s.scratch, r)
		return 6, nil
	}
	if len(rest) < 12 && !s.whole {
		return 0, nil
	}
	low, _ := hex4(rest[6:])
	if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
		s.scratch = utf8.AppendRune(s.scratch, both)
		return 12, nil
	}
	s.scratch = utf8.AppendRune(s.scratch, utf8.RuneError) // half a surrogate pair
	return 6, nil
}

// hex4 parses \uXXXX.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n := rune(0)
	for _, c := range b[2:6] {
		switch {
		case c-'0' <= 9:
			n = n<<4 | rune(c-'0')
		case c|0x20-'a' <= 5:
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

var charNames = map[string]rune{
	"newline": '\n', "return": '\r', "space": ' ', "tab": '\t', "formfeed": '\f', "backspace": '\b',
}

// char reads a character whose backslash is at i.
func (s *Scanner) char(i int) (Kind, error) {
	if len(s.buf) < i+1+utf8.UTFMax && !s.whole {
		return short, nil
	}
	r, size := utf8.DecodeRune(s.buf[i+1:])
	if size == 0 || class[s.buf[i+1]]&(isSpace|isBinary) != 0 && r != ',' {
		return Absent, s.Errorf("a backslash without its character")
	}
	if r == utf8.RuneError && size == 1 {
		return Absent, s.Errorf("unexpected byte 0x%02x, want a character in UTF-8", s.buf[i+1])
	}
	end, open := s.token(i + 1 + size)
	if open {
		return short, nil
	}
	s.pos = end
	name := s.buf[i+1 : end]
	if len(name) > size {
		var ok bool
		if r, ok = charNames[string(name)]; !ok {
			if r, ok = charCode(s.buf[i:end]); !ok {
				return Absent, s.Errorf("unexpected %s, want a character", quote(s.buf[i:end]))
			}
		}
	}
	s.num = int64(r)
	return Char, nil
}

// charCode parses \u00e9 and \o351. Half of a surrogate pair is not a character.
func charCode(b []byte) (rune, bool) {
	if b[1] == 'o' {
		n, err := strconv.ParseUint(string(b[2:]), 8, 32)
		return rune(n), err == nil && len(b) <= 5 && n <= 0o377
	}
	r, ok := hex4(b)
	return r, ok && len(b) == 6 && !utf16.IsSurrogate(r)
}
