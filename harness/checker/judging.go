package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// sections are the parts of results.edn that the history determines. Of net it determines
// only the number of ops.
var sections = []string{"exceptions", "stats", "availability", "net", "workload"}

// oneKeySections are the sections in which Jepsen judges the history of one key.
//
// Source: test in jepsen.tests.linearizable-register, and older tests.
var oneKeySections = []string{"linearizable", "linear"}

// Judge checks a history and compares the result with results, the content of the
// results.edn of the same test; it may be absent. models are the consistency models of
// transactions, joined by +; empty if unknown. Judge stops reading when ctx ends.
func Judge(ctx context.Context, r *history.Reader, results edn.Value, models string) (Judgement, error) {
	var all everyChecker
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return Judgement{}, ctx.Err()
		}
		op, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Judgement{}, err
		}
		all.Add(op)
	}
	if all.course.ops == 0 {
		return Judgement{}, fmt.Errorf("%s: it is empty, want ops such as {:index 0, :type :invoke, …}", r.Name)
	}
	counts := all.stats.Result()
	j := Judgement{Jepsen: outcome(results.At("valid?")), Ours: trial.Valid, Spoilt: all.course.spoilt(results)}
	section := "workload"
	if i := slices.IndexFunc(oneKeySections, func(name string) bool { return results.At(name).Present() }); i >= 0 && !results.At(section).Present() {
		section = oneKeySections[i]
	}
	for key, theirs := range results.Pairs() {
		if name := key.Text(); name != section && !slices.Contains(sections, name) && theirs.Kind() == edn.Map && name != "error" {
			j.trust(name, theirs, "a history does not decide it")
		}
	}
	whole := !results.Present() // no results.edn says which parts were judged
	if theirs := results.At("exceptions"); theirs.Present() {
		j.compare("exceptions", theirs, inOrderOf(theirs, all.exceptions.Result()))
	}
	if theirs := results.At("stats"); theirs.Present() || whole && !all.registers.unkeyed {
		j.compare("stats", theirs, counts.EDN())
		j.because(counts.Outcome, counts.Reasons())
	}
	if theirs := results.At("availability"); theirs.Present() || whole {
		j.judgeAvailability(theirs, all.availability.Result())
	}
	j.judgeNet(results.At("net"), counts.Ops())
	j.crashed("analysis", results)
	verdict := all.workload(section, results.At(section), models, counts)
	j.judgeWorkload(section, results.At(section), verdict, counts)
	if whole && len(all.course.open) > 0 { // Jepsen waits for all ops
		why := "the history is cut off at its end" + all.course.pending()
		if sets, ok := verdict.(SetFullResult); ok && sets.Outcome == trial.Invalid { // a later read may have shown the lost values
			j.Spoilt = append(j.Spoilt, why)
		} else {
			j.Findings = append(j.Findings, why)
		}
	}
	if len(j.Spoilt) > 0 {
		j.Ours, j.Reasons = trial.Unknown, nil
	}
	return j, nil
}

// crashed records that one of Jepsen's checkers crashed, and reports whether it did.
func (j *Judgement) crashed(name string, theirs edn.Value) bool {
	why, is := Crash(theirs)
	if is {
		j.Crashed = append(j.Crashed, fmt.Sprintf("%s: Jepsen's checker broke down: %.200s", name, why))
	}
	return is
}

// Crash reports whether one of Jepsen's checkers crashed, from its results, and returns
// the error as one line. The verdict of a crashed checker is unknown. Jepsen up to 0.3.1
// writes the error as text, later versions as data.
//
// Source: check-safe in jepsen/src/jepsen/checker.clj.
func Crash(checker edn.Value) (why string, is bool) {
	wrong := checker.At("error")
	if !wrong.Present() || outcome(checker.At("valid?")) != trial.Unknown {
		return "", false
	}
	text := wrong.Text()
	if via := wrong.At("via").Items(); len(via) > 0 {
		text = via[len(via)-1].At("message").Text()
	} else if text == "" {
		text = wrong.String()
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return text, true
}

// everyChecker runs all checkers, since the workload of the history is not known in
// advance.
type everyChecker struct {
	course       course
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

// Add adds the next op of the history.
func (c *everyChecker) Add(op history.Op) {
	c.course.add(op)
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

// workload returns the verdict of the checker that fits the ops and Jepsen's results, or
// nil if there is none.
func (c *everyChecker) workload(section string, theirs edn.Value, models string, counts StatsResult) Verdict {
	asked := func(f string) bool { return counts.Invoked[f] > 0 }
	switch {
	case section != "workload", asked("cas"), asked("write"), theirs.At("results").Present() && theirs.At("failures").Present():
		return c.registers.Verdict()
	case theirs.At("stable-count").Present(), asked("broadcast"), !theirs.Present() && asked("add") && c.sets.scalars == 0:
		return c.sets.Verdict()
	case theirs.At("attempted-count").Present(), asked("generate"):
		return c.ids.Verdict()
	case asked("echo"):
		return c.echo.Verdict()
	case asked("send"), asked("poll"):
		return c.logs.Verdict()
	case asked("txn"):
		if _, crashed := Crash(theirs); theirs.Present() && !crashed {
			return c.txns.analyse().fitting(theirs)
		}
		return c.txns.analyse().alone(models)
	case asked("add"):
		return c.counter.Verdict()
	}
	return nil
}

// outcome converts Jepsen's :valid? to an outcome; empty if it is absent.
func outcome(valid edn.Value) trial.Outcome {
	switch b, isBool := valid.Bool(); {
	case isBool && b:
		return trial.Valid
	case isBool:
		return trial.Invalid
	case valid.Present():
		return trial.Unknown
	}
	return ""
}

// trust takes over Jepsen's verdict on a section.
func (j *Judgement) trust(section string, theirs edn.Value, why string) {
	if !theirs.Present() {
		return
	}
	j.Ours = Worst(j.Ours, outcome(theirs.At("valid?")))
	j.Trusted = append(j.Trusted, section+": "+why)
}

// compare compares all fields of a section that our checkers judge.
func (j *Judgement) compare(section string, theirs, ours edn.Value) {
	j.Ours = Worst(j.Ours, outcome(ours.At("valid?")))
	if theirs.Present() {
		j.diff(":"+section, theirs, ours, false)
	}
}

// judgeWorkload compares the verdict on the workload, as far as the history determines
// it. workload is nil if we have no checker for it.
func (j *Judgement) judgeWorkload(section string, theirs edn.Value, workload Verdict, counts StatsResult) {
	if workload == nil {
		if !theirs.Present() {
			theirs = mapOf("valid?", edn.NewKeyword("unknown")) // there is no verdict at all
		}
		asked := slices.Sorted(maps.Keys(counts.Invoked))
		j.trust(section, theirs, "there is no checker of ours for ops such as "+shorten(asked, func(f string) string { return fmt.Sprintf("%.40s", f) }))
		return
	}
	j.because(workload.Valid(), workload.Reasons())
	j.Findings = workload.Findings()
	if j.crashed(section, theirs) {
		theirs = edn.Value{}
	}
	theirs = withoutOurs(theirs)
	ours := withoutOurs(workload.EDN())
	switch v := workload.(type) {
	case TxnsVerdict:
		theirs, ours = j.judgeTxns(section, theirs, v)
	case LinearizableVerdict:
		theirs = within(theirs, ours)
	case EchoVerdict: // Jepsen's order is that of a hash map
		theirs, ours = inOrder(theirs, "errors"), inOrder(ours, "errors")
	case *LogsVerdict:
		theirs, ours = withoutExamples(theirs), withoutExamples(ours)
		if v.blind > 0 { // Jepsen has seen polls that the history lacks
			theirs = edn.Value{}
		}
	}
	j.compare(section, theirs, ours)
}

// judgeTxns returns the comparable parts of both verdicts on transactions.
func (j *Judgement) judgeTxns(section string, theirs edn.Value, v TxnsVerdict) (of, ours edn.Value) {
	switch why := section + ": that it was to be " + v.models + " is not in the history"; {
	case theirs.Present():
		j.Trusted = append(j.Trusted, why+", only that the verdict fits")
	case v.guessed:
		j.Trusted = append(j.Trusted, why)
	}
	theirs, ours = withoutAnomalies(theirs), v.summary()
	if !theirs.Present() || v.fit == allFits {
		return theirs, ours
	}
	if gaveUp(theirs) {
		if outcome(theirs.At("valid?")) == trial.Unknown && v.Valid() != trial.Unknown {
			j.Crashed = append(j.Crashed, section+": Elle gave up a search")
			return edn.Value{}, ours
		}
		j.Trusted = append(j.Trusted, section+": :not and :also-not, because Elle gave up a search")
	}
	if v.fit == typesFit {
		const mine = "anomaly-types"
		j.Trusted = append(j.Trusted, section+": :not and :also-not, whose models are those of another Elle or of a search that was given up")
		return without(theirs, "not", "also-not", mine), without(ours, "not", "also-not", mine)
	}
	return theirs, ours
}

// because adds the reasons of an outcome.
func (j *Judgement) because(o trial.Outcome, reasons []trial.Reason) {
	for _, r := range reasons {
		j.Reasons = append(j.Reasons, string(o)+": "+r.Text)
	}
}

// judgeAvailability compares the share of successful ops. The goal is an option of the
// test and unknown here; only a share of 1 meets every goal.
func (j *Judgement) judgeAvailability(theirs edn.Value, r AvailabilityResult) {
	if r.Fraction == 1 || !theirs.Present() {
		j.compare("availability", theirs, r.EDN())
		return
	}
	j.diff(":availability :ok-fraction", theirs.At("ok-fraction"), r.EDN().At("ok-fraction"), false)
	j.trust("availability", theirs, "its goal is not in the history")
}

// judgeNet compares msgs-per-op, from Jepsen's counts of messages and our count of ops.
func (j *Judgement) judgeNet(theirs edn.Value, ops int) {
	for _, part := range []string{"all", "servers"} {
		messages, ok := theirs.At(part, "msg-count").Int()
		if ok && ops > 0 {
			j.diff(":net :"+part+" :msgs-per-op", theirs.At(part, "msgs-per-op"), edn.NewFloat32(ratio(int(messages), ops)), false)
		}
	}
	j.trust("net", theirs, "the messages are not in the history, only the ops that they are counted by")
}
