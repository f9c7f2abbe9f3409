// Package durable is a small persistent map: it is kept in memory, and in files
// that are only appended to.
//
// It is Bitcask (Sheehy and Smith, "Bitcask: A Log-Structured Hash Table for Fast
// Key/Value Data", Basho, 2010) with two differences. Values stay in memory too, so
// each is read once, and there are no hint files. A merge writes the whole map into
// one segment while the store waits, so the map should be much smaller than memory.
//
// Put and Delete change the map, and Sync makes the changes durable. After kill -9
// at any time, Open finds the map after a prefix of the changes that includes all
// synced ones. The same holds after a failure of the machine, if its disk keeps
// what it has confirmed, unless Options.Lazy is set.
//
// Each record has a number, and a checksum of its length. So an incomplete write
// can be distinguished from damage. An incomplete record at the end of the last
// segment is dropped. Any other error is reported with file and offset, and nothing
// after it is used. If a failing machine leaves damage after the synced end, it is
// reported too, unless it is zeros.
//
// Only one process at a time may open a folder; this is not checked.
//
// A record of 129 bytes, on the disk of a virtual machine (BenchmarkAppend, with
// other programs at work):
//
//	a Sync for each             1.5 ms
//	a Sync for each, Lazy       2.4 µs
//	a Sync for each hundred      14 µs a record
//	the same, Lazy              0.6 µs a record
package durable

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Options configure a store. The zero Options are safe.
type Options struct {
	// Lazy makes Sync leave it to the operating system when data reaches the disk:
	// a killed process loses nothing, a failing machine may.
	Lazy bool
	// Segment is the size in bytes at which a new segment begins; 0 means 64 MiB.
	Segment int64
	// Garbage is how many bytes of dead records a merge needs; 0 means 1 MiB. There
	// must also be as many as of live ones.
	Garbage int64
}

// The defaults of Options. Chosen: reading a segment takes about a second; merging
// a megabyte takes a few milliseconds.
const (
	segmentBytes = 64 << 20
	garbageBytes = 1 << 20
)

// Store is a map on disk. Calls must not overlap.
type Store struct {
	dir     string
	options Options
	values  map[string][]byte
	live    int64 // bytes of the records of values
	total   int64 // bytes of all segments
	next    uint64
	file    *os.File // the last segment
	number  uint64   // of the last segment
	size    int64    // of the last segment
	pending []byte   // records that Sync must write
	err     error    // the first error; the store cannot be used after it

	// allow lets tests kill a store: before every change of a file it returns how
	// much of the change may be done.
	allow func(n int) int
}

// Open opens the store in a folder, and makes the folder if necessary. It removes
// an incomplete record at the end. If it returns a *Damage, Read returns the map
// before the damage.
func Open(dir string, o Options) (*Store, error) { return open(dir, o, nil) }

func open(dir string, o Options, allow func(int) int) (*Store, error) {
	if o.Segment == 0 {
		o.Segment = segmentBytes
	}
	if o.Garbage == 0 {
		o.Garbage = garbageBytes
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	r, err := read(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, options: o, values: r.values, total: r.total, next: r.next, number: r.number, size: r.size, allow: allow}
	for key, value := range s.values {
		s.live += recordSize(key, value)
		s.values[key] = append([]byte{}, value...) // otherwise the whole segment stays in memory
	}
	if err := s.begin(r); err != nil {
		if s.file != nil {
			_ = s.file.Close()
		}
		return nil, err
	}
	return s, nil
}

// begin removes obsolete files, and opens the last segment after its last valid
// record.
func (s *Store) begin(r reading) error {
	for _, name := range r.obsolete {
		if err := s.remove(name); err != nil {
			return err
		}
	}
	if s.number == 0 {
		return s.roll()
	}
	var err error
	if s.file, err = os.OpenFile(segment(s.dir, s.number), os.O_RDWR, 0); err != nil {
		return s.fail(err)
	}
	if r.torn {
		if s.step(1) == 0 {
			return s.err
		}
		if err := s.file.Truncate(s.size); err != nil {
			return s.fail(err)
		}
	}
	if _, err := s.file.Seek(s.size, 0); err != nil {
		return s.fail(err)
	}
	// A killed process may not have synced what it wrote.
	return s.flush(s.file)
}

// Get returns the value of a key, read only, and reports whether there is one.
func (s *Store) Get(key string) ([]byte, bool) {
	value, ok := s.values[key]
	return value, ok
}

// Keys returns the keys, sorted.
func (s *Store) Keys() []string { return slices.Sorted(maps.Keys(s.values)) }

// Put sets the value of a key, which must not be empty. It copies value.
func (s *Store) Put(key string, value []byte) {
	if key == "" {
		panic("durable: empty key")
	}
	s.forget(key)
	kept := append([]byte{}, value...)
	s.values[key] = kept
	s.live += recordSize(key, kept)
	s.append(record{number: s.next, key: key, value: kept})
}

// Delete removes a key.
func (s *Store) Delete(key string) {
	if _, ok := s.values[key]; ok {
		s.forget(key)
		s.append(record{number: s.next, key: key, deleted: true})
	}
}

func (s *Store) forget(key string) {
	if old, ok := s.values[key]; ok {
		s.live -= recordSize(key, old)
		delete(s.values, key)
	}
}

func (s *Store) append(r record) {
	s.pending = r.append(s.pending)
	s.next++
}

// Sync makes all changes durable. An error is final: the changes since the last
// Sync may or may not be durable, and every later Sync returns the same error.
func (s *Store) Sync() error {
	if s.err != nil || len(s.pending) == 0 {
		return s.err
	}
	if err := s.write(s.file, s.pending); err != nil {
		return err
	}
	s.size += int64(len(s.pending))
	s.total += int64(len(s.pending))
	s.pending = s.pending[:0]
	if err := s.flush(s.file); err != nil {
		return err
	}
	if garbage := s.total - s.live; garbage >= s.options.Garbage && garbage >= s.live {
		return s.Merge()
	}
	if s.size >= s.options.Segment {
		return s.roll()
	}
	return nil
}

// Close syncs and closes the store. It returns the error of Sync.
func (s *Store) Close() error {
	err := s.Sync()
	if s.file != nil {
		if closing := s.file.Close(); err == nil {
			err = closing
		}
	}
	if s.err == nil {
		s.err = fmt.Errorf("%s: %w", s.dir, os.ErrClosed)
	}
	return err
}

// Size returns the number of bytes of all segments.
func (s *Store) Size() int64 { return s.total }

// roll ends the last segment, which is durable, and starts another.
func (s *Store) roll() error {
	f, err := s.create(segment(s.dir, s.number+1), header{first: s.next})
	if err != nil {
		return err
	}
	if err := s.flushFolder(); err != nil {
		return err
	}
	s.turn(f, headerSize)
	s.total += headerSize
	return nil
}

// turn makes f the last segment.
func (s *Store) turn(f *os.File, size int64) {
	if s.file != nil {
		_ = s.file.Close() // it is durable
	}
	s.file, s.size = f, size
	s.number++
}

// Merge writes the whole map into one segment and removes the others. Sync calls it
// when enough records are dead.
func (s *Store) Merge() error {
	if s.err == nil && len(s.pending) > 0 {
		if err := s.Sync(); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	// The segment gets its name when it is durable; from then on it replaces those
	// before it.
	draft := filepath.Join(s.dir, draftName)
	f, err := s.create(draft, header{first: s.next, whole: true, count: uint64(len(s.values))})
	if err != nil {
		return err
	}
	size := int64(headerSize)
	var buffer []byte
	for i, key := range s.Keys() {
		buffer = record{number: s.next, key: key, value: s.values[key]}.append(buffer)
		s.next++
		if len(buffer) >= 1<<20 || i == len(s.values)-1 {
			if err := s.write(f, buffer); err != nil {
				return err
			}
			size += int64(len(buffer))
			buffer = buffer[:0]
		}
	}
	if err := s.flush(f); err != nil {
		return err
	}
	if s.step(1) == 0 {
		return s.err
	}
	if err := os.Rename(draft, segment(s.dir, s.number+1)); err != nil {
		return s.fail(err)
	}
	if err := s.flushFolder(); err != nil {
		return err
	}
	last := s.number
	s.turn(f, size)
	s.total = size
	return s.removeUntil(last)
}

// removeUntil removes the segments up to last. The first ones may be gone already.
func (s *Store) removeUntil(last uint64) error {
	for number := last; number > 0; number-- {
		name := segment(s.dir, number)
		if _, err := os.Stat(name); err != nil {
			break
		}
		if err := s.remove(name); err != nil {
			return err
		}
	}
	return nil
}
