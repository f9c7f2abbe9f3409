package durable

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var damages = flag.Int("damages", 1000, "number of random cuts, and of bit flips")

// perStore is how many times each store is damaged, each time from its original
// state; after the last time it continues.
const perStore = 20

// written is the folder of a store.
type written struct {
	dir    string
	files  []string          // segments, in order
	bytes  map[string][]byte // of each
	states []map[string][]byte
}

func write(t *testing.T, seed uint64, o Options) written {
	w := written{dir: t.TempDir(), bytes: map[string][]byte{}}
	s := must(t, w.dir, o)
	w.states, _ = workload(s, seed, 40)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.files, err = filepath.Glob(filepath.Join(w.dir, "*.log")); err != nil || len(w.files) == 0 {
		t.Fatal(w.files, err)
	}
	for _, name := range w.files {
		if w.bytes[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// put writes a file.
func put(t *testing.T, name string, b []byte) {
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// index returns after how many changes the map was got, or −1.
func (w written) index(state map[string][]byte) int {
	return slices.IndexFunc(w.states, func(other map[string][]byte) bool { return same(state, other) })
}

// TestCuts cuts the last segment at random bytes, as a kill during a write does.
// Exactly the complete records must be there, and the store must continue from
// them.
func TestCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0x63757473)) // "cuts"
	var w written
	for n := range *damages {
		if n%perStore == 0 {
			// Without merges the number of a record is the number of its change.
			w = write(t, uint64(n), Options{Lazy: true, Segment: int64(300 + r.IntN(2000)), Garbage: 1 << 40})
		}
		last := w.files[len(w.files)-1]
		b := w.bytes[last]
		cut := r.IntN(len(b) + 1)
		want, whole := w.uncut(t, b, cut)
		after := slices.Clone(b[:cut])
		if r.IntN(4) == 0 && whole >= headerSize {
			after = append(after[:whole], make([]byte, r.IntN(100))...) // a file that had grown before it was written
		}
		put(t, last, after)
		got, err := Read(w.dir)
		if err != nil || !same(got, w.states[want]) {
			t.Fatalf("damage %d: cut at %d of %d: got %q, %v, want %q", n, cut, len(b), got, err, w.states[want])
		}
		if n%perStore < perStore-1 {
			put(t, last, b)
			continue
		}
		s := must(t, w.dir, small)
		s.Put("later", nil)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(w.dir); err != nil || len(got) != len(w.states[want])+1 {
			t.Fatalf("damage %d: cut at %d of %d: got %q, %v, want one more", n, cut, len(b), got, err)
		}
	}
}

// uncut returns how many records are complete if the last segment is cut to b, and
// where they end.
func (w written) uncut(t *testing.T, b []byte, cut int) (records, end int) {
	h, err := parseHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	records, end = int(h.first)-1, min(headerSize, cut)
	for at := int64(headerSize); at < int64(cut); {
		_, size, err := parseRecord(b[at:])
		if err != nil {
			t.Fatal(err)
		}
		if at += size; at <= int64(cut) {
			records, end = records+1, int(at)
		}
	}
	return records, end
}

// TestFlips flips random bits. Each flip must be reported with the file and the
// start of its record, and everything before it must be readable.
func TestFlips(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0x666c697073)) // "flips"
	var w written
	for n := range *damages {
		if n%perStore == 0 {
			w = write(t, uint64(n), Options{Lazy: true, Segment: int64(300 + r.IntN(2000)), Garbage: 1 << (10 + 20*r.IntN(2))})
		}
		name := w.files[r.IntN(len(w.files))]
		b := slices.Clone(w.bytes[name])
		at := r.IntN(len(b))
		b[at] ^= 1 << r.IntN(8)
		put(t, name, b)
		got, err := Read(w.dir)
		var damage *Damage
		if !errors.As(err, &damage) {
			t.Fatalf("damage %d: flipped a bit of %s at %d: got %v, want it reported", n, name, at, err)
		}
		if damage.File != name || damage.Offset > int64(at) || damage.Offset < int64(at)-64 {
			t.Fatalf("damage %d: flipped a bit of %s at %d: got %v, want it reported there", n, name, at, err)
		}
		if w.index(got) < 0 && (name != w.files[0] || !w.were(got)) { // a damaged merge has a part of the keys
			t.Fatalf("damage %d: flipped a bit of %s at %d: got %q, want what some number of changes made", n, name, at, got)
		}
		if _, opening := Open(w.dir, small); opening == nil || opening.Error() != err.Error() {
			t.Fatalf("damage %d: Open returned %v, Read returned %v", n, opening, err)
		}
		put(t, name, w.bytes[name])
	}
}

// were reports whether every value in a map was once the value of its key.
func (w written) were(values map[string][]byte) bool {
	for key, value := range values {
		if !slices.ContainsFunc(w.states, func(s map[string][]byte) bool { v, ok := s[key]; return ok && slices.Equal(v, value) }) {
			return false
		}
	}
	return true
}

// TestDamage tests other damage, with the message for each.
func TestDamage(t *testing.T) {
	record := func(number uint64) []byte { return record{number: number, key: "k", value: []byte("v")}.append(nil) }
	head := func(h header) []byte { return h.append(nil) }
	first := head(header{first: 1})
	for _, tt := range []struct {
		name  string
		files map[int][]byte
		keys  int
		want  string
	}{
		{"nothing", nil, 0, ""},
		{"a header alone", map[int][]byte{1: first}, 0, ""},
		{"no header yet", map[int][]byte{1: first[:5]}, 0, ""},
		{"no header yet, behind a segment", map[int][]byte{1: join(first, record(1)), 2: first[:28]}, 1, ""},
		{"a segment full of zeros", map[int][]byte{1: join(first, record(1)), 2: make([]byte, 100)}, 1, ""},
		{"half a record", map[int][]byte{1: join(first, record(1), record(2)[:20])}, 1, ""},
		{"zeros behind a record", map[int][]byte{1: join(first, record(1), make([]byte, 300))}, 1, ""},
		{"an empty segment in the middle", map[int][]byte{1: first[:5], 2: head(header{first: 1})}, 0, "1.log:0: want a header of 29 bytes, got 5"},
		{"half a record in the middle", map[int][]byte{1: join(first, record(1)[:20]), 2: head(header{first: 1})}, 0, "1.log:29: want a record of 24 bytes, got 20"},
		{"zeros in the middle", map[int][]byte{1: join(first, make([]byte, 300)), 2: head(header{first: 1})}, 0,
			fmt.Sprintf("1.log:29: want a record's head of checksum %08x, got 00000000", crc(make([]byte, 20)))},
		{"a record twice", map[int][]byte{1: join(first, record(1), record(1))}, 1, "1.log:55: want record 2, got 1"},
		{"a record left out", map[int][]byte{1: join(first, record(1), record(3))}, 1, "1.log:55: want record 2, got 3"},
		{"no segment in between", map[int][]byte{1: join(first, record(1)), 3: head(header{first: 2})}, 1, "3.log:0: want segment 2 before it, got 1"},
		{"no first segment", map[int][]byte{2: head(header{first: 2})}, 0, "2.log:0: want the records before 2, got no segment of them"},
		{"a record lost at the end of a segment", map[int][]byte{1: join(first, record(1)), 2: head(header{first: 3})}, 1, "2.log:0: want record 2 first, got 3"},
		{"another file", map[int][]byte{1: []byte("GIF89a, and so on and so forth")}, 0, `1.log:0: want a segment that begins with "durable1", got "GIF89a, "`},
		{"a merge and what was before", map[int][]byte{3: []byte("nonsense"), 4: join(head(header{first: 9, whole: true, count: 1}), record(9))}, 1, ""},
		{"a merge with a torn record behind", map[int][]byte{4: join(head(header{first: 9, whole: true, count: 1}), record(9), record(10)[:9])}, 1, ""},
		{"half a merge", map[int][]byte{4: join(head(header{first: 9, whole: true, count: 2}), record(9))}, 1, "4.log:55: want 2 records of a merge, got 1"},
		{"a merge with half a record", map[int][]byte{4: join(head(header{first: 9, whole: true, count: 2}), record(9), record(10)[:25])}, 1, "4.log:55: want a record of 26 bytes, got 25"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for number, b := range tt.files {
				put(t, segment(dir, uint64(number)), b)
			}
			got, err := Read(dir)
			if len(got) != tt.keys {
				t.Errorf("got %q, want %d keys", got, tt.keys)
			}
			text := strings.TrimPrefix(strings.TrimPrefix(fmt.Sprint(err), dir+"/"), "0000000")
			if err == nil && tt.want != "" || err != nil && text != tt.want {
				t.Fatalf("\n got %s\nwant %s", text, tt.want)
			}
			if err != nil {
				return
			}
			s := must(t, dir, small)
			s.Put("later", nil)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if again, err := Read(dir); err != nil || len(again) != tt.keys+1 {
				t.Errorf("opened and closed: got %q, %v, want one key more", again, err)
			}
		})
	}
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// FuzzRead reads arbitrary bytes as a segment, alone and after another.
func FuzzRead(f *testing.F) {
	good := join(header{first: 1}.append(nil), record{number: 1, key: "k", value: []byte("v")}.append(nil), record{number: 2, key: "k", deleted: true}.append(nil))
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(header{first: 3, whole: true, count: 1 << 63}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, number := range []uint64{1, 2} {
			dir := t.TempDir()
			if number == 2 {
				put(t, segment(dir, 1), good)
			}
			put(t, segment(dir, number), b)
			before, reading := Read(dir)
			s, opening := Open(dir, small)
			if (reading == nil) != (opening == nil) {
				t.Fatalf("Read returned %v, Open returned %v", reading, opening)
			}
			if opening == nil && !same(before, s.values) {
				t.Fatalf("Read has %q, Open %q", before, s.values)
			}
		}
	})
}
