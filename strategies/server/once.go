package server

import (
	"math"
	"slices"
)

// Once recognizes repeated requests of Env.Call, so that a duplicated request is
// executed once. Use it for requests that are not idempotent. A restarted node has
// forgotten earlier requests, so it must not execute them again.
//
// The zero Once is ready to use.
type Once struct{ senders map[string]*numbers }

// numbers are the MsgIDs of a sender.
type numbers struct {
	all   []int64 // the largest MsgIDs, sorted
	floor int64   // all MsgIDs up to floor count as seen
}

// window is how many requests of a sender are distinguished. Chosen: far more than
// a node has in flight. An older request counts as seen.
const window = 1000

// First reports whether a request is new. It is true for a message without a MsgID:
// it expects no answer, or no Env.Call sent it.
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
