package maelstrom

import (
	"gossipbench/harness/trial"
	"testing"
)

// TestSharperReasons: if our checkers have the same reason, their text is used, since it names
// nodes and goals. Other reasons of results.edn stay, and none is added.
func TestSharperReasons(t *testing.T) {
	theirs := []trial.Reason{{Kind: trial.LostValues, Text: "1 value lost: 3"}, {Kind: trial.NoSuccess, Text: "no read succeeded"}}
	ours := []trial.Reason{{Kind: trial.Unavailable, Text: "availability 0.5"}, {Kind: trial.LostValues, Text: "1 value lost: 3 (at n1)"}}
	got := sharper(theirs, ours)
	if len(got) != 2 || got[0].Text != "1 value lost: 3 (at n1)" || got[1].Text != "no read succeeded" {
		t.Errorf("got %v", got)
	}
}
