package checker

import (
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// FuzzJudge: Judge never panics, whatever the history, the results and the workload, and
// its verdict is deterministic.
func FuzzJudge(f *testing.F) {
	for _, seed := range [][2]string{
		{judged, `{:stats {:valid? true, :count 3, :by-f {:read {:count 1}}}, :workload {:valid? false, :lost (8), :worst-stale ({:a 1} {:a 2})}, :valid? false}`},
		{oneKey, `{:linearizable {:valid? true, :configs ()}, :timeline {:valid? true}, :valid? true}`},
		{oneKey, `{:workload {:valid? true, :results {0 {:linearizable {:valid? true}}}, :failures []}, :valid? true}`},
		{lastPolls, `{:workload {:valid? true, :worst-realtime-lag {:time 0.1, :lag 0.0}, :error-types (), :bad-error-types ()}, :valid? true}`},
		{weak, `{:workload {:valid? true, :anomaly-types (), :anomalies {}, :not #{:ROLA}, :also-not #{}}, :valid? true}`},
		{weak, `{:workload {:valid? false, :anomaly-types (:G2-item), :anomalies {:G2-item [{:cycle [{:index 4} #a{:index 5} {:index 4}], :steps ({:type :rw} {:type :rw})}]}}, :valid? false}`},
		{weak, `{:workload {:valid? :unknown, :error {:via [{:message "a\nb"}]}}, :exceptions {:exceptions ({:class a.B})}, :availability {:ok-fraction 0.5}, :net {:all {:msg-count 3}}, :valid? :unknown}`},
		{`{:type :invoke, :process 0, :f :add, :value 99999999999999999999N}{:type :info, :process 0, :f :add, :value nil}{:type :invoke, :process 1, :f :read, :final? true}{:type :ok, :process 1, :f :read, :value "x", :final? true}`, `{:workload {:acceptable ([1 2])}, :valid? true}`},
		{`{:type :invoke, :process 0, :f :generate}{:type :ok, :process 0, :f :generate, :value #{1 {2 [3]}}}`, `{:workload {:attempted-count 1, :range [1 1]}, :valid? true}`},
		{`{:type :invoke, :process 0, :f :txn, :value [[:append 1 "a"]]}{:type :ok, :process 0, :f :txn, :value [[:r 1 [5 "a"]]]}`, ``},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, h, text string) {
		var results edn.Value
		if text != "" {
			var err error
			if results, err = edn.Parse("results.edn", []byte(text)); err != nil {
				return
			}
		}
		said := func() string {
			j, err := Judge(t.Context(), history.NewReader("history.edn", strings.NewReader(h)), results, "")
			if err != nil {
				return err.Error()
			}
			var b strings.Builder
			if err := j.Print(&b); err != nil {
				t.Fatal(err)
			}
			if j.Contradicts() && (j.Reproduced() || !j.Compared()) {
				t.Errorf("a reproduced verdict contradicts Jepsen:\n%s", &b)
			}
			return b.String()
		}
		if first, second := said(), said(); first != second {
			t.Errorf("got\n%s\nand then\n%s", first, second)
		}
	})
}
