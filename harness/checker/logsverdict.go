package checker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Verdict returns the verdict on the ops so far.
func (l *Logs) Verdict() Verdict {
	all := l.logged()
	v := &LogsVerdict{errors: all.look(), unseen: map[string][]history.Datum{}, lag: all.worstLag(), unread: l.unread}
	v.cut = all.cycles(v.errors)
	causes := map[string]bool{}
	for _, a := range all.acts {
		if a.assigns != nil {
			continue
		}
		if a.blind {
			v.blind++
		}
		switch a.op.Type {
		case history.OK:
			v.end = a.op.Time
			for _, s := range a.sends {
				if !all.polled[message{s.Key, s.Message}] {
					v.unseen[s.Key] = append(v.unseen[s.Key], s.Message)
				}
			}
		case history.Info:
			if cause := a.op.Cause(); a.op.Index != a.began && !causes[cause.String()] {
				causes[cause.String()] = true
				v.causes = append(v.causes, cause)
			}
		}
	}
	for _, messages := range v.unseen {
		slices.SortFunc(messages, history.Datum.Compare)
	}
	if v.blind > 0 { // the polls without results may have shown it
		clear(v.unseen)
		delete(v.errors, "lost-write")
		delete(v.errors, empty)
	}
	for m := range all.readers {
		if _, sent := all.writers[m]; !sent {
			v.phantoms = append(v.phantoms, m)
		}
	}
	slices.SortFunc(v.phantoms, func(a, b message) int { return cmp.Or(cmp.Compare(a.key, b.key), a.value.Compare(b.value)) })
	return v
}

// LogsVerdict is the result of Logs.
type LogsVerdict struct {
	errors faults
	unseen map[string][]history.Datum // acknowledged messages that nobody polled, by key
	end    time.Duration
	lag    behind
	causes []edn.Value // the errors of Info ops
	// phantoms were polled, but nobody sent them. Jepsen's checker crashes on them; here
	// the verdict is unknown.
	phantoms []message
	unread   []history.Op // see Logs
	blind    int          // polls without results: it is unknown what was never polled
	cut      bool         // the search for cycles was cut off
}

// allowed are the types of errors that do not count: sends of other clients come in
// between.
//
// Source: allowed-error-types in jepsen.tests.kafka.
var allowed = []string{"int-send-skip"}

// types returns the types of errors, sorted.
func (v *LogsVerdict) types() []string {
	types := slices.Collect(maps.Keys(v.errors))
	if len(v.unseen) > 0 {
		types = append(types, "unseen")
	}
	return slices.Sorted(slices.Values(types))
}

// bad returns the types that make the history invalid.
func (v *LogsVerdict) bad() []string {
	return slices.DeleteFunc(v.types(), func(name string) bool { return slices.Contains(allowed, name) })
}

// Valid implements Verdict.
func (v *LogsVerdict) Valid() trial.Outcome {
	bad := v.bad()
	switch {
	case len(bad) == 1 && bad[0] == empty, len(bad) == 0 && (len(v.phantoms)+len(v.unread)+v.blind > 0 || v.cut):
		return trial.Unknown
	case len(bad) > 0:
		return trial.Invalid
	}
	return trial.Valid
}

// empty is the type of a history in which no op depends on another, so nothing is proved.
// Jepsen treats it as an error.
const empty = "empty-transaction-graph"

// AddMetrics implements Verdict.
func (v *LogsVerdict) AddMetrics(metrics map[string]float64) {
	unseen := 0
	for _, messages := range v.unseen {
		unseen += len(messages)
	}
	metrics["anomalies"] = float64(len(v.bad()))
	if v.blind > 0 {
		return
	}
	metrics["lost-writes"] = float64(len(v.errors["lost-write"]))
	metrics["unseen"] = float64(unseen)
	if v.lag.key != "" { // else no poll of any log was answered
		metrics["poll-lag"] = float64(v.lag.lag) / 1e6
	}
}

// Bounds on what is written: mostUnseen messages of a log, mostErrors errors of a type,
// and fewMostErrors errors of a type that is sorted by size.
//
// Source: condense-error in jepsen.tests.kafka.
const (
	mostUnseen    = 32
	mostErrors    = 32
	fewMostErrors = 8
)

// telling returns the errors of a type that Jepsen would show, in Jepsen's order: the
// longest skips, the longest steps back, the shortest cycles.
func telling(name string, errors []fault) []edn.Value {
	most := mostErrors
	switch {
	case strings.HasSuffix(name, "-skip"):
		errors = bySize(errors)
		errors = errors[max(0, len(errors)-fewMostErrors):]
	case strings.Contains(name, "nonmonotonic-"), strings.HasPrefix(name, "G1c"):
		errors, most = bySize(errors), fewMostErrors
	}
	told := []edn.Value{}
	for _, e := range errors[:min(len(errors), most)] {
		told = append(told, e.tell())
	}
	return told
}

func bySize(errors []fault) []fault {
	return slices.SortedStableFunc(slices.Values(errors), func(a, b fault) int { return cmp.Compare(a.size, b.size) })
}

// EDN implements Verdict.
func (v *LogsVerdict) EDN() edn.Value {
	worst := mapOf("time", 0.0, "lag", 0.0)
	if v.lag.key != "" {
		worst = mapOf("time", v.lag.time.Seconds(), "process", v.lag.process, "key", v.lag.key, "lag", v.lag.lag.Seconds())
	}
	pairs := []any{"valid?", validity(v.Valid()), "worst-realtime-lag", worst, "bad-error-types", keywords(v.bad()),
		"error-types", keywords(v.types()), "info-txn-causes", edn.NewList(v.causes...)}
	for _, name := range v.types() {
		if name == "unseen" {
			pairs = append(pairs, name, v.unseenEDN())
			continue
		}
		pairs = append(pairs, name, mapOf("count", len(v.errors[name]), "errs", edn.NewList(telling(name, v.errors[name])...)))
	}
	if len(v.phantoms) > 0 {
		var all []edn.Value
		for _, m := range v.phantoms[:min(len(v.phantoms), mostErrors)] {
			all = append(all, mapOf("key", m.key, "value", m.value.EDN()))
		}
		pairs = append(pairs, "phantoms", edn.NewList(all...))
	}
	return mapOf(pairs...)
}

// keywords returns a list of keywords.
func keywords(names []string) edn.Value {
	var all []edn.Value
	for _, name := range names {
		all = append(all, edn.NewKeyword(name))
	}
	return edn.NewList(all...)
}

func (v *LogsVerdict) unseenEDN() edn.Value {
	var counts, messages []edn.Value
	for _, key := range slices.Sorted(maps.Keys(v.unseen)) {
		values := data(v.unseen[key])
		counts = append(counts, edn.NewString(key), edn.NewInt(int64(len(values))))
		messages = append(messages, edn.NewString(key), edn.NewList(values[:min(len(values), mostUnseen)]...))
	}
	return mapOf("time", int64(v.end), "unseen", edn.NewMap(counts...), "messages", edn.NewMap(messages...))
}

// Findings implements Verdict: errors that do not count, and messages that nobody sent if
// the history is invalid anyway.
func (v *LogsVerdict) Findings() []string {
	var all []string
	bad := v.bad()
	for _, name := range v.types() {
		if errors := v.errors[name]; len(errors) > 0 && !slices.Contains(bad, name) {
			all = append(all, fmt.Sprintf("%s, %s: %s", name, times(len(errors)), brief(errors[0].tell())))
		}
	}
	if v.Valid() == trial.Unknown {
		return all // Reasons has the rest
	}
	if len(v.phantoms) > 0 {
		all = append(all, v.strange())
	}
	if len(v.unread) > 0 {
		all = append(all, history.Unreadable(v.unread, "kafka"))
	}
	return all
}
