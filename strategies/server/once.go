package server

import (
	"math"
	"slices"
)

// Once knows requests of Env.Call again, so that one which the network delivers
// twice is done once. It is for requests that change something each time; who
// restarts has forgotten what was asked of it before, and must not take it up.
//
// The zero Once has seen nothing.
type Once struct{ senders map[string]*numbers }

// numbers are the MsgIDs that a sender has used.
type numbers struct {
	all   []int64 // the largest, sorted
	floor int64   // all up to this count as used
}

// window is how many requests of a sender are told apart. Chosen: more than a node
// has under way, by far. One that is older counts as come before.
const window = 1000

// First reports whether a request has not come before. It is true for a message
// without a number: one that asks for no answer, or that no Env.Call has sent.
func (o *Once) First(m Message) bool {
	if !m.Request || m.OtherMsgID != "" {
		return true
	}
	n := o.senders[m.Src]
	if n == nil {
		if o.senders == nil {
			o.senders = map[string]*numbers{}
		}
		n = &numbers{floor: math.MinInt64}
		o.senders[m.Src] = n
	}
	i, used := slices.BinarySearch(n.all, m.MsgID)
	if used || m.MsgID <= n.floor {
		return false
	}
	n.all = slices.Insert(n.all, i, m.MsgID)
	if len(n.all) > window {
		n.floor = n.all[0]
		n.all = slices.Delete(n.all, 0, 1)
	}
	return true
}
