package workload

import (
	"testing"

	"gossipbench/harness/history"
)

// TestFailedPollSkipsNothing: a poll whose commit failed has shown nobody its
// messages. The client polls them again; else a kill between the two requests
// would look like a strategy's poll-skip.
func TestFailedPollSkipsNothing(t *testing.T) {
	s := logs.Session()
	poll := func(want string) {
		t.Helper()
		if got := string(s.Begin(Ask{F: "poll", Value: history.Poll{}}).Fields); got != want {
			t.Errorf("got a poll with %s, want %s", got, want)
		}
	}
	heard := func(body, want string) {
		t.Helper()
		next, _, err := s.Heard([]byte(body))
		got := ""
		if next != nil {
			got = string(next.Fields)
		}
		if got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
	s.Begin(Ask{F: "assign", Value: []string{"7"}})
	heard(`{"offsets":{}}`, "")
	poll(`,"offsets":{"7":0}`)
	heard(`{"msgs":{"7":[[0,1],[1,2]]}}`, `,"offsets":{"7":1}`)
	poll(`,"offsets":{"7":0}`) // no answer came to the commit
	heard(`{"msgs":{"7":[[0,1],[1,2],[2,3]]}}`, `,"offsets":{"7":2}`)
	heard(`{}`, "")
	poll(`,"offsets":{"7":3}`)
}
