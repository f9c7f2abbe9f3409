package maelstrom

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// constants are the settings that every test of Maelstrom has.
var constants = map[string]string{
	"backend":      Name,
	"strategy":     trial.External,
	"latency_min":  "0s",
	"network":      "maelstrom",
	"message_time": "0s",
	"loss":         "0",
	"duplicate":    "0",
	"stall":        "0",
	"recovery":     recovery.String(),
	"degree":       "4", // of a topology that Maelstrom lacks
}

// ClaimTimeout adds the default rpc_timeout to known settings, unless it is there or
// depends on an unknown latency.
func ClaimTimeout(known map[string]string) {
	latency, err := time.ParseDuration(known["latency"])
	_, told := known["rpc_timeout"]
	if workload := known["workload"]; !told && workload != "" && (err == nil || workload != "lin-kv") {
		known["rpc_timeout"] = trial.RPCTimeout(workload, latency).String()
	}
}

// logged returns the settings in the log of a test, under the names and in the forms of
// an experiment file. A setting that the log lacks is absent.
//
// The log has the test's map as Clojure prints it, most of which a reader of EDN cannot
// always parse. So each value is parsed separately, at a line that begins with its key.
// What cannot be parsed is taken from the command line.
func logged(log testLog) map[string]string {
	argv := commandLine(log)
	known := fromCommand(argv)
	text := log.settings
	note := func(name, value string, is bool) {
		if is {
			known[name] = value
		}
	}
	number := func(name, key string) {
		n, is := entryOf(text, key).Int()
		note(name, strconv.FormatInt(n, 10), is)
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
	if !isNumber { // a number in Maelstrom 0.2.0, which has no choice of distribution
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
	number("max_txn_length", "max-txn-length")
	number("max_writes_per_key", "max-writes-per-key")
	number("key_count", "key-count")
	models := entryOf(text, "consistency-models")
	note("consistency_models", joinModels(texts(models)), models.Len() > 0)
	bin := entryOf(text, "bin").Text()
	note("bin", bin, bin != "")
	args := entryOf(text, "args")
	note("args", words(texts(args)), args.Present())
	if workload := known["workload"]; workload != "" {
		complete(known, workload, len(argv) > 0)
	}
	return known
}

// complete drops the settings that do not concern the workload, and adds the default that
// Maelstrom's log lacks if nobody set it.
//
// Source: wr-txns in elle/src/elle/txn.clj, which draws keys exponentially.
func complete(known map[string]string, workload string, commanded bool) {
	txn := strings.HasPrefix(workload, "txn-")
	if !txn {
		delete(known, "max_txn_length")
		delete(known, "consistency_models")
	}
	if !txn && workload != "kafka" {
		delete(known, "max_writes_per_key")
		delete(known, "key_count")
	} else if _, told := known["key_count"]; !told && commanded {
		known["key_count"] = "10"
	}
}

// commandLine returns Maelstrom's arguments from a log.
func commandLine(log testLog) []string {
	if argv := entryOf(log.settings, "argv"); argv.Present() {
		return texts(argv)
	}
	line, _, _ := strings.Cut(log.command, "\n")
	argv, ok := trial.SplitArguments(line)
	if i := slices.Index(argv, "test"); ok && i >= 0 { // after "lein run"
		return argv[i:]
	}
	return nil
}

// options are Maelstrom's options and the settings that they set.
//
// Source: test-opt-spec and opt-spec in maelstrom/core.clj.
var options = map[string]string{
	"-w": "workload", "--workload": "workload", "--bin": "bin", "--node-count": "nodes", "--concurrency": "concurrency",
	"--rate": "rate", "--topology": "topology", "--latency-dist": "latency_dist", "--nemesis": "nemesis", "--availability": "availability",
	"--key-count": "key_count", "--max-txn-length": "max_txn_length", "--max-writes-per-key": "max_writes_per_key",
	"--time-limit": "time_limit", "--nemesis-interval": "nemesis_interval", "--latency": "latency", "--consistency-models": "consistency_models",
}

// fromCommand returns the settings in a command line. They always include the nemesis: if
// the command line has none, there was none.
func fromCommand(argv []string) map[string]string {
	known := map[string]string{}
	if len(argv) == 0 {
		return known
	}
	known["nemesis"] = "none"
	for i := 0; i < len(argv); i++ {
		if argv[i] == "--" { // the node's arguments follow
			known["args"] = words(argv[i+1:])
			break
		}
		name, value, joined := strings.Cut(argv[i], "=")
		setting, is := options[name]
		if !is {
			continue
		}
		if !joined {
			if i++; i == len(argv) {
				break
			}
			value = argv[i]
		}
		x, err := strconv.ParseFloat(value, 64)
		switch setting {
		case "time_limit", "nemesis_interval":
			value = seconds(x)
		case "latency":
			value = seconds(x / 1000)
		case "rate":
			value = decimal(x)
		case "consistency_models":
			value, err = joinModels(commas.Split(value, -1)), nil
		case "nemesis":
			value, err = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }), "+"), nil
		default:
			err = nil
		}
		if err == nil {
			known[setting] = value
		}
	}
	return known
}

// commas separate the models in an option.
//
// Source: consistency-models in maelstrom/core.clj.
var commas = regexp.MustCompile(`\s+,\s+`)

// joinModels returns consistency models in the form of a setting.
func joinModels(models []string) string {
	models = slices.Clone(models)
	for i, model := range models {
		if model == "strong-serializable" { // Elle's other name
			models[i] = "strict-serializable"
		}
	}
	return strings.Join(models, "+")
}

// entryOf returns the value of a key of the test's map. It is absent if the key is
// missing or its value cannot be parsed.
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

// perNode returns a number of clients in the form of Maelstrom's default if possible: 1n
// for one per node.
func perNode(clients, nodes int64) string {
	if nodes > 0 && clients%nodes == 0 {
		return strconv.FormatInt(clients/nodes, 10) + "n"
	}
	return strconv.FormatInt(clients, 10)
}

// seconds returns a number of seconds as a duration.
func seconds(x float64) string {
	return time.Duration(x * float64(time.Second)).String()
}

// texts returns the texts of a list.
func texts(list edn.Value) []string {
	var all []string
	for _, item := range list.Items() {
		all = append(all, item.Text())
	}
	return all
}

// words joins arguments with spaces, quoted where the setting args needs it.
func words(arguments []string) string {
	var all []string
	for _, word := range arguments {
		if word == "" || strings.ContainsAny(word, " \t'\"\\") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

// folderTime is the form of the name of a test's folder in Jepsen.
const folderTime = "20060102T150405.000Z0700"

// began returns when a test began, in RFC 3339, from its log or the name of its folder.
// The times of the log's entries are not used: they are in local time, although {GMT}
// follows them.
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
