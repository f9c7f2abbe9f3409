package maelstrom

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	procs "gossipbench/harness/process"
)

// Folder is where scripts/install-maelstrom puts Maelstrom, seen from the
// project's folder.
const Folder = ".maelstrom"

// Variable is the environment variable that names Maelstrom.
const Variable = "MAELSTROM"

// unknown stands for what an install does not tell.
const unknown = "unknown"

// Install is a Maelstrom on this machine.
type Install struct {
	Script    string   // absolute path of what is run
	Jar       string   // absolute path of the program itself; empty where it is not where a release has it
	ClassPath []string // jars and folders of one that is no release, once Examine has found them
	Version   string   // such as 0.2.3; "unknown" where nothing tells
	Given     string   // how a person named it; empty where it was found in its usual place
}

// Find returns the Maelstrom at path, a file or the folder of a release. Where
// path is empty it is the one that $MAELSTROM names, else the one on PATH, else
// the one in the folder .maelstrom here or beside this program. Symbolic links
// are followed.
func Find(path string) (Install, error) {
	for _, named := range []struct{ by, path string }{{"--maelstrom", path}, {"$" + Variable, os.Getenv(Variable)}} {
		if named.path == "" {
			continue
		}
		script, err := executable(named.path)
		if err != nil {
			return Install{}, fmt.Errorf("%s: %w", named.by, err)
		}
		install := inspect(script)
		install.Given = named.path
		return install, nil
	}
	if script, err := exec.LookPath("maelstrom"); err == nil {
		if script, err = filepath.Abs(script); err == nil {
			return inspect(script), nil
		}
	}
	for _, folder := range folders() {
		if script, err := executable(filepath.Join(folder, Folder, "maelstrom")); err == nil {
			return inspect(script), nil
		}
	}
	return Install{}, errors.New("no Maelstrom given by --maelstrom or $" + Variable + ", on PATH or in " + Folder +
		"; scripts/install-maelstrom gets it")
}

// executable returns the absolute path of the program that path means: itself,
// or the maelstrom in that folder.
func executable(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	about, err := os.Stat(path)
	if err == nil && about.IsDir() {
		path = filepath.Join(path, "maelstrom")
		about, err = os.Stat(path)
	}
	if err != nil {
		return "", err
	}
	if about.IsDir() || about.Mode()&0o111 == 0 {
		return "", fmt.Errorf("%s: not an executable file, want the maelstrom of a release", path)
	}
	return path, nil
}

// folders are where the project may be: here, and where this program lies, such
// as bin of the project.
func folders() []string {
	all := []string{"."}
	if program, err := os.Executable(); err == nil {
		folder := filepath.Dir(program)
		all = append(all, folder, filepath.Dir(folder))
	}
	return all
}

// inspect finds the jar of a script. A release has it in lib beside the script,
// a package of Nix in lib beside the script's folder.
func inspect(script string) Install {
	install := Install{Script: script, Version: unknown}
	real, err := filepath.EvalSymlinks(script)
	if err != nil {
		return install
	}
	for _, lib := range []string{"lib", "../lib"} {
		jar := filepath.Join(filepath.Dir(real), lib, "maelstrom.jar")
		if about, err := os.Stat(jar); err == nil && about.Mode().IsRegular() {
			install.Jar = jar
			install.Version = version(jar, pomFile, manifestFile)
			break
		}
	}
	return install
}

// place is a line of a file that tells a version.
type place struct{ file, key string }

// Leiningen, which builds Maelstrom, writes its version to two places of the jar;
// the manifest's came later, and every program that Leiningen builds has it.
//
// Source: leiningen/jar.clj and leiningen/pom.clj.
var (
	pomFile      = place{"META-INF/maven/maelstrom/maelstrom/pom.properties", "version="}
	manifestFile = place{"META-INF/MANIFEST.MF", "Leiningen-Project-Version: "}
)

// version returns the version that a jar says it has in one of the places.
func version(jar string, places ...place) string {
	archive, err := zip.OpenReader(jar)
	if err != nil {
		return unknown
	}
	defer archive.Close()
	for _, place := range places {
		file, err := archive.Open(place.file)
		if err != nil {
			continue
		}
		value, found := valueAfter(file, place.key)
		file.Close()
		if found {
			return value
		}
	}
	return unknown
}

// valueAfter returns the rest of the first line that begins with key.
func valueAfter(r io.Reader, key string) (string, bool) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), key); found {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// Program returns what the program is that the hash is of, and its SHA-256 in
// hexadecimal digits: the jar of a release, the class path of another Maelstrom, or
// where neither is known the script that starts it.
func (i Install) Program() (what, hash string) {
	var err error
	switch {
	case i.Jar != "":
		what = "jar"
		hash, err = hashOf(i.Jar)
	case i.ClassPath != nil:
		what = "class path"
		hash, err = hashAll(i.ClassPath)
	default:
		what = "script"
		hash, err = hashOf(i.Script)
	}
	if err != nil {
		hash = unknown
	}
	return what, hash
}

func hashOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// javaVersion is the first line of `java -version`: openjdk version "17.0.15" 2025-04-15.
var javaVersion = regexp.MustCompile(`version "([^"]+)"`)

// Java returns the version of the java on PATH, such as 17.0.15.
func Java(ctx context.Context) (string, error) {
	path, err := exec.LookPath("java")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := procs.Output(exec.CommandContext(ctx, path, "-version"))
	if found := javaVersion.FindSubmatch(out); found != nil {
		return string(found[1]), nil
	}
	if err != nil { // such as the place-holder of macOS, which only says where to get one
		return "", fmt.Errorf("%s -version: %w: %s", path, err, strings.TrimSpace(string(out)))
	}
	return "", fmt.Errorf("%s -version: want a version in quotes, got %q", path, strings.TrimSpace(string(out)))
}
