package maelstrom

import (
	"errors"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// constants are the settings that every test of Maelstrom has.
var constants = map[string]string{
	"backend":     Name,
	"strategy":    experiment.External,
	"latency_min": "0s",
	"network":     "maelstrom",
	"loss":        "0",
	"duplicate":   "0",
	"recovery":    recovery.String(),
	"degree":      "4", // of a topology that Maelstrom does not have
}

// ClaimTimeout adds rpc_timeout to what is known of a test, unless it is there or
// depends on a latency that is not.
func ClaimTimeout(known map[string]string) {
	latency, err := time.ParseDuration(known["latency"])
	_, told := known["rpc_timeout"]
	if workload := known["workload"]; !told && workload != "" && (err == nil || workload != "lin-kv") {
		known["rpc_timeout"] = experiment.RPCTimeout(workload, latency).String()
	}
}

// logged returns the settings of a test that its log tells, under the names and
// in the forms of an experiment file. One that it does not tell is absent.
//
// The log has the test as Clojure prints it, most of which no reader of EDN need
// be able to read: so each value is read by itself, where a line begins with its
// key.
func logged(text string) map[string]string {
	known := map[string]string{}
	note := func(name, value string, is bool) {
		if is {
			known[name] = value
		}
	}
	workload := entryOf(text, "workload")
	note("workload", workload.Text(), workload.Text() != "")
	nodes, isCount := entryOf(text, "node-count").Int()
	if !isCount {
		nodes = int64(entryOf(text, "nodes").Len())
		isCount = nodes > 0
	}
	note("nodes", strconv.FormatInt(nodes, 10), isCount)
	clients, isCount := entryOf(text, "concurrency").Int()
	note("concurrency", perNode(clients, nodes), isCount && clients > 0)
	rate, isNumber := entryOf(text, "rate").Float()
	note("rate", decimal(rate), isNumber)
	limit, isNumber := entryOf(text, "time-limit").Float()
	note("time_limit", seconds(limit), isNumber)
	topology := entryOf(text, "topology").Text()
	note("topology", topology, topology != "")
	latency := entryOf(text, "latency")
	mean, isNumber := latency.At("mean").Float()
	if !isNumber { // Maelstrom 0.2.0 has a number for it, and no choice of distribution
		mean, isNumber = latency.Float()
	}
	note("latency", seconds(mean/1000), isNumber)
	note("latency_dist", latency.At("dist").Text(), latency.At("dist").Text() != "")
	interval, isNumber := entryOf(text, "nemesis-interval").Float()
	note("nemesis_interval", seconds(interval), isNumber)
	availability := entryOf(text, "availability")
	switch share, isNumber := availability.Float(); {
	case isNumber:
		known["availability"] = decimal(share)
	case availability.Kind() == edn.Nil:
		known["availability"] = ""
	default:
		note("availability", availability.Text(), availability.Present())
	}
	bin := entryOf(text, "bin").Text()
	note("bin", bin, bin != "")
	args := entryOf(text, "args")
	note("args", words(args), args.Present())
	if argv := entryOf(text, "argv"); argv.Present() {
		known["nemesis"] = option(argv, "--nemesis", "none")
	}
	return known
}

// entryOf returns the value of a key of the test, absent where the test does
// not have it or it cannot be read.
func entryOf(text, key string) edn.Value {
	at := regexp.MustCompile(`(?m)^[ {]:` + regexp.QuoteMeta(key) + `\s`).FindStringIndex(text)
	if at == nil {
		return edn.Value{}
	}
	value, err := edn.NewDecoder("jepsen.log", strings.NewReader(text[at[1]:])).Decode()
	if err != nil {
		return edn.Value{}
	}
	return value
}

// perNode writes a number of clients as Maelstrom's own default has it where
// it can: 1n for one a node.
func perNode(clients, nodes int64) string {
	if nodes > 0 && clients%nodes == 0 {
		return strconv.FormatInt(clients/nodes, 10) + "n"
	}
	return strconv.FormatInt(clients, 10)
}

// seconds writes a number of seconds as a duration.
func seconds(x float64) string {
	return time.Duration(x * float64(time.Second)).String()
}

// words joins strings by spaces, in quotes where an args setting needs them.
func words(list edn.Value) string {
	var all []string
	for _, item := range list.Items() {
		word := item.Text()
		if word == "" || strings.ContainsAny(word, " \t'\"\\") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

// option returns the value of an option among Maelstrom's arguments, as
// "--nemesis partition" or "--nemesis=partition".
func option(argv edn.Value, name, otherwise string) string {
	items := argv.Items()
	for i, item := range items {
		text := item.Text()
		if text == "--" { // the node's follow
			break
		}
		if text == name && i+1 < len(items) {
			return items[i+1].Text()
		}
		if value, is := strings.CutPrefix(text, name+"="); is {
			return value
		}
	}
	return otherwise
}

// folderTime is how Jepsen names the folder of a test.
const folderTime = "20060102T150405.000Z0700"

// began returns when a test began, in RFC 3339, by what its log says of it or by
// its folder's name. The times at which the log's entries were written do not
// tell: they are the local clock's, whatever the {GMT} behind them says.
func began(settings, folder string) string {
	var at time.Time
	object := entryOf(settings, "start-time").Untagged().Items() // #object[CLASS ADDRESS "2026-11-21T02:44:14.076Z"]
	err := errors.New("nothing known")
	if len(object) > 0 {
		at, err = time.Parse(time.RFC3339, object[len(object)-1].Text())
	}
	if absolute, bad := filepath.Abs(folder); err != nil && bad == nil {
		at, err = time.Parse(folderTime, filepath.Base(absolute))
	}
	if err != nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
