package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// findings are sentences about what came out, the most telling first. What to
// choose is said by advise.
func (s *study) findings() []prose {
	all := append(s.leaders(), s.matters()...)
	all = append(all, s.hardest()...)
	if len(s.Experiment.Targets) > 0 {
		all = append(all, s.frontier()...)
	}
	all = append(all, s.twins()...)
	return append(all, s.outcomes())
}

// leaders say which choice has the best median of each metric that choices are
// judged by, and how much worse the next is.
func (s *study) leaders() []prose {
	if len(s.choices) < 2 {
		return nil
	}
	var all []prose
	for _, column := range s.judged() {
		if column == s.column(busiest) {
			continue // nobody chooses by it alone
		}
		var known []*choice
		for _, c := range s.choices {
			if c.fit() && s.worst(c, column) != nil {
				known = append(known, c)
			}
		}
		if len(known) < 2 {
			continue // of those that are short, advise tells
		}
		slices.SortStableFunc(known, func(a, b *choice) int { return compareAll(s.dearest(a, column), s.dearest(b, column)) })
		m := s.metrics[column]
		first, last := s.dearest(known[0], column), s.dearest(known[len(known)-1], column)
		if first == last {
			all = append(all, s.alikeIn(column, known))
			continue
		}
		if tied := slices.IndexFunc(known, func(c *choice) bool { return s.dearest(c, column) != first }); tied > 1 {
			var labels []string
			for _, c := range known[:tied] {
				labels = append(labels, c.label)
			}
			all = append(all, say("The ", extreme(m), " ", worded(m), ", ", strong(s.value(known[0], column)), ", is that of ", count(tied, "setting"), ": ", strings.Join(short(labels), "; "),
				". Next, ", strong(known[tied].label), " ", s.versus(known[0], known[tied], column)))
			continue
		}
		all = append(all, say("The ", extreme(m), " ", worded(m), " is that of ", strong(known[0].label), ": ", strong(s.value(known[0], column)),
			". Next, ", strong(known[1].label), " ", s.versus(known[0], known[1], column)))
	}
	return all
}

// alikeIn says that choices have the same median of a metric, and which others
// there are.
func (s *study) alikeIn(column int, known []*choice) prose {
	m := s.metrics[column]
	text := say(" have the same ", worded(m), ": ", s.median(known[0], column), ".")
	if len(known) == len(s.choices) {
		return say("All settings", text)
	}
	var names []string
	var invalid []*trial.Result
	for _, c := range s.choices {
		if slices.Contains(known, c) {
			continue
		}
		names = append(names, c.label)
		for _, x := range c.settings {
			for _, r := range x.results {
				if r.Outcome == trial.Invalid {
					invalid = append(invalid, r)
				}
			}
		}
	}
	which := " settings that can be chosen"
	if len(invalid) > 0 {
		which = " settings without invalid trials"
	}
	text = say("The ", len(known), which, text)
	if len(names) == 1 {
		text = say(text, " The other one is ", names[0])
	} else {
		text = say(text, " The others are ", strings.Join(short(names), "; "))
	}
	if c := spread(invalid, m.Name); c.N > 0 {
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

// hardest says which target the most settings miss.
func (s *study) hardest() []prose {
	var most trial.Target
	misses := 0
	for _, t := range s.Experiment.Targets {
		column := s.column(t.Metric)
		if column < 0 {
			continue
		}
		n := 0
		for _, x := range s.settings {
			if x.Cells[column].Verdict == table.Fail {
				n++
			}
		}
		if n > misses {
			most, misses = t, n
		}
	}
	if misses == 0 || len(s.settings) < 2 {
		return nil
	}
	return []prose{say("The target that the most settings miss is ", strong(most.Metric+" "+most.Text), ": ", misses, " of ", len(s.settings), ", in one trial at least.")}
}

// frontier tells the Pareto front of cost and delay.
func (s *study) frontier() []prose {
	if s.cost < 0 || s.delay < 0 || len(s.choices) < 2 {
		return nil
	}
	n := 0
	for _, x := range s.settings {
		if x.front {
			n++
		}
	}
	best := s.choices[0]
	on := "The recommended setting is on it"
	switch {
	case best.verdict != table.Pass:
		on = ""
	case best.fronts < len(s.conditions) && len(s.conditions) > 1:
		on = fmt.Sprintf("The recommended setting is on it under %d of %d conditions", best.fronts, len(s.conditions))
	case best.fronts == 0:
		on = "The recommended setting is not on it"
	}
	text := say(strong(fmt.Sprintf("%d of %d settings", n, len(s.settings))), " ", isAre(n), " on the Pareto front of ", s.aimed(),
		": nothing else, under the same condition, is as good in all of these and better in one.")
	if on != "" {
		text = say(text, " ", on, ".")
	}
	return []prose{text}
}

// twins says which factors make no difference, and where: settings that differ
// in them alone came to the very same numbers in all trials.
func (s *study) twins() []prose {
	groups := map[string][]*setting{}
	var order []string
	for _, x := range s.settings {
		key := s.fingerprint(x)
		if x.Counts.Valid == 0 || key == "" {
			continue
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], x)
	}
	alike := map[string][]*setting{} // by the names of the factors that make no difference
	for _, key := range order {
		if g := groups[key]; len(g) > 1 {
			names := listed(s.differing(g))
			alike[names] = append(alike[names], g...)
		}
	}
	var all []prose
	for _, names := range sortedKeys(alike) {
		where := s.common(alike[names])
		if where != "" {
			where = " with " + where
		}
		all = append(all, say(strong(names), " made no difference", where, ": ", len(alike[names]), " settings came to the very same numbers as others that differ from them in nothing else."))
	}
	return all
}

// enoughNumbers is from how many numbers on it is no accident that they are the
// same. Chosen.
const enoughNumbers = 10

// fingerprint is all that the trials of a setting came to; "" where that is too
// little to tell.
func (s *study) fingerprint(x *setting) string {
	var b strings.Builder
	fmt.Fprint(&b, x.condition)
	known := 0
	for _, r := range x.results {
		fmt.Fprint(&b, " ", r.Trial.Seed, r.Outcome)
		for _, m := range s.metrics {
			if value, has := r.Metrics[m.Name]; has {
				known++
				b.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
			}
			b.WriteByte(' ')
		}
	}
	if known < enoughNumbers {
		return ""
	}
	return b.String()
}

// differing are the factors in which settings differ.
func (s *study) differing(settings []*setting) []string {
	var names []string
	for i, f := range s.factors {
		if slices.ContainsFunc(settings, func(x *setting) bool { return x.Levels[i] != settings[0].Levels[i] }) {
			names = append(names, f.name)
		}
	}
	return names
}

// common names the levels that settings share.
func (s *study) common(settings []*setting) string {
	var parts []string
	for i, f := range s.factors {
		if l := settings[0].Levels[i]; l != "" && !slices.ContainsFunc(settings, func(x *setting) bool { return x.Levels[i] != l }) {
			parts = append(parts, f.name+" "+l)
		}
	}
	return strings.Join(parts, ", ")
}

// outcomes says how many trials are in the numbers.
func (s *study) outcomes() prose {
	var c table.Counts
	bad := map[*setting]bool{}
	for _, x := range s.settings {
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
		return say("All ", count(c.Valid, "trial"), " are valid.")
	}
	text := say(strong(fmt.Sprintf("%d of %d trials", len(s.Results)-c.Valid, len(s.Results))), " are not in the numbers (", c.String(), "); each is listed below with its reason.")
	if len(bad) > 0 {
		text = say(text, " Invalid means that the strategy broke its promise, as by losing a value: ", count(len(bad), "setting"), " did, and cannot be recommended.")
	}
	return text
}

// cautions are what a reader must know before believing the numbers.
func (s *study) cautions() []string {
	var all []string
	for _, note := range s.table.Notes {
		// Trials that are not in the numbers have a table of their own, and what
		// passes is told beside the targets.
		if !strings.HasPrefix(note, "Not in the numbers") && !strings.HasPrefix(note, "pass:") {
			all = append(all, note)
		}
	}
	return all
}
