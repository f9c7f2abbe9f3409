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

// hearing is what a history tells that results.edn does not.
type hearing struct {
	checkers *checker.Checkers // that have heard it all; nil where nothing is known of its ops
	assumed  string            // see Test

	digest    string // of the history unpacked; empty where there is none, or only a part of it
	ops       int
	faults    bool
	clients   int             // 0 where it is not known
	nodes     int             // that faults speak of, 0 where none does
	micro     map[string]bool // what transactions are made of
	negative  bool            // an add of less than zero
	processes map[int]bool
	crashed   bool // some op ended in info, so some client was replaced
	finals    int  // last reads, one a client
}

// hear reads a history, and shows it to checkers, unless they are nil; an empty path
// is one without ops.
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

// note takes what an op tells of the test's settings.
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

// nodesIn returns how many nodes there must be for a fault such as
// [:isolated {"n2" #{"n1" "n4"}, …}].
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

// alone are the workloads whose tests have a client a node, as is the default:
// Maelstrom's documentation and the Gossip Glomers never ask for more in them.
var alone = []string{"broadcast", "echo", "g-counter", "g-set", "pn-counter", "unique-ids"}

// settings returns what the history tells of the settings of a test with that
// workload. The rate, the time limit and all that concerns the network it does
// not tell.
func (h *hearing) settings(workload string) map[string]string {
	known := map[string]string{}
	if h.ops == 0 || h.digest == "" {
		return known
	}
	known["nemesis"] = "none"
	if h.faults {
		known["nemesis"] = "partition" // Maelstrom has no other
	} else {
		known["nemesis_interval"] = "10s" // of nothing
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

// namedFolder returns the workload that a test's folder is named by, as in
// store/WORKLOAD/TIME; empty where it is not.
func namedFolder(folder string) string {
	absolute, err := filepath.Abs(folder)
	if name := filepath.Base(filepath.Dir(absolute)); err == nil && slices.Contains(workloads, name) {
		return name
	}
	return ""
}

// workloadOf says which workload a test had, by its folder, store/WORKLOAD/TIME,
// or by its ops; empty where neither tells.
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
	case asked("add") && heard.negative: // g-counter never takes away
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

// known returns the settings that decide which checkers a history needs: those of
// the trial, else those that the log tells or the folder and the results show.
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
		switch { // of which only the history tells more, and whose checkers are the same
		case asked.At("add").Present():
			settings["workload"] = "g-counter"
		case asked.At("txn").Present():
			settings["workload"] = "txn-rw-register"
		}
	}
	return settings
}
