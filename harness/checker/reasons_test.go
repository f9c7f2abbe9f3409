package checker

import (
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// told joins reasons as "kind: text|kind: text".
func told(reasons []trial.Reason) string {
	var all []string
	for _, r := range reasons {
		all = append(all, r.Kind+": "+r.Text)
	}
	return strings.Join(all, "|")
}

// TestReasons: a verdict that is not valid has reasons with details; a valid one has
// none.
func TestReasons(t *testing.T) {
	one, seven, nine := edn.NewInt(1), edn.NewInt(7), edn.NewInt(9)
	many := make([]edn.Value, 9)
	for i := range many {
		many[i] = edn.NewInt(int64(i))
	}
	finals := []finalRead{{"n0", 1, many[:4]}, {"n1", 2, many[3:4]}, {"n2", 3, many[:0]}}
	for i := range finals {
		finals[i].value = edn.NewVector(finals[i].value.([]edn.Value)...)
	}
	failedEcho := edn.NewVector(edn.NewString("Expected a message with :echo"), edn.NewString("a"), edn.NewString("But received"), edn.NewString("a"))
	for _, tt := range []struct {
		name    string
		verdict Verdict
		want    string
	}{
		{"lost", SetFullResult{Outcome: trial.Invalid, Lost: many[2:5], finals: finals},
			"lost: 3 values lost: 2 (at n1, n2), 3 (at n2), 4 (everywhere)"},
		{"lost, and nobody read to the end", SetFullResult{Outcome: trial.Invalid, Lost: many},
			"lost: 9 values lost: 0, 1, 2, 3, 4, 5, and 3 more"},
		{"nothing broadcast", SetFullResult{Outcome: trial.Unknown},
			"nothing-stable: nothing is stable, so nothing is proved: no value was broadcast or added"},
		{"nothing read", SetFullResult{Outcome: trial.Unknown, Attempts: 1, NeverRead: many[:1]},
			"nothing-stable: nothing is stable, so nothing is proved: no read showed any of 1 value"},
		{"all stable", SetFullResult{Outcome: trial.Valid, Stable: 1}, ""},
		{"an id twice", UniqueIDsResult{Duplicated: []Duplicate{{many[3], 2}}}, "duplicate-ids: 1 id given more than once: 3 (2 times)"},
		{"all ids once", UniqueIDsResult{}, ""},
		{"another's echo", EchoVerdict{errors: []edn.Value{edn.NewVector(edn.NewString("Expected a message with :echo"), edn.NewString("a"), edn.NewString("But received"), mapOf("echo", edn.NewString("b")))}},
			`wrong-echo: 1 answer is not the echo: asked "a", got {:echo "b"}`},
		{"every echo", EchoVerdict{}, ""},
		{"an error for an echo", EchoVerdict{errors: []edn.Value{failedEcho}, why: []string{"error 11: boom"}},
			`wrong-echo: 1 answer is not the echo: asked "a", got error 11: boom`},
		{"an error for an echo, as Maelstrom tells it", EchoVerdict{errors: []edn.Value{failedEcho}},
			`wrong-echo: 1 answer is not the echo: asked "a", got an error`},
		{"a counter", CounterVerdict{cast: Cast{6, 3}, acceptable: []span{{edn.NewInteger(5), edn.NewInteger(6)}, {edn.NewInteger(9), edn.NewInteger(9)}}, reads: make([]history.Op, 3), errors: []history.Op{{Process: 10, Value: int64(4)}}},
			"wrong-final-reads: 1 of 3 final reads cannot be: 4 by n1; acceptable is 5 to 6, 9"},
		{"a counter of nobody knows how many nodes", CounterVerdict{acceptable: []span{{edn.NewInteger(9), edn.NewInteger(9)}}, reads: make([]history.Op, 1), errors: []history.Op{{Process: 10, Value: edn.NewNil()}}},
			"wrong-final-reads: 1 of 1 final read cannot be: nil by process 10; acceptable is 9"},
		{"not linearizable", LinearizableVerdict{results: []keyResult{{one, trial.Valid}, {seven, trial.Invalid}, {nine, trial.Invalid}}},
			"not-linearizable: 2 of 3 keys not linearizable, their ops having no order in which each sees what was written before: 7, 9"},
		{"not decided", LinearizableVerdict{results: []keyResult{{nine, trial.Unknown}}},
			"not-decided: there was no time to decide whether 1 key is linearizable: 9"},
		{"not linearizable without keys", LinearizableVerdict{results: []keyResult{{edn.Value{}, trial.Invalid}}},
			"not-linearizable: 1 of 1 key not linearizable, their ops having no order in which each sees what was written before: the only one"},
		{"linearizable", LinearizableVerdict{results: []keyResult{{nine, trial.Valid}}}, ""},
	} {
		if got := told(tt.verdict.Reasons()); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestLogReasons: each error has a reason, and so do messages that were never polled.
func TestLogReasons(t *testing.T) {
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1)}
	for _, tt := range []struct {
		name string
		ops  []history.Op
		want string
	}{
		{"all polled", append(sends, showing(1, 0, 11, 12)), ""},
		{"a loss", append(sends, showing(1, 1, 12)), "lost-write: lost-write, once: key \"a\", value 11, index 0, max-read-index 1|" +
			"unseen: unseen: nobody polled 1 acknowledged message: of key a 11"},
		{"a skip", append(sends, sending(0, history.OK, 13, 2), showing(1, 0, 11), showing(1, 2, 13), showing(2, 1, 12)),
			`poll-skip: poll-skip, once: key "a", values [11 13], delta 2, skipped [12]`},
		{"nothing", []history.Op{showing(0, 0)}, "empty-transaction-graph: so little happened that nothing is proved: no op came after another, nor polled what another had sent"},
		{"from nowhere", append(sends, showing(1, 0, 11, 12, 99)), "phantoms: 1 messages were polled that nobody sent, such as 99 of a"},
	} {
		var l Logs
		outcomeOf(&l, done(tt.ops...))
		if got := told(l.Verdict().Reasons()); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestOnlyDecidingReasons: only the checkers that decide the outcome give reasons.
func TestOnlyDecidingReasons(t *testing.T) {
	counts := StatsResult{Outcome: trial.Invalid, ByF: map[string]Tally{"txn": {Fail: 7, Info: 2}, "crash": {Info: 1}, "read": {OK: 1}}}
	counts.Errors = map[string]string{"txn": "malformed answer: want a key txn"}
	nothing := SetFullResult{Outcome: trial.Unknown}
	fine := SetFullResult{Outcome: trial.Valid}
	missed := AvailabilityResult{Outcome: trial.Invalid, Fraction: 0.75, Invoked: 4, OK: 3, Goal: 1}
	met := AvailabilityResult{Outcome: trial.Valid}
	for _, tt := range []struct {
		results Results
		want    string
	}{
		{Results{Stats: StatsResult{Outcome: trial.Valid}, Availability: met, Workload: nothing}, told(nothing.Reasons())},
		{Results{Stats: StatsResult{Outcome: trial.Valid}, Availability: missed, Workload: nothing}, "unavailable: availability 0.75, want at least 1: 3 of 4 ops succeeded"},
		{Results{Stats: counts, Availability: met, Workload: fine}, "no-success: no txn succeeded: 7 failed, of 2 nobody knows; the first: malformed answer: want a key txn"},
		{Results{Stats: StatsResult{Outcome: trial.Valid}, Availability: met, Workload: fine}, ""},
	} {
		if got := told(tt.results.Reasons()); got != tt.want {
			t.Errorf("got %s\nwant %s", got, tt.want)
		}
	}
}

// TestLostAtNodes: there are five final reads; two threads read from n1, and the later
// read of these shows 7.
func TestLostAtNodes(t *testing.T) {
	s := SetFull{Cast: Cast{4, 2}}
	ops := []history.Op{{Type: history.Invoke, Process: 0, F: "broadcast", Value: int64(7)}, {Type: history.OK, Process: 0, F: "broadcast", Value: int64(7)}}
	for i, shown := range [][]int64{1: {}, 3: {7}, 0: {7}, 2: {}} {
		ops = append(ops, history.Op{Type: history.Invoke, Process: i, F: "read", Final: true}, history.Op{Type: history.OK, Process: i, F: "read", Value: shown, Final: true})
	}
	// Process 6 continues the thread of process 2, and its read begins last.
	ops = append(ops, history.Op{Type: history.Invoke, Process: 6, F: "read", Final: true}, history.Op{Type: history.OK, Process: 6, F: "read", Value: []int64{}, Final: true})
	for i, op := range ops {
		op.Index = i
		s.Add(op)
	}
	if got, want := told(s.Verdict().Reasons()), "lost: 1 value lost: 7 (at n0)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestReasonsFromResults: the reasons from a results.edn equal those of the verdict that wrote it,
// except for nodes and explanations of anomalies, which the file lacks.
func TestReasonsFromResults(t *testing.T) {
	logs := func(ops ...history.Op) Verdict {
		var l Logs
		outcomeOf(&l, done(ops...))
		return l.Verdict()
	}
	values := []edn.Value{edn.NewInt(3), edn.NewInt(4)}
	sends := []history.Op{sending(0, history.OK, 11, 0), sending(0, history.OK, 12, 1)}
	for _, tt := range []struct {
		section string
		verdict interface {
			EDN() edn.Value
			Reasons() []trial.Reason
		}
	}{
		{"workload", SetFullResult{Outcome: trial.Invalid, Lost: values}},
		{"workload", SetFullResult{Outcome: trial.Unknown, Attempts: 2}},
		{"workload", UniqueIDsResult{Acknowledged: 4, Range: [2]edn.Value{values[0], values[1]}, Duplicated: []Duplicate{{values[0], 2}, {values[1], 3}}}},
		{"workload", EchoVerdict{errors: []edn.Value{edn.NewVector(edn.NewString("Expected a message with :echo"), edn.NewString("a"), edn.NewString("But received"), mapOf("echo", edn.NewString("b")))}}},
		{"workload", CounterVerdict{acceptable: []span{{edn.NewInteger(5), edn.NewInteger(6)}, {edn.NewInteger(9), edn.NewInteger(9)}}, reads: []history.Op{{Value: int64(4)}, {Value: int64(5)}}, errors: []history.Op{{Process: 10, Value: int64(4)}}}},
		{"workload", LinearizableVerdict{results: []keyResult{{edn.NewInt(1), trial.Valid}, {edn.NewInt(7), trial.Invalid}, {edn.NewInt(9), trial.Invalid}}}},
		{"workload", LinearizableVerdict{results: []keyResult{{edn.NewInt(1), trial.Valid}, {edn.NewInt(9), trial.Unknown}}}},
		{"workload", logs(append(sends, showing(1, 1, 12))...)},
		{"workload", logs(append(sends, sending(0, history.OK, 13, 2), showing(1, 0, 11), showing(1, 2, 13), showing(2, 1, 12))...)},
		{"workload", logs(showing(0, 0))},
		{"stats", StatsResult{Outcome: trial.Invalid, ByF: map[string]Tally{"txn": {Fail: 7, Info: 2}, "read": {OK: 1}}}},
	} {
		want := told(tt.verdict.Reasons())
		if got := told(ReasonsIn(tt.section, tt.verdict.EDN())); got != want || want == "" {
			t.Errorf("%s\n got %s\nwant %s", tt.verdict.EDN(), got, want)
		}
	}
	x := txnsOf("", stale...)
	if got, want := told(ReasonsIn("workload", x.Verdict().EDN())), "G-single-item-realtime: G-single-item-realtime, once: "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s …", got, want)
	}
	jepsens, err := edn.Parse("results.edn", []byte(`{:anomaly-types (:G1c) :anomalies {:G1c [{:cycle [#jepsen.history.Op{:index 4 :value [[:r 1 2]]} {:index 7 :value [[:w 1 2]]} {:index 4}]
		:steps ({:type :wr} {:type :ww})}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(ReasonsIn("workload", jepsens)), "G1c: G1c, once: 4 [[:r 1 2]] -wr-> 7 [[:w 1 2]] -ww-> itself"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
