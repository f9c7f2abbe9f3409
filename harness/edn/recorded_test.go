package edn

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// recorded returns the files in shared/data that match the patterns.
func recorded(t testing.TB, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		matches, err := filepath.Glob(filepath.Join("../../../shared/data", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	if len(files) == 0 {
		t.Skip("there is no recorded data in ../shared/data")
	}
	return files
}

// TestRecordedResults reads and writes every results.edn. Jepsen writes them with fipp,
// so the bytes must be the same: reading loses nothing, and other programs can read what
// we write. Only the results of one key of an independent test are written by Clojure's
// own pprint.
func TestRecordedResults(t *testing.T) {
	for _, file := range recorded(t, "maelstrom/*/results.edn", "reference/*/*/results.edn", "community/*.edn") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Parse(filepath.Base(file), data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !v.At("valid?").Present() {
			t.Errorf("%s: has no :valid?", file)
		}
		got := append(AppendPretty(nil, v), '\n')
		if v.At("linearizable").Present() {
			again, err := Parse("again", got)
			if err != nil || !Equal(again, v) {
				t.Errorf("%s: comes out as another value, %v", file, err)
			}
		} else if !bytes.Equal(got, data) {
			gotLines, wantLines := bytes.Split(got, []byte{'\n'}), bytes.Split(data, []byte{'\n'})
			for i := range min(len(gotLines), len(wantLines)) {
				if !bytes.Equal(gotLines[i], wantLines[i]) {
					t.Errorf("%s: line %d:\n got %s\nwant %s", file, i+1, gotLines[i], wantLines[i])
					break
				}
			}
		}
	}
}
