package sim

import "time"

// heap holds the few events that fit no slot, in order of time, and at equal times in
// order of arrival.
type heap struct {
	items []timed
	seq   uint64
}

type timed struct {
	at  time.Duration
	seq uint64
	event
}

func (a *timed) before(b *timed) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (h *heap) push(at time.Duration, e event) {
	h.seq++
	h.items = append(h.items, timed{at, h.seq, e})
	items := h.items
	for i := len(items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !items[i].before(&items[parent]) {
			break
		}
		items[i], items[parent] = items[parent], items[i]
		i = parent
	}
}

// pop panics if the heap is empty.
func (h *heap) pop() event {
	items := h.items
	first, last := items[0].event, len(items)-1
	items[0] = items[last]
	items = items[:last]
	h.items = items
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(items) {
			break
		}
		if child+1 < len(items) && items[child+1].before(&items[child]) {
			child++
		}
		if !items[child].before(&items[i]) {
			break
		}
		items[i], items[child] = items[child], items[i]
		i = child
	}
	return first
}
