package history

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Judgement compares our verdict on a history with the one that Jepsen wrote to
// results.edn.
type Judgement struct {
	// Jepsen is the verdict of results.edn, empty where there was none; Ours is
	// the worst of our checkers' and of what is Trusted.
	Jepsen, Ours experiment.Outcome
	Fields       []Field  // all that both have, in the order of results.edn
	Reasons      []string // why our verdict is not valid: "invalid: …" or "unknown: …"
	Findings     []string // what Jepsen does not say
	Trusted      []string // what is taken from results.edn unchecked, and why
}

// Field is one value of results.edn beside ours.
type Field struct {
	Path         string    // such as :workload :stable-latencies 0.5
	Jepsen, Ours edn.Value // absent where one of them has none
	Agree        bool
}

// Differences returns the fields that do not agree.
func (j Judgement) Differences() []Field {
	return slices.DeleteFunc(slices.Clone(j.Fields), func(f Field) bool { return f.Agree })
}

// Reproduced reports whether our checkers come to Jepsen's verdict, the one on
// the whole and each of its parts. Without results.edn they do.
func (j Judgement) Reproduced() bool {
	if j.Jepsen == "" {
		return true
	}
	return j.Jepsen == j.Ours && !slices.ContainsFunc(j.Fields, func(f Field) bool {
		return !f.Agree && strings.HasSuffix(f.Path, ":valid?")
	})
}

// Print writes the judgement as text, a line a statement.
func (j Judgement) Print(w io.Writer) error {
	var b strings.Builder
	if j.Jepsen == "" {
		fmt.Fprintf(&b, "verdict: %s, and no results.edn to compare it with\n", j.Ours)
	} else {
		fmt.Fprintf(&b, "verdict: %s; Jepsen: %s\n", j.Ours, j.Jepsen)
	}
	for _, section := range sections {
		all, agree := 0, 0
		for _, f := range j.Fields {
			if name, _, _ := strings.Cut(f.Path, " "); name == ":"+section {
				all++
				if f.Agree {
					agree++
				}
			}
		}
		if all > 0 {
			fmt.Fprintf(&b, "%s: %d of %d fields agree\n", section, agree, all)
		}
	}
	for _, f := range j.Differences() {
		fmt.Fprintf(&b, "differs: %s: Jepsen has %.200s, ours is %.200s\n", f.Path, f.Jepsen, f.Ours)
	}
	for _, s := range j.Reasons {
		fmt.Fprintln(&b, s)
	}
	for _, s := range j.Findings {
		fmt.Fprintf(&b, "found: %s\n", s)
	}
	for _, s := range j.Trusted {
		fmt.Fprintf(&b, "not checked: %s\n", s)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sections are the parts of results.edn that a history decides, and net, of
// which it decides what a message count is divided by.
var sections = []string{"exceptions", "stats", "availability", "net", "workload"}

// Judge checks a history again and compares what it finds with results, the
// content of the same test's results.edn, or with nothing where that is absent.
func Judge(r *Reader, results edn.Value) (Judgement, error) {
	var all everyChecker
	for {
		op, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Judgement{}, err
		}
		all.Add(op)
	}
	counts := all.stats.Result()
	j := Judgement{Jepsen: outcome(results.At("valid?")), Ours: experiment.Valid}
	for key, theirs := range results.Pairs() {
		if section := key.Text(); section != "valid?" && !slices.Contains(sections, section) {
			j.trust(section, theirs, "a history does not decide it")
		}
	}
	j.compare("exceptions", results.At("exceptions"), inOrderOf(results.At("exceptions"), all.exceptions.Result()))
	j.compare("stats", results.At("stats"), counts.EDN())
	j.because(counts.Outcome, counts.Reasons())
	j.judgeAvailability(results.At("availability"), all.availability.Result())
	j.judgeNet(results.At("net"), counts.Ops())
	j.judgeWorkload(results.At("workload"), all.workload(results.At("workload"), counts), counts)
	return j, nil
}

// everyChecker has all checkers look at a history, of which nobody has said what
// workload it is of.
type everyChecker struct {
	exceptions   Exceptions
	stats        Stats
	availability Availability
	sets         SetFull
	ids          UniqueIDs
	echo         Echo
	counter      Counter
	registers    Linearizable
	logs         Logs
	txns         Txns
}

// Add takes the next op of the history.
func (c *everyChecker) Add(op Op) {
	c.exceptions.Add(op)
	c.stats.Add(op)
	c.availability.Add(op)
	c.sets.Add(op)
	c.ids.Add(op)
	c.echo.Add(op)
	c.counter.Add(op)
	c.registers.Add(op)
	c.logs.Add(op)
	c.txns.Add(op)
}

// workload returns the verdict of the checker that is for such ops and such
// results as Jepsen's; nil where there is none.
func (c *everyChecker) workload(theirs edn.Value, counts StatsResult) Verdict {
	switch {
	case theirs.At("stable-count").Present(), counts.Invoked["broadcast"] > 0,
		!theirs.Present() && counts.Invoked["add"] > 0 && c.sets.scalars == 0:
		return c.sets.Verdict()
	case theirs.At("attempted-count").Present(), counts.Invoked["generate"] > 0:
		return c.ids.Verdict()
	case counts.Invoked["echo"] > 0:
		return c.echo.Verdict()
	case counts.Invoked["cas"] > 0, counts.Invoked["write"] > 0:
		return c.registers.Verdict()
	case counts.Invoked["send"] > 0, counts.Invoked["poll"] > 0:
		return c.logs.Verdict()
	case counts.Invoked["txn"] > 0:
		return c.txns.analyse().fitting(theirs)
	case counts.Invoked["add"] > 0:
		return c.counter.Verdict()
	}
	return nil
}

// outcome returns what Jepsen writes after :valid? as ours; nothing where it
// wrote nothing.
func outcome(valid edn.Value) experiment.Outcome {
	switch b, isBool := valid.Bool(); {
	case isBool && b:
		return experiment.Valid
	case isBool:
		return experiment.Invalid
	case valid.Present():
		return experiment.Unknown
	}
	return ""
}

// trust takes a section's verdict as Jepsen has it.
func (j *Judgement) trust(section string, theirs edn.Value, why string) {
	if !theirs.Present() {
		return
	}
	j.Ours = Worst(j.Ours, outcome(theirs.At("valid?")))
	j.Trusted = append(j.Trusted, section+": "+why)
}

// compare compares a section that our checkers judge, all fields of it.
func (j *Judgement) compare(section string, theirs, ours edn.Value) {
	j.Ours = Worst(j.Ours, outcome(ours.At("valid?")))
	if theirs.Present() {
		j.diff(":"+section, theirs, ours)
	}
}

// judgeWorkload compares the verdict on the workload, as far as a history decides
// it; nobody can where it is nil.
func (j *Judgement) judgeWorkload(theirs edn.Value, workload Verdict, counts StatsResult) {
	if workload == nil {
		if !theirs.Present() {
			theirs = mapOf("valid?", edn.NewKeyword("unknown")) // nobody has judged it
		}
		j.trust("workload", theirs, "there is no checker of ours for ops such as "+strings.Join(slices.Sorted(maps.Keys(counts.Invoked)), ", "))
		return
	}
	theirs = withoutOurs(theirs)
	ours := withoutOurs(workload.EDN())
	switch v := workload.(type) {
	case TxnsVerdict:
		why := "workload: that it was to be " + v.models + " is not in the history"
		if theirs.Present() {
			why += ", only that the verdict fits"
		}
		theirs, ours = withoutAnomalies(theirs), withoutAnomalies(ours)
		j.Trusted = append(j.Trusted, why)
	case LinearizableVerdict:
		theirs = within(theirs, ours)
	case EchoVerdict: // Jepsen's order is that of a hash map
		theirs, ours = inOrder(theirs, "errors"), inOrder(ours, "errors")
	case *LogsVerdict:
		theirs, ours = withoutExamples(theirs), withoutExamples(ours)
	}
	j.compare("workload", theirs, ours)
	j.because(workload.Valid(), workload.Reasons())
	j.Findings = workload.Findings()
}

// because keeps the reasons of an outcome.
func (j *Judgement) because(o experiment.Outcome, reasons []experiment.Reason) {
	for _, r := range reasons {
		j.Reasons = append(j.Reasons, string(o)+": "+r.Text)
	}
}

// judgeAvailability compares what a history says of it: the goal is an option of
// the test, which only an :ok-fraction of 1 is sure to meet.
func (j *Judgement) judgeAvailability(theirs edn.Value, r AvailabilityResult) {
	if r.Fraction == 1 || !theirs.Present() {
		j.compare("availability", theirs, r.EDN())
		return
	}
	j.diff(":availability :ok-fraction", theirs.At("ok-fraction"), r.EDN().At("ok-fraction"))
	j.trust("availability", theirs, "its goal is not in the history")
}

// judgeNet compares msgs-per-op: the counts are Jepsen's, the ops ours.
func (j *Judgement) judgeNet(theirs edn.Value, ops int) {
	for _, part := range []string{"all", "servers"} {
		messages, ok := theirs.At(part, "msg-count").Int()
		if ok && ops > 0 {
			j.diff(":net :"+part+" :msgs-per-op", theirs.At(part, "msgs-per-op"), edn.NewFloat32(ratio(int(messages), ops)))
		}
	}
	j.trust("net", theirs, "the messages are not in the history, only the ops that they are counted by")
}

// diff compares two values field by field: by the keys of maps, and by the maps
// in lists of the same length.
func (j *Judgement) diff(path string, theirs, ours edn.Value) {
	theirs, ours = theirs.Untagged(), ours.Untagged()
	switch {
	case theirs.Kind() == edn.Map && ours.Kind() == edn.Map && theirs.Len()+ours.Len() > 0:
		for key, value := range theirs.Pairs() {
			j.diff(path+" "+key.String(), value, ours.Get(key))
		}
		for key, value := range ours.Pairs() {
			if !theirs.Get(key).Present() {
				j.diff(path+" "+key.String(), edn.Value{}, value)
			}
		}
		return
	case theirs.Len() > 0 && theirs.Len() == ours.Len() && theirs.Items()[0].Untagged().Kind() == edn.Map:
		for i, item := range theirs.Items() {
			j.diff(fmt.Sprintf("%s %d", path, i), item, ours.Items()[i])
		}
		return
	}
	agree := theirs.Present() == ours.Present() && edn.Equal(theirs, ours)
	j.Fields = append(j.Fields, Field{path, theirs, ours, agree})
}

// inOrderOf returns our exceptions in the order of theirs: of those that are
// equally frequent Jepsen's order is a hash map's.
func inOrderOf(theirs edn.Value, kinds []Exception) edn.Value {
	order := theirs.At("exceptions").Items()
	place := func(k Exception) int {
		i := slices.IndexFunc(order, func(v edn.Value) bool { return edn.Equal(v.At("class"), k.Class) })
		if i < 0 {
			return len(order)
		}
		return i
	}
	slices.SortStableFunc(kinds, func(a, b Exception) int { return place(a) - place(b) })
	return exceptionsEDN(kinds)
}

// within returns of theirs the keys that ours has: Knossos tells how it came to
// its verdict, and nobody else comes to it that way.
func within(theirs, ours edn.Value) edn.Value {
	if theirs.Kind() != edn.Map || ours.Kind() != edn.Map {
		return theirs
	}
	var pairs []edn.Value
	for key, value := range theirs.Pairs() {
		if mine := ours.Get(key); mine.Present() {
			pairs = append(pairs, key, within(value, mine))
		}
	}
	return edn.NewMap(pairs...)
}

// inOrder returns a verdict whose list under a key is sorted.
func inOrder(v edn.Value, key string) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for k, value := range v.Pairs() {
		if k.Is(key) && value.Len() > 0 {
			items := slices.Clone(value.Items())
			slices.SortFunc(items, edn.Compare)
			value = edn.NewList(items...)
		}
		pairs = append(pairs, k, value)
	}
	return edn.NewMap(pairs...)
}

// withoutExamples returns a verdict without the errors that Jepsen picks, in the
// order of a hash map, to show for each type; the counts stay.
func withoutExamples(v edn.Value) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for key, value := range v.Pairs() {
		if !key.Is("errs") {
			pairs = append(pairs, key, withoutExamples(value))
		}
	}
	return edn.NewMap(pairs...)
}

// withoutOurs returns a verdict without the fields that Jepsen never has and a
// results.edn of ours may have.
func withoutOurs(v edn.Value) edn.Value { return without(v, "duplicated-in-reads", "phantoms") }

// without returns a map without some of its keys; anything else as it is.
func without(v edn.Value, keys ...string) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for key, value := range v.Pairs() {
		if !slices.ContainsFunc(keys, key.Is) {
			pairs = append(pairs, key, value)
		}
	}
	return edn.NewMap(pairs...)
}
