package durable

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// must opens a store and fails the test if that fails.
func must(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// same compares maps; an empty value is a value.
func same(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "open")
	s := must(t, dir, Options{})
	value := []byte("1")
	s.Put("a", value)
	value[0] = 'x' // the store has a copy
	s.Put("b", []byte("2"))
	s.Put("empty", nil)
	s.Delete("b")
	s.Delete("never")
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	s.Put("lost", nil)
	for _, opened := range []*Store{s, must(t, dir, Options{})} {
		got, ok := opened.Get("a")
		if string(got) != "1" || !ok {
			t.Errorf("a: got %q, %v, want 1", got, ok)
		}
		if _, ok := opened.Get("b"); ok {
			t.Error("b exists, want it deleted")
		}
		opened.Delete("lost")
		if got := opened.Keys(); !slices.Equal(got, []string{"a", "empty"}) {
			t.Errorf("got keys %q, want a and empty", got)
		}
	}
}

// TestRecord tests the format: the bytes of four records by hand, except for the
// checksums, which a bitwise CRC-32C computes.
func TestRecord(t *testing.T) {
	if crc([]byte("123456789")) != 0xe3069283 {
		t.Fatal("the twin is wrong: RFC 3720, appendix B.4, and every table of CRCs have e3069283")
	}
	body := "keyvalue"
	rest := "\x05\x00\x00\x00\x00\x00\x00\x00" + "\x03\x00\x00\x00" + "\x05\x00\x00\x00" + little(crc([]byte(body)))
	want := little(crc([]byte(rest))) + rest + body
	r := record{number: 5, key: "key", value: []byte("value")}
	if got := r.append(nil); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if int64(len(want)) != recordSize("key", []byte("value")) {
		t.Errorf("got size %d, want %d", recordSize("key", []byte("value")), len(want))
	}
}

func little(n uint32) string {
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

func crc(data []byte) uint32 {
	remainder := ^uint32(0)
	for _, b := range data {
		remainder ^= uint32(b)
		for range 8 {
			if remainder&1 == 1 {
				remainder = remainder>>1 ^ crc32.Castagnoli
			} else {
				remainder >>= 1
			}
		}
	}
	return ^remainder
}

// TestTwin compares a store with tiny segments and many merges with a map.
func TestTwin(t *testing.T) {
	root := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		dir := filepath.Join(root, fmt.Sprint(runs))
		o := Options{Lazy: true, Segment: rapid.Int64Range(1, 400).Draw(t, "segment"), Garbage: rapid.Int64Range(1, 2000).Draw(t, "garbage")}
		s := must2(t, dir, o)
		twin := map[string][]byte{}
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "\x00", "a longer key than these"}).Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = must2(t, dir, o)
			case 1:
				if err := s.Merge(); err != nil {
					t.Fatal(err)
				}
			case 2, 3:
				s.Delete(key)
				delete(twin, key)
			case 4, 5:
				if err := s.Sync(); err != nil {
					t.Fatal(err)
				}
			default:
				value := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "value")
				s.Put(key, value)
				twin[key] = value
			}
			if !same(s.values, twin) {
				t.Fatalf("got %q, want %q", s.values, twin)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := Read(dir)
		if err != nil || !same(got, twin) {
			t.Fatalf("got %q, %v, want %q", got, err, twin)
		}
		var live int64
		for key, value := range twin {
			live += recordSize(key, value)
		}
		if s.live != live || s.total != onDisk(dir) {
			t.Fatalf("counts %d live bytes of %d, want %d of %d", s.live, s.total, live, onDisk(dir))
		}
	})
}

func must2(t *rapid.T, dir string, o Options) *Store {
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func onDisk(dir string) (bytes int64) {
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// workload changes a store in many small steps; segments are small, and merges
// frequent. It returns the map after each change, and after how many changes the
// last successful Sync was.
func workload(s *Store, seed uint64, steps int) (states []map[string][]byte, synced int) {
	r := rand.New(rand.NewPCG(seed, 0))
	states = []map[string][]byte{{}}
	for range steps {
		key := fmt.Sprintf("k%d", r.IntN(4))
		state := maps.Clone(states[len(states)-1])
		if _, there := state[key]; there && r.IntN(4) == 0 {
			s.Delete(key)
			delete(state, key)
		} else {
			value := bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(20))
			s.Put(key, value)
			state[key] = value
		}
		states = append(states, state)
		if r.IntN(3) == 0 && s.Sync() == nil {
			synced = len(states) - 1
		}
	}
	return states, synced
}

var small = Options{Lazy: true, Segment: 200, Garbage: 150}

// TestKilledAtEveryByte kills a store at every byte that it writes and at every
// file that it creates, renames or removes. It lets another store continue and
// kills that too. What was synced must be there, and the map must be the result of
// a prefix of the changes.
func TestKilledAtEveryByte(t *testing.T) {
	root := t.TempDir()
	const steps = 14
	died := 0
	for budget := 0; ; budget++ {
		dir := filepath.Join(root, fmt.Sprint(budget))
		left := budget
		allow := func(n int) int {
			allowed := min(n, left)
			left -= allowed
			return allowed
		}
		s, err := open(dir, small, allow)
		states, synced := []map[string][]byte{{}}, 0
		if err == nil {
			states, synced = workload(s, 1, steps)
			_ = s.file.Close()
			err = s.err
		}
		after, opening := Open(dir, small)
		if opening != nil {
			t.Fatalf("killed after %d bytes: %v", budget, opening)
		}
		if !slices.ContainsFunc(states[synced:], func(state map[string][]byte) bool { return same(state, after.values) }) {
			t.Fatalf("killed after %d bytes: got %q, want what %d of %d changes made, or more", budget, after.values, synced, steps)
		}
		after.Put("later", nil)
		if err := after.Close(); err != nil {
			t.Fatalf("killed after %d bytes: %v", budget, err)
		}
		again, opening := Read(dir)
		if _, ok := again["later"]; !ok || opening != nil {
			t.Fatalf("killed after %d bytes: got %q, %v, want later", budget, again, opening)
		}
		if err == nil {
			t.Logf("killed at %d moments", budget)
			break
		}
		died++
		if !errors.Is(err, errKilled) {
			t.Fatalf("killed after %d bytes: got error %v", budget, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if died < 400 {
		t.Errorf("killed %d times, want the workload to write 400 bytes at least", died)
	}
}

// TestErrorsAreFinal tests that after a failed write, whose effect is unknown, the
// store promises nothing.
func TestErrorsAreFinal(t *testing.T) {
	s := must(t, t.TempDir(), Options{})
	_ = s.file.Close()
	s.Put("a", nil)
	first := s.Sync()
	if first == nil || !errors.Is(first, os.ErrClosed) {
		t.Fatalf("got %v, want an error of the file", first)
	}
	if err := s.Sync(); err != first {
		t.Errorf("got %v, want %v again", err, first)
	}
	if err := s.Merge(); err != first {
		t.Errorf("got %v of a merge, want %v again", err, first)
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Options{}); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v, want it to say that a file is no folder", err)
	}
}

// TestMerge tests that merges remove dead records and their segments.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	s := must(t, dir, Options{Lazy: true, Segment: 1000, Garbage: 5000})
	var most int64
	for i := range 10000 {
		s.Put(fmt.Sprintf("k%d", i%10), []byte("0123456789"))
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		most = max(most, s.Size())
	}
	// Ten live records of 24+2+10 bytes. Dead ones, with a header for each
	// kilobyte, are merged at 5000 bytes.
	if most > 5000+10*36+36 || s.Size() != onDisk(dir) {
		t.Errorf("got at most %d bytes and %d in the end, want at most 5396 and %d", most, s.Size(), onDisk(dir))
	}
}

func BenchmarkAppend(b *testing.B) {
	for name, o := range map[string]Options{"sync": {}, "lazy": {Lazy: true}} {
		for _, together := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/together=%d", name, together), func(b *testing.B) {
				s := must(b, b.TempDir(), o)
				value := make([]byte, 100)
				b.SetBytes(recordSize("key00", value))
				for i := 0; b.Loop(); i++ {
					s.Put(fmt.Sprintf("key%02d", i%100), value)
					if i%together == 0 {
						if err := s.Sync(); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}
