package host

import (
	"container/heap"
	"math"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// never is later than any time.
const never = time.Duration(math.MaxInt64)

// Now implements server.Env.
func (n *node) Now() time.Duration { return time.Since(n.started) }

// Send implements server.Env.
func (n *node) Send(to, typ string, fields wire.Fields) {
	n.out = wire.AppendMessage(n.out, n.self, to, typ, wire.IDs{}, fields)
}

// Reply implements server.Env.
func (n *node) Reply(request server.Message, typ string, fields wire.Fields) {
	if request.Request {
		n.out = wire.AppendMessage(n.out, n.self, request.Src, typ, request.Answer(), fields)
	}
}

// Call implements server.Env. The msg_id of the request is the call's Handle.
func (n *node) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	p := n.pending.add(n.Now() + timeout)
	p.answer = done
	n.out = wire.AppendMessage(n.out, n.self, to, typ, wire.IDs{MsgID: int64(p.handle), Request: true}, fields)
	return p.handle
}

// After implements server.Env.
func (n *node) After(d time.Duration, f func()) server.Handle {
	p := n.pending.add(n.Now() + d)
	p.expire = f
	return p.handle
}

// Cancel implements server.Env.
func (n *node) Cancel(h server.Handle) {
	if p := n.pending.items[h]; p != nil {
		n.pending.remove(p)
	}
}

// arm sets the clock to the time at which the first timer or call is due.
func (n *node) arm() {
	due := never
	if len(n.pending.heap) > 0 {
		due = n.pending.heap[0].due
	}
	if due != n.due {
		n.due = due
		n.clock.Reset(due - n.Now())
	}
}

// expire handles what is due, except timers that are set meanwhile: lines are
// handled before those.
func (n *node) expire() error {
	if len(n.pending.heap) == 0 {
		return nil
	}
	now, last := n.Now(), n.pending.last
	for len(n.pending.heap) > 0 {
		p := n.pending.heap[0]
		if p.due > now || p.handle > last {
			break
		}
		n.pending.remove(p)
		if p.expire != nil {
			n.doing, n.whom = "timer", ""
			p.expire()
		} else {
			n.doing, n.whom = "timeout", ""
			p.answer(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"})
		}
		if err := n.flushEnough(); err != nil {
			return err
		}
	}
	return nil
}

// pending are the open timers and calls.
type pending struct {
	last  server.Handle // the last Handle used
	items map[server.Handle]*item
	heap  items
}

type item struct {
	due    time.Duration
	handle server.Handle
	expire func()                            // of a timer
	answer func(server.Message, *wire.Error) // of a call
	place  int                               // in the heap
}

func (p *pending) add(due time.Duration) *item {
	p.last++
	it := &item{due: due, handle: p.last}
	if p.items == nil {
		p.items = map[server.Handle]*item{}
	}
	p.items[it.handle] = it
	heap.Push(&p.heap, it)
	return it
}

func (p *pending) remove(it *item) {
	heap.Remove(&p.heap, it.place)
	delete(p.items, it.handle)
}

// items is a heap by due time, then by handle.
type items []*item

func (h items) Len() int { return len(h) }

func (h items) Less(i, j int) bool {
	return h[i].due < h[j].due || h[i].due == h[j].due && h[i].handle < h[j].handle
}

func (h items) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *items) Push(x any) {
	it := x.(*item)
	it.place = len(*h)
	*h = append(*h, it)
}

// Pop implements heap.Interface.
func (h *items) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return it
}
