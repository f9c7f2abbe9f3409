package checker

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// did returns the invocation and the completion of a transaction.
func did(process int, end history.Type, asked, ended string) []history.Op {
	value := func(text string) any {
		v, err := edn.Parse("op", []byte(text))
		if err != nil {
			panic(err)
		}
		return v
	}
	return []history.Op{
		{Type: history.Invoke, Process: process, F: "txn", Value: value(asked)},
		{Type: end, Process: process, F: "txn", Value: value(ended)},
	}
}

func txnsOf(models string, ops ...[]history.Op) *Txns {
	x := newTxns(trial.Trial{ConsistencyModels: models})
	for i, op := range slices.Concat(ops...) {
		op.Index = i
		x.Add(op)
	}
	return x
}

// stale is a write and a later read that misses it.
var stale = [][]history.Op{
	did(0, history.OK, "[[:w 1 5]]", "[[:w 1 5]]"),
	did(1, history.OK, "[[:r 1 nil]]", "[[:r 1 nil]]"),
}

// TestTxns judges one history by several models. Results have Jepsen's form, as the
// recorded ones.
func TestTxns(t *testing.T) {
	aborted := [][]history.Op{
		did(0, history.Fail, "[[:w 1 5]]", "[[:w 1 5]]"),
		did(1, history.OK, "[[:r 1 nil] [:w 2 1]]", "[[:r 1 5] [:w 2 1]]"),
		did(1, history.OK, "[[:r 2 nil]]", "[[:r 2 1]]"),
	}
	for _, tt := range []struct {
		name, models string
		ops          [][]history.Op
		valid        trial.Outcome
		want         string // :anomaly-types and :not
		finding      string
	}{
		{"a stale read, strictly", "", stale, trial.Invalid, "(:G-single-item-realtime) #{:strong-snapshot-isolation}",
			"G-single-item-realtime, once: T1 = 3 [[:r 1 nil]]; T2 = 1 [[:w 1 5]]; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 5 after it), T2 -realtime-> T1"},
		{"a stale read, serializably", "serializable", stale, trial.Valid, "() ", ""},
		{"an aborted read", "read-committed", aborted, trial.Invalid, "(:G1a) #{:read-committed}",
			"G1a, once: T1 = 3 [[:r 1 5] [:w 2 1]]; T2 = 1 [[:w 1 5]]; the first read 5 of key 1, which the second, aborted, wrote"},
		{"an aborted read, uncommitted", "read-uncommitted", aborted, trial.Valid, "() ", ""},
		{"two models", "read-uncommitted+read-committed", aborted, trial.Invalid, "(:G1a) #{:read-committed}", "G1a"},
		{"nothing was read", "", stale[:1], trial.Invalid, "(:empty-transaction-graph) #{}", "empty-transaction-graph, once: no transaction depends on another"},
		{"nothing was read of lists", "", [][]history.Op{did(0, history.OK, "[[:append 1 5]]", "[[:append 1 5]]")}, trial.Unknown,
			"(:empty-transaction-graph) #{}", "empty-transaction-graph"},
		// A transaction without an answer may have written what another one read.
		{"unanswered", "", [][]history.Op{did(0, history.Invoke, "[[:append 1 5]]", "[[:append 1 6]]")[:1], did(1, history.OK, "[[:r 1 nil]]", "[[:r 1 [5]]]")}, trial.Valid, " ", ""},
		{"what nobody wrote", "", [][]history.Op{did(0, history.OK, "[[:w 1 5]]", "[[:w 1 5]]"), did(1, history.OK, "[[:r 1 nil] [:r 2 nil]]", "[[:r 1 5] [:r 2 7]]")}, trial.Valid,
			"() ", "1 read of what nobody wrote: T1 = 3 [[:r 1 5] [:r 2 7]]; read 7 of key 2, which nobody wrote"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := txnsOf(tt.models, tt.ops...).Verdict()
			got := ""
			if types := v.EDN().At("anomaly-types"); types.Present() {
				got = types.String()
			}
			got += " "
			if not := v.EDN().At("not"); not.Present() {
				got += not.String()
			}
			if v.Valid() != tt.valid || got != tt.want {
				t.Errorf("got %s %s, want %s %s", v.Valid(), got, tt.valid, tt.want)
			}
			found := strings.Join(v.Findings(), "\n")
			for _, r := range v.Reasons() {
				found += r.Text + "\n"
			}
			if (tt.finding == "") != (found == "") || !strings.Contains(found, tt.finding) {
				t.Errorf("found\n got %s\nwant %s", found, tt.finding)
			}
			metrics := map[string]float64{}
			v.AddMetrics(metrics)
			if want := float64(v.EDN().At("anomaly-types").Len()); metrics["anomalies"] != want {
				t.Errorf("anomalies: got %v, want %v", metrics, want)
			}
		})
	}
}

// TestTxnsShown: a cycle that Jepsen shows is confirmed if it is in the history, and
// ignored if not.
func TestTxnsShown(t *testing.T) {
	x := txnsOf("", stale...)
	for _, tt := range []struct {
		name, cycle, step string
		want              int // number of cases
	}{
		{"ours too", "{:index 3} {:index 1} {:index 3}", "{:type :rw} {:type :realtime}", 1},
		{"of another kind", "{:index 1} {:index 3} {:index 1}", "{:type :wr} {:type :realtime}", 0},
		{"of no op", "{:index 1} {:index 9} {:index 1}", "{:type :realtime} {:type :rw}", 0},
		{"torn", "{:index 1} {:index 3}", "{:type :realtime} {:type :rw}", 0},
	} {
		jepsen, err := edn.Parse("results.edn", []byte("{:anomalies {:G1c [{:cycle ["+tt.cycle+"], :steps ("+tt.step+")}]}}"))
		if err != nil {
			t.Fatal(err)
		}
		a := x.analyse()
		clear(a.timed.Anomalies) // as if our search had found nothing
		a.shown = shownCycles(jepsen)
		found, theirs := a.confirmed(a.timed)
		if got := len(found.Anomalies["G-single-item-realtime"]); got != tt.want || len(found.Anomalies) != tt.want || len(theirs) != tt.want {
			t.Errorf("%s: got %v, want %d", tt.name, found.Anomalies, tt.want)
		}
	}
}

// TestTxnsRecorded: recorded histories have the anomalies that Jepsen reports, and
// contain each cycle that Jepsen shows.
func TestTxnsRecorded(t *testing.T) {
	cycles := 0
	for file, resultsFile := range recorded(t) {
		if !strings.Contains(file, "txn") {
			continue
		}
		results, _ := readResults(t, resultsFile)
		theirs := results.At("workload")
		x := &Txns{}
		for op := range ops(t, openHistory(t, file)) {
			x.Add(op)
		}
		v := x.analyse().fitting(theirs)
		if !edn.Equal(withoutAnomalies(theirs), v.summary()) {
			t.Errorf("%s:\n got %.300s\nwant %.300s", file, v.summary(), withoutAnomalies(theirs))
		}
		for name := range theirs.At("anomalies").Pairs() {
			if !v.EDN().At("anomalies").Get(name).Present() {
				t.Errorf("%s: no %s among our cases", file, name)
			}
		}
		for _, s := range shownCycles(theirs) {
			a := x.analyse()
			clear(a.timed.Anomalies)
			a.shown = []shownCycle{s}
			if found, _ := a.confirmed(a.timed); len(found.Anomalies) != 1 {
				t.Errorf("%s: the cycle %v is not in the history", file, s)
			}
			cycles++
		}
	}
	if cycles < 30 {
		t.Errorf("only %d cycles were recorded", cycles)
	}
}

// FuzzTxns: no history makes the checker panic, and its verdict is deterministic.
func FuzzTxns(f *testing.F) {
	f.Add(`{:type :invoke, :process 0, :f :txn, :value [[:w 1 5] [:r 2 nil]]}{:type :ok, :process 0, :f :txn, :value [[:w 1 5] [:r 2 7]]}`)
	f.Add(`{:type :invoke, :process 0, :f :txn, :value [[:append 1 5]]}{:type :ok, :process 1, :f :txn, :value [[:r 1 [5 5]] [:r 1 [6]] [:r 1 3]]}`)
	f.Add(`{:type :ok, :process 1, :f :txn, :value [[:r 1 [5]] [:w 1 [6]]]}{:type :fail, :process 1, :f :txn, :value [[:r 1 5 6]]}{:type :info, :process 1, :f :txn, :value nil}`)
	f.Add(`{:type :ok, :process 1, :f :txn, :value [[:r 1 1] [:w 1 2]]}{:type :ok, :process 1, :f :txn, :value [[:r 1 2] [:w 1 1]]}{:type :ok, :process 1, :f :txn, :value [[:r 1 2] [:r 1 [1]]]}`)
	f.Fuzz(func(t *testing.T, h string) {
		judged := func() string {
			var x Txns
			r := history.NewReader("history.edn", strings.NewReader(h))
			for {
				op, err := r.Read()
				if err != nil {
					break
				}
				x.Add(op)
			}
			v := x.Verdict()
			return v.EDN().String() + strings.Join(v.Findings(), "\n")
		}
		if first, second := judged(), judged(); first != second {
			t.Errorf("got\n%s\nand then\n%s", first, second)
		}
	})
}

// TestArbitraryTxns: a read may return any value. A value that nobody wrote is reported
// by its own name and equals only itself: 5.0 is not 5, and integers beyond 64 bits
// differ from each other.
func TestArbitraryTxns(t *testing.T) {
	const big, bigger = "123456789012345678901234567890N", "123456789012345678901234567891N"
	write := did(0, history.OK, "[[:w 1 5]]", "[[:w 1 5]]")
	for _, tt := range []struct {
		name    string
		lists   bool
		ops     [][]history.Op
		want    trial.Outcome
		finding string // a finding or a reason
	}{
		{"a fraction", false, [][]history.Op{write, did(1, history.OK, "[[:r 1 nil] [:r 2 nil]]", "[[:r 1 5] [:r 2 5.0]]")}, trial.Valid,
			"1 read of what nobody wrote: T1 = 3 [[:r 1 5] [:r 2 5.0]]; read 5.0 of key 2, which nobody wrote"},
		{"a list of a register", false, [][]history.Op{write, did(1, history.OK, "[[:r 1 nil] [:r 2 nil]]", "[[:r 1 5] [:r 2 [5]]]")}, trial.Valid, "read [5] of key 2, which nobody wrote"},
		{"another than it wrote", false, [][]history.Op{write, did(1, history.OK, "[[:w 2 7] [:r 2 nil] [:r 1 nil]]", `[[:w 2 7] [:r 2 "7"] [:r 1 5]]`)}, trial.Invalid,
			`internal, once: T1 = 3 [[:w 2 7] [:r 2 "7"] [:r 1 5]]; T1 read "7" of key 2 where it must be 7`},
		{"two numbers of one transaction", false, [][]history.Op{write, did(1, history.OK, "[[:r 2 nil] [:r 2 nil] [:r 1 nil]]", "[[:r 2 "+big+"] [:r 2 "+bigger+"] [:r 1 5]]")}, trial.Invalid,
			"T1 read " + bigger + " of key 2 where it must be " + big},
		{"one number twice", false, [][]history.Op{write, did(1, history.OK, "[[:r 2 nil] [:r 2 nil] [:r 1 nil]]", "[[:r 2 "+big+"] [:r 2 "+big+"] [:r 1 5]]")}, trial.Valid, "read " + big + " of key 2"},
		{"an element nobody appended", true, [][]history.Op{did(0, history.OK, "[[:append 1 5]]", "[[:append 1 5]]"), did(1, history.OK, "[[:r 1 nil]]", `[[:r 1 [5 "6"]]]`)}, trial.Unknown, `read "6" of key 1, which nobody wrote`},
	} {
		x := NewRegisterTxns(trial.Trial{})
		if tt.lists {
			x = NewListTxns(trial.Trial{})
		}
		for i, op := range slices.Concat(tt.ops...) {
			op.Index = i
			x.Add(op)
		}
		v := x.Verdict()
		told := v.Findings()
		for _, r := range v.Reasons() {
			told = append(told, r.Text)
		}
		if v.Valid() != tt.want || !strings.Contains(strings.Join(told, "\n"), tt.finding) {
			t.Errorf("%s: got %s, %q, want %s, %q", tt.name, v.Valid(), told, tt.want, tt.finding)
		}
	}
}
