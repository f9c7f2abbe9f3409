package trial

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// A stored line is a result's JSON whose last member is a checksum of all bytes before
// it: CRC-32C in eight hexadecimal digits.
const (
	sumOpen = `,"sum":"`
	sumShut = `"}`
	sumSize = len(sumOpen) + 8 + len(sumShut)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendLine appends the result in its stored form: the object of AppendJSON with a
// checksum as its last member, without a newline.
func (r Result) AppendLine(b []byte) []byte {
	start := len(b)
	b = r.AppendJSON(b)
	return appendSum(b[:len(b)-1], b[start:len(b)-1])
}

// appendSum appends the checksum of text and the closing brace to an object that lacks
// it.
func appendSum(b, text []byte) []byte {
	sum := crc32.Checksum(text, castagnoli)
	b = append(b, sumOpen...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[sum>>shift&15])
	}
	return append(b, sumShut...)
}

// errSum is the error for a line whose checksum does not match its content.
var errSum = errors.New("its checksum is that of another text")

// checkSum reports whether a line ends with a checksum, and returns errSum if it does not
// match.
func checkSum(line []byte) (has bool, err error) {
	if len(line) < sumSize {
		return false, nil
	}
	text, tail := line[:len(line)-sumSize], line[len(line)-sumSize:]
	if !bytes.HasPrefix(tail, []byte(sumOpen)) || !bytes.HasSuffix(tail, []byte(sumShut)) {
		return false, nil
	}
	var right [sumSize]byte
	if !bytes.Equal(appendSum(right[:0], text), tail) {
		return true, errSum
	}
	return true, nil
}

// DecodeLine decodes a line that AppendLine or an earlier version wrote. It returns an
// error if the checksum is wrong or the ID does not match the trial: the line was damaged
// or edited.
func (d *Decoder) DecodeLine(line []byte) (Result, error) {
	has, err := checkSum(line)
	if err != nil {
		return Result{}, err
	}
	r, err := d.Decode(line)
	switch {
	case err != nil:
		return Result{}, err
	case !has && r.Schema > 1:
		return Result{}, errors.New("it does not end with a checksum")
	}
	imported := r.Made.Extra["imported"] != ""
	want, right := r.checkID(imported)
	if !right {
		return Result{}, fmt.Errorf("its settings are those of trial %s, not of %s", want, r.ID)
	}
	if r.Schema == 1 && !imported || r.ID != want {
		r.Trial.Settle()
		r.ID = r.Trial.ID()
	}
	r.Schema = Schema // the schema in which the result will be written
	return r, nil
}

// checkID returns the ID that the result must have, and whether it has that ID or an
// earlier form of it.
func (r *Result) checkID(imported bool) (want string, right bool) {
	switch {
	case imported:
		want = ImportedID(r.Trial.Seed)
	case r.Schema == 1:
		want = r.Trial.id(first)
	default:
		want = r.Trial.ID()
	}
	return want, r.ID == want || !imported && r.Schema > 1 && r.ID == r.Trial.id(formerly)
}

// ImportedID returns the ID of an imported test. The test's seed is made from its hash.
func ImportedID(seed uint64) string {
	const digits = 12
	text := strconv.FormatUint(seed, 16)
	return "000000000000"[min(len(text), digits):] + text
}
