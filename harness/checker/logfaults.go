package checker

import (
	"maps"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// faults collects errors by their type.
type faults map[string][]fault

// fault is an error. There may be one for each message, and each may show an op with as
// many messages, so its EDN is made only if it is printed.
type fault struct {
	size int64 // a distance or a length; Jepsen shows the faults of extreme size
	tell func() edn.Value
}

func (f faults) add(name string, size int64, tell func() edn.Value) {
	f[name] = append(f[name], fault{size, tell})
}

// look returns all errors in the logs.
func (l *logged) look() faults {
	found := faults{}
	for _, key := range slices.Sorted(maps.Keys(l.logs)) {
		l.whole(found, key, l.orders[key])
	}
	l.each(found)
	l.follow(found)
	return found
}

// whole checks the final state of one log.
func (l *logged) whole(found faults, key string, r order) {
	if len(r.clashes) > 0 {
		found["inconsistent-offsets"] = append(found["inconsistent-offsets"], r.clashes...)
	}
	bound := -1
	var furthest history.Datum
	messages := slices.SortedFunc(maps.Keys(r.first), history.Datum.Compare)
	for _, m := range messages {
		if l.polled[message{key, m}] && r.first[m] > bound {
			bound, furthest = r.first[m], m
		}
	}
	for _, m := range messages {
		if offsets := r.times[m]; len(offsets) > 1 {
			found.add("duplicate", 0, func() edn.Value {
				all := make([]edn.Value, len(offsets))
				for i, offset := range offsets {
					all[i] = offset.Value()
				}
				return mapOf("key", key, "value", m.EDN(), "count", len(offsets), "offsets", edn.NewVector(all...))
			})
		}
		if i, sent := l.writers[message{key, m}]; sent && !l.polled[message{key, m}] && r.last[m] <= bound && l.happened(l.acts[i]) {
			found.add("lost-write", 0, func() edn.Value {
				return mapOf("key", key, "value", m.EDN(), "index", r.first[m], "max-read-index", bound,
					"writer", l.acts[i].op.Record(), "max-read", l.acts[l.readers[message{key, furthest}]].op.Record())
			})
		}
	}
}

// each checks each op alone. Its polls may show neither messages whose send failed nor
// its own, and must follow the log without jumps. Its sends may have gaps, since other
// clients send too.
func (l *logged) each(found faults) {
	for _, a := range l.acts {
		own := make(map[message]bool, len(a.sends))
		for _, s := range a.sends {
			own[message{s.Key, s.Message}] = true
		}
		for _, log := range a.polled {
			for i, e := range log.Entries {
				if i > 0 {
					found.pass("int-", "poll", l.orders[log.Key], log.Key, log.Entries[i-1].Message, e.Message, a.op)
				}
				m := message{log.Key, e.Message}
				writer, sent := l.writers[m]
				if sent && a.op.Type == history.OK && l.acts[writer].op.Type == history.Fail {
					found.add("G1a", 0, func() edn.Value {
						return mapOf("key", m.key, "value", m.value.EDN(), "writer", l.acts[writer].op.Record(), "reader", a.op.Record())
					})
				}
				if own[m] {
					clear(own) // report one
					found.add("precommitted-read", 0, func() edn.Value {
						return mapOf("op", a.op.Record(), "key", m.key, "value", m.value.EDN())
					})
				}
			}
		}
		last := map[string]history.Datum{}
		for _, s := range a.sends {
			if before, ok := last[s.Key]; ok {
				found.pass("int-", "send", l.orders[s.Key], s.Key, before, s.Message, a.op)
			}
			last[s.Key] = s.Message
		}
	}
}

// follow checks the ops of each process in order. A process may not poll or send
// backwards, nor skip messages between two polls.
func (l *logged) follow(found faults) {
	type mark struct {
		op      history.Op
		message history.Datum
		known   bool // false: it polled the log and got nothing
	}
	type marks map[string]mark // by key
	all := map[int]*struct{ read, sent marks }{}
	for _, a := range l.acts {
		own := all[a.op.Process]
		if own == nil {
			own = &struct{ read, sent marks }{marks{}, marks{}}
			all[a.op.Process] = own
		}
		if a.assigns != nil && a.op.Type != history.Fail {
			kept := make(map[string]bool, len(a.assigns))
			for _, key := range a.assigns {
				kept[key] = true
			}
			for _, last := range []marks{own.read, own.sent} {
				maps.DeleteFunc(last, func(key string, _ mark) bool { return !kept[key] })
			}
		}
		if a.blind {
			clear(own.read)
		}
		seen := map[string]bool{}
		for _, s := range a.sends {
			if before, ok := own.sent[s.Key]; ok && !seen[s.Key] && a.op.Type != history.Fail {
				if delta := l.orders[s.Key].step(before.message, s.Message); delta < 1 {
					found.add("nonmonotonic-send", delta, func() edn.Value {
						return mapOf("key", s.Key, "values", edn.NewVector(before.message.EDN(), s.Message.EDN()),
							"delta", delta, "ops", edn.NewVector(before.op.Record(), a.op.Record()))
					})
				}
			}
			if seen[s.Key] = true; a.op.Type != history.Fail {
				own.sent[s.Key] = mark{op: a.op, message: s.Message, known: true}
			}
		}
		for _, log := range a.polled {
			n := len(log.Entries)
			if before := own.read[log.Key]; before.known && n > 0 {
				found.pass("", "poll", l.orders[log.Key], log.Key, before.message, log.Entries[0].Message, before.op, a.op)
			}
			switch {
			case a.op.Type != history.OK:
			case n == 0: // as in Jepsen, the client's position is unknown then
				own.read[log.Key] = mark{op: a.op}
			default:
				own.read[log.Key] = mark{op: a.op, message: log.Entries[n-1].Message, known: true}
			}
		}
	}
}

// pass checks that message to directly follows from in a log. A client read or sent the
// two one after the other, in one op or in two.
func (f faults) pass(prefix, what string, r order, key string, from, to history.Datum, ops ...history.Op) {
	delta := r.step(from, to)
	if delta == 1 {
		return
	}
	name := prefix + "nonmonotonic-" + what
	if delta > 1 {
		name = prefix + what + "-skip"
	}
	f.add(name, delta, func() edn.Value {
		pairs := []any{"key", key, "values", edn.NewVector(from.EDN(), to.EDN()), "delta", delta}
		if delta > 1 {
			i := r.places[from]
			pairs = append(pairs, "skipped", edn.NewVector(data(r.messages[i+1:i+delta])...))
		}
		if len(ops) == 1 {
			return mapOf(append(pairs, "op", ops[0].Record())...)
		}
		return mapOf(append(pairs, "ops", edn.NewVector(ops[0].Record(), ops[1].Record()))...)
	})
}
