package checker

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Cast says which node each client uses: process p belongs to thread p mod Threads, and
// thread i uses node i mod Nodes. The zero Cast knows no nodes.
type Cast struct{ Threads, Nodes int }

// CastOf returns the cast of a trial.
func CastOf(t trial.Trial) Cast {
	if t.Concurrency == "" || t.Nodes == 0 {
		return Cast{}
	}
	return Cast{t.Threads(), t.Nodes}
}

// name returns the node of a process, such as n3, or the process if the node is unknown.
func (c Cast) name(process int) string {
	if node, known := c.node(process); known {
		return "n" + strconv.Itoa(node)
	}
	return "process " + strconv.Itoa(process)
}

// node returns the number of the node that a process uses.
func (c Cast) node(process int) (node int, known bool) {
	if c.Threads == 0 || process < 0 {
		return 0, false
	}
	return process % c.Threads % c.Nodes, true
}

// Reasons returns why the outcome is not valid: the reasons of the checkers that decide
// it. It is empty if the outcome is valid.
func (r Results) Reasons() []trial.Reason {
	var all []trial.Reason
	outcome := r.Outcome()
	if outcome == trial.Valid {
		return nil
	}
	if r.Workload.Valid() == outcome {
		all = append(all, r.Workload.Reasons()...)
	}
	if r.Availability.Outcome == outcome {
		all = append(all, r.Availability.Reasons()...)
	}
	if r.Stats.Outcome == outcome {
		all = append(all, r.Stats.Reasons()...)
	}
	return trial.FewReasons(all)
}

// Reasons returns the kinds of ops that never succeeded.
func (r StatsResult) Reasons() []trial.Reason {
	var all []trial.Reason
	for _, f := range slices.Sorted(maps.Keys(r.ByF)) {
		if t := r.ByF[f]; t.OK == 0 && !slices.Contains(mayFail, f) {
			first := ""
			if r.Errors[f] != "" {
				first = fmt.Sprintf("; the first: %.150s", r.Errors[f])
			}
			all = append(all, trial.Because(trial.NoSuccess, "no %s succeeded: %d failed, of %d nobody knows%s", f, t.Fail, t.Info, first))
		}
	}
	return all
}

// Reasons returns how many ops succeeded, if that is too few.
func (r AvailabilityResult) Reasons() []trial.Reason {
	if r.Outcome == trial.Valid {
		return nil
	}
	return because(trial.Unavailable,
		"availability %.4g, want at least %.4g: %d of %d ops succeeded", r.Fraction, float64(r.Goal), r.OK, r.Invoked)
}

// Reasons returns the lost values and the nodes whose last reads miss them, or says that
// no value was stable.
func (r SetFullResult) Reasons() []trial.Reason {
	switch {
	case len(r.Lost) > 0:
		return because(trial.LostValues, "%s lost: %s",
			many(len(r.Lost), "value"), shorten(r.Lost, func(v edn.Value) string { return r.missing(v) }))
	case r.Outcome != trial.Unknown:
		return nil
	case r.Attempts == 0:
		return because(trial.NothingStable, "nothing is stable, so nothing is proved: no value was broadcast or added")
	}
	return because(trial.NothingStable,
		"nothing is stable, so nothing is proved: no read showed any of %s", many(r.Attempts, "value"))
}

// missing returns a value and the final reads that miss it.
func (r SetFullResult) missing(value edn.Value) string {
	var without []string
	for _, last := range r.finals {
		if !slices.ContainsFunc(history.ValueOf(last.value).Items(), func(v edn.Value) bool { return edn.Equal(v, value) }) {
			without = append(without, last.who)
		}
	}
	switch {
	case len(without) == 0: // there is no final read
		return fmt.Sprintf("%.60s", value)
	case len(without) == len(r.finals):
		return fmt.Sprintf("%.60s (everywhere)", value)
	}
	return fmt.Sprintf("%.60s (at %s)", value, shorten(without, func(who string) string { return who }))
}

// Reasons returns the ids that were returned more than once.
func (r UniqueIDsResult) Reasons() []trial.Reason {
	if len(r.Duplicated) == 0 {
		return nil
	}
	return because(trial.DuplicateIDs, "%s given more than once: %s", many(len(r.Duplicated), "id"),
		shorten(r.Duplicated, func(d Duplicate) string { return fmt.Sprintf("%.60s (%d times)", d.Value, d.Times) }))
}

// Reasons returns requests with their wrong answers.
func (v EchoVerdict) Reasons() []trial.Reason {
	if len(v.errors) == 0 {
		return nil
	}
	told := func(at int) string {
		words, why := v.errors[at].Items(), "" // in the order in which Echo.Add writes them
		if at < len(v.why) {
			why = v.why[at]
		}
		switch {
		case why != "":
			return fmt.Sprintf("asked %.80s, got %.120s", words[1], why)
		case edn.Equal(words[1], words[3]): // in an op that failed, the answer equals the request
			return fmt.Sprintf("asked %.80s, got an error", words[1])
		}
		return fmt.Sprintf("asked %.80s, got %.120s", words[1], words[3])
	}
	all := make([]int, len(v.errors))
	for i := range all {
		all[i] = i
	}
	return because(trial.WrongEcho, "%s not the echo: %s", areMany(len(v.errors), "answer"), shorten(all, told))
}

// Reasons returns the wrong final reads and the acceptable values.
func (v CounterVerdict) Reasons() []trial.Reason {
	switch {
	case len(v.unread) > 0:
		return because(trial.Unreadable, "%s", history.Unreadable(v.unread, "counters"))
	case v.undecided > 0:
		return because(trial.NotDecided,
			"%s whose outcome nobody knows are too far apart to tell what a final read may be", many(v.undecided, "add"))
	case len(v.errors) == 0:
		return nil
	}
	told := func(op history.Op) string {
		return fmt.Sprintf("%.60s by %s", history.ValueOf(op.Value), v.cast.name(op.Process))
	}
	return because(trial.WrongFinalReads, "%d of %s cannot be: %s; acceptable is %s",
		len(v.errors), many(len(v.reads), "final read"), shorten(v.errors, told), shorten(v.acceptable, span.String))
}

// Reasons returns the keys that are not linearizable, or those that are undecided.
func (v LinearizableVerdict) Reasons() []trial.Reason {
	name := func(key edn.Value) string {
		if !key.Present() {
			return "the only one"
		}
		return fmt.Sprintf("%.60s", key)
	}
	switch {
	case v.mixed:
		return []trial.Reason{trial.Because(trial.Unreadable, "some ops are of a key, and some of none, so that nothing is proved")}
	case len(v.unread) > 0:
		return []trial.Reason{trial.Because(trial.Unreadable, "%s", history.Unreadable(v.unread, "a register"))}
	}
	if keys := v.keys(trial.Invalid); keys != nil {
		return because(trial.NotLinearizable, notLinearizable, len(keys), many(len(v.results), "key"), shorten(keys, name))
	}
	if keys := v.keys(trial.Unknown); keys != nil {
		return because(trial.NotDecided, notDecided, areMany(len(keys), "key"), shorten(keys, name))
	}
	return nil
}

// Reasons returns each type of error that counts, how often it occurs, and one case.
func (v *LogsVerdict) Reasons() []trial.Reason {
	if v.Valid() == trial.Valid {
		return nil
	}
	var all []trial.Reason
	for _, name := range v.bad() {
		switch {
		case name == "unseen":
			told := func(key string) string {
				return fmt.Sprintf("of key %s %s", key, shorten(v.unseen[key], history.Datum.String))
			}
			n := 0
			for _, messages := range v.unseen {
				n += len(messages)
			}
			all = append(all, trial.Because(name, unseenMessages, many(n, "acknowledged message"),
				shorten(slices.Sorted(maps.Keys(v.unseen)), told)))
		case name == empty:
			all = append(all, trial.Because(name, nothingFollows))
		default:
			all = append(all, trial.Because(name, "%s, %s: %s", name, times(len(v.errors[name])), brief(v.errors[name][0].tell())))
		}
	}
	if v.Valid() == trial.Unknown && v.blind > 0 {
		all = append(all, trial.Because(trial.NotChecked,
			"%s in the history without what came, as Maelstrom up to 0.2.3 writes the last ones: whether all that was sent was polled is not known", areMany(v.blind, "poll")))
	}
	if v.Valid() == trial.Unknown && v.cut {
		all = append(all, trial.Because(trial.NotDecided, tooMuch))
	}
	if v.Valid() == trial.Unknown && len(v.phantoms) > 0 {
		all = append(all, trial.Because("phantoms", "%s", v.strange()))
	}
	if v.Valid() == trial.Unknown && len(v.unread) > 0 {
		all = append(all, trial.Because(trial.Unreadable, "%s", history.Unreadable(v.unread, "kafka")))
	}
	return all
}

// brief returns the parts of an error other than ops: its key, its values, the steps of a
// cycle.
func brief(e edn.Value) string {
	var parts []string
	for key, value := range e.Pairs() {
		ops := value.Untagged().Kind() == edn.Map || value.Len() > 0 && value.Items()[0].Untagged().Kind() == edn.Map
		if !ops {
			parts = append(parts, fmt.Sprintf("%s %.200s", key.Text(), value))
		}
	}
	return strings.Join(parts, ", ")
}

// strange describes the messages that nobody sent.
func (v *LogsVerdict) strange() string {
	m := v.phantoms[0]
	return fmt.Sprintf("%d messages were polled that nobody sent, such as %s of %s", len(v.phantoms), m.value, m.key)
}

// Reasons returns one case of each anomaly.
func (v TxnsVerdict) Reasons() []trial.Reason {
	if v.Valid() == trial.Valid {
		return nil
	}
	var all []trial.Reason
	if v.analysis.Broken {
		all = append(all, trial.Because(trial.Unwritten, "%s; Elle's checker of lists breaks down over it, and rules nothing", v.strange()))
	}
	if v.Valid() == trial.Unknown && v.analysis.Cut {
		all = append(all, trial.Because(trial.NotDecided, tooMuch))
	}
	if v.Valid() == trial.Unknown && len(v.unread) > 0 {
		all = append(all, trial.Because(trial.Unreadable, "%s", history.Unreadable(v.unread, "a transaction")))
	}
	if v.allowed != "" {
		all = append(all, trial.Because(trial.NotDecided, "%s forbids what follows and %s allows it, and nobody knows which it was to be", v.models, v.allowed))
	}
	for _, name := range v.types {
		all = append(all, trial.Because(name, "%s", v.anomaly(name)))
	}
	return all
}

// Texts shared by our verdicts and by the reasons from a results.edn.
const (
	notLinearizable = "%d of %s not linearizable, their ops having no order in which each sees what was written before: %s"
	notDecided      = "there was no time to decide whether %s linearizable: %s"
	tooMuch         = "too many ops run at once, or read and write the same, to look at all that follows from that"
	unseenMessages  = "unseen: nobody polled %s: %s"
	nothingFollows  = "so little happened that nothing is proved: no op came after another, nor polled what another had sent"
)

// shorten lists the names of the first few items.
func shorten[T any](all []T, name func(T) string) string {
	const most = 6
	var words []string
	for _, v := range all[:min(most, len(all))] {
		words = append(words, name(v))
	}
	if left := len(all) - most; left > 0 {
		words = append(words, fmt.Sprintf("and %d more", left))
	}
	return strings.Join(words, ", ")
}

// many returns a count and a noun: "1 value", "2 values".
func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// areMany is many with "is" or "are".
func areMany(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return many(n, what) + " are"
}

// times returns "once" or "n times".
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
