package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/choose"
	"gossipbench/harness/plain"
	"gossipbench/harness/table"
)

// findings are sentences about what came out, the most telling first. What to
// choose is said by advise.
func (s *study) findings() []prose {
	all := append(s.leaders(), s.matters()...)
	all = append(all, s.hardest()...)
	if len(s.Targets) > 0 {
		all = append(all, s.frontier()...)
	}
	all = append(all, s.twins()...)
	return append(all, s.outcomes())
}

// leaders say which choice has the best median of each metric that choices are
// judged by, and how much worse the next is.
func (s *study) leaders() []prose {
	var all []prose
	for _, l := range s.Leaders() {
		m := s.Metrics[l.Column]
		first := l.First[0]
		switch best := strong(s.value(first, l.Column)); {
		case l.Next == nil:
			all = append(all, s.alikeIn(l))
		case len(l.First) > 1:
			all = append(all, say("The ", extreme(m), " ", worded(m), ", ", best, ", is that of ", plain.Count(len(l.First), "configuration"), ": ", strings.Join(short(labels(l.First)), "; "),
				". Next, ", strong(l.Next.Label), " ", s.rival(l.Next)))
		default:
			all = append(all, say("The ", extreme(m), " ", worded(m), " is that of ", strong(first.Label), ": ", best, ". Next, ", strong(l.Next.Label), " ", s.rival(l.Next)))
		}
	}
	return all
}

// alikeIn says that choices have the same median of a metric, and which others
// there are.
func (s *study) alikeIn(l choose.Leader) prose {
	m := s.Metrics[l.Column]
	text := say(" have the same ", worded(m), ": ", s.median(l.First[0], l.Column), ".")
	if l.Others == nil {
		return say("All configurations", text)
	}
	which := " configurations that can be chosen"
	if l.Broken > 0 {
		which = " configurations without invalid trials"
	}
	text = say("The ", len(l.First), which, text)
	if names := labels(l.Others); len(names) == 1 {
		text = say(text, " The other one is ", names[0])
	} else {
		text = say(text, " The others are ", strings.Join(short(names), "; "))
	}
	if c := l.Invalid; c.N > 0 {
		text = say(text, ", whose invalid trials came to ", amount(m, slices.Compact([]float64{c.Least, c.Most})...))
	}
	return say(text, ".")
}

// short cuts a list of labels.
func short(labels []string) []string {
	const most = 4 // chosen
	if len(labels) > most {
		return append(slices.Clone(labels[:most-1]), fmt.Sprintf("%d more", len(labels)-most+1))
	}
	return labels
}

// hardest says which target the most configurations miss.
func (s *study) hardest() []prose {
	target, misses := s.Hardest()
	if misses == 0 || len(s.Configurations) < 2 {
		return nil
	}
	return []prose{say("The target that the most configurations miss is ", strong(target.Metric+" "+target.Text), ": ", misses, " of ", len(s.Configurations), ", in one trial at least.")}
}

// frontier tells the Pareto front of the aims.
func (s *study) frontier() []prose {
	if s.Cost < 0 || s.Delay < 0 || len(s.Choices) < 2 {
		return nil
	}
	n := 0
	for _, x := range s.Configurations {
		if x.Front {
			n++
		}
	}
	best := s.Choices[0]
	on := " The recommended configuration is on it."
	switch {
	case best.Verdict != table.Pass:
		on = ""
	case best.Fronts < len(s.Conditions) && len(s.Conditions) > 1:
		on = fmt.Sprintf(" The recommended configuration is on it under %d of %d conditions.", best.Fronts, len(s.Conditions))
	case best.Fronts == 0:
		on = " The recommended configuration is not on it."
	}
	return []prose{say(strong(fmt.Sprintf("%d of %d configurations", n, len(s.Configurations))), " ", isAre(n), " on the Pareto front of ", s.aimed(),
		": nothing else, under the same condition, is as good in all of these and better in one.", on)}
}

// matters says which factors change cost, delay and prices the most: of what can be
// chosen first, then of the conditions.
func (s *study) matters() []prose {
	const nothing = 1.005 // chosen: what the three digits of a number do not show
	var all []prose
	for _, column := range s.Aims {
		told := column == s.Cost || column == s.Delay || slices.Contains(choose.Prices, s.Metrics[column].Name)
		if !told || len(s.Factors) < 2 {
			continue
		}
		effects := slices.DeleteFunc(s.Effects(column), func(e choose.Effect) bool { return max(e.Ratio, 1/e.Ratio) < nothing })
		if len(effects) > 0 {
			all = append(all, s.changes(column, effects))
		}
	}
	return all
}

// changes says what the greatest effects on a metric are.
func (s *study) changes(column int, effects []choose.Effect) prose {
	const most = 3 // chosen
	var text prose
	for _, conditions := range []bool{false, true} {
		n := 0
		for _, e := range effects {
			if e.Condition != conditions || n == most {
				continue
			}
			switch {
			case text == nil:
				text = say("What changes ", worded(s.Metrics[column]), " the most is ", strong(e.Name), ": ", e.From, " to ", e.To, " ", multiplies(e), ", over ",
					plain.Count(e.Pairs, "pair"), " of configurations that differ in nothing else")
			case n == 0:
				text = say(text, "; of the conditions, ", strong(e.Name), ", ", e.From, " to ", e.To, " ", multiplies(e))
			default:
				text = say(text, "; then ", strong(e.Name), ", ", e.From, " to ", e.To, " ", multiplies(e))
			}
			n++
		}
	}
	return say(text, ".")
}

// multiplies says what a factor does: "multiplies it by 3.9".
func multiplies(e choose.Effect) string {
	verb, ratio, least, most := "multiplies", e.Ratio, e.Least, e.Most
	if ratio < 1 {
		verb, ratio, least, most = "divides", 1/ratio, 1/most, 1/least
	}
	form := func(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
	if form(least) == form(most) {
		return verb + " it by " + form(ratio)
	}
	return fmt.Sprintf("%s it by %s (%s to %s)", verb, form(ratio), form(least), form(most))
}

// twins says which factors make no difference, and where.
func (s *study) twins() []prose {
	var all []prose
	for _, t := range s.Twins() {
		where := ""
		if t.Common != "" {
			where = " with " + t.Common
		}
		all = append(all, say(strong(listed(t.Factors)), " made no difference", where, ": ", t.Of, " configurations came to the very same numbers as others that differ from them in nothing else."))
	}
	return all
}

// outcomes says how many trials are in the numbers.
func (s *study) outcomes() prose {
	var c table.Counts
	bad := map[*choose.Configuration]bool{}
	for _, x := range s.Configurations {
		c.Valid += x.Counts.Valid
		c.Invalid += x.Counts.Invalid
		c.Unknown += x.Counts.Unknown
		c.Disturbed += x.Counts.Disturbed
		c.Failed += x.Counts.Failed
		if x.Counts.Invalid > 0 {
			bad[x] = true
		}
	}
	if c.Valid == len(s.Results) {
		return say("All ", plain.Count(c.Valid, "trial"), " are valid.")
	}
	text := say(strong(fmt.Sprintf("%d of %d trials", len(s.Results)-c.Valid, len(s.Results))), " are not in the numbers (", c.String(), "); each is listed below with its reason.")
	if len(bad) > 0 {
		text = say(text, " Invalid means that the strategy broke its promise, as by losing a value: ", plain.Count(len(bad), "configuration"), " did, and cannot be recommended.")
	}
	return text
}

// cautions are what a reader must know before believing the numbers.
func (s *study) cautions() []string {
	var all []string
	for _, note := range s.Table.Notes {
		// Trials that are not in the numbers have a table of their own, and what
		// passes is told beside the targets.
		if !strings.HasPrefix(note, "Not in the numbers") && !strings.HasPrefix(note, "pass:") {
			all = append(all, note)
		}
	}
	return all
}
