package history

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Logs judges a history of kafka: every log must show each offset's one message
// to all, lose none, and be read by a client in order and without gaps. Its
// order is that of the offsets that sends were told and polls have shown. The
// zero Logs is ready.
//
// It looks for all that jepsen.tests.kafka looks for where an op is one send or
// one poll and clients assign, except for cycles in the order of time: a poll of
// a message that nobody has sent yet passes.
//
// Source: jepsen/src/jepsen/tests/kafka.clj in Jepsen 0.3.7.
type Logs struct {
	asked map[int]time.Duration // by process
	acts  []act
	logs  map[string]*offsets
}

// act is an op that has ended, as far as Logs needs it.
type act struct {
	op      Op
	asked   time.Duration
	sent    *Send
	polled  []Log
	assigns []string // nil but in an assign
}

// offsets is what is known of one log.
type offsets struct {
	at     map[int64][]int64 // distinct messages by offset
	sent   map[int64]Type    // how the send of a message ended
	polled map[int64]bool
	// expired is when an offset was first known to exist, or one behind it.
	expired []time.Duration
}

// NewLogs returns the checker of workload kafka.
func NewLogs(experiment.Trial) Checker { return &Logs{} }

// Add takes the next op of the history.
func (l *Logs) Add(op Op) {
	if !op.client() {
		return
	}
	if l.asked == nil {
		l.asked, l.logs = map[int]time.Duration{}, map[string]*offsets{}
	}
	if op.Type == Invoke {
		l.asked[op.Process] = op.Time
		return
	}
	a := act{op: op, asked: l.asked[op.Process]}
	switch op.F {
	case "assign":
		a.assigns = keysOf(op.Value)
	case "send":
		send, ok := ReadSend(op.Value)
		if !ok {
			return
		}
		a.sent = &send
		log := l.log(send.Key)
		log.sent[send.Message] = op.Type
		if op.Type == OK && send.Offset >= 0 {
			log.know(Entry{send.Offset, send.Message}, op.Time)
		}
	case "poll":
		poll, _ := ReadPoll(op.Value)
		a.polled = poll.Logs
		for _, shown := range poll.Logs {
			log := l.log(shown.Key)
			for _, e := range shown.Entries {
				log.polled[e.Message] = true
				log.know(e, op.Time)
			}
		}
	default:
		return
	}
	l.acts = append(l.acts, a)
}

func (l *Logs) log(key string) *offsets {
	if l.logs[key] == nil {
		l.logs[key] = &offsets{at: map[int64][]int64{}, sent: map[int64]Type{}, polled: map[int64]bool{}}
	}
	return l.logs[key]
}

// know takes that a message stood at an offset at that time.
func (o *offsets) know(e Entry, at time.Duration) {
	if !slices.Contains(o.at[e.Offset], e.Message) {
		o.at[e.Offset] = append(o.at[e.Offset], e.Message)
	}
	for int64(len(o.expired)) <= e.Offset {
		o.expired = append(o.expired, at)
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

// faults collects errors by their type.
type faults map[string][]edn.Value

// Verdict returns the verdict on the ops so far.
func (l *Logs) Verdict() Verdict {
	v := &LogsVerdict{errors: faults{}, unseen: map[string][]int64{}}
	orders := map[string]order{}
	for _, key := range slices.Sorted(maps.Keys(l.logs)) {
		log := l.logs[key]
		orders[key] = log.order(key)
		v.judge(key, log, orders[key])
	}
	l.follow(orders, v.errors)
	v.lag = l.worstLag()
	for _, a := range l.acts {
		if a.op.Type == OK && a.op.F != "assign" {
			v.end = a.op.Time
		}
	}
	return v
}

// judge looks for what is wrong with one log.
func (v *LogsVerdict) judge(key string, log *offsets, r order) {
	v.add("inconsistent-offsets", r.clashes...)
	bound := -1
	for m := range log.polled {
		if i, known := r.first[m]; known {
			bound = max(bound, i)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(r.times)) {
		if offsets := r.times[m]; len(offsets) > 1 {
			v.add("duplicate", mapOf("key", key, "value", m, "count", len(offsets), "offsets", offsets))
		}
		if ended, sent := log.sent[m]; sent && ended == OK && !log.polled[m] && r.last[m] <= bound {
			v.add("lost-write", mapOf("key", key, "value", m, "index", r.first[m], "max-read-index", bound))
		}
	}
	for _, m := range slices.Sorted(maps.Keys(log.sent)) {
		switch ended, polled := log.sent[m], log.polled[m]; {
		case ended == Fail && polled:
			v.add("G1a", mapOf("key", key, "value", m))
		case ended == OK && !polled:
			v.unseen[key] = append(v.unseen[key], m)
		}
	}
}

// follow goes through each process's ops in order: none may read or send what
// stands before what it read or sent, or read past what it has not seen.
func (l *Logs) follow(orders map[string]order, found faults) {
	type place struct {
		process int
		key     string
	}
	read, sent := map[place]act{}, map[place]act{}
	for _, a := range l.acts {
		switch {
		case a.assigns != nil && a.op.Type != Fail:
			for _, last := range []map[place]act{read, sent} {
				maps.DeleteFunc(last, func(p place, _ act) bool {
					return p.process == a.op.Process && !slices.Contains(a.assigns, p.key)
				})
			}
		case a.sent != nil && a.op.Type != Fail:
			p := place{a.op.Process, a.sent.Key}
			if before, ok := sent[p]; ok {
				if delta := orders[p.key].step(before.sent.Message, a.sent.Message); delta < 1 {
					found.add("nonmonotonic-send", mapOf("key", p.key, "values", []int64{before.sent.Message, a.sent.Message},
						"delta", delta, "ops", edn.NewVector(before.op.record(), a.op.record())))
				}
			}
			sent[p] = a
		}
		for _, log := range a.polled {
			p := place{a.op.Process, log.Key}
			if len(log.Entries) == 0 { // to Jepsen it says no longer where the client was
				delete(read, p)
				continue
			}
			for i, e := range log.Entries[1:] {
				found.pass("int-", orders[p.key], p.key, log.Entries[i].Message, e.Message, "op", a.op.record())
			}
			if before, ok := read[p]; ok {
				found.pass("", orders[p.key], p.key, last(before.polled, p.key), log.Entries[0].Message,
					"ops", edn.NewVector(before.op.record(), a.op.record()))
			}
			if a.op.Type == OK {
				read[p] = a
			}
		}
	}
}

// last returns the last message of a key in a poll.
func last(logs []Log, key string) (m int64) {
	for _, log := range logs {
		if log.Key == key {
			m = log.Entries[len(log.Entries)-1].Message
		}
	}
	return m
}

func (f faults) add(name string, errors ...edn.Value) {
	if len(errors) > 0 {
		f[name] = append(f[name], errors...)
	}
}

// pass takes that a client read one message after another.
func (f faults) pass(prefix string, r order, key string, from, to int64, where string, ops edn.Value) {
	switch delta := r.step(from, to); {
	case delta > 1:
		i := r.places[from]
		f.add(prefix+"poll-skip", mapOf("key", key, "delta", delta, "skipped", r.messages[i+1:i+delta], where, ops))
	case delta < 1:
		f.add(prefix+"nonmonotonic-poll", mapOf("key", key, "values", []int64{from, to}, "delta", delta, where, ops))
	}
}

// behind is how long a poll's client had not seen what stood in a log.
type behind struct {
	time, lag time.Duration
	process   int
	key       string
}

// worstLag returns the first of the longest, a key with nothing behind what its
// client has seen counting as none.
func (l *Logs) worstLag() behind {
	var worst behind
	seen := map[int]map[string]int64{} // by process and key, the offset behind
	for _, a := range l.acts {
		if a.op.Type != OK {
			continue
		}
		keys := seen[a.op.Process]
		if a.assigns != nil {
			next := map[string]int64{}
			for _, key := range a.assigns {
				next[key] = keys[key]
			}
			seen[a.op.Process] = next
			continue
		}
		if a.op.F != "poll" {
			continue
		}
		if keys == nil {
			keys = map[string]int64{}
			seen[a.op.Process] = keys
		}
		for _, log := range a.polled {
			for _, e := range log.Entries {
				keys[log.Key] = max(keys[log.Key], e.Offset+1)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			now := behind{time: a.asked, process: a.op.Process, key: key}
			if log := l.logs[key]; log != nil && keys[key] < int64(len(log.expired)) {
				now.lag = max(0, a.asked-log.expired[keys[key]])
			}
			if worst.key == "" || now.lag > worst.lag {
				worst = now
			}
		}
	}
	return worst
}

// LogsVerdict is what Logs has found.
type LogsVerdict struct {
	errors faults
	unseen map[string][]int64 // acknowledged, and polled by nobody
	end    time.Duration
	lag    behind
}

func (v *LogsVerdict) add(name string, errors ...edn.Value) { v.errors.add(name, errors...) }

// types returns the types of errors in order. Each makes the history invalid.
func (v *LogsVerdict) types() []string {
	types := slices.Collect(maps.Keys(v.errors))
	if len(v.unseen) > 0 {
		types = append(types, "unseen")
	}
	return slices.Sorted(slices.Values(types))
}

// Valid implements Verdict.
func (v *LogsVerdict) Valid() experiment.Outcome {
	if len(v.types()) > 0 {
		return experiment.Invalid
	}
	return experiment.Valid
}

// AddMetrics implements Verdict.
func (v *LogsVerdict) AddMetrics(metrics map[string]float64) {
	unseen := 0
	for _, messages := range v.unseen {
		unseen += len(messages)
	}
	metrics["anomalies"] = float64(len(v.types()))
	metrics["lost-writes"] = float64(len(v.errors["lost-write"]))
	metrics["unseen"] = float64(unseen)
	metrics["poll-lag"] = float64(v.lag.lag) / 1e6
}

// mostErrors of a type, and mostUnseen of a log, are written.
const (
	mostErrors = 32
	mostUnseen = 32
)

// EDN implements Verdict.
func (v *LogsVerdict) EDN() edn.Value {
	worst := mapOf("time", 0.0, "lag", 0.0)
	if v.lag.key != "" {
		worst = mapOf("time", v.lag.time.Seconds(), "process", v.lag.process, "key", v.lag.key, "lag", v.lag.lag.Seconds())
	}
	var names []edn.Value
	for _, name := range v.types() {
		names = append(names, edn.NewKeyword(name))
	}
	pairs := []any{"valid?", validity(v.Valid()), "worst-realtime-lag", worst, "bad-error-types", edn.NewList(names...),
		"error-types", edn.NewList(names...), "info-txn-causes", edn.NewList()}
	for _, name := range v.types() {
		if name == "unseen" {
			pairs = append(pairs, name, v.unseenEDN())
			continue
		}
		errors := v.errors[name]
		pairs = append(pairs, name, mapOf("count", len(errors), "errs", edn.NewList(errors[:min(len(errors), mostErrors)]...)))
	}
	return mapOf(pairs...)
}

func (v *LogsVerdict) unseenEDN() edn.Value {
	var counts, messages []edn.Value
	for _, key := range slices.Sorted(maps.Keys(v.unseen)) {
		values := valueOf(v.unseen[key]).Items()
		counts = append(counts, edn.NewString(key), edn.NewInt(int64(len(values))))
		messages = append(messages, edn.NewString(key), edn.NewList(values[:min(len(values), mostUnseen)]...))
	}
	return mapOf("time", int64(v.end), "unseen", edn.NewMap(counts...), "messages", edn.NewMap(messages...))
}

// Findings implements Verdict.
func (v *LogsVerdict) Findings() []string {
	var all []string
	for _, name := range v.types() {
		if errors := v.errors[name]; len(errors) > 0 {
			all = append(all, fmt.Sprintf("%s, %d times; the first: %.300s", name, len(errors), errors[0]))
		}
	}
	return all
}
