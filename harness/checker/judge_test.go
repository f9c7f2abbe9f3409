package checker

import (
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// judged is a broadcast history in which one read shows 7 twice, and 8 is lost.
const judged = `
	{:index 0, :time 0, :type :invoke, :process 0, :f :broadcast, :value 7}
	{:index 1, :time 1000000, :type :ok, :process 0, :f :broadcast, :value 7}
	{:index 2, :time 2000000, :type :invoke, :process 0, :f :broadcast, :value 8}
	{:index 3, :time 3000000, :type :ok, :process 0, :f :broadcast, :value 8}
	{:index 4, :time 4000000, :type :invoke, :process 1, :f :read, :value nil}
	{:index 5, :time 5000000, :type :ok, :process 1, :f :read, :value [7 7]}`

func judge(t *testing.T, h, results string) (Judgement, string) {
	t.Helper()
	var v edn.Value
	if results != "" {
		var err error
		if v, err = edn.Parse("results.edn", []byte(results)); err != nil {
			t.Fatal(err)
		}
	}
	j, err := Judge(t.Context(), history.NewReader("history.edn", strings.NewReader(h)), v, "")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := j.Print(&b); err != nil {
		t.Fatal(err)
	}
	return j, b.String()
}

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		name, history, results string
		reproduced             bool
		want                   string
	}{
		{"alone", judged, "", true, `
verdict: invalid, and no results.edn to compare it with
invalid: 1 value lost: 8
found: values shown more than once by one read: 1, up to 2 times: 7
`},
		{"agreed", judged, `{:perf {:valid? true}, :net {:servers {:msg-count 10, :msgs-per-op 3.3333333}, :valid? true},
			:workload {:valid? false, :lost (8), :lost-count 1, :stable-count 1, :stable-latencies {0 0, 0.5 0, 0.95 0, 0.99 0, 1 0},
			:lost-latencies {0 0, 0.5 0, 0.95 0, 0.99 0, 1 0}, :worst-stale (), :duplicated {}, :duplicated-count 0, :stale (), :stale-count 0,
			:never-read (), :never-read-count 0, :attempt-count 2}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
net: 1 of 1 fields agree
workload: 22 of 22 fields agree
invalid: 1 value lost: 8
found: values shown more than once by one read: 1, up to 2 times: 7
not checked: perf: a history does not decide it
not checked: net: the messages are not in the history, only the ops that they are counted by
`},
		{"a verdict and a count that are not so", judged, `{:availability {:valid? true, :ok-fraction 0.5}, :stats {:valid? true, :count 3,
			:ok-count 2, :fail-count 0, :info-count 0, :by-f {}}, :workload {:valid? true, :stable-count 2}, :valid? true}`, false, `
verdict: invalid; Jepsen: valid
stats: 4 of 7 fields agree
availability: 1 of 2 fields agree
workload: 0 of 14 fields agree
differs: :stats :ok-count: Jepsen has 2, ours is 3
`},
		{"an unknown that the history does not explain", judged, `{:perf {:valid? :unknown}, :valid? :unknown}`, false, `
verdict: invalid; Jepsen: unknown
invalid: 1 value lost: 8
found: values shown more than once by one read: 1, up to 2 times: 7
not checked: perf: a history does not decide it
`},
		{"an unknown that is trusted", `{:type :invoke, :process 0, :f :transfer}{:type :ok, :process 0, :f :transfer}`,
			`{:perf {:valid? :unknown}, :workload {:valid? true}, :valid? :unknown}`, true, `
verdict: unknown; Jepsen: unknown
not checked: perf: a history does not decide it
not checked: workload: there is no checker of ours for ops such as transfer
`},
		{"a goal that was missed", `{:type :invoke, :process 0, :f :echo}{:type :info, :process 0, :f :echo}`,
			`{:availability {:valid? false, :ok-fraction 0.0}, :workload {:valid? true, :errors ()}, :valid? false}`, true, `
verdict: invalid; Jepsen: invalid
availability: 1 of 1 fields agree
workload: 2 of 2 fields agree
not checked: availability: its goal is not in the history
`},
		{"unique ids", `{:type :invoke, :process 0, :f :generate}{:type :ok, :process 0, :f :generate, :value 4}`,
			`{:workload {:valid? true, :attempted-count 1, :acknowledged-count 1, :duplicated-count 0, :duplicated {}, :range [4 4]}, :valid? true}`, true, `
verdict: valid; Jepsen: valid
workload: 6 of 6 fields agree
`},
		{"a g-set alone", `{:type :invoke, :process 0, :f :add, :value 1}{:type :invoke, :process 1, :f :read}{:type :ok, :process 1, :f :read, :value [2]}`, "", true, `
verdict: unknown, and no results.edn to compare it with
unknown: nothing is stable, so nothing is proved: no read showed any of 1 value
found: values shown that nobody had broadcast: 1: 2
`},
		{"transactions alone", `{:type :invoke, :process 0, :f :txn, :value [[:w 1 5]]}{:type :ok, :process 0, :f :txn, :value [[:w 1 5]]}
			{:type :invoke, :process 1, :f :txn, :value [[:r 1 nil]]}{:type :ok, :process 1, :f :txn, :value [[:r 1 5]]}`, "", true, `
verdict: valid, and no results.edn to compare it with
not checked: workload: that it was to be strict-serializable is not in the history
`},
		{"a counter alone", `{:type :invoke, :process 0, :f :add, :value 1}{:type :invoke, :process 1, :f :read}{:type :ok, :process 1, :f :read, :value 1}`, "", true, `
verdict: valid, and no results.edn to compare it with
found: there was no final read: nothing is proved
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j, got := judge(t, tt.history, tt.results)
			if j.Reproduced() != tt.reproduced {
				t.Errorf("reproduced: got %v", j.Reproduced())
			}
			if want := strings.TrimPrefix(tt.want, "\n"); !strings.HasPrefix(got, want) && got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestJudgeBrokenHistory(t *testing.T) {
	_, err := Judge(t.Context(), history.NewReader("history.edn", strings.NewReader("{:type :ok, :process 0, :f :read, :value [1 2]}\n{:type :ok, :val")), edn.Value{}, "")
	if err == nil || err.Error() != "history.edn:2:17: unexpected end of input, want a value" {
		t.Errorf("got %v", err)
	}
}
