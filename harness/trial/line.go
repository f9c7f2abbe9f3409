package trial

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// A stored line is a result's JSON whose last member is the checksum of all that
// stands before it: CRC-32C, in eight hexadecimal digits.
const (
	sumOpen = `,"sum":"`
	sumShut = `"}`
	sumSize = len(sumOpen) + 8 + len(sumShut)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendLine appends the result as it is stored: AppendJSON's object, with a
// checksum as its last member, without a newline.
func (r Result) AppendLine(b []byte) []byte {
	start := len(b)
	b = r.AppendJSON(b)
	return appendSum(b[:len(b)-1], b[start:len(b)-1])
}

// appendSum ends an object that lacks its brace with the checksum of text.
func appendSum(b, text []byte) []byte {
	sum := crc32.Checksum(text, castagnoli)
	b = append(b, sumOpen...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[sum>>shift&15])
	}
	return append(b, sumShut...)
}

// errSum is the error of a line that is not as it was written.
var errSum = errors.New("its checksum is that of another text")

// checkSum reports whether a line ends with a checksum, and whether that is right.
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

// DecodeLine is Decode for a line that AppendLine wrote, or that an earlier
// version did. It is an error where the checksum is wrong, or where the settings
// of the trial do not give its ID: the line was damaged, or edited.
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
	r.Schema = Schema // the form in which it will be written
	return r, nil
}

// checkID returns the ID that the result must have, and whether it has it, or the one
// that its trial had formerly.
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

// ImportedID is the ID of a test that was imported, whose seed is made of the
// test's hash.
func ImportedID(seed uint64) string {
	const digits = 12
	text := strconv.FormatUint(seed, 16)
	return "000000000000"[min(len(text), digits):] + text
}
