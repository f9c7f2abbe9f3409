package workload

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/strategies/server"
)

// recorded is a test of real Maelstrom with its history.
type recorded struct {
	name     string
	file     string
	workload string
	nodes    int
	threads  int
	rate     float64 // 0 if unknown
	limit    time.Duration
}

const shared = "../../../shared/data/"

// recordings returns the tests with histories in shared's three folders.
func recordings(t *testing.T) []recorded {
	t.Helper()
	var all []recorded
	reference, _ := filepath.Glob(shared + "reference/*/*/history.edn.gz")
	for _, file := range reference {
		all = append(all, recorded{filepath.Dir(file), file, "broadcast", 25, 25, 100, 20 * time.Second})
	}
	commands, _ := filepath.Glob(shared + "maelstrom/*/command.txt")
	for _, name := range commands {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := recorded{name: filepath.Dir(name), file: filepath.Join(filepath.Dir(name), "history.edn.gz")}
		if _, err := os.Stat(r.file); err != nil {
			continue
		}
		option := func(name, without string) string {
			if m := regexp.MustCompile(" -?-" + name + ` ([\w-]+)`).FindSubmatch(text); m != nil {
				return string(m[1])
			}
			return without
		}
		number := func(text string) int {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return n
		}
		r.workload, r.nodes, r.rate = option("w", ""), number(option("node-count", "5")), float64(number(option("rate", "5")))
		concurrency := option("concurrency", "1n")
		r.threads = number(concurrency[:len(concurrency)-1]) * r.nodes
		r.limit = time.Duration(number(option("time-limit", "60"))) * time.Second
		all = append(all, r)
	}
	return append(all, community(t)...)
}

// community returns histories of broadcast that other people published.
func community(t *testing.T) (all []recorded) {
	t.Helper()
	file, err := os.Open(shared + "community/INDEX.tsv")
	if err != nil {
		return nil
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.Comma, table.FieldsPerRecord, table.LazyQuotes = '\t', -1, true
	rows, err := table.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		kept := row[column["history"]]
		nodes, err := strconv.Atoi(row[column["node_count"]])
		if kept == "" || err != nil {
			continue
		}
		all = append(all, recorded{name: kept, file: shared + "community/" + kept, workload: row[column["workload"]], nodes: nodes, threads: nodes})
	}
	return all
}

// read calls each with the ops of the history before the first final one. Jepsen writes
// two lines for each action of the nemesis, before and after it; read reports the first.
func (r *recorded) read(t *testing.T, each func(history.Op)) {
	t.Helper()
	file, err := os.Open(r.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	reader, faults := history.NewReader(r.name, text), 0
	began := time.Duration(-1)
	for {
		op, err := reader.Read()
		if began < 0 {
			began = op.Time // the time limit counts from the first op: TimeLimit in jepsen.generator
		}
		if err == io.EOF || op.Final || r.limit > 0 && op.Time > began+r.limit {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if op.Process == history.Nemesis {
			if faults++; faults%2 == 0 {
				continue
			}
		}
		each(op)
	}
}

// generator returns the workload's generator for the recorded numbers of nodes and
// threads.
func (r *recorded) generator() (trial.Trial, *Generator) {
	tr := trial.Default()
	tr.Nodes, tr.Nemesis = r.nodes, "none"
	return tr, Protocols[r.workload].Generator(tr, r.threads)
}

// TestTurns: for each op of a recorded test of real Maelstrom, Clients choose the same
// thread if the same threads are busy. Random choices are replaced by the recorded ones:
// in lin-kv the group and whether it reads, in echo the thread.
func TestTurns(t *testing.T) {
	checked := map[string]int{}
	for _, r := range recordings(t) {
		if r.workload == server.Echo {
			continue
		}
		tr, ops := r.generator()
		var drawn int // the recorded thread
		if ops.Among != nil {
			size := 2 * r.nodes
			ops.Among = func(*rand.Rand, func(int) bool) (first, end int) {
				switch first = drawn / size * size; {
				case drawn < r.nodes:
					return 0, r.nodes
				case drawn < size:
					return r.nodes, size
				}
				return first, first + size
			}
		}
		c := NewClients(tr, r.threads, ops)
		busy, wrong, all := map[int]bool{}, 0, 0
		r.read(t, func(op history.Op) {
			drawn = op.Process % r.threads
			switch {
			case op.Process == history.Nemesis:
				c.Fault()
			case op.Type != history.Invoke:
				delete(busy, drawn)
			default:
				thread, _ := c.Start(time.Duration(all), func(i int) bool { return !busy[i] })
				if thread != drawn {
					wrong++
				}
				busy[drawn] = true
				all++
			}
		})
		checked[r.workload] += all
		if wrong > 0 {
			t.Errorf("%s: %d of %d ops came on another thread", r.name, wrong, all)
		}
	}
	if len(checked) == 0 {
		t.Skip("needs the histories of ../shared/data")
	}
	for _, workload := range []string{"broadcast", server.GCounter, server.LinKV, server.Kafka, server.RWRegister, server.ListAppend, server.UniqueIDs, server.GSet} {
		if checked[workload] == 0 {
			t.Errorf("%s: no history of it was read", workload)
		}
	}
}

// TestShares: Clients start as many ops as a recorded test, with threads busy for as long
// as they were then, and each thread gets about as many ops. Random choices differ:
// groups in lin-kv, threads in echo. The counts are binomial, so a count of n has a
// standard deviation of at most √n, and so has the recorded one. They must be within five
// of both together.
func TestShares(t *testing.T) {
	all := recordings(t)
	if len(all) == 0 {
		t.Skip("needs the histories of ../shared/data")
	}
	for _, r := range all {
		tr, ops := r.generator()
		c := NewClients(tr, r.threads, ops)
		got, want := make([]float64, r.threads), make([]float64, r.threads)
		until := make([]time.Duration, r.threads) // when each of our threads is free again
		took, n := r.durations(t), 0
		r.read(t, func(op history.Op) {
			switch {
			case op.Process == history.Nemesis:
				c.Fault()
			case op.Type == history.Invoke:
				want[op.Process%r.threads]++
				now := op.Time
				for { // our op may still run when the recorded one has ended
					free := 0
					for _, end := range until {
						if end <= now {
							free++
						}
					}
					if free > 0 {
						break
					}
					now += time.Millisecond
				}
				thread, _ := c.Start(now, func(i int) bool { return until[i] <= now })
				got[thread]++
				if n < len(took) {
					until[thread] = now + took[n]
				}
				n++
			}
		})
		for i := range got {
			if diff := math.Abs(got[i] - want[i]); diff > 5*math.Sqrt(got[i]+want[i]+1) {
				t.Errorf("%s: thread %d: got %v of %d ops, recorded were %v", r.name, i, got[i], n, want[i])
			}
		}
	}
}

// durations returns the duration of each op of the load, in order of invocation. An op
// without an answer counts as a second.
func (r *recorded) durations(t *testing.T) []time.Duration {
	t.Helper()
	var all []time.Duration
	asked := map[int]int{} // index in all, by process
	began := map[int]time.Duration{}
	r.read(t, func(op history.Op) {
		switch {
		case op.Process == history.Nemesis:
		case op.Type == history.Invoke:
			asked[op.Process], began[op.Process] = len(all), op.Time
			all = append(all, time.Second)
		default:
			all[asked[op.Process]] = op.Time - began[op.Process]
		}
	})
	return all
}
