// Package glomers holds Gossip Glomers, the challenges of Fly.io and Kyle Kingsbury,
// as data: for each challenge the arguments of maelstrom test that its page gives, and
// the limits that it sets. From them it makes an experiment, and it judges what came.
//
// Source: https://fly.io/dist-sys/1 to /6c, each under "Evaluation"; the limits of 3d
// and 3e stand there in the text.
package glomers

import (
	"fmt"
	"strings"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Challenge is one of Gossip Glomers.
type Challenge struct {
	Name  string // such as 3d: its page is https://fly.io/dist-sys/3d
	Title string
	// Tests are the arguments of maelstrom test as the page has them, without --bin.
	Tests  []string
	Limits []Limit
	// Ours are the settings of the node of ours that solves it.
	Ours string
}

// Limit is what a challenge wants of a metric, such as "< 400ms".
type Limit struct{ Metric, Want string }

// Challenges are all challenges in their order.
var Challenges = []Challenge{
	{"1", "Echo",
		[]string{"-w echo --node-count 1 --time-limit 10"}, nil, "strategy=echo"},
	{"2", "Unique ID Generation",
		[]string{"-w unique-ids --time-limit 30 --rate 1000 --node-count 3 --availability total --nemesis partition"}, nil, "strategy=flake"},
	{"3a", "Single-Node Broadcast",
		[]string{"-w broadcast --node-count 1 --time-limit 20 --rate 10"}, nil, "strategy=flood delivery=ack-retry"},
	{"3b", "Multi-Node Broadcast",
		[]string{"-w broadcast --node-count 5 --time-limit 20 --rate 10"}, nil, "strategy=flood delivery=ack-retry"},
	{"3c", "Fault Tolerant Broadcast",
		[]string{"-w broadcast --node-count 5 --time-limit 20 --rate 10 --nemesis partition"}, nil, "strategy=flood delivery=ack-retry"},
	{"3d", "Efficient Broadcast, Part I",
		[]string{"-w broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100"},
		[]Limit{{"msgs-per-op", "< 30"}, {"stable-latency.p50", "< 400ms"}, {"stable-latency.max", "< 600ms"}}, "strategy=star period=200ms"},
	{"3e", "Efficient Broadcast, Part II",
		[]string{"-w broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100"},
		[]Limit{{"msgs-per-op", "< 20"}, {"stable-latency.p50", "< 1s"}, {"stable-latency.max", "< 2s"}}, "strategy=star period=200ms"},
	{"4", "Grow-Only Counter",
		[]string{"-w g-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition"}, nil, "strategy=crdt"},
	{"5a", "Single-Node Kafka-Style Log",
		[]string{"-w kafka --node-count 1 --concurrency 2n --time-limit 20 --rate 1000"}, nil, "strategy=memory"},
	{"5b", "Multi-Node Kafka-Style Log",
		[]string{"-w kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000"}, nil, "strategy=ring"},
	{"5c", "Efficient Kafka-Style Log",
		[]string{"-w kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000"}, nil, "strategy=ring"},
	{"6a", "Single-Node, Totally-Available Transactions",
		[]string{"-w txn-rw-register --node-count 1 --time-limit 20 --rate 1000 --concurrency 2n --consistency-models read-uncommitted --availability total"}, nil, "strategy=gossip"},
	{"6b", "Totally-Available, Read Uncommitted Transactions",
		[]string{
			"-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted",
			"-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted --availability total --nemesis partition",
		}, nil, "strategy=gossip"},
	{"6c", "Totally-Available, Read Committed Transactions", // whose page has a dash in place of the first - of --nemesis
		[]string{"-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-committed --availability total --nemesis partition"}, nil, "strategy=gossip"},
}

// Names are the names of all challenges.
func Names() []string {
	var names []string
	for _, c := range Challenges {
		names = append(names, c.Name)
	}
	return names
}

// Choose returns the challenges of these names, all where there are none. A name
// without its letter is all of its number: 3 is 3a to 3e.
func Choose(names []string) ([]Challenge, error) {
	if len(names) == 0 {
		return Challenges, nil
	}
	for _, name := range names {
		known := false
		for _, c := range Challenges {
			known = known || c.named(name)
		}
		if !known {
			return nil, fmt.Errorf("no such challenge: %q, %s", name, param.Hint(name, Names()))
		}
	}
	var chosen []Challenge
	for _, c := range Challenges {
		for _, name := range names {
			if c.named(name) {
				chosen = append(chosen, c)
				break
			}
		}
	}
	return chosen, nil
}

func (c *Challenge) named(name string) bool {
	return name == c.Name || name == strings.TrimRight(c.Name, "abcde")
}

// setting is a setting of a trial and its value.
type setting struct{ name, value string }

// options are Maelstrom's options that challenges use: the setting that each stands
// for, and the unit that Maelstrom leaves out.
var options = map[string]struct{ name, unit string }{
	"-w":                   {"workload", ""},
	"--node-count":         {"nodes", ""},
	"--time-limit":         {"time_limit", "s"},
	"--rate":               {"rate", ""},
	"--concurrency":        {"concurrency", ""},
	"--latency":            {"latency", "ms"},
	"--nemesis":            {"nemesis", ""},
	"--availability":       {"availability", ""},
	"--consistency-models": {"consistency_models", ""},
}

// settings are those that the arguments of a test name.
func settings(test string) []setting {
	var all []setting
	words := strings.Fields(test)
	for i := 0; i+1 < len(words); i += 2 {
		o, known := options[words[i]]
		if !known {
			panic("glomers: " + words[i] + ": no such option")
		}
		all = append(all, setting{o.name, words[i+1] + o.unit})
	}
	return all
}

// targets are the limits of a challenge, and what one of its tests wants of
// availability.
func (c *Challenge) targets(test string) []trial.Target {
	limits := c.Limits
	for _, s := range settings(test) {
		if s.name == "availability" && s.value == "total" {
			limits = append(limits[:len(limits):len(limits)], Limit{"ok-fraction", "= 1"})
		}
	}
	var all []trial.Target
	for _, l := range limits {
		metric, err := trial.FindMetric(l.Metric)
		if err != nil {
			panic("glomers: " + err.Error())
		}
		target, err := trial.ParseTarget(metric, l.Want)
		if err != nil {
			panic("glomers: " + err.Error())
		}
		all = append(all, target)
	}
	return all
}
