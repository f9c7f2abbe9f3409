package checker

import (
	"bytes"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// FuzzReader: Read returns for every input; what it reads survives another round trip; no
// checker panics; and Judge reproduces the verdict that our checkers wrote.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		"{:index 0, :time 1, :type :invoke, :process 0, :f :broadcast, :value 7}\n{:index 1, :time 2, :type :ok, :process 0, :f :broadcast, :value 7}\n",
		"#jepsen.history.Op{:index 1, :time 93345181, :type :ok, :process 0, :f :read, :value [3 -1 0x1f [a]], :final? true}",
		`{:type :fail, :f :cas, :value [0 [1 nil]], :error [:precondition-failed "want 1"], :exception {:via [{:type a.B}]}}`,
		`{:type :info, :process :nemesis, :f :start-partition, :value [:isolated {"n2" #{"n1"}}]}`,
		`{:type :ok, :process 1}{:type :ok, :process 1, :f :generate, :value 12345678901234567890}{:type :ok, :process 1, :f :add, :value ##NaN}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkers := NewCheckers(&SetFull{}, 0.5)
		var ids UniqueIDs
		r := history.NewReader("h", bytes.NewReader(data))
		for {
			op, err := r.Read()
			if err != nil {
				break
			}
			checkers.Add(op)
			ids.Add(op)
			line := history.AppendOp(nil, op)
			again, err := history.NewReader("again", bytes.NewReader(line)).Read()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if second := history.AppendOp(nil, again); !bytes.Equal(line, second) {
				t.Fatalf("%s\nthen %s", line, second)
			}
		}
		if _, err := edn.Parse("ids", edn.Append(nil, ids.Result().EDN())); err != nil {
			t.Fatal(err)
		}
		results := checkers.Results(history.Net{}, nil)
		results.Metrics()
		written, err := edn.Parse("results.edn", results.AppendEDN(nil))
		if err != nil {
			t.Fatal(err)
		}
		j, err := Judge(t.Context(), history.NewReader("h", bytes.NewReader(data)), written, "")
		if err == nil && len(j.Spoilt) == 0 && (len(j.Differences()) > 0 || !j.Reproduced()) {
			t.Fatalf("judged again: got %s, want %s; %v", j.Ours, j.Jepsen, j.Differences())
		}
	})
}
