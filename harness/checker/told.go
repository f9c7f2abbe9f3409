package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// ReasonsIn returns why a checker is not content, from the section of that name in a
// results.edn, such as workload. The reasons are those of our own verdicts, as far as the
// section has the details. If it has none that we know, the only reason is the checker's
// name and :valid?.
func ReasonsIn(name string, section edn.Value) []trial.Reason {
	for _, of := range []func(edn.Value) []trial.Reason{
		crashed, setReasons, idReasons, counterReasons, echoReasons, keyReasons, txnReasons, logReasons, statsReasons, availabilityReasons,
	} {
		if reasons := of(section); reasons != nil {
			return reasons
		}
	}
	if said, isBool := section.At("valid?").Bool(); name == "linearizable" && isBool && !said { // the file is about one key
		return because(trial.NotLinearizable, "the ops of the one key have no order in which each sees what was written before")
	}
	return because(trial.NotChecked, "%s: %s", name, validityOf(section))
}

// validityOf returns "unknown" or "invalid" for a section's :valid?.
func validityOf(section edn.Value) string {
	if section.At("valid?").Is("unknown") {
		return "unknown"
	}
	return "invalid"
}

func because(kind, format string, args ...any) []trial.Reason {
	return []trial.Reason{trial.Because(kind, format, args...)}
}

// crashed returns the error of a checker that crashed.
func crashed(section edn.Value) []trial.Reason {
	if text := section.At("error").Text(); text != "" {
		line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return because(trial.NotChecked, "%.200s", line)
	}
	return nil
}

func setReasons(section edn.Value) []trial.Reason {
	lost, stable := section.At("lost").Items(), section.At("stable-count")
	attempts, _ := section.At("attempt-count").Int()
	n, isCount := stable.Int()
	switch count, _ := section.At("lost-count").Int(); {
	case count > 0 && len(lost) == 0:
		return because(trial.LostValues, "%s lost", many(int(count), "value"))
	case count > 0:
		return because(trial.LostValues, "%s lost: %s", many(int(count), "value"), shorten(lost, inShort))
	case !isCount || n > 0:
		return nil
	}
	return SetFullResult{Outcome: trial.Unknown, Attempts: int(attempts)}.Reasons()
}

// inShort returns the beginning of a value.
func inShort(v edn.Value) string { return fmt.Sprintf("%.60s", v) }

func idReasons(section edn.Value) []trial.Reason {
	var r UniqueIDsResult
	if _, isIDs := section.At("acknowledged-count").Int(); !isIDs {
		return nil
	}
	for id, times := range section.At("duplicated").Pairs() {
		n, _ := times.Int()
		r.Duplicated = append(r.Duplicated, Duplicate{id, int(n)})
	}
	slices.SortFunc(r.Duplicated, func(a, b Duplicate) int { return edn.Compare(a.Value, b.Value) })
	return r.Reasons()
}

func counterReasons(section edn.Value) []trial.Reason {
	errors := section.At("errors").Items()
	if len(errors) == 0 || !section.At("final-reads").Present() {
		return nil
	}
	told := func(op edn.Value) string {
		op = op.Untagged()
		return fmt.Sprintf("%.60s by process %s", op.At("value"), op.At("process"))
	}
	may := func(span edn.Value) string {
		if ends := span.Items(); len(ends) == 2 && !edn.Equal(ends[0], ends[1]) {
			return fmt.Sprintf("%s to %s", ends[0], ends[1])
		} else if len(ends) == 2 {
			return ends[0].String()
		}
		return inShort(span)
	}
	return because(trial.WrongFinalReads, "%d of %s cannot be: %s; acceptable is %s", len(errors),
		many(section.At("final-reads").Len(), "final read"), shorten(errors, told), shorten(section.At("acceptable").Items(), may))
}

func echoReasons(section edn.Value) []trial.Reason {
	errors := section.At("errors").Items()
	if len(errors) == 0 || slices.ContainsFunc(errors, func(e edn.Value) bool { return e.Len() != 4 }) {
		return nil
	}
	return EchoVerdict{errors: errors}.Reasons()
}

// keyReasons is for lin-kv, which has a verdict for each key.
func keyReasons(section edn.Value) []trial.Reason {
	results := section.At("results")
	var wrong, open []edn.Value
	for key, of := range results.Pairs() {
		valid := of.At("valid?")
		if said, isBool := valid.Bool(); isBool && !said {
			wrong = append(wrong, key)
		} else if valid.Is("unknown") {
			open = append(open, key)
		}
	}
	if failures := section.At("failures").Items(); len(wrong) == 0 {
		wrong = slices.Clone(failures)
	}
	slices.SortFunc(wrong, edn.Compare)
	slices.SortFunc(open, edn.Compare)
	switch {
	case len(wrong) > 0:
		return because(trial.NotLinearizable, notLinearizable, len(wrong), many(max(results.Len(), len(wrong)), "key"), shorten(wrong, inShort))
	case len(open) > 0:
		return because(trial.NotDecided, notDecided, areMany(len(open), "key"), shorten(open, inShort))
	}
	return nil
}

// txnReasons is for transactions: each of Elle's anomalies with its first case, if there
// is one.
func txnReasons(section edn.Value) []trial.Reason {
	var all []trial.Reason
	for _, name := range section.At("anomaly-types").Items() {
		cases := section.At("anomalies", name.Text())
		text := name.Text()
		if cases.Len() > 0 {
			text += ", " + times(cases.Len()) + ": " + explain(cases.Items()[0])
		}
		all = append(all, trial.Because(name.Text(), "%s", text))
	}
	return all
}

// explain describes one of Elle's cases: a cycle by its steps, anything else in EDN.
func explain(c edn.Value) string {
	cycle, steps := c.At("cycle").Items(), c.At("steps").Items()
	if len(steps) == 0 || len(cycle) < len(steps) {
		return fmt.Sprintf("%.200s", c)
	}
	told := ""
	for i, step := range steps {
		op := cycle[i].Untagged()
		told += fmt.Sprintf("%s %.80s -%s-> ", op.At("index"), op.At("value"), step.At("type").Text())
	}
	return told + "itself"
}

// logReasons is for kafka: its types of errors that are not allowed.
func logReasons(section edn.Value) []trial.Reason {
	var all []trial.Reason
	for _, name := range section.At("bad-error-types").Items() {
		kind := name.Text()
		of := section.At(kind)
		switch n, isCount := of.At("count").Int(); {
		case kind == "unseen":
			total := int64(0)
			var keys []edn.Value
			for key, count := range of.At("unseen").Pairs() {
				n, _ := count.Int()
				total += n
				keys = append(keys, key)
			}
			slices.SortFunc(keys, edn.Compare)
			told := func(key edn.Value) string {
				return fmt.Sprintf("of key %s %s", cmp.Or(key.Text(), key.String()), shorten(of.At("messages").Get(key).Items(), inShort))
			}
			all = append(all, trial.Because(kind, unseenMessages, many(int(total), "acknowledged message"), shorten(keys, told)))
		case kind == empty:
			all = append(all, trial.Because(kind, nothingFollows))
		case isCount && of.At("errs").Len() > 0:
			all = append(all, trial.Because(kind, "%s, %s: %s", kind, times(int(n)), brief(of.At("errs").Items()[0])))
		default:
			all = append(all, trial.Because(kind, "%s", kind))
		}
	}
	return all
}

func statsReasons(section edn.Value) []trial.Reason {
	if !section.At("by-f").Present() {
		return nil
	}
	r := StatsResult{ByF: map[string]Tally{}}
	for f, counts := range section.At("by-f").Pairs() {
		number := func(key string) int { n, _ := counts.At(key).Int(); return int(n) }
		r.ByF[f.Text()] = Tally{OK: number("ok-count"), Fail: number("fail-count"), Info: number("info-count")}
	}
	return r.Reasons()
}

func availabilityReasons(section edn.Value) []trial.Reason {
	if fraction, ok := section.At("ok-fraction").Float(); ok {
		return because(trial.Unavailable, "availability %.4g, which is less than was wanted", fraction)
	}
	return nil
}
