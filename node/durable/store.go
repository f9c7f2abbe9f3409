// Package durable is a small map that outlives its process: kept in memory, and
// in files to which it only ever appends.
//
// It is Bitcask (Sheehy and Smith, "Bitcask: A Log-Structured Hash Table for Fast
// Key/Value Data", Basho, 2010) but for two things. Values stay in memory as
// well, so nothing is read but once, and there are no hint files. And a merge
// writes all that there is into one segment, while the store waits, so it is for
// what fits into memory many times.
//
// Put and Delete change the map, and Sync makes the changes durable. After
// kill -9 at any moment Open finds the map as some number of changes made it, in
// their order, and at least all that were synced. The same holds where the
// machine fails, unless Options.Lazy says otherwise, as far as its disk keeps
// what it has said to have.
//
// Every record carries its number and a checksum of its own length, so that a
// write that was cut short can be told from damage: what is cut short at the end
// of the last segment is dropped, anything else that is wrong anywhere is
// reported with file and offset, and nothing behind it is taken for good.
// Damage that a machine's failure left behind a synced end, in a write that
// nobody was promised, is reported all the same, but for zeros.
//
// One process at a time may have a folder open; this is not checked.
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

// Options are how a store keeps what it is given. The zero Options are safe.
type Options struct {
	// Lazy has Sync leave it to the operating system when data reaches the
	// disk: a killed process loses nothing, a machine that fails may.
	Lazy bool
	// Segment is the size in bytes at which a segment ends; 0 means 64 MiB.
	Segment int64
	// Garbage is how many bytes of dead records there must be before a merge;
	// 0 means 1 MiB. There must also be as many of them as of live ones.
	Garbage int64
}

// The defaults of Options. Chosen: a segment takes about a second to read; a
// megabyte is a few milliseconds of merging.
const (
	segmentBytes = 64 << 20
	garbageBytes = 1 << 20
)

// Store is a map on disk. One goroutine at a time may call it.
type Store struct {
	dir     string
	options Options
	values  map[string][]byte
	live    int64 // bytes of the records that made values
	total   int64 // bytes of all segments
	next    uint64
	file    *os.File // the last segment
	number  uint64   // of the last segment
	size    int64    // of the last segment
	pending []byte   // records that Sync is to write
	err     error    // the first that there was; the store is of no use then

	// allow is what tests kill a store with: it is asked before every change
	// of a file how much of it may be done.
	allow func(n int) int
}

// Open opens the store in a folder, which it makes where there is none. It cuts
// off what was written half at the end. A *Damage says what is not as it was
// written; then Read has what was good before it.
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
		s.values[key] = append([]byte{}, value...) // else the whole segment stays in memory
	}
	if err := s.begin(r); err != nil {
		if s.file != nil {
			_ = s.file.Close()
		}
		return nil, err
	}
	return s, nil
}

// begin removes what no longer counts, and opens the last segment behind its
// last good record.
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
	// What a process that was killed has written was perhaps never synced.
	return s.flush(s.file)
}

// Get returns the value of a key, only to be read, and whether there is one.
func (s *Store) Get(key string) ([]byte, bool) {
	value, ok := s.values[key]
	return value, ok
}

// Keys returns the keys, sorted.
func (s *Store) Keys() []string { return slices.Sorted(maps.Keys(s.values)) }

// Put sets the value of a key, which must not be empty. It keeps a copy.
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

// Delete forgets a key.
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

// Sync makes all changes durable. An error is final: what became of the changes
// since the last Sync is not known, and every later Sync returns it as well.
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

// Close syncs and closes the store. The error is that of Sync.
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

// Size is the number of bytes of all segments.
func (s *Store) Size() int64 { return s.total }

// roll ends the last segment, which is durable, and begins another.
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

// turn goes over to the next segment.
func (s *Store) turn(f *os.File, size int64) {
	if s.file != nil {
		_ = s.file.Close() // it is durable
	}
	s.file, s.size = f, size
	s.number++
}

// Merge writes all that there is into one segment and removes the others. Sync
// does so by itself where enough of them is dead.
func (s *Store) Merge() error {
	if s.err == nil && len(s.pending) > 0 {
		if err := s.Sync(); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	// The segment gets its name when all of it is durable; from then on those
	// before it do not count.
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

// removeUntil removes segments up to one, of which the first ones may be gone.
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
