package history

import (
	"maps"
	"slices"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Logs judges a history of kafka: every log must show each offset's one message
// to all, lose none, and be read by a client in order and without gaps. Its
// order is that of the offsets that sends were told and polls have shown. Nobody
// may poll a message before it was sent, by the order of time and of what was
// polled from whom. The zero Logs is ready.
//
// An op may be several sends and polls, as those of Jepsen's transactions are.
// It looks for all that jepsen.tests.kafka looks for in the way that Maelstrom has
// it do so: clients assign, they do not subscribe; and that one message stands
// before another in a log does not put their ops in order, so that there are
// never any of the G0.
//
// Source: jepsen/src/jepsen/tests/kafka.clj in Jepsen 0.3.7;
// src/maelstrom/workload/kafka.clj.
type Logs struct {
	asked map[int]Op // by process
	acts  []act
}

// act is an op that has ended, as far as Logs needs it.
type act struct {
	op      Op
	began   int // index of its invocation
	asked   time.Duration
	sends   []Send   // in order
	polled  []Log    // one for each key
	assigns []string // nil but in an assign
}

// NewLogs returns the checker of workload kafka.
func NewLogs(experiment.Trial) Checker { return &Logs{} }

// Add takes the next op of the history.
func (l *Logs) Add(op Op) {
	if !op.client() {
		return
	}
	if l.asked == nil {
		l.asked = map[int]Op{}
	}
	if op.Type == Invoke {
		l.asked[op.Process] = op
		return
	}
	asked, ok := l.asked[op.Process]
	if !ok {
		asked = op // its beginning is cut off
	}
	delete(l.asked, op.Process)
	if a, ok := actOf(asked, op); ok {
		l.acts = append(l.acts, a)
	}
}

// actOf returns an op that has ended, and false where it has nothing to do with
// logs.
func actOf(asked, op Op) (act, bool) {
	a := act{op: op, began: asked.Index, asked: asked.Time}
	switch op.F {
	case "assign":
		a.assigns = keysOf(op.Value)
		return a, true
	case "send", "poll", "txn":
		return a, a.read(op.Value)
	}
	return act{}, false
}

// read takes the sends and polls of an op's value, and reports whether it has
// others.
func (a *act) read(v any) bool {
	if send, ok := ReadSend(v); ok {
		a.sends = append(a.sends, send)
		return true
	}
	if poll, ok := ReadPoll(v); ok {
		a.sees(poll.Logs)
		return true
	}
	e, ok := v.(edn.Value)
	if !ok || e.Len() < 2 {
		return false
	}
	for _, mop := range e.Items() {
		if !a.read(edn.NewVector(mop)) {
			return false
		}
	}
	return true
}

// sees takes what a poll shows, behind what others of the op have shown.
func (a *act) sees(logs []Log) {
	for _, log := range logs {
		i := slices.IndexFunc(a.polled, func(other Log) bool { return other.Key == log.Key })
		if i < 0 {
			a.polled = append(a.polled, log)
		} else {
			a.polled[i].Entries = slices.Concat(a.polled[i].Entries, log.Entries)
		}
	}
}

// keysOf returns the keys that an assign names.
func keysOf(v any) []string {
	keys := []string{}
	if s, ok := v.([]string); ok {
		return append(keys, s...)
	}
	for _, item := range valueOf(v).Items() {
		keys = append(keys, keyOf(item))
	}
	return keys
}

// message is one that was sent, or was polled.
type message struct {
	key   string
	value int64
}

// logged is what is known of the logs once the history is over.
type logged struct {
	acts    []act
	polled  map[message]bool // by a poll that was OK
	readers map[message]int  // the first act that polled it
	writers map[message]int  // the last act that sent it
	logs    map[string]*offsets
	orders  map[string]order
}

// offsets is what is known of one log.
type offsets struct {
	at map[int64][]int64 // distinct messages by offset
	// expired is when an offset was first known to exist, or one behind it.
	expired []time.Duration
}

// logged puts together what all ops say. Sends that were never answered may have
// come to be.
func (l *Logs) logged() *logged {
	all := &logged{
		acts: slices.Clone(l.acts), polled: map[message]bool{}, readers: map[message]int{}, writers: map[message]int{},
		logs: map[string]*offsets{}, orders: map[string]order{},
	}
	for _, process := range slices.Sorted(maps.Keys(l.asked)) {
		asked := l.asked[process]
		lost := Op{Index: asked.Index, Time: asked.Time, Type: Info, Process: process, F: asked.F, Value: asked.Value}
		if a, ok := actOf(asked, lost); ok && len(a.sends) > 0 {
			all.acts = append(all.acts, a)
		}
	}
	for i, a := range all.acts {
		for _, s := range a.sends {
			all.writers[message{s.Key, s.Message}] = i
		}
		for _, shown := range a.polled {
			for _, e := range shown.Entries {
				m := message{shown.Key, e.Message}
				if _, known := all.readers[m]; !known {
					all.readers[m] = i
				}
				if a.op.Type == OK {
					all.polled[m] = true
				}
			}
		}
	}
	for _, a := range all.acts {
		all.know(a)
	}
	for key, log := range all.logs {
		all.orders[key] = log.order(key)
	}
	return all
}

// happened reports whether the sends of an op are certain to have.
func (l *logged) happened(a act) bool {
	return a.op.Type == OK || a.op.Type == Info && slices.ContainsFunc(a.sends, func(s Send) bool { return l.polled[message{s.Key, s.Message}] })
}

// know takes what an op says of where messages stand. Whatever became of the op,
// polls show what is there.
func (l *logged) know(a act) {
	log := func(key string) *offsets {
		if l.logs[key] == nil {
			l.logs[key] = &offsets{at: map[int64][]int64{}}
		}
		return l.logs[key]
	}
	for _, s := range a.sends {
		of := log(s.Key)
		if s.Offset >= 0 && l.happened(a) {
			of.put(Entry{s.Offset, s.Message})
		}
		if a.op.Type != Fail {
			of.expire(s.Offset, a.op.Time)
		}
	}
	for _, shown := range a.polled {
		of := log(shown.Key)
		for _, e := range shown.Entries {
			of.put(e)
			if a.op.Type != Fail {
				of.expire(e.Offset, a.op.Time)
			}
		}
	}
}

func (o *offsets) put(e Entry) {
	if !slices.Contains(o.at[e.Offset], e.Message) {
		o.at[e.Offset] = append(o.at[e.Offset], e.Message)
	}
}

// expire takes that an offset was known to exist at a time.
func (o *offsets) expire(offset int64, at time.Duration) {
	for int64(len(o.expired)) <= offset {
		o.expired = append(o.expired, at)
	}
}

// order is a log without its gaps.
type order struct {
	messages []int64         // of several at an offset the least
	places   map[int64]int64 // of those; of one at several offsets the last
	first    map[int64]int   // of all messages, where they stand first
	last     map[int64]int
	times    map[int64][]int64 // the offsets of a message
	clashes  []edn.Value       // offsets with several messages
}

func (o *offsets) order(key string) order {
	r := order{places: map[int64]int64{}, first: map[int64]int{}, last: map[int64]int{}, times: map[int64][]int64{}}
	for i, offset := range slices.Sorted(maps.Keys(o.at)) {
		messages := slices.Sorted(slices.Values(o.at[offset]))
		r.messages = append(r.messages, messages[0])
		r.places[messages[0]] = int64(i)
		set := make([]edn.Value, len(messages))
		for j, m := range messages {
			set[j] = edn.NewInt(m)
			if _, known := r.first[m]; !known {
				r.first[m] = i
			}
			r.last[m] = i
			r.times[m] = append(r.times[m], offset)
		}
		if len(messages) > 1 {
			r.clashes = append(r.clashes, mapOf("key", key, "offset", offset, "index", i, "values", edn.NewSet(set...)))
		}
	}
	return r
}

// step returns how far a message stands behind another, and 1 where nobody knows.
func (r order) step(from, to int64) int64 {
	i, known := r.places[from]
	j, too := r.places[to]
	if !known || !too {
		return 1
	}
	return j - i
}
