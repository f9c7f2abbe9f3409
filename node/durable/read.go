package durable

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Damage is an error in the data on disk: it differs from what was written.
type Damage struct {
	File   string
	Offset int64
	Reason string
}

func (d *Damage) Error() string { return fmt.Sprintf("%s:%d: %s", d.File, d.Offset, d.Reason) }

// Read returns the map in a folder without changing the folder. If there is Damage,
// it returns the map before the damage, and the Damage.
func Read(dir string) (map[string][]byte, error) {
	r, err := read(dir)
	return r.values, err
}

// reading is the content of a folder.
type reading struct {
	values   map[string][]byte
	next     uint64   // the number of the next record
	number   uint64   // of the last segment; 0 for none
	size     int64    // of its valid records
	total    int64    // of all segments
	torn     bool     // an incomplete record follows size
	obsolete []string // files to remove
}

func read(dir string) (reading, error) {
	r := reading{values: map[string][]byte{}, next: 1}
	numbers, err := r.list(dir)
	if err != nil {
		return r, err
	}
	for i, number := range numbers {
		name := segment(dir, number)
		b, err := os.ReadFile(name)
		if err != nil {
			return r, err
		}
		last := i == len(numbers)-1
		if last && (len(b) < headerSize || unwritten(b)) {
			r.obsolete = append(r.obsolete, name) // its creation was interrupted
			break
		}
		if i > 0 && number != r.number+1 {
			return r, &Damage{name, 0, fmt.Sprintf("want segment %d before it, got %d", number-1, r.number)}
		}
		if err := r.segment(name, b, i == 0, last); err != nil {
			return r, err
		}
		r.number = number
	}
	return r, nil
}

// list returns the numbers of the valid segments, in order.
func (r *reading) list(dir string) ([]uint64, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, f := range files {
		if f.Name() == draftName {
			r.obsolete = append(r.obsolete, filepath.Join(dir, draftName))
		}
		if text, ok := strings.CutSuffix(f.Name(), ".log"); ok {
			if n, err := strconv.ParseUint(text, 10, 64); err == nil && segment(dir, n) == filepath.Join(dir, f.Name()) {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	for i, n := range slices.Backward(numbers) {
		if i > 0 && whole(segment(dir, n)) {
			for _, old := range numbers[:i] {
				r.obsolete = append(r.obsolete, segment(dir, old))
			}
			return numbers[i:], nil
		}
	}
	return numbers, nil
}

// whole reports whether a segment replaces those before it.
func whole(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var b [headerSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return false
	}
	h, err := parseHeader(b[:])
	return err == nil && h.whole
}

// unwritten reports whether b is all zeros, as in a part of a file that was never
// written.
func unwritten(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 })
}

// segment applies the records of a segment. Only the last segment may be
// incomplete, and not in the records of its merge.
func (r *reading) segment(name string, b []byte, first, last bool) error {
	damage := func(at int64, format string, args ...any) error {
		return &Damage{name, at, fmt.Sprintf(format, args...)}
	}
	if len(b) < headerSize {
		return damage(0, "want a header of %d bytes, got %d", headerSize, len(b))
	}
	h, err := parseHeader(b)
	if err != nil {
		return damage(0, "%v", err)
	}
	switch {
	case first && (h.whole || h.first == 1):
		r.next = h.first
	case first:
		return damage(0, "want the records before %d, got no segment of them", h.first)
	case h.first != r.next:
		return damage(0, "want record %d first, got %d", r.next, h.first)
	}
	at := int64(headerSize)
	for at < int64(len(b)) {
		rest := b[at:]
		record, size, err := parseRecord(rest)
		short := err == nil && size > int64(len(rest))
		if (short || unwritten(rest)) && last && r.next >= h.first+h.count {
			r.torn = true
			break
		}
		switch {
		case short:
			return damage(at, "want a record of %d bytes, got %d", size, len(rest))
		case err != nil:
			return damage(at, "%v", err)
		case record.number != r.next:
			return damage(at, "want record %d, got %d", r.next, record.number)
		}
		r.apply(record)
		at += size
	}
	if r.next < h.first+h.count {
		return damage(at, "want %d records of a merge, got %d", h.count, r.next-h.first)
	}
	r.size = at
	r.total += at
	return nil
}

func (r *reading) apply(c record) {
	if c.deleted {
		delete(r.values, c.key)
	} else {
		r.values[c.key] = c.value
	}
	r.next++
}
