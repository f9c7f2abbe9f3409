package maelstrom

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// playJava is what this test program does if it is called java: it runs for a while.
func playJava() {
	if slices.Contains(os.Args, "leiningen.jar") {
		return
	}
	time.Sleep(time.Minute)
}

// launcher creates a Maelstrom that is no release: a script that starts this test program
// as java. It returns the script's path.
func launcher(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how a process was started")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, sub := range []string{"bin", "src/maelstrom", "classes", "jars"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(program, filepath.Join(folder, "bin", "java")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"maelstrom":               "#!/bin/bash\ncd " + folder + "\nPATH=" + folder + "/bin:$PATH\n" + script + "\n",
		"project.clj":             "(defproject maelstrom \"0.2.5-SNAPSHOT\"\n  :description \"A test bench\")\n",
		"src/maelstrom/core.clj":  "(ns maelstrom.core)",
		"classes/some.properties": "a=b",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for jar, files := range map[string]map[string]string{
		"jars/dependency.jar":      {"META-INF/MANIFEST.MF": "Leiningen-Project-Version: 7.7\r\n"},
		"jars/maelstrom-0.2.4.jar": {"META-INF/maven/maelstrom/maelstrom/pom.properties": "version=0.2.4\n"},
	} {
		pack(t, filepath.Join(folder, jar), files)
	}
	return filepath.Join(folder, "maelstrom")
}

// TestExamine: a Maelstrom that is no release is identified by what its script starts.
func TestExamine(t *testing.T) {
	for _, tt := range []struct{ name, script, what, version, parts string }{
		{"class path of sources", `exec java -Djava.awt.headless=true -cp src:classes:jars/dependency.jar maelstrom.core "$@"`,
			"class path", "0.2.5-SNAPSHOT", "src classes dependency.jar"},
		{"by Clojure", `java --add-opens java.base/java.lang=ALL-UNNAMED -classpath "src:classes" clojure.main -m maelstrom.core "$@"`,
			"class path", "0.2.5-SNAPSHOT", "src classes"},
		{"by the variable", `export CLASSPATH='src:jars/*'; exec java maelstrom.core "$@"`,
			"class path", "0.2.5-SNAPSHOT", "src dependency.jar maelstrom-0.2.4.jar"},
		{"a jar on the class path", `exec java -cp "jars/*" maelstrom.core "$@"`, "class path", "0.2.4", "dependency.jar maelstrom-0.2.4.jar"},
		{"what is not there does not count", `exec java --class-path=/no/such.jar:src/maelstrom maelstrom.core "$@"`, "class path", "unknown", "maelstrom"},
		{"a jar elsewhere", `exec java -Xmx1g -jar jars/maelstrom-0.2.4.jar "$@"`, "jar", "0.2.4", ""},
		{"after another Java program", `java -jar leiningen.jar "$@"; java -cp src maelstrom.core "$@"`, "class path", "0.2.5-SNAPSHOT", "src"},
		{"none that starts one", `echo no`, "script", "unknown", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Find(launcher(t, tt.script))
			if err != nil {
				t.Fatal(err)
			}
			install := Examine(t.Context(), found)
			var parts []string
			for _, entry := range install.ClassPath {
				parts = append(parts, filepath.Base(entry))
			}
			what, hash := install.Program()
			if got := strings.Join(parts, " "); what != tt.what || install.Version != tt.version || got != tt.parts || len(hash) != 64 {
				t.Errorf("%s %s of version %s, class path %q; want %s of version %s, class path %q", what, hash, install.Version, got, tt.what, tt.version, tt.parts)
			}
		})
	}
}

// TestProgramHash: the hash changes with a file of the class path, and does not change
// with its location.
func TestProgramHash(t *testing.T) {
	hash := func(script string) string {
		found, err := Find(script)
		if err != nil {
			t.Fatal(err)
		}
		_, hash := Examine(t.Context(), found).Program()
		return hash
	}
	const line = `exec java -cp src:classes:jars/dependency.jar maelstrom.core "$@"`
	here, there := launcher(t, line), launcher(t, line)
	if a, b := hash(here), hash(there); a != b {
		t.Errorf("two copies have hashes %s and %s, want the same", a, b)
	}
	before := hash(there)
	if err := os.WriteFile(filepath.Join(filepath.Dir(there), "src/maelstrom/core.clj"), []byte("(ns maelstrom.core) ; changed"), 0o666); err != nil {
		t.Fatal(err)
	}
	if hash(there) == before {
		t.Errorf("a changed source has hash %s as before", before)
	}
}

// TestClassPathProvenance: a result says which Maelstrom made it and how the user named it.
func TestClassPathProvenance(t *testing.T) {
	script := launcher(t, `exec java -cp src maelstrom.core "$@"`)
	found, err := Find(script)
	if err != nil {
		t.Fatal(err)
	}
	b := New(Options{Maelstrom: script})
	made := b.provenance(t.Context(), found, script)
	if made.Backend != "maelstrom 0.2.5-SNAPSHOT" || len(made.Extra["class path"]) != 64 || made.Extra["jar"] != "" || made.Extra["maelstrom"] != script {
		t.Errorf("the provenance is %+v, want version 0.2.5-SNAPSHOT, the hash of a class path and the script %s", made, script)
	}
}
