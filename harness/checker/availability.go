package checker

import (
	"fmt"
	"strconv"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Goal is the least share of ops that must be OK, from 0 to 1. 0 requires nothing.
type Goal float64

// ParseGoal parses a trial's availability: empty, total, or a number from 0 to 1.
func ParseGoal(text string) (Goal, error) {
	switch text {
	case "":
		return 0, nil
	case "total":
		return 1, nil
	}
	goal, err := strconv.ParseFloat(text, 64)
	if err != nil || !(0 <= goal && goal <= 1) {
		return 0, fmt.Errorf("availability: want total or a number from 0 to 1, got %q", text)
	}
	return Goal(goal), nil
}

// Availability judges the share of ops that were OK.
//
// Source: availability-checker in src/maelstrom/checker.clj.
type Availability struct {
	Goal        Goal
	invoked, ok int
}

// Add adds the next op of the history.
func (a *Availability) Add(op history.Op) {
	switch op.Type {
	case history.Invoke:
		a.invoked++
	case history.OK:
		a.ok++
	}
}

// AvailabilityResult is the verdict of Availability.
type AvailabilityResult struct {
	Outcome  trial.Outcome
	Fraction float32 // share of the invoked ops; 1 if there are none
	Invoked  int
	OK       int
	Goal     Goal
}

// Result returns the verdict on the ops so far.
func (a *Availability) Result() AvailabilityResult {
	r := AvailabilityResult{Outcome: trial.Valid, Fraction: 1, Invoked: a.invoked, OK: a.ok, Goal: a.Goal}
	if a.invoked > 0 {
		r.Fraction = ratio(a.ok, a.invoked)
	}
	if float64(r.Fraction) < float64(a.Goal) {
		r.Outcome = trial.Invalid
	}
	return r
}

// EDN returns the verdict in the form of Maelstrom's :availability.
func (r AvailabilityResult) EDN() edn.Value {
	fraction := edn.NewFloat32(r.Fraction)
	if r.Invoked == 0 {
		fraction = edn.NewInt(1)
	}
	return mapOf("valid?", validity(r.Outcome), "ok-fraction", fraction)
}
