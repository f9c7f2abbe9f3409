// Package experiment holds the nouns of a measurement, and reads them from an
// experiment file: an Experiment asks a question by varying Factors; each
// combination of their levels is run as Trials, one a replicate; a Trial comes
// back as a Result, which holds Metrics.
package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/strategies/param"
)

// Trial is one run of one cluster: everything that decides how it goes. Every
// field but Params, Seed and Replicate is declared in settings.go, with its
// name in an experiment file, its meaning, unit, default and range.
type Trial struct {
	Workload string
	Backend  string
	Strategy string
	Bin      string // a node of the user's own; Strategy is External then
	Args     string

	Nodes       int
	Topology    string
	Degree      int
	Latency     time.Duration
	LatencyMin  time.Duration
	LatencyDist string
	Network     string
	Loss        float64
	Duplicate   float64

	Rate         float64
	TimeLimit    time.Duration
	Concurrency  string
	Recovery     time.Duration
	RPCTimeout   time.Duration
	Availability string

	Nemesis         string
	NemesisInterval time.Duration

	Params    param.Values // the strategy's own, complete and canonical
	Seed      uint64
	Replicate int // 1, 2, …: which repetition of its setting
}

// External is the strategy of a trial whose node is not ours.
const External = "external"

// ID is twelve hexadecimal digits that stand for all that decides the trial. A
// setting at its default does not count, so results outlive the invention of
// new settings; a default, once published, must therefore never change.
func (t Trial) ID() string {
	h := sha256.New()
	h.Write([]byte("seed=" + strconv.FormatUint(t.Seed, 10) + "\n"))
	for _, pair := range t.pairs() {
		if pair.decl == nil || pair.value != pair.decl.Default {
			h.Write([]byte(pair.name + "=" + pair.value + "\n"))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// Rand returns the trial's source of chance of that name. Streams of different
// names are independent, so that two strategies of one replicate meet the same
// ops, latencies and faults whatever else they draw.
func (t Trial) Rand(stream string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(stream))
	return rand.New(rand.NewPCG(t.Seed, h.Sum64()))
}

// Values returns every setting and parameter of the trial by its name, in
// canonical form.
func (t Trial) Values() param.Values {
	values := param.Values{}
	for _, pair := range t.pairs() {
		values[pair.name] = pair.value
	}
	return values
}

type pair struct {
	name, value string
	decl        *param.Decl // nil for a strategy's parameter
}

// pairs returns the settings in order of declaration, then the parameters in
// order of name.
func (t *Trial) pairs() []pair {
	var pairs []pair
	for i := range settings {
		s := &settings[i]
		pairs = append(pairs, pair{s.Name, format(s.field(t)), &s.Decl})
	}
	params := pairs[len(pairs):]
	for name, value := range t.Params {
		params = append(params, pair{name, value, nil})
	}
	slices.SortFunc(params, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	return append(pairs, params...)
}
