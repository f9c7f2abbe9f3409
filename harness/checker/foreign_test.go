package checker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// oneKey is the history of one key of lin-kv, in which Jepsen writes no keys. No
// compare-and-set succeeds.
const oneKey = `
	{:index 0, :time 0, :type :invoke, :process 0, :f :write, :value 3}
	{:index 1, :time 1, :type :ok, :process 0, :f :write, :value 3}
	{:index 2, :time 2, :type :invoke, :process 1, :f :cas, :value [1 4]}
	{:index 3, :time 3, :type :fail, :process 1, :f :cas, :value [1 4], :error [:precondition-failed "3"]}
	{:index 4, :time 4, :type :invoke, :process 0, :f :read, :value nil}
	{:index 5, :time 5, :type :ok, :process 0, :f :read, :value %s}`

// lastPolls is a log whose last poll has no value, as in Maelstrom 0.2.3.
const lastPolls = `
	{:index 0, :time 1, :type :invoke, :process 0, :f :send, :value [[:send "0" 1]]}
	{:index 1, :time 2, :type :ok, :process 0, :f :send, :value [[:send "0" [0 1]]]}
	{:index 2, :time 3, :type :invoke, :process 0, :f :send, :value [[:send "0" 2]]}
	{:index 3, :time 4, :type :ok, :process 0, :f :send, :value [[:send "0" [%s 2]]]}
	{:index 4, :time 5, :type :invoke, :process 0, :f :poll, :value [[:poll]]}
	{:index 5, :time 6, :type :ok, :process 0, :f :poll, :value [[:poll]]}`

// weak is a stale read, which read-committed allows.
const weak = `
	{:index 0, :time 0, :type :invoke, :process 0, :f :txn, :value [[:w 1 5]]}
	{:index 1, :time 1, :type :ok, :process 0, :f :txn, :value [[:w 1 5]]}
	{:index 2, :time 2, :type :invoke, :process 0, :f :txn, :value [[:r 1 nil] [:w 1 6]]}
	{:index 3, :time 2, :type :invoke, :process 1, :f :txn, :value [[:r 1 nil] [:w 1 7]]}
	{:index 4, :time 3, :type :ok, :process 0, :f :txn, :value [[:r 1 5] [:w 1 6]]}
	{:index 5, :time 3, :type :ok, :process 1, :f :txn, :value [[:r 1 5] [:w 1 7]]}`

// disordered is a cycle of writes, which every model forbids.
const disordered = `
	{:index 0, :time 0, :type :invoke, :process 0, :f :txn, :value [[:append 1 5] [:append 2 6]]}
	{:index 1, :time 0, :type :invoke, :process 1, :f :txn, :value [[:append 1 7] [:append 2 8]]}
	{:index 2, :time 1, :type :ok, :process 0, :f :txn, :value [[:append 1 5] [:append 2 6]]}
	{:index 3, :time 1, :type :ok, :process 1, :f :txn, :value [[:append 1 7] [:append 2 8]]}
	{:index 4, :time 2, :type :invoke, :process 0, :f :txn, :value [[:r 1 nil] [:r 2 nil]]}
	{:index 5, :time 3, :type :ok, :process 0, :f :txn, :value [[:r 1 [5 7]] [:r 2 [8 6]]]}`

// TestJudgeForeign judges tests of other people and other versions.
func TestJudgeForeign(t *testing.T) {
	const jepsenOneKey = `{:linearizable {:valid? %s, :configs (), :final-paths ()}, :timeline {:valid? true}, :valid? %[1]s}`
	for _, tt := range []struct {
		name, history, results string
		reproduced             bool
		want                   string
	}{
		{"one key", fmt.Sprintf(oneKey, "3"), fmt.Sprintf(jepsenOneKey, "true"), true, `
verdict: valid; Jepsen: valid
linearizable: 1 of 1 fields agree
not checked: timeline: a history does not decide it
`},
		{"one key, a stale read", fmt.Sprintf(oneKey, "4"), fmt.Sprintf(jepsenOneKey, "false"), true, `
verdict: invalid; Jepsen: invalid
linearizable: 1 of 1 fields agree
invalid: 1 of 1 key not linearizable, their ops having no order in which each sees what was written before: the only one
`},
		{"one key, and another verdict", fmt.Sprintf(oneKey, "4"), fmt.Sprintf(jepsenOneKey, "true"), false, `
verdict: invalid; Jepsen: valid
`},
		{"one key, alone", fmt.Sprintf(oneKey, "3"), "", true, "verdict: valid, and no results.edn to compare it with\n"},
		{"one key that was only read", `{:type :invoke, :process 0, :f :read, :value nil}{:type :ok, :process 0, :f :read, :value 0}`, fmt.Sprintf(jepsenOneKey, "false"), true,
			"verdict: invalid; Jepsen: invalid\n"},
		{"polls that are not told", fmt.Sprintf(lastPolls, "1"), `{:workload {:valid? true, :error-types (), :bad-error-types ()}, :valid? true}`, false, `
verdict: unknown; Jepsen: valid
unknown: 1 poll is in the history without what came, as Maelstrom up to 0.2.3 writes the last ones: whether all that was sent was polled is not known
`},
		{"polls that are not told, and two messages at one offset", fmt.Sprintf(lastPolls, "0"), `{:workload {:valid? false}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
invalid: inconsistent-offsets, once`},
		{"a weak model, Elle 0.1", weak, `{:workload {:valid? true, :anomaly-types (), :anomalies {}, :not #{:ROLA :cursor-stability}, :also-not #{:serializable}}, :valid? true}`, true, `
verdict: valid; Jepsen: valid
workload: 1 of 1 fields agree
not checked: workload: that it was to be monotonic-atomic-view is not in the history, only that the verdict fits
not checked: workload: :not and :also-not, because Elle gave up a search
`},
		{"a strong model, Elle 0.1", weak, `{:workload {:valid? false, :anomaly-types (:G-single :G2-item :lost-update), :anomalies {}, :not #{:ROLA}, :also-not #{}}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
`},
		{"Elle 0.1 looks for each kind", weak, `{:workload {:valid? false, :anomaly-types (:G2-item :G2-item-realtime :lost-update), :anomalies {}, :not #{:ROLA}, :also-not #{}}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
workload: 1 of 1 fields agree
`},
		{"Elle gave up", strings.ReplaceAll(weak, ":w ", ":append "), `{:workload {:valid? :unknown, :anomaly-types (:cycle-search-timeout), :anomalies {}}, :valid? :unknown}`, true, `
verdict: `},
		{"no stats in results.edn", `{:type :invoke, :process 0, :f :echo}{:type :info, :process 0, :f :echo}`, `{:workload {:valid? true, :errors ()}, :valid? true}`, true,
			"verdict: valid; Jepsen: valid\n"},
		{"extra checkers", judged, `{:clock {:valid? true}, :plot {:valid? :unknown}, :logs "none", :workload {:valid? false}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
`},
		{"Jepsen's checker broke down", judged, `{:workload {:valid? :unknown, :error {:via [{:type a.B, :message "first"} {:type a.C, :message "no such\nthing"}]}}, :valid? :unknown}`, true, `
verdict: invalid; Jepsen: unknown
invalid: 1 value lost: 8
found: values shown more than once by one read: 1, up to 2 times: 7
not compared: workload: Jepsen's checker broke down: no such
`},
		{"cut off at its end", judged, `{:stats {:valid? true, :count 9}, :valid? true}`, false, `
verdict: unknown; Jepsen: valid
unknown: the history has 3 ops that ended, and results.edn counts 9: it is cut off, or of another test
`},
		{"lost when cut off, alone", judged + `{:index 6, :time 9, :type :invoke, :process 0, :f :broadcast, :value 9}`, "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: the history is cut off at its end; 1 op never ended, such as op 6
`},
		{"micro-ops that are a map", `{:type :invoke, :process 0, :f :send, :value {:a 1}}{:type :ok, :process 0, :f :poll, :value {:a 1}}`, "", true, `
verdict: unknown, and no results.edn to compare it with
`},
		{"what one model allows and another forbids, alone", weak, "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: strict-serializable forbids what follows and monotonic-atomic-view allows it, and nobody knows which it was to be
unknown: G2-item, once`},
		{"what every model forbids, alone", disordered, "", true, `
verdict: invalid, and no results.edn to compare it with
invalid: `},
		{"a weak model, of which Elle broke down", weak, `{:workload {:valid? :unknown, :error "out of memory"}, :valid? :unknown}`, true, `
verdict: unknown; Jepsen: unknown
`},
		{"of another test", judged, `{:stats {:valid? true, :count 2}, :valid? true}`, false, `
verdict: unknown; Jepsen: valid
unknown: the history has 3 ops that ended, and results.edn counts 2: it is of another test
`},
		{"cut off at its start", judged[strings.Index(judged, "{:index 1"):], "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: op 1 of process 0 ends without having begun: the history is cut off at its start
`},
		{"two in one", judged + judged[:strings.Index(judged, "{:index 1")] + judged, "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: process 0 begins op 0 before it has ended op 0: the history is not one whole
`},
		{"values of another kind", `{:type :invoke, :process 0, :f :txn, :value [[:transfer 1 2 3]]}{:type :ok, :process 0, :f :txn, :value [[:transfer 1 2 3]]}`, "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: 1 ops have values that are none of a transaction, so that nothing is proved; the first is 1: [[:transfer 1 2 3]]
`},
		{"Op records", `#jepsen.history.Op{:index 0, :time 0, :type :invoke, :process 0, :f :echo, :value "a"}#jepsen.history.Op{:index 1, :time 1, :type :ok, :process 0, :f :echo, :value {:echo "a"}}`, "", true,
			"verdict: valid, and no results.edn to compare it with\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j, got := judge(t, tt.history, tt.results)
			if j.Reproduced() != tt.reproduced {
				t.Errorf("reproduced: got %v", j.Reproduced())
			}
			if want := strings.TrimPrefix(tt.want, "\n"); !strings.HasPrefix(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestContradicts: an unknown verdict of ours contradicts nothing.
func TestContradicts(t *testing.T) {
	for _, tt := range []struct {
		name, history, results string
		want                   bool
	}{
		{"the same", judged, `{:workload {:valid? false}, :valid? false}`, false},
		{"another verdict", judged, `{:workload {:valid? true}, :valid? true}`, true},
		{"a part of another verdict", judged, `{:workload {:valid? true}, :stats {:valid? false, :count 3}, :valid? false}`, true},
		{"what we cannot know", fmt.Sprintf(lastPolls, "1"), `{:workload {:valid? true}, :valid? true}`, false},
		{"what is cut off", judged, `{:workload {:valid? true}, :stats {:valid? true, :count 9}, :valid? true}`, false},
		{"nothing to contradict", judged, "", false},
	} {
		if j, text := judge(t, tt.history, tt.results); j.Contradicts() != tt.want {
			t.Errorf("%s: got %v\n%s", tt.name, j.Contradicts(), text)
		}
	}
}

// TestEmptyHistory: an empty history cannot be judged.
func TestEmptyHistory(t *testing.T) {
	for _, text := range []string{"", "  \n;nothing\n"} {
		_, err := Judge(t.Context(), history.NewReader("history.edn", strings.NewReader(text)), edn.Value{}, "")
		if want := "history.edn: it is empty, want ops such as {:index 0, :type :invoke, …}"; err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// serial returns transactions that run one after the other without anomalies. reads are
// the places of all reads.
func serial(r *rand.Rand, write string) (txns []history.Txn, reads [][2]int) {
	state := map[int64][]int64{}
	for next := int64(1); len(txns) < 12; {
		var txn history.Txn
		for range 1 + r.IntN(4) {
			key := r.Int64N(3)
			if r.IntN(2) == 0 {
				txn = append(txn, history.Mop{F: write, Key: key, Value: next})
				state[key] = append(slices.Clone(state[key]), next)
				next++
				continue
			}
			m := history.Mop{F: "r", Key: key}
			if all := state[key]; len(all) > 0 && write == "w" {
				m.Value = all[len(all)-1]
			} else if len(all) > 0 {
				m.Value = all
			}
			if m.Value != nil {
				reads = append(reads, [2]int{len(txns), len(txn)})
			}
			txn = append(txn, m)
		}
		txns = append(txns, txn)
	}
	return txns, reads
}

// TestUnwritten: in a hundred histories one read shows a value that nobody wrote. Elle
// ignores this in registers (wr-graph in rw_register.clj: "This is probably an initial
// state"). Its checker of lists crashes if the value is in the longest read of a key
// (dirty-update-cases in list_append.clj), so the verdict is unknown. The read is
// reported in any case.
func TestUnwritten(t *testing.T) {
	for _, write := range []string{"w", "append"} {
		outcomes := map[trial.Outcome]int{}
		for seed := range uint64(100) {
			r := rand.New(rand.NewPCG(seed, 1))
			txns, reads := serial(r, write)
			if v := judgedTxns(txns); v.Valid() != trial.Valid || len(v.analysis.Strange) > 0 {
				t.Fatalf("%s, seed %d: the history itself is %s", write, seed, v.Valid())
			}
			at := reads[r.IntN(len(reads))]
			m := &txns[at[0]][at[1]]
			if list, isList := m.Value.([]int64); isList {
				list = slices.Clone(list)
				list[r.IntN(len(list))] = 1000
				m.Value = list
			} else {
				m.Value = int64(1000)
			}
			v := judgedTxns(txns)
			outcomes[v.Valid()]++
			metrics := map[string]float64{}
			v.AddMetrics(metrics)
			if metrics["unwritten-reads"] != 1 {
				t.Errorf("%s, seed %d: unwritten-reads is %v, want 1", write, seed, metrics["unwritten-reads"])
			}
			told := slices.Clone(v.Findings())
			for _, reason := range v.Reasons() {
				told = append(told, reason.Text)
			}
			if !strings.Contains(strings.Join(told, "\n"), "1 read of what nobody wrote: ") {
				t.Errorf("%s, seed %d: told is %q", write, seed, told)
			}
			if v.Valid() == trial.Valid && write == "append" {
				t.Errorf("%s, seed %d: valid, of\n%v", write, seed, txns)
			}
		}
		t.Logf("%s: %v", write, outcomes)
	}
}

// judgedTxns judges transactions each of which ends before the next begins.
func judgedTxns(txns []history.Txn) TxnsVerdict {
	x := &Txns{}
	for i, txn := range txns {
		asked := slices.Clone(txn)
		for j := range asked {
			if asked[j].F == "r" {
				asked[j].Value = nil
			}
		}
		x.Add(history.Op{Index: 2 * i, Type: history.Invoke, Process: i, F: "txn", Value: asked})
		x.Add(history.Op{Index: 2*i + 1, Type: history.OK, Process: i, F: "txn", Value: txn})
	}
	return x.Verdict().(TxnsVerdict)
}
