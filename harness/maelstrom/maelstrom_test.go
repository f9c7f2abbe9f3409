package maelstrom

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gossipbench/harness/maelstrom/standin"
	procs "gossipbench/harness/process"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// asMaelstrom is the environment variable that makes this test program act as Maelstrom.
const asMaelstrom = "TEST_AS_MAELSTROM"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "java" {
		playJava()
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "node" {
		playNode()
		os.Exit(0)
	}
	if os.Getenv(asMaelstrom) != "" {
		os.Exit(standin.Main())
	}
	os.Setenv(procs.More, "STANDIN_*,TEST_*,"+asMaelstrom)
	os.Exit(m.Run())
}

// playNode acts as a node that answers every request with success.
func playNode() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var m struct {
			Src, Dest string
			Body      struct {
				Type string
				ID   int `json:"msg_id"`
			}
		}
		if json.Unmarshal(lines.Bytes(), &m) == nil {
			fmt.Printf("{\"src\":%q,\"dest\":%q,\"body\":{\"type\":%q,\"in_reply_to\":%d}}\n", m.Dest, m.Src, m.Body.Type+"_ok", m.Body.ID)
		}
	}
}

// release creates a folder like a release of Maelstrom, whose program is the stand-in.
func release(t *testing.T, jar map[string]string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	script := "#!/bin/bash\n" + asMaelstrom + "=1 exec " + program + ` "$@"` + "\n"
	if err := os.WriteFile(filepath.Join(folder, "maelstrom"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	if jar == nil {
		return folder
	}
	if err := os.Mkdir(filepath.Join(folder, "lib"), 0o777); err != nil {
		t.Fatal(err)
	}
	pack(t, filepath.Join(folder, "lib", "maelstrom.jar"), jar)
	return folder
}

// pack creates a jar.
func pack(t *testing.T, path string, files map[string]string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for name, text := range files {
		w, err := archive.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// someJar is what a jar built by Leiningen contains about its version.
var someJar = map[string]string{
	"META-INF/maven/maelstrom/maelstrom/pom.properties": "groupId=maelstrom\nartifactId=maelstrom\nversion=0.2.3\nrevision=0123\n",
}

// ours returns the first arguments of a node played by this test program.
func ours(t *testing.T) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{program, "node"}
}

// someTrial returns a trial that Maelstrom can run.
func someTrial() trial.Trial {
	return trial.Trial{
		Workload: "broadcast", Backend: "maelstrom", Strategy: "gossip",
		Nodes: 3, Topology: "grid", Degree: 4, Latency: 100 * time.Millisecond, LatencyDist: "constant", Network: "maelstrom",
		Rate: 20, TimeLimit: 10 * time.Second, Concurrency: "1n", Recovery: 10 * time.Second, RPCTimeout: 5 * time.Second,
		Rounds: "asynchronous", Spread: 1, Origins: "random", Until: "quiet",
		Nemesis: "none", NemesisInterval: 10 * time.Second,
		KeyCount: 10, MaxWritesPerKey: 16, MaxTxnLength: 4, ConsistencyModels: "strict-serializable",
		Params: param.Values{"fanout": "2", "interval": "50ms"}, Seed: 7, Replicate: 1,
	}
}

// TestLimit: the default limit grows with the number of ops.
func TestLimit(t *testing.T) {
	trial := someTrial()
	trial.TimeLimit, trial.Rate = 20*time.Second, 1000
	if got, want := New(Options{}).limit(trial), 12*time.Minute+30*time.Second; got != want {
		t.Errorf("the limit of a test of 20,000 ops is %v, want %v", got, want)
	}
	if got, want := New(Options{Patience: time.Minute}).limit(trial), 90*time.Second; got != want {
		t.Errorf("the limit is %v where a minute was given, want %v", got, want)
	}
}
