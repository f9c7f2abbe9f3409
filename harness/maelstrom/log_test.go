package maelstrom

import (
	"fmt"
	"gossipbench/harness/trial"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLogsOfRealRuns parses logs of real Maelstrom.
func TestLogsOfRealRuns(t *testing.T) {
	for _, tt := range []struct {
		log      string
		failure  string // beginning of the error
		settings map[string]string
	}{
		{"testdata/echo-badjson/jepsen.log", "node n0 went mute: Maelstrom ignores all that a node prints after a line that it cannot read, and may call the test valid even so: Node n0 printed a line to STDOUT which was not well-formed JSON:\nthis is not json",
			map[string]string{"workload": "echo", "nodes": "1", "args": "echo-badjson", "bin": "maelstrom/demos/bad.py", "time_limit": "5s", "nemesis": "none", "rate": "10"}},
		{"testdata/echo-exit/jepsen.log", "node n0 crashed with exit status 3 before it was told to end\nits last lines on standard output:\n  {\"src\": \"n0\", \"dest\": \"c0\", \"body\": {\"type\": \"init_ok\", \"in_reply_to\": 1}}",
			map[string]string{"workload": "echo", "nodes": "1", "args": "echo-exit", "bin": "maelstrom/demos/bad.py", "time_limit": "5s", "nemesis": "none", "rate": "10"}},
		{shared + "/maelstrom/bc5-ruby-part/jepsen.log", "",
			map[string]string{"workload": "broadcast", "nodes": "5", "args": "", "bin": "maelstrom/demo/ruby/broadcast.rb", "time_limit": "20s", "nemesis": "partition", "rate": "10"}},
		{shared + "/maelstrom/neg-bc-lose/jepsen.log", "",
			map[string]string{"workload": "broadcast", "nodes": "3", "args": "bc-lose", "bin": "maelstrom/demos/bad.py", "time_limit": "10s", "nemesis": "none", "rate": "20"}},
	} {
		t.Run(filepath.Base(filepath.Dir(tt.log)), func(t *testing.T) {
			log, err := readLog(t.Context(), tt.log)
			if err != nil {
				t.Fatal(err)
			}
			if len(log.last) == 0 {
				t.Skip("no " + tt.log)
			}
			got := ""
			if err := logFailure(log, filepath.Dir(tt.log)); err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, tt.failure) || tt.failure == "" && got != "" {
				t.Errorf("failure is %q, want %q", got, tt.failure)
			}
			for name, value := range map[string]string{
				"topology": "grid", "latency": "0s", "latency_dist": "constant", "concurrency": "1n", "nemesis_interval": "10s", "availability": "",
			} {
				tt.settings[name] = value
			}
			if diff := cmp.Diff(tt.settings, logged(log)); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMuteAtTheEnd: a node is not mute if it fails only after the test is over, when its
// peers have ended.
func TestMuteAtTheEnd(t *testing.T) {
	const entry = "2026-11-21 02:44:16,409{GMT}\t%\n"
	line := func(text string) string { return strings.ReplaceAll(entry, "%", text) }
	warning := line("WARN\t[n3 stdout] maelstrom.process: Error!") + "java.lang.AssertionError: Assert failed: Invalid dest for message\n\tat x.y(z.clj:1)\n"
	complete := line("INFO\t[jepsen test runner] jepsen.core: Run complete, writing")
	tearing := line("INFO\t[jepsen node n0] maelstrom.db: Tearing down n0")
	for _, tt := range []struct {
		name, text string
		want       []mute
	}{
		{"in time", warning + complete, []mute{{"n3", "java.lang.AssertionError: Assert failed: Invalid dest for message", 1}}},
		{"in the end", complete + warning, nil},
		{"in the end of a test that did not begin", tearing + warning, nil},
	} {
		log, err := scanLog(strings.NewReader(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, log.muted, cmp.AllowUnexported(mute{})); diff != "" {
			t.Errorf("%s: muted (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestMuteAfterItsAnswers: a node that goes mute after all its answers is harmless; one
// that still has to answer is not.
func TestMuteAfterItsAnswers(t *testing.T) {
	line := func(text string) string { return "2026-11-21 02:44:16,409{GMT}\t" + text + "\n" }
	op := func(worker int, what string) string {
		return line(fmt.Sprintf("INFO\t[jepsen worker %d] jepsen.util: %[1]d\t:%s", worker, what))
	}
	settings := line("INFO\t[jepsen test runner] jepsen.core: Running test:") + "{:node-count 2\n :concurrency 4}\n"
	begun := line("INFO\t[jepsen test runner] jepsen.generator.interpreter: Relative time begins now")
	warning := line("WARN\t[n1 stdout] maelstrom.process: Error!") + "clojure.lang.ExceptionInfo: Node n1 printed a line to STDOUT which was not well-formed JSON:\nbye\n\tat x.y(z.clj:1)\n"
	before := settings + begun + op(1, "invoke\t:echo\t\"a\"") + op(1, "ok\t:echo\t\"a\"")
	for _, tt := range []struct {
		name, text string
		harmful    bool
	}{
		{"before the clients began", settings + warning, true},
		{"a log without its ops", settings + begun + warning, true},
		{"after the last answer", before + warning, false},
		{"the answer was under way", settings + begun + op(1, "invoke\t:echo\t\"a\"") + warning + op(1, "ok\t:echo\t\"a\""), false},
		{"an op that was not answered", settings + begun + op(1, "invoke\t:echo\t\"a\"") + warning + op(1, "info\t:echo\t\"a\"\t:net-timeout"), true},
		{"a read that was not answered", before + warning + op(3, "fail\t:read\tnil\t:net-timeout"), true},
		{"an answer that refuses", before + warning + op(1, "fail\t:cas\t[0 [1 2]]\t[:precondition-failed \"no\"]"), false},
		{"an op that began later", before + warning + op(3, "invoke\t:read\tnil"), true},
		{"another node's ops", before + warning + op(0, "invoke\t:read\tnil") + op(2, "info\t:read\tnil\t:net-timeout"), false},
		{"another node's ops, of nobody knows how many nodes", begun + op(1, "ok\t:echo\t\"a\"") + warning + op(0, "invoke\t:read\tnil"), true},
	} {
		log, err := scanLog(strings.NewReader(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		err = logFailure(log, t.TempDir())
		if (err != nil) != tt.harmful {
			t.Errorf("%s: failure is %v, want one: %v", tt.name, err, tt.harmful)
		}
		want := []string{"node n1 printed a line that Maelstrom could not read, when all its answers had been given: Node n1 printed a line to STDOUT which was not well-formed JSON:"}
		if tt.harmful {
			want = nil
		}
		if diff := cmp.Diff(want, log.notes()); diff != "" {
			t.Errorf("%s: notes (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestLogBounds: a log with any number of warnings and lines takes little memory.
func TestLogBounds(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "2026-11-21 02:44:16,409{GMT}\tWARN\t[n%d stdout] maelstrom.process: Error!\n%s\n", i, strings.Repeat("x", 1000))
	}
	b.WriteString("2026-11-21 02:44:16,409{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:\n")
	for range 1000 {
		b.WriteString(strings.Repeat("y", 10_000) + "\n")
	}
	log, err := scanLog(strings.NewReader(b.String()))
	if err != nil || len(log.muted) != maxMuted || len(log.settings) > 2*maxText {
		t.Errorf("got %d nodes and %d bytes of settings, %v", len(log.muted), len(log.settings), err)
	}
}

// TestCommandLine: settings that the map of a test lacks come from its command line, and
// a workload has only the settings that concern it.
func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		log  testLog
		want map[string]string
	}{
		{"transactions", testLog{command: `lein run test -w txn-list-append --bin ./node --node-count 2 --concurrency 2n --time-limit 20 --rate 100 ` +
			`--consistency-models "read-committed , strong-serializable" --key-count 5 --max-txn-length 3 --max-writes-per-key 8 --latency 100 --latency-dist exponential ` +
			`--nemesis partition --nemesis-interval 0.5 --availability total --topology=line --log-stderr -- --seed 7 "a b"`}, map[string]string{
			"workload": "txn-list-append", "bin": "./node", "nodes": "2", "concurrency": "2n", "time_limit": "20s", "rate": "100",
			"consistency_models": "read-committed+strict-serializable", "key_count": "5", "max_txn_length": "3", "max_writes_per_key": "8",
			"latency": "100ms", "latency_dist": "exponential", "nemesis": "partition", "nemesis_interval": "500ms", "availability": "total", "topology": "line",
			"args": "--seed 7 'a b'"}},
		{"echo has no keys", testLog{command: "lein run test -w echo --key-count 5 --max-writes-per-key 8 --bin n"}, map[string]string{"workload": "echo", "bin": "n", "nemesis": "none"}},
		{"an option without its value", testLog{command: "lein run test -w echo --rate"}, map[string]string{"workload": "echo", "nemesis": "none"}},
		{"no number", testLog{command: "lein run test -w echo --time-limit soon"}, map[string]string{"workload": "echo", "nemesis": "none"}},
		{"what is no command line", testLog{command: "rm -rf 'x"}, map[string]string{}},
		{"the map is more exact", testLog{command: "lein run test -w kafka --rate 5", settings: "{:workload :kafka\n :rate 7.0\n :max-txn-length 4\n :max-writes-per-key 16\n :consistency-models [:strict-serializable]\n :argv (\"test\" \"-w\" \"kafka\" \"--rate\" \"7\")}"},
			map[string]string{"workload": "kafka", "rate": "7", "nemesis": "none", "max_writes_per_key": "16", "key_count": "10"}},
		{"models in a list", testLog{settings: "{:workload :txn-rw-register\n :consistency-models (:serializable)\n :key-count 3\n :max-txn-length 4}"},
			map[string]string{"workload": "txn-rw-register", "consistency_models": "serializable", "key_count": "3", "max_txn_length": "4"}},
	} {
		if diff := cmp.Diff(tt.want, logged(tt.log)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestLogged parses settings in the forms of other versions and other command lines.
func TestLogged(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       map[string]string
	}{
		{"latency as a number", "{:node-count 25\n :latency 100}", map[string]string{"nodes": "25", "latency": "100ms"}},
		{"nodes by name", "{:nodes [\"n0\" \"n1\"]\n :node-count nil\n :concurrency 6}", map[string]string{"nodes": "2", "concurrency": "3n"}},
		{"clients that are no multiple", "{:node-count 4\n :concurrency 10}", map[string]string{"nodes": "4", "concurrency": "10"}},
		{"availability", "{:availability :total}", map[string]string{"availability": "total"}},
		{"a share", "{:availability 0.99}", map[string]string{"availability": "0.99"}},
		{"arguments over lines", "{:args [\"--a\"\n        \"1\"]\n :rate 0.5}", map[string]string{"args": "--a 1", "rate": "0.5"}},
		{"arguments that need quotes", `{:args ["it's" "" "a b" "c\\"]}`, map[string]string{"args": `'it'\''s' '' 'a b' 'c\'`}},
		{"an option with =", "{:argv (\"test\" \"--nemesis=partition\")}", map[string]string{"nemesis": "partition"}},
		{"an option of the node", "{:argv (\"test\" \"--\" \"--nemesis\" \"x\")}", map[string]string{"nemesis": "none", "args": "--nemesis x"}},
		{"interval of a fraction", "{:nemesis-interval 0.25}", map[string]string{"nemesis_interval": "250ms"}},
		{"a key within another value", "{:generator\n  {:rate 7}}", map[string]string{}},
		{"a value that cannot be read", "{:rate #<what\n :topology :line}", map[string]string{"topology": "line"}},
		{"nothing", "", map[string]string{}},
	} {
		if diff := cmp.Diff(tt.want, logged(testLog{settings: tt.text})); diff != "" {
			t.Errorf("%s: logged(%q) (-want +got):\n%s", tt.name, tt.text, diff)
		}
	}
}

// FuzzLog: no log makes the parser panic.
func FuzzLog(f *testing.F) {
	f.Add("2026-11-21 02:44:16,409{GMT}\tWARN\t[n0 stdout] maelstrom.process: Error!\nclojure.lang.ExceptionInfo: x\n\tat y\n")
	f.Add("2026-11-21 02:44:14,137{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:\n{:args [\"a\"]\n :latency {:mean 100, :dist :constant}}\n")
	f.Add("2026-11-21 02:44:14,137{GMT}\tINFO\t[jepsen test runner] jepsen.core: Command line:\nlein run test -w kafka --rate 5 -- \"a b\" 'c\n")
	f.Add("2026-11-21 02:44:16,409{GMT}\tWARN\t[n0 stdout] maelstrom.process: Error!\n2026-11-21 02:44:16,409{GMT}\tINFO\t[jepsen worker 3] jepsen.util: 3\t:fail\t:read\tnil\t:net-timeout\n")
	f.Fuzz(func(t *testing.T, text string) {
		log, err := scanLog(strings.NewReader(text))
		if err != nil {
			t.Fatalf("scanLog(%q): %v", text, err)
		}
		for name, value := range logged(log) {
			if name == "args" {
				if _, ok := trial.SplitArguments(value); !ok {
					t.Fatalf("args %q cannot be split", value)
				}
			}
		}
		log.notes()
		logFailure(log, t.TempDir())
	})
}
