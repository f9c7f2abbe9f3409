package trial

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/plain"
	"gossipbench/strategies/param"
)

// Setting declares one field of Trial.
type Setting struct {
	param.Decl
	field func(*Trial) any // pointer to the field
	// form returns the canonical form of a restricted Text, or the error's "want" part if
	// text is illegal. It is nil if any text is legal.
	form func(text string) (canonical, want string)
}

// settings are the keys that an experiment file may set, apart from a strategy's
// parameters. A default is Maelstrom's if Maelstrom has the setting.
var settings = []Setting{
	{param.Decl{Name: "workload", Kind: param.Choice, Default: "broadcast", Choices: Workloads,
		Doc: "what clients ask of the cluster and how the answers are judged"},
		func(t *Trial) any { return &t.Workload }, nil},
	{param.Decl{Name: "backend", Kind: param.Choice, Default: Sim, Choices: []string{Sim, Native, Maelstrom},
		Doc: "what runs the cluster: virtual time, our own processes, or Maelstrom itself"},
		func(t *Trial) any { return &t.Backend }, nil},
	{param.Decl{Name: "strategy", Kind: param.Text, Default: "gossip",
		Doc: "how nodes answer; see harness strategies"},
		func(t *Trial) any { return &t.Strategy }, nil},
	{param.Decl{Name: "bin", Kind: param.Text,
		Doc: "a node program of your own instead of ours"},
		func(t *Trial) any { return &t.Bin }, nil},
	{param.Decl{Name: "args", Kind: param.Text,
		Doc: "arguments of bin, parted by spaces; quotes hold together, as in a shell"},
		func(t *Trial) any { return &t.Args }, argumentsForm},
	{param.Decl{Name: "nodes", Kind: param.Int, Default: "5", Min: 1, Max: 10_000_000, Unit: "nodes",
		Doc: "size of the cluster"},
		func(t *Trial) any { return &t.Nodes }, nil},
	{param.Decl{Name: "topology", Kind: param.Choice, Default: "grid",
		Choices: []string{"grid", "line", "tree", "tree2", "tree3", "tree4", "total", "star", "random", "hypercube"},
		Doc:     "who is whose neighbor"},
		func(t *Trial) any { return &t.Topology }, nil},
	{param.Decl{Name: "degree", Kind: param.Int, Default: "4", Min: 2, Max: 1000, Unit: "neighbors",
		Doc: "neighbors of each node in topology random"},
		func(t *Trial) any { return &t.Degree }, nil},
	{param.Decl{Name: "latency", Kind: param.Duration, Default: "0s",
		Doc: "mean time that a message between nodes takes"},
		func(t *Trial) any { return &t.Latency }, nil},
	{param.Decl{Name: "latency_min", Kind: param.Duration, Default: "0s",
		Doc: "the least that a message takes; latency_dist spreads the rest of latency (Maelstrom has 0)"},
		func(t *Trial) any { return &t.LatencyMin }, nil},
	{param.Decl{Name: "latency_dist", Kind: param.Choice, Default: "constant", Choices: []string{"constant", "uniform", "exponential"},
		Doc: "how latencies are spread round their mean"},
		func(t *Trial) any { return &t.LatencyDist }, nil},
	{param.Decl{Name: "network", Kind: param.Choice, Default: "maelstrom", Choices: []string{"maelstrom", "ideal"},
		Doc: "maelstrom: a message on its way holds up all that come after it to the same node; ideal: it does not"},
		func(t *Trial) any { return &t.Network }, nil},
	{param.Decl{Name: "message_time", Kind: param.Duration, Default: "0s", Max: 0.001,
		Doc: "what a message between nodes takes of the machine that all nodes share, one at a time: real Maelstrom took about 10µs (backend sim, network maelstrom, workloads broadcast, g-set and dissemination)"},
		func(t *Trial) any { return &t.MessageTime }, nil},
	{param.Decl{Name: "jitter", Kind: param.Duration, Default: "100µs", Max: 0.01,
		Doc: "mean time, exponential, that the thread which delivers to a node takes to wake; with 0s messages that left together arrive together, and nodes that answer requests, and their clients, take no time of their own (backend sim, network maelstrom; real threads have their own)"},
		func(t *Trial) any { return &t.Jitter }, nil},
	{param.Decl{Name: "loss", Kind: param.Float, Default: "0", Max: 1,
		Doc: "share of the messages between nodes, or nodes and services, that are lost"},
		func(t *Trial) any { return &t.Loss }, nil},
	{param.Decl{Name: "duplicate", Kind: param.Float, Default: "0", Max: 1,
		Doc: "share of the messages between nodes, or nodes and services, that arrive twice"},
		func(t *Trial) any { return &t.Duplicate }, nil},
	{param.Decl{Name: "stall", Kind: param.Float, Default: "0", Max: 100, Unit: "1/s",
		Doc: "how often a second the thread that delivers to some node stops for 50 to 300 ms (network maelstrom)"},
		func(t *Trial) any { return &t.Stall }, nil},
	{param.Decl{Name: "rounds", Kind: param.Choice, Default: "asynchronous", Choices: []string{"asynchronous", "synchronous"},
		Doc: "synchronous: all nodes act at once, every latency, on the state at the start of the round, as in textbooks (backend sim, workload dissemination)"},
		func(t *Trial) any { return &t.Rounds }, nil},
	{param.Decl{Name: "values", Kind: param.Int, Default: "1", Min: 1, Max: 1_000_000, Unit: "values",
		Doc: "how many values a dissemination spreads; they come at rate, or all at once where rate is 0"},
		func(t *Trial) any { return &t.Spread }, nil},
	{param.Decl{Name: "origins", Kind: param.Choice, Default: "random", Choices: []string{"random", "first", "each"},
		Doc: "where values of a dissemination enter: at random nodes, all at the first node, or at each node in turn"},
		func(t *Trial) any { return &t.Origins }, nil},
	{param.Decl{Name: "until", Kind: param.Choice, Default: "quiet", Choices: []string{"quiet", "complete"},
		Doc: "when a dissemination ends before its time_limit: when nothing is on its way and no timer set, or when all live nodes have all values"},
		func(t *Trial) any { return &t.Until }, nil},
	{param.Decl{Name: "dead", Kind: param.Float, Default: "0", Max: 0.999,
		Doc: "share of the nodes that are down from the start of a dissemination"},
		func(t *Trial) any { return &t.Dead }, nil},
	{param.Decl{Name: "churn", Kind: param.Float, Default: "0", Max: 1000, Unit: "1/s",
		Doc: "share of the nodes that are replaced by fresh ones each second of a dissemination"},
		func(t *Trial) any { return &t.Churn }, nil},
	{param.Decl{Name: "key_count", Kind: param.Int, Default: "10", Min: 1, Max: 60, Unit: "keys",
		Doc: "keys that ops are about at a time (kafka and transactions)"},
		func(t *Trial) any { return &t.KeyCount }, nil},
	{param.Decl{Name: "max_writes_per_key", Kind: param.Int, Default: "16", Min: 1, Max: 1_000_000, Unit: "writes",
		Doc: "after how many writes a key is given up for a new one (kafka and transactions)"},
		func(t *Trial) any { return &t.MaxWritesPerKey }, nil},
	{param.Decl{Name: "max_txn_length", Kind: param.Int, Default: "4", Min: 1, Max: 1000, Unit: "micro-ops",
		Doc: "most reads and writes of a transaction"},
		func(t *Trial) any { return &t.MaxTxnLength }, nil},
	{param.Decl{Name: "consistency_models", Kind: param.Text, Default: "strict-serializable",
		Doc: "what transactions are to keep, joined by +: " + strings.Join(ConsistencyModels, ", ")},
		func(t *Trial) any { return &t.ConsistencyModels }, consistencyForm},
	{param.Decl{Name: "rate", Kind: param.Float, Default: "5", Max: 1e6, Unit: "ops/s",
		Doc: "client ops a second, over all clients"},
		func(t *Trial) any { return &t.Rate }, nil},
	{param.Decl{Name: "time_limit", Kind: param.Duration, Default: "1m0s",
		Doc: "how long clients send ops"},
		func(t *Trial) any { return &t.TimeLimit }, nil},
	{param.Decl{Name: "concurrency", Kind: param.Text, Default: "1n",
		Doc: "number of clients, or of clients a node (2n)"},
		func(t *Trial) any { return &t.Concurrency }, concurrencyForm},
	{param.Decl{Name: "recovery", Kind: param.Duration, Default: "10s",
		Doc: "pause between the heal and the final reads; a workload without those (echo, unique-ids, lin-kv, transactions) ends with its last op. Nodes go on for a tenth of it after the last op, as under Maelstrom"},
		func(t *Trial) any { return &t.Recovery }, nil},
	{param.Decl{Name: "rpc_timeout", Kind: param.Duration, Default: "5s", Min: 0.001, Max: 3600,
		Doc: "how long a client waits for an answer; in lin-kv the default is 1s, or 10 × latency if that is more, as in Maelstrom"},
		func(t *Trial) any { return &t.RPCTimeout }, nil},
	{param.Decl{Name: "availability", Kind: param.Text,
		Doc: "least share of ops that must succeed: total, or a number from 0 to 1"},
		func(t *Trial) any { return &t.Availability }, availabilityForm},
	{param.Decl{Name: "nemesis", Kind: param.Text, Default: "none",
		Doc: "none, or faults joined by +: " + strings.Join(Faults, ", ")},
		func(t *Trial) any { return &t.Nemesis }, nemesisForm},
	{param.Decl{Name: "nemesis_interval", Kind: param.Duration, Default: "10s", Min: 0.001, Max: 86400,
		Doc: "mean time between the start and the end of a fault, and until the next"},
		func(t *Trial) any { return &t.NemesisInterval }, nil},
}

// Workloads are Maelstrom's workloads, by Maelstrom's names, and our own dissemination.
var Workloads = []string{
	"broadcast", "dissemination", "echo", "unique-ids", "g-set", "g-counter", "pn-counter",
	"lin-kv", "kafka", "txn-rw-register", "txn-list-append",
}

// ConsistencyModels are the legal levels of consistency_models, weaker ones first.
var ConsistencyModels = []string{
	"read-uncommitted", "read-committed", "monotonic-atomic-view", "repeatable-read", "snapshot-isolation",
	"serializable", "strict-serializable",
}

// late are settings that were added after results had been stored, and whose default
// differs from what those trials had.
var late = []lateSetting{
	{"jitter", "0s"},
}

// lateSetting describes such a setting. An ID counts it unless it has the level before.
type lateSetting struct {
	name   string
	before string // the level of a trial whose line lacks the setting
}

// unnamed has the levels that an ID does not count: the defaults, and before for late
// settings.
var unnamed = func() Trial {
	t := defaults
	for _, l := range late {
		assign(settings[byName[l.name]].field(&t), l.before)
	}
	return t
}()

// Settings returns the declarations of all settings, in the order of the documentation.
func Settings() []param.Decl {
	decls := make([]param.Decl, len(settings))
	for i, s := range settings {
		decls[i] = s.Decl
	}
	return decls
}

// NamesOf returns every setting, in order of declaration, and every parameter in results,
// sorted by name. It leaves rpc_timeout out if nobody chose it: then it only follows from
// other settings.
func NamesOf(results []Result) []string {
	var all []string
	for _, s := range settings {
		if s.Name != "rpc_timeout" || slices.ContainsFunc(results, chosenTimeout) {
			all = append(all, s.Name)
		}
	}
	params := map[string]bool{}
	for i := range results {
		for name := range results[i].Trial.Params {
			params[name] = true
		}
	}
	return append(all, slices.Sorted(maps.Keys(params))...)
}

// chosenTimeout reports whether rpc_timeout is known and differs from its default.
func chosenTimeout(r Result) bool {
	t := &r.Trial
	return t.RPCTimeout != RPCTimeout(t.Workload, t.Latency) && !t.lacks("rpc_timeout")
}

// byName maps the name of a setting to its index.
var byName = func() map[string]int {
	index := map[string]int{}
	for i, s := range settings {
		index[s.Name] = i
	}
	return index
}()

// defaults is a trial with every setting at its default.
var defaults = func() Trial {
	var t Trial
	for _, s := range settings {
		assign(s.field(&t), s.Default)
	}
	return t
}()

// FindSetting returns the setting of that name.
func FindSetting(name string) (*Setting, bool) {
	i, ok := byName[name]
	if !ok {
		return nil, false
	}
	return &settings[i], true
}

// Set sets the field of a trial to a text in canonical form.
func (s *Setting) Set(t *Trial, canonical string) { assign(s.field(t), canonical) }

// Conditional reports whether there are trials that the setting does not concern.
func (s *Setting) Conditional() bool { return len(needsOf[byName[s.Name]]) > 0 }

// Needs returns the needs of trials that the setting concerns.
func (s *Setting) Needs() []Need { return needs[s.Name] }

// Lacking returns a need of the setting that the trial does not satisfy, and whether
// there is one.
func (s *Setting) Lacking(t *Trial) (Need, bool) { return t.lacking(byName[s.Name]) }

// Parse returns text in canonical form. The error names what was wanted and what came.
func (s *Setting) Parse(text string) (string, error) {
	if s.form != nil {
		canonical, want := s.form(text)
		if want != "" {
			return "", fmt.Errorf("want %s, got %q", want, text)
		}
		return canonical, nil
	}
	if s.Kind == param.Text {
		return text, CheckText(text)
	}
	return s.Decl.Parse(text)
}

// CheckText refuses characters that could make two texts look the same in an ID or on a
// terminal.
func CheckText(text string) error {
	if !plain.Is(text) {
		return fmt.Errorf("want text without control or formatting characters, got %q", text)
	}
	return nil
}

// Faults are the kinds of faults of a nemesis; see package workload.
var Faults = []string{"partition", "one-way", "slow", "kill", "pause"}

func nemesisForm(text string) (canonical, want string) {
	want = "none, or some of " + strings.Join(Faults, ", ") + ", joined by +"
	if text == "none" {
		return text, ""
	}
	kinds := strings.Split(text, "+")
	var ordered []string
	for _, fault := range Faults {
		if slices.Contains(kinds, fault) {
			ordered = append(ordered, fault)
		}
	}
	if len(ordered) != len(kinds) {
		return "", want
	}
	return strings.Join(ordered, "+"), ""
}

func consistencyForm(text string) (canonical, want string) {
	models := strings.Split(text, "+")
	var ordered []string
	for _, model := range ConsistencyModels {
		if slices.Contains(models, model) {
			ordered = append(ordered, model)
		}
	}
	if len(ordered) != len(models) {
		return "", "some of " + strings.Join(ConsistencyModels, ", ") + ", joined by +"
	}
	return strings.Join(ordered, "+"), ""
}

// maxConcurrency bounds the number in a concurrency. Chosen: no backend can serve a
// million clients, or a million clients per node.
const maxConcurrency = 1_000_000

func concurrencyForm(text string) (canonical, want string) {
	digits, perNode := strings.CutSuffix(text, "n")
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < 1 || n > maxConcurrency {
		return "", "an integer from 1 to 1000000, or one followed by n for so many a node"
	}
	if canonical = strconv.FormatUint(n, 10); perNode {
		canonical += "n"
	}
	return canonical, ""
}

func availabilityForm(text string) (canonical, want string) {
	if text == "" || text == "total" {
		return text, ""
	}
	x, err := ParseNumber(text)
	if err != nil || x < 0 || x > 1 {
		return "", "total, or a number from 0 to 1"
	}
	return strconv.FormatFloat(x, 'g', -1, 64), ""
}

// format returns a field of Trial in canonical form.
func format(field any) string {
	switch p := field.(type) {
	case *string:
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *time.Duration:
		return p.String()
	}
	panic(fmt.Sprintf("experiment: no form for %T", field))
}

// assign sets a field of Trial from its canonical form.
func assign(field any, canonical string) {
	var err error
	switch p := field.(type) {
	case *string:
		*p = canonical
	case *int:
		*p, err = strconv.Atoi(canonical)
	case *float64:
		*p, err = strconv.ParseFloat(canonical, 64)
	case *time.Duration:
		*p, err = time.ParseDuration(canonical)
	}
	if err != nil {
		panic("trial: " + err.Error())
	}
}

// equal reports whether two fields of the same setting are equal.
func equal(a, b any) bool {
	switch p := a.(type) {
	case *string:
		return *p == *b.(*string)
	case *int:
		return *p == *b.(*int)
	case *float64:
		return *p == *b.(*float64)
	case *time.Duration:
		return *p == *b.(*time.Duration)
	}
	panic(fmt.Sprintf("experiment: no setting is a %T", a))
}

// ParseNumber parses a finite number.
func ParseNumber(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = strconv.ErrRange
	}
	return x, err
}

// SettingNames returns the names of all settings, in order of declaration.
func SettingNames() []string {
	all := make([]string, len(settings))
	for i, s := range settings {
		all[i] = s.Name
	}
	return all
}
