package standin

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// options are Maelstrom's options, by their names on the command line.
type options struct {
	text map[string]string
	args []string // of the node
	argv []string // all arguments
}

// option is one of Maelstrom's options.
type option struct {
	standard string
	accepts  func(string) bool
	want     string
}

func matches(expr string) func(string) bool {
	return regexp.MustCompile("^(?:" + expr + ")$").MatchString
}

func oneOf(choices ...string) option {
	return option{choices[0], matches(strings.Join(choices, "|")), "Must be one of " + strings.Join(choices, ", ")}
}

const (
	whole  = `\d+`
	number = `\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`
)

func positive(s string) bool {
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && x > 0
}

// known are the options that a trial may use, with Maelstrom's defaults and checks.
//
// Source: test-opt-spec and opt-spec in maelstrom/core.clj; test-opt-spec in
// jepsen/cli.clj for concurrency and time limit.
var known = map[string]option{
	"-w": oneOf("lin-kv", "broadcast", "echo", "g-counter", "g-set", "kafka", "pn-counter", "txn-list-append",
		"txn-rw-register", "unique-ids"),
	"--bin":              {"", matches(".+"), "Expected a --bin PATH_TO_BINARY to test"},
	"--node-count":       {"5", func(s string) bool { return matches(whole)(s) && positive(s) }, "Must be positive."},
	"--time-limit":       {"60", func(s string) bool { return matches(whole)(s) && positive(s) }, "Must be positive"},
	"--rate":             {"5", matches(number), "Can't be negative"},
	"--concurrency":      {"1n", matches(whole + "n?"), "Must be an integer, optionally followed by n."},
	"--latency":          {"0", matches(whole), "Must be non-negative"},
	"--latency-dist":     oneOf("constant", "uniform", "exponential"),
	"--topology":         oneOf("grid", "line", "total", "tree", "tree2", "tree3", "tree4"),
	"--nemesis":          {"", matches("partition"), "Must be one of partition"},
	"--nemesis-interval": {"10", func(s string) bool { return matches(number)(s) && positive(s) }, "Must be positive"},
	"--availability":     {"", matches(`total|0(?:\.\d+)?|1(?:\.0+)?`), "must be either 'total' or a number between 0 and 1."},
}

// Complaints returns Maelstrom's complaints about a command line; none if it would run a
// test.
func Complaints(argv []string) []string {
	_, complaints := parse(argv)
	return complaints
}

// parse parses a command line. The complaints are those of Jepsen's cli.
func parse(argv []string) (options, []string) {
	opts := options{text: map[string]string{}, argv: argv}
	for name, o := range known {
		opts.text[name] = o.standard
	}
	if len(argv) == 0 || argv[0] != "test" {
		return opts, []string{"Usage: lein run -- COMMAND [OPTIONS ...]"}
	}
	var complaints []string
	rest := argv[1:]
	for len(rest) > 0 && rest[0] != "--" {
		name := rest[0]
		o, is := known[name]
		switch {
		case !is:
			complaints = append(complaints, fmt.Sprintf("Unknown option: %q", name))
			rest = rest[1:]
		case len(rest) == 1:
			complaints = append(complaints, fmt.Sprintf("Missing required argument for %q", name))
			rest = nil
		default:
			if !o.accepts(rest[1]) {
				complaints = append(complaints, fmt.Sprintf("Failed to validate %q: %s", name+" "+rest[1], o.want))
			}
			opts.text[name] = rest[1]
			rest = rest[2:]
		}
	}
	if len(rest) > 0 {
		opts.args = rest[1:]
	}
	if opts.text["--bin"] == "" {
		complaints = append(complaints, known["--bin"].want)
	}
	return opts, complaints
}

// nodes returns the number of nodes.
func (o options) nodes() int {
	n, _ := strconv.Atoi(o.text["--node-count"]) // checked by parse
	return n
}

// clients returns the number of clients.
func (o options) clients() int {
	digits, perNode := strings.CutSuffix(o.text["--concurrency"], "n")
	n, _ := strconv.Atoi(digits) // checked by parse
	if perNode {
		n *= o.nodes()
	}
	return n
}

// test returns the test's map as Clojure prints it to the log, as far as it is read, with
// some parts that a reader of EDN cannot parse.
func (o options) test() string {
	quoted := func(words []string) string {
		var b strings.Builder
		for i, word := range words {
			if i > 0 {
				b.WriteString("\n  ")
			}
			b.WriteString(strconv.Quote(word))
		}
		return b.String()
	}
	availability := "nil"
	if a := o.text["--availability"]; a == "total" {
		availability = ":total"
	} else if a != "" {
		availability = a
	}
	rate, _ := strconv.ParseFloat(o.text["--rate"], 64) // checked by parse
	return fmt.Sprintf(`{:args [%s]
 :remote
 #jepsen.control.retry.Remote{:remote #jepsen.control.scp.Remote{:cmd-remote nil}, :conn nil}
 :node-count %d
 :availability %s
 :concurrency %d
 :nemesis-interval %s
 :rate %s
 :argv
 (%s)
 :nemesis
 (jepsen.nemesis.ReflCompose
  {:nemeses [#unprintable "jepsen.nemesis.combined$partition_nemesis$reify__20455@4fe3c938"]})
 :latency {:mean %s, :dist :%s}
 :bin %q
 :generator
 ((jepsen.generator.Mix {:i 0, :gens [({:f :broadcast, :value 0} ...)]}))
 :time-limit %s
 :workload :%s
 :topology :%s}
`, quoted(o.args), o.nodes(), availability, o.clients(), o.text["--nemesis-interval"],
		strconv.FormatFloat(rate, 'f', 1, 64), quoted(o.argv), o.text["--latency"], o.text["--latency-dist"],
		o.text["--bin"], o.text["--time-limit"], o.text["-w"], o.text["--topology"])
}
