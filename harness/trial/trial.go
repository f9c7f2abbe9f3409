// Package trial holds the nouns of a measurement and their JSON. A Trial is one run,
// determined by Settings and the parameters of its strategy. Its Result holds Metrics. A
// Target bounds one of them.
package trial

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/strategies/param"
)

// Trial is one run of one cluster: everything that determines it. Every field but Params,
// Seed and Replicate is declared in settings.go, with its name in an experiment file,
// meaning, unit, default and range.
type Trial struct {
	Workload string
	Backend  string
	Strategy string
	Bin      string // a user's own node; Strategy is External then
	Args     string

	Nodes       int
	Topology    string
	Degree      int
	Latency     time.Duration
	LatencyMin  time.Duration
	LatencyDist string
	Network     string
	MessageTime time.Duration
	Jitter      time.Duration
	Loss        float64
	Duplicate   float64
	Stall       float64

	Rate         float64
	TimeLimit    time.Duration
	Concurrency  string
	Recovery     time.Duration
	RPCTimeout   time.Duration
	Availability string

	Rounds  string // this and the next five are for disseminations
	Spread  int
	Origins string
	Until   string
	Dead    float64
	Churn   float64

	KeyCount          int
	MaxWritesPerKey   int
	MaxTxnLength      int
	ConsistencyModels string // joined by +

	Nemesis         string
	NemesisInterval time.Duration

	Params    param.Values // of the strategy, complete and canonical
	Seed      uint64
	Replicate int // 1, 2, …: the repetition within its configuration

	// Unknown are the names of unknown settings, in order of declaration; see Found.
	// Their fields have the defaults.
	Unknown []string
}

// External is the strategy of a trial with a user's own node.
const External = "external"

// Default returns a trial with every setting at its default and no parameters.
func Default() Trial {
	t := defaults
	t.Params, t.Replicate = param.Values{}, 1
	return t
}

// ID returns twelve hexadecimal digits that identify the trial: the first digits of the
// SHA-256 of its seed, of the settings that concern it and are not at their defaults, in
// order of declaration, and of all parameters, sorted by name, each as "name=value\n".
// Results therefore stay valid when settings are added, but a published default must
// never change. If earlier trials did not have the default of a new setting, the ID
// counts the setting unless it has their level; see late.
func (t Trial) ID() string { return t.id(today) }

// idRule says which settings an ID counts if they are not at their defaults.
type idRule int

const (
	today    idRule = iota // those that concern the trial
	formerly               // those of today, and young in any case
	first                  // schema 1: all but late ones that have the level before
)

// id returns the ID by a rule.
func (t *Trial) id(rule idRule) string {
	line := make([]byte, 0, 512)
	line = append(line, "seed="...)
	line = strconv.AppendUint(line, t.Seed, 10)
	line = append(line, '\n')
	for i := range settings {
		s := &settings[i]
		if t.lacks(s.Name) {
			line = appendPair(line, s.Name, notKnown)
			continue
		}
		field := s.field(t)
		if equal(field, s.field(&unnamed)) {
			continue
		}
		if _, idle := t.lackingBy(rule, i); !idle || rule == first && equal(s.field(&unnamed), s.field(&defaults)) {
			line = appendPair(line, s.Name, format(field))
		}
	}
	for _, name := range t.paramNames() {
		line = appendPair(line, name, t.Params[name])
	}
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:6])
}

func appendPair(line []byte, name, value string) []byte {
	line = append(line, name...)
	line = append(line, '=')
	line = append(line, value...)
	return append(line, '\n')
}

// paramNames returns the names of the parameters, sorted.
func (t *Trial) paramNames() []string {
	names := make([]string, 0, len(t.Params))
	for name := range t.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Rand returns the trial's random source for a stream. Streams of different names are
// independent, so two strategies of one replicate get the same ops, latencies and faults,
// whatever else they draw.
func (t Trial) Rand(stream string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(stream))
	return rand.New(rand.NewPCG(t.Seed, h.Sum64()))
}

// Threads returns the number of clients that Concurrency stands for.
func (t Trial) Threads() int {
	digits, perNode := strings.CutSuffix(t.Concurrency, "n")
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic("trial: concurrency: " + err.Error())
	}
	if perNode {
		n *= t.Nodes
	}
	return n
}

// RPCTimeout returns the default of rpc_timeout: how long Maelstrom's clients of a
// workload wait for an answer, at that mean latency.
//
// Source: default-timeout in src/maelstrom/client.clj; workload/lin_kv.clj.
func RPCTimeout(workload string, latency time.Duration) time.Duration {
	if workload == "lin-kv" {
		return max(time.Second, 10*latency)
	}
	return 5 * time.Second
}

// Faults returns the kinds of faults that Nemesis stands for.
func (t Trial) Faults() []string {
	if t.Nemesis == "none" {
		return nil
	}
	return strings.Split(t.Nemesis, "+")
}

// LeastOK returns the least share of ops that must succeed, from Availability. wanted is
// false if there is no such requirement.
func (t Trial) LeastOK() (share float64, wanted bool) {
	switch t.Availability {
	case "":
		return 0, false
	case "total":
		return 1, true
	}
	share, err := strconv.ParseFloat(t.Availability, 64)
	if err != nil {
		panic("trial: availability: " + err.Error())
	}
	return share, true
}

// Arguments returns the arguments of Bin that Args stands for.
func (t Trial) Arguments() []string {
	arguments, ok := SplitArguments(t.Args)
	if !ok {
		panic("trial: args: a quote is not closed: " + t.Args)
	}
	return arguments
}

// Value returns a setting or parameter by its name, in canonical form, and whether the
// trial has it. It has neither parameters of other strategies nor settings that do not
// concern it. An unknown setting is "?". The names seed and replicate are known too.
func (t *Trial) Value(name string) (string, bool) {
	if i, ok := byName[name]; ok {
		if t.lacks(name) {
			return notKnown, true
		}
		if _, idle := t.lacking(i); idle {
			return "", false
		}
		return format(settings[i].field(t)), true
	}
	switch name {
	case SeedKey:
		return strconv.FormatUint(t.Seed, 10), true
	case ReplicateKey:
		return strconv.Itoa(t.Replicate), true
	}
	value, ok := t.Params[name]
	return value, ok
}

// Concerns reports whether the setting of that name concerns the trial.
func (t *Trial) Concerns(name string) bool {
	i, is := byName[name]
	if !is {
		return false
	}
	_, idle := t.lacking(i)
	return !idle
}

// Values returns all settings and parameters that the trial has, by name, in canonical
// form. An unknown setting is "?".
func (t Trial) Values() param.Values {
	values := make(param.Values, len(settings)+len(t.Params))
	for i := range settings {
		if value, has := t.Value(settings[i].Name); has {
			values[settings[i].Name] = value
		}
	}
	maps.Copy(values, t.Params)
	return values
}
