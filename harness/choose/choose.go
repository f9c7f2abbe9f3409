// Package choose turns the results of an experiment into advice: which
// configuration to take under each condition, why, what comes second and whether
// the two can be told apart, which others are on the Pareto front, and what to be
// careful about. It is data; the page of package report and other readers write the
// sentences.
//
// A configuration is a combination of levels of all factors. A Choice is what a
// person can decide of it: the strategy, its parameters, the topology, the node's
// binary. Everything else is a condition, such as the number of nodes, latency, loss
// or faults, and a choice has to do well under each condition that was run.
//
// Choices are ranked by medians, under the condition where each is worst. With
// targets, a choice is picked only if every trial of it is valid and meets every
// target. Without targets, a choice is picked if it alone is on the Pareto front, or
// if it surely beats the others there in something while they are ahead of it by no
// more than chance. Whether two choices differ is decided by package compare: a
// Rival carries its Line.
//
// The ranking promises no significance: the first of two choices that cannot be told
// apart may be first by chance, and then the advice says so.
package choose

import (
	"gossipbench/harness/compare"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// Advice says which choice to take. Columns in it are indices of Study.Metrics.
type Advice struct {
	Ground Ground
	// Pick is the choice to take; its Configurations say what that is under each
	// condition. It is nil if no choice is better than all others.
	Pick *Choice
	// RunnerUp is the second of the choices that meet all targets; nil if there is
	// none, or if there are no targets.
	RunnerUp *Rival
	// Near is how many choices, the runner-up among them, have a cost that cannot be
	// told from that of the pick although there are trials enough.
	Near int
	// Front holds, if there are no targets, the choices that no other one beats.
	// ByChance are those of them that may be ahead of another one by chance alone,
	// and are surely behind it in something.
	Front, ByChance []*Choice
	Columns         []int    // the metrics that choices are judged by
	Options         []Option // the pick, if there is one, and what to set beside it
	Reasons         []Reason
	Cautions        []Caution
	// Partial is true if trials of the plan have no result: the advice is about
	// those that were run.
	Partial bool
}

// Ground is what advice rests on.
type Ground string

// The grounds.
const (
	Kept     Ground = "kept"     // some choice meets all targets: the cheapest of them is picked
	Unproved Ground = "unproved" // no choice is proved to meet all targets, but some miss none: the cheapest of them is picked
	Missed   Ground = "missed"   // every choice misses a target
	Front    Ground = "front"    // there are no targets: the Pareto front decides
	Single   Ground = "single"   // there is one choice
	Nothing  Ground = "nothing"  // there are no targets, and no cost and delay that all have, or no choice without invalid trials
)

// Option is a choice that the advice shows beside others.
type Option struct {
	Role   Role
	Column int // of the role Best; else -1
	Choice *Choice
}

// Role is why an option is shown.
type Role string

// The roles.
const (
	Recommended Role = "recommended" // it is picked: it meets all targets at the least cost
	Second      Role = "runner-up"
	Best        Role = "best"        // in the metric of Option.Column
	SpreadLoad  Role = "load spread" // it meets all targets, and no node carries most of the messages
	Nearest     Role = "nearest"     // to meeting all targets
	BestInAll   Role = "best in all" // it is picked: the front is this choice, chance aside
	InPlace     Role = "in place"    // it could be taken in place of the pick, but is not on the front
	Lucky       Role = "by chance"   // it is one of Advice.ByChance
	Middle      Role = "middle"      // of all on the front it is nearest to having the best of all aims
)

// Reason is one of the types below.
type Reason interface{ reason() }

// Keeps says that the pick meets all targets in each of its trials, and how many
// choices of all do.
type Keeps struct{ Trials, Keeping, Of int }

// Tightest is the target that the pick meets with the least to spare.
type Tightest struct{ Standing }

// Instead is a choice that meets all targets too and is better in the metric.
type Instead struct {
	Column int
	Choice *Choice
}

// Unloaded is a choice that meets all targets too, at the least cost of those of
// which no node carries most of the messages.
type Unloaded struct{ Choice *Choice }

// Lacks says why a choice that misses no target is not proved to meet all.
type Lacks struct {
	Trials     int  // that were not run
	Conditions bool // it was not run under each
	Valid      bool // not all of its trials are valid
}

// Misses are the targets that the nearest choice misses; none if each choice has
// invalid trials, or misses a target by more than a number tells.
type Misses struct{ Standings []Standing }

// KeepsUnder says under which conditions the only choice meets all targets.
type KeepsUnder struct {
	Conditions []string
	Of         int
}

// OnFront says how many choices are on the Pareto front.
type OnFront struct{ Choices, Of int }

// Ends are the choices of the front with the least cost and with the least delay.
type Ends struct{ Cheapest, Fastest *Choice }

// Leads is the choice of the front that is the best in a metric beside these two.
type Leads struct {
	Column int
	Choice *Choice
}

// Between is the choice in the middle of the front.
type Between struct{ Choice *Choice }

// Same are choices of the front that have the same medians of all aims as the
// cheapest one.
type Same struct{ Choices []*Choice }

// Elsewhere are choices of the front that are better than the cheapest one under
// another condition, or were not run under the same ones.
type Elsewhere struct{ Choices []*Choice }

func (Keeps) reason()      {}
func (Tightest) reason()   {}
func (Instead) reason()    {}
func (Unloaded) reason()   {}
func (Lacks) reason()      {}
func (Misses) reason()     {}
func (KeepsUnder) reason() {}
func (OnFront) reason()    {}
func (Ends) reason()       {}
func (Leads) reason()      {}
func (Between) reason()    {}
func (Same) reason()       {}
func (Elsewhere) reason()  {}

// Caution is one of the types below.
type Caution interface{ caution() }

// Lossy are choices that leave values undelivered that others deliver everywhere
// under the same condition. They are never picked before one that does not.
type Lossy struct{ Choices []*Choice }

// Short are choices that do less than LeastShare of what the best one does under the
// same condition, by a metric such as coverage. They are never picked before others.
type Short struct {
	Column  int
	Choices []*Choice
}

// Crowded says which share of the pick's messages one node sends or receives, if
// that is most of them, and whether any trial had faults, which would hit that node.
type Crowded struct {
	Share  float64
	Faults bool
}

// Few says that a configuration of the pick has no more valid trials than this.
type Few struct{ Trials int }

func (Lossy) caution()   {}
func (Short) caution()   {}
func (Crowded) caution() {}
func (Few) caution()     {}

// Rival is a choice beside another one, its base, that is better in a metric.
type Rival struct {
	*Choice
	Column int
	// A and B are the configurations in which the base and the rival are the worst;
	// nil if that is not known.
	A, B *Configuration
	// Line compares A and B, if Tested: both are under one condition.
	Line   compare.Line
	Tested bool
}

// Undecided reports whether a line leaves open that its two sides are the same.
func Undecided(l compare.Line) bool {
	return l.Verdict == compare.Equal || l.Verdict == compare.Unsure
}

// Standing says how a choice stands to a target under all conditions.
type Standing struct {
	Target trial.Target
	Column int // -1 if no result has the metric
	// Verdict is Pass if it is that of every configuration.
	Verdict table.Verdict
	Missed  int     // trials
	Trials  int     // of any outcome
	Worst   float64 // the value that is nearest to missing the target, or misses it most
	Excess  float64 // of Worst over the target, as a share of it; below zero if the target is met
	Known   bool    // some trial has the metric
}
