package history

import (
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

func TestReasons(t *testing.T) {
	one := []edn.Value{edn.NewInt(3), edn.NewInt(4)}
	for _, tt := range []struct {
		verdict Verdict
		want    string
	}{
		{SetFullResult{Lost: one}, "values lost: 2: 3 4"},
		{SetFullResult{}, ""},
		{UniqueIDsResult{Duplicated: []Duplicate{{one[0], 2}}}, "ids given more than once: 1: 3"},
		{EchoVerdict{one[:1]}, "answers that do not echo: 1: 3"},
		{CounterVerdict{acceptable: []span{{5, 6}}, errors: []Op{{Process: 1, Value: int64(4)}}},
			"final read of 4 by process 1, which no adds can have made; acceptable is ([5 6])"},
		{LinearizableVerdict{results: map[int64]experiment.Outcome{9: experiment.Invalid, 7: experiment.Invalid, 1: experiment.Valid}},
			"keys whose ops have no order in which each sees what was written before: [7 9]"},
	} {
		if got := strings.Join(reasons(tt.verdict), "|"); got != tt.want {
			t.Errorf("%T: got %q, want %q", tt.verdict, got, tt.want)
		}
	}
	counts := StatsResult{ByF: map[string]Tally{"txn": {Fail: 7, Info: 2}, "crash": {Info: 1}, "read": {OK: 1}}}
	if got := strings.Join(counts.reasons(), "|"); got != "no txn succeeded: 7 failed, of 2 nobody knows" {
		t.Errorf("got %q", got)
	}
}
