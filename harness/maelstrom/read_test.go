package maelstrom

import (
	"compress/gzip"
	"fmt"
	"gossipbench/harness/trial"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadRecorded: which settings of other people's tests are known.
func TestReadRecorded(t *testing.T) {
	for _, tt := range []struct {
		path     string
		settings map[string]string // beside those that all tests have
		assumed  bool
		warnings []string
		began    string
		failure  string
	}{
		{"testdata/neg-bc-dup", map[string]string{"workload": "broadcast", "nodes": "3", "concurrency": "1n", "nemesis": "none", "nemesis_interval": "10s"},
			true, []string{"more than once"}, "", ""},
		{"testdata/bc5-ruby-part/results.edn", map[string]string{"workload": "broadcast", "nodes": "5", "concurrency": "1n", "nemesis": "partition"},
			false, nil, "", ""},
		{"testdata/echo-exit", map[string]string{"workload": "echo", "nodes": "1", "concurrency": "1n", "nemesis": "none", "nemesis_interval": "10s",
			"bin": "maelstrom/demos/bad.py", "args": "echo-exit", "rate": "10", "time_limit": "5s", "topology": "grid",
			"latency": "0s", "latency_dist": "constant", "availability": ""},
			false, nil, "2026-11-21T02:45:49Z", "node n0 crashed with exit status 3"},
		{"testdata/echo-badjson", map[string]string{"workload": "echo", "nodes": "1", "concurrency": "1n", "nemesis": "none", "nemesis_interval": "10s",
			"bin": "maelstrom/demos/bad.py", "args": "echo-badjson", "rate": "10", "time_limit": "5s", "topology": "grid",
			"latency": "0s", "latency_dist": "constant", "availability": ""},
			false, nil, "2026-11-21T02:44:14Z", "node n0 went mute"},
		{shared + "/reference/flood-grid-part/1", map[string]string{"workload": "broadcast", "nodes": "25", "concurrency": "1n", "nemesis": "partition"},
			false, nil, "", ""},
		{shared + "/maelstrom/gcounter-clj", map[string]string{"nodes": "3", "concurrency": "1n", "nemesis": "partition"}, false, nil, "", ""},
		{shared + "/maelstrom/echo-py", map[string]string{"workload": "echo", "nodes": "5", "concurrency": "1n", "nemesis": "none", "nemesis_interval": "10s"},
			true, nil, "", ""},
		// It had 12 clients on 3 nodes.
		{shared + "/maelstrom/linkv-raft-ruby", map[string]string{"workload": "lin-kv", "nemesis": "none", "nemesis_interval": "10s"}, false, nil, "", ""},
		{shared + "/maelstrom/txnla-datomic", map[string]string{"workload": "txn-list-append", "nemesis": "none", "nemesis_interval": "10s"}, false, []string{"ops without an answer: 2"}, "", ""},
		{shared + "/maelstrom/txnrw-hat-rc", map[string]string{"workload": "txn-rw-register", "nodes": "2", "concurrency": "2n", "nemesis": "partition"}, false, nil, "", ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			if _, err := os.Stat(tt.path); err != nil {
				t.Skip("not recorded here: " + tt.path)
			}
			test, err := Read(t.Context(), tt.path)
			if (err == nil) != (tt.failure == "") || err != nil && !strings.HasPrefix(err.Error(), tt.failure) {
				t.Errorf("error is %v, want %q", err, tt.failure)
			}
			for name, value := range constants {
				if test.Settings[name] != value {
					t.Errorf("%s is %q, want %q", name, test.Settings[name], value)
				}
				delete(test.Settings, name)
			}
			if diff := cmp.Diff(tt.settings, test.Settings); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			same := slices.EqualFunc(test.Warnings, tt.warnings, strings.Contains)
			if !same {
				t.Errorf("warnings are %q, want %q within them", test.Warnings, tt.warnings)
			}
			if (test.Assumed != "") != tt.assumed {
				t.Errorf("assumed %q, want something: %v", test.Assumed, tt.assumed)
			}
			if test.Began != tt.began {
				t.Errorf("began %q, want %q", test.Began, tt.began)
			}
		})
	}
}

// TestReadAll: every recorded test can be read, and its numbers are the file's.
func TestReadAll(t *testing.T) {
	for _, path := range recorded(t) {
		test, err := Read(t.Context(), path)
		_, results := parse(t, path)
		if err != nil {
			if !results.At("workload", "error").Present() && filepath.Base(filepath.Dir(path)) != "echo-badjson" {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		for name, want := range metrics(results) {
			if got, is := test.Metrics[name]; !is || got != want {
				t.Errorf("%s: %s is %v, want %v", path, name, got, want)
			}
		}
	}
}

// TestReadOtherNames: results with another name have their history beside them, and no
// log.
func TestReadOtherNames(t *testing.T) {
	folder := t.TempDir()
	for from, to := range map[string]string{
		"testdata/neg-bc-dup/results.edn": "mine.edn", "testdata/neg-bc-dup/history.edn.gz": "mine.history.edn.gz", "testdata/echo-exit/jepsen.log": "jepsen.log",
	} {
		if err := copyFile(from, filepath.Join(folder, to), false); err != nil {
			t.Fatal(err)
		}
	}
	test, err := Read(t.Context(), filepath.Join(folder, "mine.edn"))
	if err != nil {
		t.Fatal(err)
	}
	if test.Metrics["duplicated"] != 2 || test.Settings["workload"] != "broadcast" || test.Settings["bin"] != "" {
		t.Errorf("Read = %v %v, want 2 duplicated in a broadcast", test.Metrics, test.Settings)
	}
	same, err := Read(t.Context(), "testdata/neg-bc-dup")
	if err != nil {
		t.Fatal(err)
	}
	if same.Hash != test.Hash || len(same.Hash) != 64 {
		t.Errorf("hash is %s, elsewhere %s, want the same", test.Hash, same.Hash)
	}
}

// TestReadDamagedHistory: if a history is cut short, what it would show is unknown, and
// the results are kept.
func TestReadDamagedHistory(t *testing.T) {
	folder := t.TempDir()
	if err := copyFile("testdata/neg-bc-dup/results.edn", filepath.Join(folder, "results.edn"), false); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open("testdata/neg-bc-dup/history.edn.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "history.edn"), text[:len(text)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	test, err := Read(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if test.Metrics["msgs-per-op"] != 2.940594 {
		t.Errorf("msgs-per-op is %v, want 2.940594", test.Metrics["msgs-per-op"])
	}
	if _, is := test.Metrics["op-latency.p50"]; is {
		t.Error("half a history gave op-latency")
	}
	if !slices.ContainsFunc(test.Warnings, func(w string) bool {
		return strings.HasPrefix(w, "what only the history tells is not known: history.edn:")
	}) {
		t.Errorf("warnings are %q, want one of the history", test.Warnings)
	}
}

// TestTests: links are not followed, and the keys of lin-kv are not tests.
func TestTests(t *testing.T) {
	root := t.TempDir()
	var want []string
	for _, folder := range []string{"store/broadcast/20260101T000000.000Z", "store/broadcast/20260102T000000.000Z", "store/lin-kv/20260103T000000.000Z"} {
		at := filepath.Join(root, folder)
		if err := os.MkdirAll(filepath.Join(at, "independent", "0"), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"results.edn", "independent/0/results.edn"} {
			if err := os.WriteFile(filepath.Join(at, name), []byte("{:valid? true}"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, at)
	}
	if err := os.Symlink("broadcast/20260102T000000.000Z", filepath.Join(root, "store", "latest")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{root, filepath.Join(root, "store")} {
		got, err := Tests(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Tests(%s) (-want +got):\n%s", path, diff)
		}
	}
	got, err := Tests(t.Context(), filepath.Join(root, "store", "latest"))
	if err != nil || len(got) != 1 || got[0] != want[1] {
		t.Errorf("Tests(t.Context(), latest) = %v, %v, want %s", got, err, want[1])
	}
	if _, err := Tests(t.Context(), filepath.Join(root, "nothing")); err == nil {
		t.Error("Tests of a folder that is not there, want an error")
	}
}

// TestLocate: given any file of a test, the others are found.
func TestLocate(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for name, text := range map[string]string{
		"results.edn": "", "history.edn": "", "jepsen.log": "", "foo.edn": "{:a 1, :workload {:valid? true}}", "foo.history.edn.gz": "", "bar.history.edn": "",
		"mine": "#jepsen.history.Op{:index 0, :type :invoke}", "notes.txt": "some notes", "map.edn": "{:a {:b 1}}", "list.edn": "[1]", "cut.edn": "{:a",
	} {
		if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	own := paths{folder, at("results.edn"), at("history.edn"), at("jepsen.log")}
	foo := paths{folder, at("foo.edn"), at("foo.history.edn.gz"), ""}
	for name, want := range map[string]paths{
		"": own, "results.edn": own, "history.edn": own, "jepsen.log": own,
		"foo.edn": foo, "foo.history.edn.gz": foo,
		"bar.history.edn": {folder, "", at("bar.history.edn"), ""},
		"mine":            {folder, "", at("mine"), ""},
	} {
		got, err := locate(t.Context(), at(name))
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("locate(%q)\n got %+v\nwant %+v", name, got, want)
		}
	}
	for name, why := range map[string]string{
		"notes.txt": "it begins with a symbol", "map.edn": "its first value has neither :valid? nor :type", "list.edn": "it begins with a vector",
		"cut.edn": at("cut.edn") + ":1:4: unexpected end of input, want a value",
	} {
		_, err := locate(t.Context(), at(name))
		want := fmt.Sprintf("%s: neither results nor a history of Jepsen's (%s), want the folder of a test, its results.edn or its history.edn", at(name), why)
		if err == nil || err.Error() != want {
			t.Errorf("locate(%q)\n got %v\nwant %s", name, err, want)
		}
	}
}

// TestNotRegularFile: a folder or a pipe in place of a file is an error, and does not block.
func TestNotRegularFile(t *testing.T) {
	for _, name := range own {
		folder := t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, name), 0o777); err != nil {
			t.Fatal(err)
		}
		tests, err := Tests(t.Context(), folder)
		if err != nil || len(tests) != 1 {
			t.Errorf("Tests of a folder with a folder %s: %v, %v", name, tests, err)
		}
		want := filepath.Join(folder, name) + ": a folder, want a file"
		for verb, err := range map[string]error{"judge": second(Judge(t.Context(), folder)), "read": second(Read(t.Context(), folder))} {
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", verb, err, want)
			}
		}
		pipe := filepath.Join(t.TempDir(), name)
		if err := syscall.Mkfifo(pipe, 0o666); err != nil {
			t.Skip(err)
		}
		for verb, err := range map[string]error{"judge": second(Judge(t.Context(), pipe)), "read": second(Read(t.Context(), filepath.Dir(pipe)))} {
			if want := pipe + ": no regular file (p---------)"; err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", verb, err, want)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestJudge: our verdict on a recorded test is Jepsen's, except for duplicates, which
// Jepsen does not see.
func TestJudge(t *testing.T) {
	for _, path := range []string{"testdata/neg-bc-dup", "testdata/bc5-ruby-part/history.edn.gz"} {
		judgement, err := Judge(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !judgement.Reproduced() || len(judgement.Differences()) > 0 {
			t.Errorf("%s: reproduced is %v, differences %v", path, judgement.Reproduced(), judgement.Differences())
		}
	}
	// A history with another name has no results to compare with.
	compressed, err := os.ReadFile("testdata/bc5-ruby-part/history.edn.gz")
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "h.edn.gz")
	if err := os.WriteFile(alone, compressed, 0o600); err != nil {
		t.Fatal(err)
	}
	if judgement, err := Judge(t.Context(), alone); err != nil || len(judgement.Differences()) > 0 {
		t.Errorf("%s: got %v, %v", alone, judgement, err)
	}
	_, err = Judge(t.Context(), filepath.Join("testdata", "echo-exit"))
	if want := "testdata/echo-exit: there is no history.edn or history.edn.gz, without which nothing can be judged"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// TestJudgeModels: without a results.edn transactions are judged by the models in the
// log, if they are known ones.
func TestJudgeModels(t *testing.T) {
	const history = `{:index 0, :time 0, :type :invoke, :process 0, :f :txn, :value [[:w 1 5]]}
{:index 1, :time 1, :type :ok, :process 0, :f :txn, :value [[:w 1 5]]}
{:index 2, :time 2, :type :invoke, :process 0, :f :txn, :value [[:r 1 nil]]}
{:index 3, :time 3, :type :ok, :process 0, :f :txn, :value [[:r 1 nil]]}
`
	for models, want := range map[string]trial.Outcome{
		"":                    trial.Unknown,
		"read-committed":      trial.Valid,
		"strong-serializable": trial.Invalid,
		"no-such-model":       trial.Unknown,
	} {
		folder := t.TempDir()
		files := map[string]string{historyName: history}
		if models != "" {
			files[logName] = "2026-11-21 02:44:16,409{GMT}\tINFO\t[jepsen test runner] jepsen.core: Command line:\n" +
				"lein run test -w txn-rw-register --bin x --consistency-models " + models + "\n"
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if j, err := Judge(t.Context(), folder); err != nil || j.Ours != want {
			t.Errorf("models %q: got %s, %v, want %s", models, j.Ours, err, want)
		}
	}
}

// TestClaimTimeout: in lin-kv a client waits max(1 s, 10 × latency), else 5 s. See
// workload/lin_kv.clj.
func TestClaimTimeout(t *testing.T) {
	for _, tt := range []struct {
		known map[string]string
		want  string
	}{
		{map[string]string{"workload": "echo"}, "5s"},
		{map[string]string{"workload": "kafka", "latency": "1s"}, "5s"},
		{map[string]string{"workload": "lin-kv", "latency": "0s"}, "1s"},
		{map[string]string{"workload": "lin-kv", "latency": "100ms"}, "1s"},
		{map[string]string{"workload": "lin-kv", "latency": "150ms"}, "1.5s"},
		{map[string]string{"workload": "lin-kv"}, ""},
		{map[string]string{"workload": "lin-kv", "latency": "10ms", "rpc_timeout": "7s"}, "7s"},
		{map[string]string{}, ""},
	} {
		ClaimTimeout(tt.known)
		if got := tt.known["rpc_timeout"]; got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.known, got, tt.want)
		}
	}
}
