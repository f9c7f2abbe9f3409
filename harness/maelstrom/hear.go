package maelstrom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// hearing is what a history shows in addition to results.edn.
type hearing struct {
	checkers *checker.Checkers // have got the whole history; nil if the workload is unknown
	assumed  string            // see Test

	digest    string // of the unpacked history; empty if there is none or only a part
	ops       int
	faults    bool
	clients   int             // 0 if unknown
	nodes     int             // number of nodes that the faults imply; 0 without faults
	micro     map[string]bool // the kinds of micro-ops in transactions
	negative  bool            // an add is negative
	processes map[int]bool
	crashed   bool // some op ended as info, so some client was replaced
	finals    int  // final reads, one per client
}

// hear reads a history and passes its ops to checkers, which may be nil. An empty path is
// a history without ops.
func hear(ctx context.Context, path string, checkers *checker.Checkers) (hearing, error) {
	h := hearing{micro: map[string]bool{}, processes: map[int]bool{}}
	if path == "" {
		return h, nil
	}
	file, err := open(ctx, path)
	if err != nil {
		return h, err
	}
	defer file.Close()
	plain, err := history.Plain(filepath.Base(path), file)
	if err != nil {
		return h, err
	}
	sum := sha256.New()
	reader := history.NewReader(filepath.Base(path), io.TeeReader(plain, sum))
	for {
		op, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return hearing{ops: h.ops}, err
		}
		if checkers != nil {
			checkers.Add(op)
		}
		h.note(op)
	}
	h.digest = hex.EncodeToString(sum.Sum(nil))
	h.checkers = checkers
	switch {
	case h.finals > 0:
		h.clients = h.finals
	case !h.crashed:
		h.clients = len(h.processes)
	}
	return h, nil
}

// note records what an op shows about the test's settings.
func (h *hearing) note(op history.Op) {
	h.ops++
	if op.Process == history.Nemesis {
		h.faults = true
		if value, is := op.Value.(edn.Value); is {
			h.nodes = max(h.nodes, nodesIn(value))
		}
		return
	}
	h.processes[op.Process] = true
	switch {
	case op.Type == history.Info:
		h.crashed = true
	case op.Type == history.Invoke && op.Final:
		h.finals++
	}
	switch value := op.Value.(type) {
	case int64:
		h.negative = h.negative || op.F == "add" && value < 0
	case edn.Value:
		if op.F == "txn" {
			for _, part := range value.Items() {
				if words := part.Items(); len(words) > 0 {
					h.micro[words[0].Text()] = true
				}
			}
		}
	}
}

// nodesIn returns the least number of nodes for a fault such as [:isolated {"n2" #{"n1"
// "n4"}, …}].
func nodesIn(value edn.Value) int {
	most := 0
	if id, is := strings.CutPrefix(value.Text(), "n"); is && value.Kind() == edn.String {
		if i, err := strconv.Atoi(id); err == nil {
			return i + 1
		}
	}
	for _, item := range value.Items() {
		most = max(most, nodesIn(item))
	}
	for key, others := range value.Pairs() {
		most = max(most, nodesIn(key), nodesIn(others))
	}
	return most
}

// alone are the workloads whose tests have one client per node, which is the default:
// neither Maelstrom's documentation nor the Gossip Glomers use more in them.
var alone = []string{"broadcast", "echo", "g-counter", "g-set", "pn-counter", "unique-ids"}

// settings returns what the history shows about the settings of a test of that workload.
// It does not show the rate, the time limit or anything about the network.
func (h *hearing) settings(workload string) map[string]string {
	known := map[string]string{}
	if h.ops == 0 || h.digest == "" {
		return known
	}
	known["nemesis"] = "none"
	if h.faults {
		known["nemesis"] = "partition" // Maelstrom has no other fault
	} else {
		known["nemesis_interval"] = "10s" // has no effect
	}
	switch {
	case h.nodes > 0:
		known["nodes"] = strconv.Itoa(h.nodes)
		if h.clients > 0 {
			known["concurrency"] = perNode(int64(h.clients), int64(h.nodes))
		}
	case h.clients > 0 && slices.Contains(alone, workload):
		known["nodes"], known["concurrency"] = strconv.Itoa(h.clients), "1n"
		h.assumed = fmt.Sprintf("nodes: taken to be %d, one for each client, as by Maelstrom's default of --concurrency 1n", h.clients)
	}
	return known
}

// namedFolder returns the workload in the path of a test's folder, store/WORKLOAD/TIME;
// "" if it has another form.
func namedFolder(folder string) string {
	absolute, err := filepath.Abs(folder)
	if name := filepath.Base(filepath.Dir(absolute)); err == nil && slices.Contains(workloads, name) {
		return name
	}
	return ""
}

// workloadOf returns the workload of a test, from its folder, store/WORKLOAD/TIME, or its
// ops; "" if neither shows it.
func workloadOf(folder string, results edn.Value, heard hearing) string {
	if name := namedFolder(folder); name != "" {
		return name
	}
	asked := func(f string) bool { return results.At("stats", "by-f", f).Present() }
	isSet := results.At("workload", "stable-count").Present()
	switch {
	case asked("broadcast"):
		return "broadcast"
	case asked("echo"):
		return "echo"
	case asked("generate"):
		return "unique-ids"
	case asked("add") && isSet:
		return "g-set"
	case asked("add") && heard.negative: // g-counter has no negative adds
		return "pn-counter"
	case asked("send"), asked("poll"):
		return "kafka"
	case asked("cas"), asked("write"):
		return "lin-kv"
	case heard.micro["append"]:
		return "txn-list-append"
	case heard.micro["w"]:
		return "txn-rw-register"
	}
	return ""
}

// known returns the settings that select the checkers of a history: those of the trial,
// else those in the log, the folder or the results.
func known(trial, told map[string]string, folder string, results edn.Value) map[string]string {
	if trial != nil {
		return trial
	}
	settings := maps.Clone(told)
	if settings["workload"] == "" {
		settings["workload"] = workloadOf(folder, results, hearing{})
	}
	if settings["workload"] == "" {
		asked := results.At("stats", "by-f")
		switch { // only the history distinguishes these workloads further, and their checkers are the same
		case asked.At("add").Present():
			settings["workload"] = "g-counter"
		case asked.At("txn").Present():
			settings["workload"] = "txn-rw-register"
		}
	}
	return settings
}
