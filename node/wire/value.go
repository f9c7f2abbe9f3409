package wire

import (
	"iter"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Members yields the keys of object with the texts of their values. If object is
// not a JSON object, Members ends early.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		s := scanner{text: object}
		for first, more := true, s.open('{'); more; first = false {
			if more, _ = s.more('}', first); !more {
				return
			}
			key, ok := s.key()
			if !ok {
				return
			}
			value, ok := s.raw(1)
			more = ok && yield(key, value)
		}
	}
}

// Elements yields the texts of the elements of array. If array is not a JSON array,
// Elements ends early.
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func(element []byte) bool) {
		s := scanner{text: array}
		for first, more := true, s.open('['); more; first = false {
			if more, _ = s.more(']', first); !more {
				return
			}
			value, ok := s.raw(1)
			more = ok && yield(value)
		}
	}
}

// Field returns the text of the value of a key in object, or nil.
func Field(object []byte, key string) []byte {
	var last []byte
	for k, value := range Members(object) {
		if string(k) == key {
			last = value
		}
	}
	return last
}

// Int parses text as an integer. It returns false if text is not an integer or does
// not fit. A number with a fraction or an exponent is not an integer, even 1.0.
func Int(text []byte) (int64, bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	n, ok := Uint(text)
	if negative {
		return -int64(n), ok && n <= -math.MinInt64
	}
	return int64(n), ok && n <= math.MaxInt64
}

// Uint parses text as an integer of at least 0. It returns false if text is not one
// or does not fit.
func Uint(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 1 && text[0] == '0' {
		return 0, false
	}
	var n uint64
	for i, c := range text {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		if i >= 19 && (n > math.MaxUint64/10 || n*10 > math.MaxUint64-d) {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// Ints appends the integers of array to values. It returns false if array is not an
// array of integers that fit; then the appended values are meaningless.
func Ints[T ~int64](values []T, array []byte) ([]T, bool) {
	s := scanner{text: array}
	if !s.open('[') {
		return values, false
	}
	for first := true; ; first = false {
		more, ok := s.more(']', first)
		if !more {
			s.space()
			return values, ok && s.pos == len(array)
		}
		s.next()
		n, size := leadingInt(array[s.pos:])
		if size == 0 {
			return values, false
		}
		values = append(values, T(n))
		s.pos += size
	}
}

// leadingInt parses the integer at the start of text, and returns its length, or 0
// if there is none or it does not fit.
func leadingInt(text []byte) (n int64, size int) {
	for size < len(text) && size < 18 && text[size]-'0' <= 9 {
		n = n*10 + int64(text[size]-'0')
		size++
	}
	if size > 0 && size < len(text) && text[0] != '0' && (text[size] == ',' || text[size] == ']') {
		return n, size // the most frequent case
	}
	size = 0
	for size < len(text) && (text[size]-'0' <= 9 || text[size] == '-') {
		size++
	}
	n, ok := Int(text[:size])
	if !ok {
		return 0, 0
	}
	return n, size
}

// Text parses text as a JSON string. It returns false if text is not one.
func Text(text []byte) (string, bool) {
	s := scanner{text: text}
	if len(text) == 0 || text[0] != '"' || !s.str() || s.pos != len(text) {
		return "", false
	}
	return string(unquote(text)), true
}

// unquote returns the content of a valid string, in place if it has no escapes.
// Invalid UTF-8 becomes U+FFFD, as in encoding/json.
func unquote(text []byte) []byte {
	text = text[1 : len(text)-1]
	for i, c := range text {
		if c == '\\' || c >= utf8.RuneSelf {
			return unescape(append([]byte(nil), text[:i]...), text[i:])
		}
	}
	return text
}

// unescape appends the unescaped content of a valid string. Half of a surrogate
// pair becomes U+FFFD.
func unescape(to, inside []byte) []byte {
	for i := 0; i < len(inside); {
		switch c := inside[i]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(inside[i:])
			to = utf8.AppendRune(to, r)
			i += size
		case c != '\\':
			to = append(to, c)
			i++
		case inside[i+1] == 'u':
			r := rune(hex4(inside[i+2 : i+6]))
			i += 6
			if utf16.IsSurrogate(r) {
				if i+6 <= len(inside) && inside[i] == '\\' && inside[i+1] == 'u' {
					low := rune(hex4(inside[i+2 : i+6]))
					if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
						i += 6
					}
				} else {
					r = utf8.RuneError
				}
			}
			to = utf8.AppendRune(to, r)
		default:
			to = append(to, escaped[inside[i+1]])
			i += 2
		}
	}
	return to
}

// escaped maps the byte after a backslash to its meaning.
var escaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hex4 parses four hexadecimal digits. It returns −1 if they are invalid.
func hex4(digits []byte) int {
	n := 0
	for _, c := range digits {
		switch {
		case c-'0' <= 9:
			n = n<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return n
}

// Fields are the fields of a body after its type. The zero Fields are empty.
//
//	wire.Fields(nil).Int("offset", 7).Text("key", "k1")
type Fields []byte

// Key appends a key. The caller must append the JSON of its value next.
func (f Fields) Key(key string) Fields { return append(AppendText(append(f, ','), key), ':') }

// Int appends an integer field.
func (f Fields) Int(key string, n int64) Fields { return strconv.AppendInt(f.Key(key), n, 10) }

// Uint appends an integer field of at least 0.
func (f Fields) Uint(key string, n uint64) Fields { return strconv.AppendUint(f.Key(key), n, 10) }

// Text appends a string field.
func (f Fields) Text(key, s string) Fields { return AppendText(f.Key(key), s) }

// Raw appends a field whose value is JSON on a single line.
func (f Fields) Raw(key string, value []byte) Fields { return append(f.Key(key), value...) }

// AppendInts appends an array of integers.
func AppendInts[T ~int64](json []byte, values []T) []byte {
	json = append(json, '[')
	for i, v := range values {
		if i > 0 {
			json = append(json, ',')
		}
		json = strconv.AppendInt(json, int64(v), 10)
	}
	return append(json, ']')
}

// EscapeControls returns a line of JSON with the control characters in strings
// escaped, as JSON requires, and reports whether there were any. Maelstrom accepts
// them unescaped: allow-unquoted-control-chars in src/cheshire/factory.clj of
// cheshire.
func EscapeControls(line []byte) ([]byte, bool) {
	var escaped []byte
	done, inside := 0, false // bytes of line that are in escaped
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			inside = !inside
		case inside && c == '\\':
			i++
		case inside && c < ' ':
			escaped = appendEscape(append(escaped, line[done:i]...), c)
			done = i + 1
		}
	}
	if done == 0 {
		return line, false
	}
	return append(escaped, line[done:]...), true
}

// AppendText appends a quoted and escaped string. Invalid UTF-8 becomes U+FFFD, as
// in encoding/json.
func AppendText[S Name](json []byte, s S) []byte {
	json = append(json, '"')
	done := 0 // bytes of s that were appended
	for i := 0; i < len(s); {
		c := s[i]
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = decodeRune(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		} else if plain[c] {
			i++
			continue
		}
		json = append(json, s[done:i]...)
		json = appendEscape(json, c)
		i += size
		done = i
	}
	json = append(json, s[done:]...)
	return append(json, '"')
}

// decodeRune returns the first character of s.
func decodeRune[S Name](s S) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

// appendEscape appends the escape of a byte.
func appendEscape(json []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(json, '\\', c)
	case '\n':
		return append(json, '\\', 'n')
	}
	if c >= utf8.RuneSelf {
		return append(json, `\ufffd`...)
	}
	return append(json, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
