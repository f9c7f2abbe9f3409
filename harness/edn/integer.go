package edn

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Integer is an integer of any size. Two Integers are equal by == if their numbers are
// equal, so an Integer can be a map key. The zero Integer is 0.
type Integer struct {
	small int64
	large string // in decimal if it does not fit 64 bits, else empty
}

// NewInteger returns n.
func NewInteger(n int64) Integer { return Integer{small: n} }

// ParseInteger parses a decimal integer without a plus sign, such as -12, and reports
// whether text is one.
func ParseInteger[T ~string | ~[]byte](text T) (Integer, bool) {
	digits := strings.TrimPrefix(string(text), "-")
	if !isDecimal([]byte(digits)) || len(digits) > MaxDigits {
		return Integer{}, false
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return Integer{small: n}, true
	}
	return Integer{large: string(text)}, true
}

// fromBig returns n.
func fromBig(n *big.Int) Integer {
	if n.IsInt64() {
		return Integer{small: n.Int64()}
	}
	return Integer{large: n.String()}
}

// Int64 returns the number, and whether it fits 64 bits.
func (n Integer) Int64() (int64, bool) { return n.small, n.large == "" }

// Sign returns -1, 0 or 1.
func (n Integer) Sign() int {
	switch {
	case n.large == "":
		return cmp.Compare(n.small, 0)
	case n.large[0] == '-':
		return -1
	}
	return 1
}

// Compare returns -1 if n is less than m, 0 if they are equal, and 1 if n is greater.
func (n Integer) Compare(m Integer) int {
	if n.large == "" && m.large == "" {
		return cmp.Compare(n.small, m.small)
	}
	if a, b := n.Sign(), m.Sign(); a != b {
		return cmp.Compare(a, b)
	}
	// They have the same sign, and one is beyond 64 bits: the one with more digits is
	// further from zero.
	a, b := n.String(), m.String()
	return n.Sign() * cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// Plus returns the sum of n and m.
func (n Integer) Plus(m Integer) Integer {
	if n.large == "" && m.large == "" {
		sum := n.small + m.small
		if (sum > n.small) == (m.small > 0) {
			return Integer{small: sum}
		}
	}
	return fromBig(new(big.Int).Add(n.big(), m.big()))
}

// Minus returns the difference of n and m.
func (n Integer) Minus(m Integer) Integer {
	if m.large == "" && m.small != math.MinInt64 {
		return n.Plus(Integer{small: -m.small})
	}
	return fromBig(new(big.Int).Sub(n.big(), m.big()))
}

func (n Integer) big() *big.Int {
	if n.large == "" {
		return big.NewInt(n.small)
	}
	b, ok := new(big.Int).SetString(n.large, 10)
	if !ok {
		panic("edn: an Integer holds " + n.large)
	}
	return b
}

// String returns the number in decimal.
func (n Integer) String() string {
	if n.large == "" {
		return strconv.FormatInt(n.small, 10)
	}
	return n.large
}

// Append appends the number in decimal.
func (n Integer) Append(dst []byte) []byte {
	if n.large == "" {
		return strconv.AppendInt(dst, n.small, 10)
	}
	return append(dst, n.large...)
}

// Value returns the number as a value. A number beyond 64 bits is written with N.
func (n Integer) Value() Value {
	if n.large == "" {
		return Value{kind: Int, num: n.small}
	}
	return Value{kind: BigInt, text: n.large}
}

// Integer returns an integer of any size, and whether v is one.
func (v Value) Integer() (Integer, bool) {
	switch v.kind {
	case Int:
		return Integer{small: v.num}, true
	case BigInt:
		return ParseInteger(v.text)
	}
	return Integer{}, false
}
