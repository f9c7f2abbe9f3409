package report

import (
	"fmt"
	"strings"

	"gossipbench/harness/choose"
)

// frontReason writes a reason of advice without targets.
func (s *study) frontReason(a choose.Advice, r choose.Reason) []prose {
	switch r := r.(type) {
	case choose.OnFront:
		return s.onFront(a, r)
	case choose.Ends:
		return []prose{s.ends(r)}
	case choose.Leads:
		return []prose{say("The ", s.bestIn(r.Column), " is that of ", strong(r.Choice.Label), " (", s.median(r.Choice, s.Cost), ", ", s.paid(r.Choice), ").")}
	case choose.Between:
		return []prose{say("A fair middle is ", strong(r.Choice.Label), " (", s.median(r.Choice, s.Cost), ", ", s.paid(r.Choice),
			"): on the front, it is nearest to having the best of all. That is a rule of thumb; targets would decide it.")}
	case choose.Same:
		return []prose{say("The very same as of ", strong(a.Options[0].Choice.Label), " are the medians of ", strings.Join(short(labels(r.Choices)), "; "), ".")}
	case choose.Elsewhere:
		return []prose{say("Also on the front, since they are better under another condition or were not run under the same: ", strings.Join(short(labels(r.Choices)), "; "), ".")}
	}
	panic(fmt.Sprintf("report: no words for %T", r))
}

// onFront says how many choices are on the front, and which of them by chance.
func (s *study) onFront(a choose.Advice, r choose.OnFront) []prose {
	that := say(": nothing that was run is as good in all of these and better in one. Everything else pays more than it needs to.")
	if len(s.Conditions) > 1 {
		that = say(": nothing else is as good in all of these under every condition, and better in one.")
	}
	all := []prose{say(strong(fmt.Sprintf("%d of %d", r.Choices, r.Of)), " ", isAre(r.Choices), " on the front of ", s.aimed(), that)}
	if len(a.ByChance) == 0 {
		return all
	}
	other := "another"
	if a.Pick != nil {
		other = a.Pick.Label
	}
	names := labels(a.ByChance)
	return append(all, say("Of these, ", strings.Join(short(names), "; "), " ", isAre(len(names)), " ahead of ", other, " in nothing but what may be chance, and surely behind in something."))
}

// ends says from where to where the front leads.
func (s *study) ends(r choose.Ends) prose {
	first := strong(r.Cheapest.Label)
	if r.Cheapest != r.Fastest {
		return say("It leads from ", first, " (", s.median(r.Cheapest, s.Cost), " ", worded(s.Metrics[s.Cost]), ", ", s.paid(r.Cheapest), ") to ",
			strong(r.Fastest.Label), " (", s.median(r.Fastest, s.Cost), ", ", s.paid(r.Fastest), ").")
	}
	where := ""
	if len(s.Conditions) > 1 {
		where = ", under the condition where each is worst,"
	}
	return say("The ", s.bestIn(s.Cost), " and the ", s.bestIn(s.Delay), where, " are those of ", first, " (", s.median(r.Cheapest, s.Cost), ", ", s.paid(r.Cheapest), ").")
}

// aimed names the aims: "messages per op, median read latency and outage".
func (s *study) aimed() string {
	var names []string
	for _, c := range s.Aims {
		names = append(names, worded(s.Metrics[c]))
	}
	return listed(names)
}

// paid is what a choice costs beside the first aim: its delay, and its prices by
// name.
func (s *study) paid(c *choose.Choice) string {
	parts := []string{s.median(c, s.Delay)}
	for _, column := range s.Aims {
		if column != s.Cost && column != s.Delay {
			parts = append(parts, worded(s.Metrics[column])+" "+s.median(c, column))
		}
	}
	return strings.Join(parts, ", ")
}
