package network

import "time"

// Inbox is the queue of one receiver, under Maelstrom's rule.
//
// Each receiver has one thread. It takes the message with the earliest deadline as soon
// as there is one, then sleeps until that deadline, in whole milliseconds, rounded down.
// While it sleeps it delivers nothing else: a message in flight delays even a client's
// message, which has no latency. A partition is checked when the message is taken.
//
// Source: recv! in src/maelstrom/net.clj, and stdin-thread in process.clj.
//
// The owner calls Take if the receiver is idle and Len is not 0, and delivers the
// returned message at the returned time; until then the receiver is busy. An Inbox is not
// safe for concurrent use.
type Inbox[T any] struct {
	heap []item[T]
	seq  uint64
}

type item[T any] struct {
	deadline time.Duration
	seq      uint64 // orders messages with equal deadlines: first in, first out
	message  T
}

// Len returns the number of queued messages.
func (b *Inbox[T]) Len() int { return len(b.heap) }

// Push queues a message whose latency ends at deadline.
func (b *Inbox[T]) Push(deadline time.Duration, message T) {
	b.seq++
	b.heap = append(b.heap, item[T]{deadline, b.seq, message})
	h := b.heap
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(&h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

// Take removes the message with the earliest deadline at the time now, and returns when
// to deliver it. If the thread is awake because it has just delivered another message, it
// delivers an overdue message at once. Otherwise it needs a draw of jitter to wake. Take
// panics if the queue is empty.
func (b *Inbox[T]) Take(now time.Duration, jitter *Jitter, awake bool) (message T, deliver time.Duration) {
	if !awake || b.heap[0].deadline > now {
		now += jitter.Draw()
	}
	h := b.heap
	first := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h[last] = item[T]{} // release the message
	h = h[:last]
	b.heap = h
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(&h[child]) {
			child++
		}
		if !h[child].before(&h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	return first.message, now + max(0, first.deadline-now).Truncate(time.Millisecond)
}

// Next returns the earliest deadline. It panics if the queue is empty.
func (b *Inbox[T]) Next() time.Duration { return b.heap[0].deadline }

func (a *item[T]) before(b *item[T]) bool {
	return a.deadline < b.deadline || a.deadline == b.deadline && a.seq < b.seq
}
