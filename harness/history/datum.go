package history

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strings"

	"gossipbench/harness/edn"
)

// Datum is a value that a node may choose freely: an integer, as all values that clients
// write, or anything else. Two are equal by == if their values are equal in EDN, so a
// Datum can be a map key. The zero Datum is 0.
type Datum struct {
	n     int64
	other string // the value in EDN if it is not an integer of 64 bits, else empty
}

// NewDatum returns the datum of an integer.
func NewDatum(n int64) Datum { return Datum{n: n} }

// maxDatum bounds the text that a Datum keeps of a value, in bytes. Chosen.
const maxDatum = 64

// DatumOf returns the datum of any value. Of a value that is long or has several parts it
// keeps the first bytes and a digest.
func DatumOf(v edn.Value) Datum {
	switch v.Kind() {
	case edn.Absent:
		v = edn.NewNil()
	case edn.Int, edn.BigInt:
		if n, ok := v.Int(); ok {
			return Datum{n: n}
		}
	case edn.Float:
		f, _ := v.Float()
		v = edn.NewFloat(f + 0) // -0.0 = 0.0
	}
	text := v.String()
	if v.Kind() < edn.List && len(text) <= maxDatum {
		return Datum{other: text}
	}
	start := strings.ToValidUTF8(text[:min(len(text), maxDatum)], "")
	told := edn.NewString(fmt.Sprintf("%s… (%d bytes, digest %s)", start, len(text), hex.EncodeToString([]byte(v.Key()))))
	return Datum{other: edn.NewTagged("value", told).String()}
}

// Int returns the integer, and whether the datum is an integer of 64 bits.
func (d Datum) Int() (int64, bool) { return d.n, d.other == "" }

// String returns the value in EDN.
func (d Datum) String() string {
	if d.other == "" {
		return edn.NewInteger(d.n).String()
	}
	return d.other
}

func (d Datum) EDN() edn.Value {
	if d.other == "" {
		return edn.NewInt(d.n)
	}
	v, err := edn.Parse("datum", []byte(d.other))
	if err != nil {
		panic("history: a Datum holds " + d.other)
	}
	return v
}

// Compare orders integers before all else, and by size.
func (d Datum) Compare(e Datum) int {
	return cmp.Or(strings.Compare(d.other, e.other), cmp.Compare(d.n, e.n))
}
