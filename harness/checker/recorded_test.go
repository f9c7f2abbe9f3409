package checker

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// recorded maps the history of each recorded test to its results.edn, if there is one.
func recorded(t testing.TB) map[string]string {
	t.Helper()
	pairs := map[string]string{}
	for _, pattern := range []string{"maelstrom/*/history.edn.gz", "reference/*/*/history.edn.gz", "community/*.history.edn.gz"} {
		files, err := filepath.Glob(filepath.Join("../../../shared/data", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			results := filepath.Join(filepath.Dir(file), "results.edn")
			if base, ok := strings.CutSuffix(file, ".history.edn.gz"); ok {
				results = base + ".edn"
			}
			if _, err := os.Stat(results); err != nil {
				results = ""
			}
			pairs[file] = results
		}
	}
	if len(pairs) == 0 {
		t.Skip("there is no recorded data in ../shared/data")
	}
	return pairs
}

// TestJudgeRecorded judges every recorded history. All fields that Jepsen and we have
// must be equal, down to the last op in :worst-stale.
func TestJudgeRecorded(t *testing.T) {
	for file, resultsFile := range recorded(t) {
		t.Run(strings.TrimPrefix(file, "../../../shared/data/"), func(t *testing.T) {
			results, _ := readResults(t, resultsFile)
			j, err := Judge(t.Context(), openHistory(t, file), results, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range j.Differences() {
				t.Errorf("%s:\n got %.300s\nwant %.300s", d.Path, d.Ours, d.Jepsen)
			}
			if !j.Reproduced() {
				t.Errorf("verdict: got %s, want %s", j.Ours, j.Jepsen)
			}
			var b strings.Builder
			if err := j.Print(&b); err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + b.String())
		})
	}
}

// readResults reads a results.edn; it returns nothing if file is empty.
func readResults(t *testing.T, file string) (edn.Value, []byte) {
	t.Helper()
	if file == "" {
		return edn.Value{}, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	results, err := edn.Parse("results.edn", data)
	if err != nil {
		t.Fatal(err)
	}
	return results, data
}

func openHistory(t testing.TB, file string) *history.Reader {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return history.NewReader("history.edn", f)
}

// TestWriteRecordedResults: with Maelstrom's counts of messages, the results that we
// write for a broadcast or g-set history equal Maelstrom's results.edn byte for byte.
func TestWriteRecordedResults(t *testing.T) {
	compared := 0
	for file, resultsFile := range recorded(t) {
		results, want := readResults(t, resultsFile)
		if !results.At("workload", "stable-count").Present() {
			continue
		}
		checkers := NewCheckers(&SetFull{}, 0)
		for op := range ops(t, openHistory(t, file)) {
			checkers.Add(op)
		}
		count := func(part string) history.Count {
			send, _ := results.At("net", part, "send-count").Int()
			recv, _ := results.At("net", part, "recv-count").Int()
			msg, _ := results.At("net", part, "msg-count").Int()
			return history.Count{Send: int(send), Recv: int(recv), Msg: int(msg)}
		}
		r := checkers.Results(history.Net{All: count("all"), Clients: count("clients"), Servers: count("servers")}, nil)
		if len(r.Warnings()) > 0 {
			continue // ours has an additional field
		}
		compared++
		if got := r.AppendEDN(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: reading and writing changed it:\n%s", file, firstDifference(got, want))
		}
	}
	t.Logf("%d results.edn compared", compared)
}

// ops yields the ops of a history.
func ops(t testing.TB, r *history.Reader) func(yield func(history.Op) bool) {
	return func(yield func(history.Op) bool) {
		for {
			op, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !yield(op) {
				return
			}
		}
	}
}

func firstDifference(got, want []byte) string {
	gotLines, wantLines := bytes.Split(got, []byte{'\n'}), bytes.Split(want, []byte{'\n'})
	for i := range min(len(gotLines), len(wantLines)) {
		if !bytes.Equal(gotLines[i], wantLines[i]) {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, gotLines[i], wantLines[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(gotLines), len(wantLines))
}

// TestWriteRecordedHistories: reading and writing a history of Maelstrom's returns the
// same bytes.
func TestWriteRecordedHistories(t *testing.T) {
	for file := range recorded(t) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		var got bytes.Buffer
		w := history.NewWriter(&got)
		for op := range ops(t, history.NewReader("history.edn", bytes.NewReader(want))) {
			if err := w.Write(op); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: reading and writing changed it:\n%.2000s", file, firstDifference(got.Bytes(), want))
		}
	}
}
