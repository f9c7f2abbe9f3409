package checker

import (
	"maps"
	"slices"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Logs judges a history of kafka. Every log must show the same one message at an offset
// to everybody, and lose none; each client must read it in order and without gaps. The
// order of a log is that of the offsets in answers to sends and polls. No message may be
// polled before it was sent, by the order of real time and by who polled from whom. The
// zero Logs is ready to use.
//
// An op may contain several sends and polls, as Jepsen's transactions do. Logs finds what
// jepsen.tests.kafka finds as Maelstrom configures it: clients assign and do not
// subscribe, and the order of messages in a log does not order their ops, so G0 anomalies
// cannot occur.
//
// Maelstrom up to 0.2.3 writes the last polls of a test without their results, which its
// own checker has seen. Then it is unknown which messages were never polled, and a
// history without other errors is unknown.
//
// Source: jepsen/src/jepsen/tests/kafka.clj in Jepsen 0.3.7;
// src/maelstrom/workload/kafka.clj.
type Logs struct {
	asked  map[int]history.Op // last invocation, by process
	acts   []act
	unread []history.Op // ops whose sends and polls cannot be read
}

// act is a completed op in the form that Logs needs.
type act struct {
	op      history.Op
	began   int // index of its invocation
	asked   time.Duration
	sends   []history.Send // in order
	polled  []history.Log  // one for each key
	assigns []string       // nil unless it is an assign
	blind   bool           // it polled, and the history lacks the result
}

// NewLogs returns the checker of the workload kafka.
func NewLogs(trial.Trial) Checker { return &Logs{} }

// Add adds the next op of the history.
func (l *Logs) Add(op history.Op) {
	if !op.Client() {
		return
	}
	if l.asked == nil {
		l.asked = map[int]history.Op{}
	}
	if op.Type == history.Invoke {
		l.asked[op.Process] = op
		return
	}
	asked, ok := l.asked[op.Process]
	if !ok {
		asked = op // the history is cut off at its start
	}
	delete(l.asked, op.Process)
	switch a, ok := actOf(asked, op); {
	case ok:
		l.acts = append(l.acts, a)
	case op.F == "send" || op.F == "poll" || op.F == "txn":
		l.unread = append(l.unread, op)
	}
}

// actOf returns the act of a completed op, and false if the op does not concern logs or
// cannot be read.
func actOf(asked, op history.Op) (act, bool) {
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

// read adds the sends and polls of an op's value. It returns false if the value contains
// anything else.
func (a *act) read(v any) bool {
	if send, ok := history.ReadSend(v); ok {
		a.sends = append(a.sends, send)
		return true
	}
	if poll, ok := history.ReadPoll(v); ok {
		a.sees(poll.Logs)
		a.blind = a.blind || poll.Logs == nil && a.op.Type == history.OK
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

// sees adds the result of a poll after earlier polls of the same op.
func (a *act) sees(logs []history.Log) {
	if len(a.polled) == 0 {
		a.polled = slices.Clip(logs) // a poll shows each key once
		return
	}
	places := make(map[string]int, len(a.polled))
	for i, log := range a.polled {
		places[log.Key] = i
	}
	for _, log := range logs {
		if i, ok := places[log.Key]; ok {
			a.polled[i].Entries = slices.Concat(a.polled[i].Entries, log.Entries)
			continue
		}
		places[log.Key] = len(a.polled)
		a.polled = append(a.polled, log)
	}
}

// keysOf returns the keys of an assign.
func keysOf(v any) []string {
	keys := []string{}
	if s, ok := v.([]string); ok {
		return append(keys, s...)
	}
	for _, item := range history.ValueOf(v).Items() {
		keys = append(keys, history.KeyOf(item))
	}
	return keys
}

// message is a message of a key's log.
type message struct {
	key   string
	value history.Datum
}

// logged is what the whole history says about the logs.
type logged struct {
	acts    []act
	polled  map[message]bool // messages in polls that were OK
	readers map[message]int  // the first act that polled it
	writers map[message]int  // the last act that sent it
	logs    map[string]*offsets
	orders  map[string]order
}

// offsets is what is known of one log. Its memory depends on the number of offsets, not
// on their size.
type offsets struct {
	at   map[edn.Integer][]history.Datum // distinct messages by offset
	many map[history.Entry]bool          // messages at offsets that have several
	// known says since when an offset, or a greater one, is known to exist. Offsets and
	// times ascend.
	known []known
}

type known struct {
	offset edn.Integer
	at     time.Duration
}

// logged combines all ops. Sends without an answer may have happened.
func (l *Logs) logged() *logged {
	all := &logged{
		acts: slices.Clone(l.acts), polled: map[message]bool{}, readers: map[message]int{}, writers: map[message]int{},
		logs: map[string]*offsets{}, orders: map[string]order{},
	}
	for _, process := range slices.Sorted(maps.Keys(l.asked)) {
		asked := l.asked[process]
		lost := history.Op{Index: asked.Index, Time: asked.Time, Type: history.Info, Process: process, F: asked.F, Value: asked.Value}
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
				if a.op.Type == history.OK {
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

// happened reports whether the sends of an op certainly happened.
func (l *logged) happened(a act) bool {
	return a.op.Type == history.OK || a.op.Type == history.Info && slices.ContainsFunc(a.sends, func(s history.Send) bool { return l.polled[message{s.Key, s.Message}] })
}

// know records the offsets of messages in an op. The result of a poll counts whatever the
// type of the op.
func (l *logged) know(a act) {
	log := func(key string) *offsets {
		if l.logs[key] == nil {
			l.logs[key] = &offsets{at: map[edn.Integer][]history.Datum{}, many: map[history.Entry]bool{}}
		}
		return l.logs[key]
	}
	happened := l.happened(a)
	for _, s := range a.sends {
		of := log(s.Key)
		if s.Placed && happened {
			of.put(history.Entry{Offset: s.Offset, Message: s.Message})
		}
		if s.Placed && a.op.Type != history.Fail {
			of.exists(s.Offset, a.op.Time)
		}
	}
	for _, shown := range a.polled {
		of := log(shown.Key)
		for _, e := range shown.Entries {
			of.put(e)
			if a.op.Type != history.Fail {
				of.exists(e.Offset, a.op.Time)
			}
		}
	}
}

func (o *offsets) put(e history.Entry) {
	there := o.at[e.Offset]
	if len(there) == 1 && there[0] == e.Message || o.many[e] {
		return
	}
	if o.at[e.Offset] = append(there, e.Message); len(there) > 0 {
		o.many[history.Entry{Offset: e.Offset, Message: there[0]}], o.many[e] = true, true
	}
}

// exists records that an offset is known to exist since a time. Times come in order.
func (o *offsets) exists(offset edn.Integer, at time.Duration) {
	if n := len(o.known); n == 0 || o.known[n-1].offset.Compare(offset) < 0 {
		o.known = append(o.known, known{offset, at})
	}
}

// since returns when an offset, or a greater one, was first known to exist. It returns
// false if it is not known.
func (o *offsets) since(offset edn.Integer) (time.Duration, bool) {
	i, _ := slices.BinarySearchFunc(o.known, offset, func(k known, to edn.Integer) int { return k.offset.Compare(to) })
	if i == len(o.known) {
		return 0, false
	}
	return o.known[i].at, true
}

// order is a log without gaps.
type order struct {
	messages []history.Datum         // at each offset, the least of its messages
	places   map[history.Datum]int64 // place in messages; the last one if there are several
	first    map[history.Datum]int   // first place of every message
	last     map[history.Datum]int
	times    map[history.Datum][]edn.Integer // offsets of every message
	clashes  []fault                         // offsets with several messages
}

func (o *offsets) order(key string) order {
	r := order{places: map[history.Datum]int64{}, first: map[history.Datum]int{}, last: map[history.Datum]int{}, times: map[history.Datum][]edn.Integer{}}
	for i, offset := range slices.SortedFunc(maps.Keys(o.at), edn.Integer.Compare) {
		messages := slices.SortedFunc(slices.Values(o.at[offset]), history.Datum.Compare)
		r.messages = append(r.messages, messages[0])
		r.places[messages[0]] = int64(i)
		for _, m := range messages {
			if _, known := r.first[m]; !known {
				r.first[m] = i
			}
			r.last[m] = i
			r.times[m] = append(r.times[m], offset)
		}
		if len(messages) > 1 {
			r.clashes = append(r.clashes, fault{tell: func() edn.Value {
				return mapOf("key", key, "offset", offset.Value(), "index", i, "values", edn.NewSet(data(messages)...))
			}})
		}
	}
	return r
}

// data returns EDN values.
func data(all []history.Datum) []edn.Value {
	values := make([]edn.Value, len(all))
	for i, d := range all {
		values[i] = d.EDN()
	}
	return values
}

// step returns the distance from one message to another in the log, and 1 if it is
// unknown.
func (r order) step(from, to history.Datum) int64 {
	i, known := r.places[from]
	j, too := r.places[to]
	if !known || !too {
		return 1
	}
	return j - i
}
