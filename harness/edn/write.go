package edn

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Append appends v to dst on one line, as Clojure's pr writes it. It panics if v is
// absent.
func Append(dst []byte, v Value) []byte {
	switch v.kind {
	case List:
		return append(appendItems(append(dst, '('), v.items), ')')
	case Vector:
		return append(appendItems(append(dst, '['), v.items), ']')
	case Set:
		return append(appendItems(append(dst, "#{"...), v.items), '}')
	case Map:
		dst = append(dst, '{')
		for i := 0; i < len(v.items); i += 2 {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(Append(dst, v.items[i]), ' ')
			dst = Append(dst, v.items[i+1])
		}
		return append(dst, '}')
	case Tagged:
		return Append(appendTag(dst, v), v.items[0])
	}
	return appendAtom(dst, v)
}

func appendItems(dst []byte, items []Value) []byte {
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = Append(dst, item)
	}
	return dst
}

// appendTag appends the tag of a value, and a space unless the value begins with a
// bracket.
func appendTag(dst []byte, v Value) []byte {
	dst = append(append(dst, '#'), v.text...)
	if marked := v.items[0].kind; marked < List || marked > Map {
		dst = append(dst, ' ')
	}
	return dst
}

// appendAtom appends a value without nested values.
func appendAtom(dst []byte, v Value) []byte {
	switch v.kind {
	case Nil:
		return append(dst, "nil"...)
	case Bool:
		return strconv.AppendBool(dst, v.num != 0)
	case Int:
		if v.text == "" {
			return strconv.AppendInt(dst, v.num, 10)
		}
		return append(dst, v.text...)
	case BigInt:
		return append(append(dst, v.text...), 'N')
	case Decimal:
		return append(append(dst, v.text...), 'M')
	case Float, Ratio, Symbol:
		return append(dst, v.text...)
	case String:
		return appendString(dst, v.text)
	case Keyword:
		return append(append(dst, ':'), v.text...)
	case Char:
		dst = append(dst, '\\')
		for name, r := range charNames {
			if r == rune(v.num) {
				return append(dst, name...)
			}
		}
		if v.num < 0x20 || v.num == 0x7f { // it has neither a name nor a printable form
			return fmt.Appendf(dst, "u%04x", v.num)
		}
		return utf8.AppendRune(dst, rune(v.num))
	}
	panic("edn: " + v.kind.String() + " has no written form")
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\b':
			dst = append(dst, `\b`...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// AppendFloat appends f as Java's Double.toString writes a double (64 bits) or
// Float.toString a float (32): the fewest digits that give f again, with at least one on
// each side of the point, and in computerized scientific notation below 0.001 and from
// 10,000,000 on.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return append(dst, "##NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "##Inf"...)
	case math.IsInf(f, -1):
		return append(dst, "##-Inf"...)
	case f == 0, 1e-3 <= abs && abs < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
		return withPoint(dst, start)
	}
	var digits [32]byte
	e := strconv.AppendFloat(digits[:0], f, 'e', -1, bits) // such as 1.5e-07, 2e+10
	split := len(e) - 1
	for e[split] != 'e' {
		split--
	}
	start := len(dst)
	dst = append(withPoint(append(dst, e[:split]...), start), 'E')
	exponent, _ := strconv.Atoi(string(e[split+1:]))
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// withPoint adds a fraction to the number that begins at start, if it has none.
func withPoint(dst []byte, start int) []byte {
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}
