package maelstrom

import (
	"gossipbench/harness/trial"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFolder: whatever files a test's folder holds, Read and Judge do not panic, and Read
// returns either an outcome or an error.
func FuzzFolder(f *testing.F) {
	const log = "2026-11-21 02:44:14,137{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:\n{:workload :echo\n :node-count 1}\n" +
		"2026-11-21 02:44:16,409{GMT}\tINFO\t[jepsen node n0] maelstrom.db: Tearing down n0\n"
	f.Add("{:net {:all {:msg-count 4}}, :workload {:valid? true, :errors ()}, :valid? true}", "{:type :invoke, :process 0, :f :echo}{:type :ok, :process 0, :f :echo}", log)
	f.Add("{:linearizable {:valid? true}, :valid? true}", "\x1f\x8b\x08\x00", "")
	f.Add("{:valid?", "", log)
	f.Add("", "{:type :info, :process :nemesis, :f :start-partition, :value [:isolated {\"n2\" #{\"n1\"}}]}", "no log")
	f.Add("[1 2]", "{:type :ok, :process 0, :f :txn, :value [[:r 1 [2]]]}", log)
	f.Fuzz(func(t *testing.T, results, history, log string) {
		folder := filepath.Join(t.TempDir(), "store", "lin-kv", "20260101T000000.000Z")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{resultsName: results, historyName: history, logName: log, "foo.edn": results, "bar.edn": history} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		tests, err := Tests(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(tests, filepath.Join(folder, "foo.edn")) {
			test, failure := Read(t.Context(), path)
			if len(test.Hash) != 64 && (test.Hash != "" || failure == nil) {
				t.Errorf("%s: the hash is %q, and the error %v", path, test.Hash, failure)
			}
			if (test.Outcome == "") != (failure != nil) {
				t.Errorf("%s: outcome %q, and the error %v", path, test.Outcome, failure)
			}
			if _, mistakes := trial.Found(test.Settings, 1); len(mistakes) > len(test.Settings) {
				t.Errorf("%s: %v", path, mistakes)
			}
			for name := range test.Metrics {
				if _, err := trial.FindMetric(name); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			_, _ = Judge(t.Context(), path) // must not panic
		}
	})
}
