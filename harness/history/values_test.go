package history

import (
	"errors"
	"io"
	"testing"

	"gossipbench/harness/edn"
)

// TestValuesRecorded reads the value of every recorded op of lin-kv, kafka and
// the transactions, and writes it as it was.
func TestValuesRecorded(t *testing.T) {
	count := map[string]int{}
	for file := range recorded(t) {
		r := openHistory(t, file)
		for {
			op, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			value, ok := op.Value.(edn.Value)
			if !ok || !op.client() {
				continue
			}
			var read any
			switch op.F {
			case "read", "write", "cas":
				read, ok = ReadKeyed(value)
			case "txn":
				read, ok = ReadTxn(value)
			case "send":
				read, ok = ReadSend(value)
			case "poll":
				read, ok = ReadPoll(value)
			default:
				continue
			}
			count[op.F]++
			if !ok || !edn.Equal(valueOf(read), value) {
				t.Fatalf("%s: %s: got %v, %v from %s", file, op.F, read, ok, value)
			}
		}
	}
	for _, f := range []string{"cas", "txn", "send", "poll"} {
		if count[f] == 0 {
			t.Errorf("no recorded op %s", f)
		}
	}
}
