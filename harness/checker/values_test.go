package checker

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// TestValuesRecorded: reading and writing the value of every recorded op of kafka and of
// transactions returns the same value.
func TestValuesRecorded(t *testing.T) {
	count := map[string]int{}
	for file := range recorded(t) {
		if !slices.ContainsFunc([]string{"kafka", "txn"}, func(w string) bool { return strings.Contains(file, w) }) {
			continue
		}
		r := openHistory(t, file)
		for {
			op, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			value, ok := history.ValueOf(op.Value), true
			if !op.Client() {
				continue
			}
			var read any
			switch op.F {
			case "txn":
				read, ok = new(strangers).mops(op.Value, false)
			case "send":
				read, ok = history.ReadSend(op.Value)
			case "poll":
				read, ok = history.ReadPoll(op.Value)
			default:
				continue
			}
			count[op.F]++
			if !ok || !edn.Equal(history.ValueOf(read), value) {
				t.Fatalf("%s: %s: got %v, %v from %s", file, op.F, read, ok, value)
			}
		}
	}
	for _, f := range []string{"txn", "send", "poll"} {
		if count[f] == 0 {
			t.Errorf("no recorded op %s", f)
		}
	}
}
