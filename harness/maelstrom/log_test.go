package maelstrom

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLogsOfRealRuns: what is made of the logs that real Maelstrom wrote.
func TestLogsOfRealRuns(t *testing.T) {
	for _, tt := range []struct {
		log      string
		failure  string // the beginning of the error
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

// TestMuteInTheEnd: a node whose peers are gone already, because the test is
// over, was not mute while it counted.
func TestMuteInTheEnd(t *testing.T) {
	const entry = "2026-11-21 02:44:16,409{GMT}\t%\n"
	line := func(text string) string { return strings.ReplaceAll(entry, "%", text) }
	warning := line("WARN\t[n3 stdout] maelstrom.process: Error!") + "java.lang.AssertionError: Assert failed: Invalid dest for message\n\tat x.y(z.clj:1)\n"
	complete := line("INFO\t[jepsen test runner] jepsen.core: Run complete, writing")
	tearing := line("INFO\t[jepsen node n0] maelstrom.db: Tearing down n0")
	for _, tt := range []struct {
		name, text string
		want       []mute
	}{
		{"in time", warning + complete, []mute{{node: "n3", why: "java.lang.AssertionError: Assert failed: Invalid dest for message"}}},
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

// TestLogged: forms in which other versions and other command lines left their
// settings.
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

// FuzzLog: no log makes us panic, whatever it is.
func FuzzLog(f *testing.F) {
	f.Add("2026-11-21 02:44:16,409{GMT}\tWARN\t[n0 stdout] maelstrom.process: Error!\nclojure.lang.ExceptionInfo: x\n\tat y\n")
	f.Add("2026-11-21 02:44:14,137{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:\n{:args [\"a\"]\n :latency {:mean 100, :dist :constant}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		log, err := scanLog(strings.NewReader(text))
		if err != nil {
			t.Fatalf("scanLog(%q): %v", text, err)
		}
		logged(log)
		logFailure(log, t.TempDir())
	})
}
