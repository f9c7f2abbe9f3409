package sim

import (
	"gossipbench/strategies/broadcast"
	"math/bits"
	"slices"
	"time"
)

// event is a future event of a node, in 16 bytes: a message in flight is copied about
// three times before it arrives, and a million nodes have millions of them.
type event struct {
	to   broadcast.NodeID
	from broadcast.NodeID
	ref  uint32 // entry of a message or timer, or number of an op, by kind
	mark uint32 // kind in the low bits; above, the time since the start of its slot in ns
}

// kind is the kind of an event.
type kind uint8

const kindBits = 3

func (e *event) kind() kind { return kind(e.mark & (1<<kindBits - 1)) }

// The wheels. A near slot is 2^17 ns = 131 µs wide. 4096 near slots are one far slot, 537
// ms; 4096 far slots are 37 minutes. Chosen: latencies of a network, from milliseconds to
// tenths of a second, fit the near wheel, time-outs of clients and strategies the far
// one, and in a small cluster a slot holds about ten events.
const (
	slotBits = 17 // a near slot is 2^slotBits ns wide
	sizeBits = 12 // each wheel has 2^sizeBits slots
	size     = 1 << sizeBits

	farBits  = slotBits + sizeBits // a far slot is 2^farBits ns wide
	turnBits = farBits + sizeBits  // a turn of the far wheel is 2^turnBits ns
)

// The time since the start of a far slot must fit into a mark.
const _ = uint(32 - kindBits - farBits)

// queue holds events in order of time, and at equal times in order of arrival; but see
// gather. Use newQueue to make one.
//
// It is a hierarchical timing wheel (Varghese and Lauck, "Hashed and Hierarchical Timing
// Wheels", SOSP 1987, scheme 7) whose slots are sorted when their time comes: push and
// pop take constant time and access memory sequentially. Events beyond the far wheel's
// turn wait in a heap.
type queue struct {
	now  time.Duration // time of the last event popped
	near wheel         // the current far slot, spread out
	far  wheel
	last heap // events beyond the turn of the far wheel

	// The open slot: run has its events in order; late has those pushed later that could
	// not be appended to run. At equal times run comes before late.
	run   []event
	next  int // index in run
	late  heap
	slot  int64 // number of the open near slot, from time 0
	spare []event

	pool  pool
	count int
}

func newQueue() *queue { return &queue{} }

// begin sets the time of an empty queue. It may be negative.
func (q *queue) begin(at time.Duration) { q.now, q.slot = at, int64(at)>>slotBits }

// Len returns the number of events in the queue.
func (q *queue) Len() int { return q.count }

// push adds e at the time at, which must not be before the last event popped.
func (q *queue) push(at time.Duration, k kind, e event) {
	q.count++
	slot := int64(at) >> slotBits
	if slot == q.slot {
		q.pushOpen(at, k, e)
		return
	}
	switch {
	case slot>>sizeBits == q.slot>>sizeBits:
		e.mark = uint32(at&(1<<slotBits-1))<<kindBits | uint32(k)
		q.near.add(&q.pool, int(slot&(size-1)), e)
	case slot>>(2*sizeBits) == q.slot>>(2*sizeBits):
		e.mark = uint32(at&(1<<farBits-1))<<kindBits | uint32(k)
		q.far.add(&q.pool, int(slot>>sizeBits&(size-1)), e)
	default:
		e.mark = uint32(k)
		q.last.push(at, e)
	}
}

// pushOpen adds an event to the open slot.
func (q *queue) pushOpen(at time.Duration, k kind, e event) {
	e.mark = uint32(at&(1<<slotBits-1))<<kindBits | uint32(k)
	if n := len(q.run); n == q.next || q.run[n-1].mark>>kindBits <= e.mark>>kindBits {
		q.run = append(q.run, e)
		return
	}
	q.late.push(at, e)
}

// pop removes the earliest event and sets now to its time. ok is false if the queue is
// empty.
func (q *queue) pop() (e event, ok bool) {
	if q.next == len(q.run) && len(q.late.items) == 0 && !q.advance() {
		return event{}, false
	}
	q.count--
	if len(q.late.items) > 0 {
		if e, ok := q.popLate(); ok {
			return e, true
		}
	}
	e = q.run[q.next]
	q.next++
	q.now = time.Duration(q.slot<<slotBits + int64(e.mark>>kindBits))
	return e, true
}

// popLate pops the first late event, unless one of run comes first.
func (q *queue) popLate() (event, bool) {
	first := &q.late.items[0]
	if q.next < len(q.run) && int64(q.run[q.next].mark>>kindBits) <= int64(first.at)&(1<<slotBits-1) {
		return event{}, false
	}
	q.now = first.at
	return q.late.pop(), true
}

// ahead returns up to n of the next events, from the open slot only.
func (q *queue) ahead(n int) []event {
	return q.run[q.next:min(q.next+n, len(q.run))]
}

// advance opens the next slot that holds events.
func (q *queue) advance() bool {
	for {
		if i := q.near.first(int(q.slot&(size-1)) + 1); i >= 0 {
			q.slot = q.slot&^(size-1) | int64(i)
			q.open(i)
			return true
		}
		if !q.advanceFar() {
			return false
		}
		if q.near.has(0) {
			q.open(0)
			return true
		}
	}
}

// advanceFar spreads the next far slot that holds events over the near wheel, and makes
// its first near slot the current one.
func (q *queue) advanceFar() bool {
	turn := q.slot >> (2 * sizeBits)
	i := q.far.first(int(q.slot>>sizeBits&(size-1)) + 1)
	if i < 0 {
		if len(q.last.items) == 0 {
			return false
		}
		turn = int64(q.last.items[0].at) >> turnBits
		for len(q.last.items) > 0 && int64(q.last.items[0].at)>>turnBits == turn {
			at := q.last.items[0].at
			e := q.last.pop()
			e.mark |= uint32(at&(1<<farBits-1)) << kindBits
			q.far.add(&q.pool, int(at>>farBits&(size-1)), e)
		}
		i = q.far.first(0)
	}
	q.slot = turn<<(2*sizeBits) | int64(i)<<sizeBits
	const within = 1<<slotBits - 1
	for b := q.far.take(i); b >= 0; {
		block := q.pool.at(b)
		for _, e := range block.events[:block.n] {
			offset := e.mark >> kindBits
			e.mark = offset&within<<kindBits | e.mark&(1<<kindBits-1)
			q.near.add(&q.pool, int(offset>>slotBits), e)
		}
		b = q.pool.release(b)
	}
	return true
}

// open gathers the events of near slot i and sorts them.
func (q *queue) open(i int) {
	q.run, q.next = q.run[:0], 0
	sorted, before := true, uint32(0)
	for b := q.near.take(i); b >= 0; b = q.pool.release(b) {
		block := q.pool.at(b)
		for j := range block.events[:block.n] {
			offset := block.events[j].mark >> kindBits
			sorted = sorted && before <= offset
			before = offset
		}
		q.run = append(q.run, block.events[:block.n]...)
	}
	if !sorted {
		q.sort()
	}
	if len(q.run) >= many {
		q.gather()
	}
}

// many is the number of simultaneous events from which sorting by node is worthwhile.
// Chosen; see BenchmarkPush.
const many = 512

// gather sorts adjacent simultaneous events of one kind by node, and keeps the order of
// events of one node. A large cluster whose latencies are whole milliseconds has a
// hundred thousand of them, and memory is then accessed sequentially instead of at
// random.
func (q *queue) gather() {
	for first := 0; first < len(q.run); {
		last, top := first, broadcast.NodeID(0)
		for at := q.run[first].mark; last < len(q.run) && q.run[last].mark == at; last++ {
			top |= q.run[last].to
		}
		if last-first >= many {
			q.sortNodes(q.run[first:last], bits.Len32(uint32(top)))
		}
		first = last
	}
}

// sortNodes sorts events by the low width bits of their node.
func (q *queue) sortNodes(events []event, width int) {
	const digit = 11
	q.spare = slices.Grow(q.spare[:0], len(events))[:len(events)]
	from, to := events, q.spare
	for shift := 0; shift < width; shift += digit {
		const mask = 1<<digit - 1
		var start [mask + 1]uint32
		for i := range from {
			start[from[i].to>>shift&mask]++
		}
		sum := uint32(0)
		for i, n := range start {
			start[i] = sum
			sum += n
		}
		for i := range from {
			d := from[i].to >> shift & mask
			to[start[d]] = from[i]
			start[d]++
		}
		from, to = to, from
	}
	if &from[0] != &events[0] {
		copy(events, from)
	}
}

// few is the number of events up to which insertion sort is fastest. Chosen; see
// BenchmarkQueue.
const few = 48

// sort sorts run by time; the sort is stable.
func (q *queue) sort() {
	run := q.run
	if len(run) <= few {
		for i := 1; i < len(run); i++ {
			e, j := run[i], i
			for ; j > 0 && run[j-1].mark>>kindBits > e.mark>>kindBits; j-- {
				run[j] = run[j-1]
			}
			run[j] = e
		}
		return
	}
	q.spare = slices.Grow(q.spare[:0], len(run))[:len(run)]
	radix(q.spare, run, kindBits)
	radix(run, q.spare, kindBits+radixBits)
}

// Two passes of radix sort cover the time within a near slot.
const radixBits = (slotBits + 1) / 2

// radix copies from to to, sorted by radixBits bits of the mark above shift.
func radix(to, from []event, shift int) {
	const mask = 1<<radixBits - 1
	var start [mask + 1]uint32
	for i := range from {
		start[from[i].mark>>shift&mask]++
	}
	sum := uint32(0)
	for i, n := range start {
		start[i] = sum
		sum += n
	}
	for i := range from {
		digit := from[i].mark >> shift & mask
		to[start[digit]] = from[i]
		start[digit]++
	}
}

// wheel is a ring of slots.
type wheel struct {
	words [size / 64]uint64 // bit i%64 of word i/64 is set if slot i holds events
	full  uint64            // bit w is set if word w is not zero
	slots [size]slot
}

// slot is a list of blocks. New events go to the last block.
type slot struct {
	last *block
	room uint32 // free places in last; 0 if there is no block
	head int32  // number of the first block
}

func (w *wheel) add(p *pool, i int, e event) {
	s := &w.slots[i]
	if s.room == 0 {
		w.extend(p, i)
	}
	s.last.events[blockLen-s.room] = e
	s.room--
}

// extend adds a block to slot i.
func (w *wheel) extend(p *pool, i int) {
	s, b := &w.slots[i], p.take()
	if w.has(i) {
		s.last.next, s.last.n = b, blockLen
	} else {
		w.words[i/64] |= 1 << (i % 64)
		w.full |= 1 << (i / 64)
		s.head = b
	}
	s.last, s.room = p.at(b), blockLen
}

// take empties slot i, which holds events, and returns its first block.
func (w *wheel) take(i int) int32 {
	w.words[i/64] &^= 1 << (i % 64)
	if w.words[i/64] == 0 {
		w.full &^= 1 << (i / 64)
	}
	s := &w.slots[i]
	s.last.n = int32(blockLen - s.room)
	s.last, s.room = nil, 0
	return s.head
}

func (w *wheel) has(i int) bool { return w.words[i/64]>>(i%64)&1 != 0 }

// first returns the first slot from i on that holds events, or -1.
func (w *wheel) first(i int) int {
	if i >= size {
		return -1
	}
	if rest := w.words[i/64] >> (i % 64); rest != 0 {
		return i + bits.TrailingZeros64(rest)
	}
	rest := w.full &^ (2<<(i/64) - 1)
	if rest == 0 {
		return -1
	}
	word := bits.TrailingZeros64(rest)
	return word*64 + bits.TrailingZeros64(w.words[word])
}

// blockLen makes a block 512 bytes. Chosen: longer blocks waste memory in small clusters,
// shorter ones time in large ones.
const blockLen = 31

// block holds some of the events of a slot.
type block struct {
	events [blockLen]event
	next   int32 // number of the next block, or -1
	n      int32
	_      int64
}

// chunkBits makes a chunk 64 blocks, 32 KiB.
const chunkBits = 6

// pool allocates blocks by number: the garbage collector does not scan numbers.
type pool struct {
	chunks []*[1 << chunkBits]block
	used   int32 // number of blocks ever used
	free   int32 // 1 + the first of a list of free blocks
}

func (p *pool) at(b int32) *block {
	return &p.chunks[b>>chunkBits][b&(1<<chunkBits-1)]
}

func (p *pool) take() int32 {
	b := p.free - 1
	if b >= 0 {
		p.free = p.at(b).next + 1
	} else {
		if b = p.used; int(b)>>chunkBits == len(p.chunks) {
			p.chunks = append(p.chunks, new([1 << chunkBits]block))
		}
		p.used++
	}
	p.at(b).next = -1
	return b
}

// release frees block b and returns the number of the next one.
func (p *pool) release(b int32) int32 {
	block := p.at(b)
	next := block.next
	block.next = p.free - 1
	p.free = b + 1
	return next
}
