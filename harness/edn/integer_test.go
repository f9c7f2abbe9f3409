package edn

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// integers are in ascending order, around the bounds of 64 bits and beyond.
var integers = []string{
	"-100000000000000000000", "-9223372036854775809", "-9223372036854775808", "-9223372036854775807", "-10", "-9", "-1", "0",
	"1", "9", "10", "9007199254740993", "9223372036854775806", "9223372036854775807", "9223372036854775808", "9223372036854775809", "10000000000000000000", "100000000000000000000",
}

// TestInteger compares the arithmetic with math/big, for each pair.
func TestInteger(t *testing.T) {
	for i, a := range integers {
		n, ok := ParseInteger(a)
		if _, fits := n.Int64(); !ok || n.String() != a || fits != (n.Value().Kind() == Int) {
			t.Errorf("%s: got %v, %t", a, n, ok)
		}
		for j, b := range integers {
			m, _ := ParseInteger(b)
			x, _ := new(big.Int).SetString(a, 10)
			y, _ := new(big.Int).SetString(b, 10)
			if got := n.Compare(m); got != x.Cmp(y) {
				t.Errorf("%s and %s: got %d, want %d", a, b, got, x.Cmp(y))
			}
			if got, want := n.Plus(m), new(big.Int).Add(x, y).String(); got.String() != want {
				t.Errorf("%s + %s: got %s, want %s", a, b, got, want)
			}
			if got, want := n.Minus(m), new(big.Int).Sub(x, y).String(); got.String() != want {
				t.Errorf("%s - %s: got %s, want %s", a, b, got, want)
			}
			if (n == m) != (i == j) || Equal(n.Value(), m.Value()) != (i == j) || Compare(n.Value(), m.Value()) != x.Cmp(y) {
				t.Errorf("%s and %s: as keys or values they compare otherwise", a, b)
			}
		}
	}
	if n := NewInteger(math.MaxInt64).Plus(NewInteger(1)); n.Minus(NewInteger(1)) != NewInteger(math.MaxInt64) {
		t.Errorf("got %v, want it to fit again", n)
	}
	for _, text := range []string{"", "-", "+1", "01", "-0", "1.0", "1e3", "0x1", "1N", strings.Repeat("9", MaxDigits+1)} {
		if n, ok := ParseInteger(text); ok && text != "-0" {
			t.Errorf("%.20q: got %v, want it to be none", text, n)
		}
	}
}

// TestIntegerWritten: an integer beyond 64 bits is written with N, as in Clojure, and
// read with or without it.
func TestIntegerWritten(t *testing.T) {
	for _, text := range []string{"12345678901234567890", "12345678901234567890N", "-12345678901234567890N"} {
		v, err := Parse("test", []byte(text))
		n, ok := v.Integer()
		if err != nil || !ok || v.Kind() != BigInt || n.String() != strings.TrimSuffix(text, "N") {
			t.Errorf("%s: got %v, %t, %v", text, n, ok, err)
		}
		if got := string(Append(nil, n.Value())); got != strings.TrimSuffix(text, "N")+"N" {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

// TestManyDigits: the bound on digits keeps the time linear.
func TestManyDigits(t *testing.T) {
	for _, suffix := range []string{"", "N"} {
		most := append(slices.Repeat([]byte{'9'}, MaxDigits), suffix...)
		if v, err := Parse("test", most); err != nil || v.Kind() != BigInt {
			t.Errorf("%d digits%s: got %v", MaxDigits, suffix, err)
		}
		if _, err := Parse("test", append([]byte{'9'}, most...)); err == nil || !strings.Contains(err.Error(), "digits") {
			t.Errorf("a digit more%s: got %v, want an error", suffix, err)
		}
	}
}

// TestDeepKey: the key of a value within many maps takes linear time. Copying the string
// once per level would move 4 GB.
func TestDeepKey(t *testing.T) {
	began := time.Now()
	deep := func(s string) Value {
		v := NewString(s)
		for range 1000 {
			v = NewMap(NewString("a"), v)
		}
		return v
	}
	a, b := deep(strings.Repeat("x", 4<<20)), deep(strings.Repeat("x", 4<<20)+"y")
	if !Equal(a, a) || Equal(a, b) {
		t.Error("a value equals another, or not itself")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
