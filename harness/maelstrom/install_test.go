package maelstrom

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// emptyPath sets a PATH without Maelstrom.
func emptyPath(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	t.Setenv(Variable, "")
	t.Chdir(t.TempDir())
}

func TestFind(t *testing.T) {
	folder := release(t, someJar)
	script := filepath.Join(folder, "maelstrom")
	check := func(path, want string) {
		t.Helper()
		install, err := Find(path)
		if err != nil {
			t.Fatal(err)
		}
		if install.Script != want || install.Version != "0.2.3" || filepath.Base(install.Jar) != "maelstrom.jar" {
			t.Errorf("Find(%q) = %+v, want %s of version 0.2.3", path, install, want)
		}
	}
	t.Run("nowhere", func(t *testing.T) {
		emptyPath(t)
		_, err := Find("")
		want := "no Maelstrom given by --maelstrom or $MAELSTROM, on PATH or in .maelstrom; scripts/install-maelstrom gets it"
		if err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
	})
	t.Run("named", func(t *testing.T) {
		emptyPath(t)
		check(script, script)
		check(folder, script)
	})
	t.Run("named wrongly", func(t *testing.T) {
		emptyPath(t)
		t.Setenv(Variable, script) // ignored, since a path was named
		_, err := Find("/no/such")
		if want := "--maelstrom: stat /no/such: no such file or directory"; err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		_, err = Find(filepath.Join(folder, "lib", "maelstrom.jar"))
		if err == nil || !strings.HasSuffix(err.Error(), "not an executable file, want the maelstrom of a release") {
			t.Errorf("error is %v, want that it is not executable", err)
		}
	})
	t.Run("variable", func(t *testing.T) {
		emptyPath(t)
		t.Setenv(Variable, folder)
		check("", script)
	})
	t.Run("link on PATH", func(t *testing.T) {
		emptyPath(t)
		link := filepath.Join(os.Getenv("PATH"), "maelstrom")
		if err := os.Symlink(script, link); err != nil {
			t.Fatal(err)
		}
		check("", link)
	})
	t.Run("project", func(t *testing.T) {
		emptyPath(t)
		if err := os.Symlink(folder, Folder); err != nil {
			t.Fatal(err)
		}
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		check("", filepath.Join(here, Folder, "maelstrom"))
	})
}

func TestVersion(t *testing.T) {
	for _, tt := range []struct {
		name string
		jar  map[string]string
		want string
	}{
		{"by Maven's file", someJar, "0.2.3"},
		{"by the manifest", map[string]string{"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nLeiningen-Project-Version: 0.2.4\r\n"}, "0.2.4"},
		{"not at all", map[string]string{"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\n"}, "unknown"},
		{"no jar", nil, "unknown"},
	} {
		install, err := Find(release(t, tt.jar))
		if err != nil {
			t.Fatal(err)
		}
		if install.Version != tt.want {
			t.Errorf("%s: version is %q, want %q", tt.name, install.Version, tt.want)
		}
		what, hash := install.Program()
		if want := map[bool]string{true: "script", false: "jar"}[tt.jar == nil]; what != want || len(hash) != 64 {
			t.Errorf("%s: the program is %s %s, want the hash of a %s", tt.name, what, hash, want)
		}
	}
}

func TestJava(t *testing.T) {
	for _, tt := range []struct{ name, script, want, err string }{
		{"17", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2", "17.0.15", ""},
		{"8", "echo 'java version \"1.8.0_292\"' >&2", "1.8.0_292", ""},
		{"with options", "echo 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g' >&2; echo 'openjdk version \"21\" 2023-09-19' >&2", "21", ""},
		{"place-holder", "echo 'Unable to locate a Java Runtime.' >&2; exit 1", "", "exit status 1: Unable to locate a Java Runtime."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("PATH", folder)
			if err := os.WriteFile(filepath.Join(folder, "java"), []byte("#!/bin/sh\n"+tt.script+"\n"), 0o777); err != nil {
				t.Fatal(err)
			}
			got, err := Java(t.Context())
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasSuffix(err.Error(), tt.err) {
				t.Errorf("Java() = %q, %v, want %q, %s", got, err, tt.want, tt.err)
			}
		})
	}
}

// archive makes a release archive like those of the project, and returns its path and its
// SHA-256.
func archive(t *testing.T) (path, sum string) {
	t.Helper()
	if _, err := exec.LookPath("bzip2"); err != nil {
		t.Skip("no bzip2, which the archive is packed with")
	}
	folder := release(t, someJar)
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, name := range []string{"maelstrom", "lib/maelstrom.jar"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		err = w.WriteHeader(&tar.Header{Name: "maelstrom/" + name, Mode: 0o755, Size: int64(len(text))})
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bzip2 := exec.Command("bzip2")
	bzip2.Stdin = &packed
	text, err := bzip2.Output()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "maelstrom.tar.bz2")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(text)
	return path, hex.EncodeToString(hash[:])
}

// installer runs scripts/install-maelstrom.
func installer(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	script, err := filepath.Abs("../../scripts/install-maelstrom")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(script, args...).CombinedOutput()
	return string(out), err
}

// TestInstallScript: Find finds what the script installs in a folder. The script never
// unpacks an archive with another hash.
func TestInstallScript(t *testing.T) {
	path, sum := archive(t)
	folder := filepath.Join(t.TempDir(), Folder)
	wrong := strings.Repeat("0", 64)
	out, err := installer(t, "--version", "9.9", "--sha256", wrong, "--file", path, "--folder", folder)
	if err == nil || !strings.Contains(out, "is not what it should be, and was not unpacked:\n  its SHA-256 is "+sum+"\n  want           "+wrong) {
		t.Errorf("a wrong archive: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(folder, "v9.9")); !os.IsNotExist(err) {
		t.Errorf("a wrong archive was unpacked: %v", err)
	}
	for range 2 { // the second run finds it installed
		if out, err := installer(t, "--version", "v9.9", "--sha256", strings.ToUpper(sum), "--file", path, "--folder", folder); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		install, err := Find(folder)
		if err != nil {
			t.Fatal(err)
		}
		if install.Version != "0.2.3" {
			t.Errorf("found %+v, want version 0.2.3", install)
		}
		os.Remove(path)
	}
}

func TestInstallScriptRefuses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--version", "9.9"}, "install-maelstrom: --version 9.9: want its --sha256 too; only that of 0.2.3 is known here"},
		{[]string{"--version", "../x", "--sha256", "1"}, `install-maelstrom: --version: want a version such as 0.2.3, got "../x"`},
		{[]string{"--sha256", "abc"}, `install-maelstrom: --sha256: want 64 hexadecimal digits, got "abc"`},
		{[]string{"--file"}, "install-maelstrom: --file: want a value"},
		{[]string{"--file", "/no/such", "--folder", t.TempDir()}, "install-maelstrom: --file: /no/such: no such file"},
		{[]string{"--frobnicate"}, "install-maelstrom: --frobnicate: no such option"},
	} {
		out, err := installer(t, tt.args...)
		if first, _, _ := strings.Cut(out, "\n"); err == nil || first != tt.want {
			t.Errorf("install-maelstrom %q: %v\n got %s\nwant %s", tt.args, err, first, tt.want)
		}
	}
}

// TestInstallScriptWithoutNetwork: the error says how to install by hand.
func TestInstallScriptWithoutNetwork(t *testing.T) {
	fake := t.TempDir()
	script := "#!/bin/sh\necho 'curl: (6) Could not resolve host: github.com' >&2\nexit 6\n"
	if err := os.WriteFile(filepath.Join(fake, "curl"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", fake+string(os.PathListSeparator)+os.Getenv("PATH"))
	folder := filepath.Join(t.TempDir(), Folder)
	out, err := installer(t, "--folder", folder)
	want := `curl: (6) Could not resolve host: github.com
install-maelstrom: cannot download https://github.com/jepsen-io/maelstrom/releases/download/v0.2.3/maelstrom.tar.bz2
By hand: get that file on a machine with network, bring it here, then
  scripts/install-maelstrom --version 0.2.3 --sha256 2124b6aa66b5dfd273f5e0f12c9bd42e4a8365ebb5bf2c7da2de2e3b42c8561a --file maelstrom.tar.bz2
`
	if err == nil || !strings.HasSuffix(out, want) {
		t.Errorf("%v\n got %s\nwant %s", err, out, want)
	}
	left := []string{}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, path)
		}
		return err
	})
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
