// Package trial holds the nouns of a measurement, and their JSON: a Trial is one run,
// which Settings and the strategy's parameters decide; it comes back as a Result,
// which holds Metrics; a Target bounds one of them.
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

	Rounds  string // of a dissemination, as the next five
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

	Params    param.Values // the strategy's own, complete and canonical
	Seed      uint64
	Replicate int // 1, 2, …: which repetition of its setting

	// Unknown are the names of the settings that nobody knows, in order of
	// declaration: see Found. Their fields are at their defaults.
	Unknown []string
}

// External is the strategy of a trial whose node is not ours.
const External = "external"

// Default returns a trial with every setting at its default, and no parameters.
func Default() Trial {
	t := defaults
	t.Params, t.Replicate = param.Values{}, 1
	return t
}

// ID is twelve hexadecimal digits that stand for all that decides the trial:
// the beginning of the SHA-256 of its seed, of the settings that are not at
// their defaults and for which it has a use, in order of declaration, and of all its
// parameters, in order of name, each as "name=value\n". So results outlive the invention of new
// settings; a default, once published, must never change. A setting that was
// invented with another default than the trials before it had is named unless
// it is what they had: see late.
func (t Trial) ID() string { return t.id(today) }

// idRule says which settings an ID counts beside those that are at their defaults.
type idRule int

const (
	today    idRule = iota // those for which the trial has a use
	formerly               // the young ones in any case
	first                  // schema 1: all but those of late
)

// id is the ID by a rule.
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

// paramNames returns the names of the parameters in order.
func (t *Trial) paramNames() []string {
	names := make([]string, 0, len(t.Params))
	for name := range t.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Rand returns the trial's source of chance of that name. Streams of different
// names are independent, so that two strategies of one replicate meet the same
// ops, latencies and faults whatever else they draw.
func (t Trial) Rand(stream string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(stream))
	return rand.New(rand.NewPCG(t.Seed, h.Sum64()))
}

// Threads is the number of clients: Concurrency, resolved.
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

// RPCTimeout is the default of rpc_timeout: how long Maelstrom's clients of a
// workload wait for an answer, at that mean latency.
//
// Source: default-timeout in src/maelstrom/client.clj; workload/lin_kv.clj.
func RPCTimeout(workload string, latency time.Duration) time.Duration {
	if workload == "lin-kv" {
		return max(time.Second, 10*latency)
	}
	return 5 * time.Second
}

// Faults are the kinds of the trial's faults: Nemesis, resolved.
func (t Trial) Faults() []string {
	if t.Nemesis == "none" {
		return nil
	}
	return strings.Split(t.Nemesis, "+")
}

// LeastOK is the least share of ops that must succeed: Availability, resolved.
// It is false where none is wanted.
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

// Arguments are those of Bin: Args, resolved.
func (t Trial) Arguments() []string {
	arguments, ok := SplitArguments(t.Args)
	if !ok {
		panic("trial: args: a quote is not closed: " + t.Args)
	}
	return arguments
}

// Value returns a setting or parameter by its name, in canonical form, and
// whether the trial has it: a parameter of another strategy it has not, nor a
// setting for which it has no use. A setting that nobody knows is "?". The names
// seed and replicate are known too.
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

// Concerns reports whether the trial depends on the setting of that name.
func (t *Trial) Concerns(name string) bool {
	i, is := byName[name]
	if !is {
		return false
	}
	_, idle := t.lacking(i)
	return !idle
}

// Values returns every setting and parameter that the trial has by its name, in
// canonical form; a setting that nobody knows is "?".
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
