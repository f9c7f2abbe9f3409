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

// Folder is the folder in which scripts/install-maelstrom installs Maelstrom, relative to
// the project's folder.
const Folder = ".maelstrom"

// Variable is the environment variable with the path of Maelstrom.
const Variable = "MAELSTROM"

// unknown stands for a version or hash that cannot be determined.
const unknown = "unknown"

// Install is an installed Maelstrom.
type Install struct {
	Script    string   // absolute path of the script to run
	Jar       string   // absolute path of its jar; empty if it is not where a release has it
	ClassPath []string // class path of an installation that is no release, set by Examine
	Version   string   // such as 0.2.3, or "unknown"
	Given     string   // the name that the user gave; empty if it was found in a default place
}

// Find returns the Maelstrom at path, which is a file or the folder of a release. If path
// is empty, Find tries $MAELSTROM, then PATH, then the folder .maelstrom here or beside
// this program. It follows symbolic links.
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

// executable returns the absolute path of the program at path, or of maelstrom in that
// folder.
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

// folders returns the folders in which the project may be: the current one, and those of
// this program, such as bin of the project.
func folders() []string {
	all := []string{"."}
	if program, err := os.Executable(); err == nil {
		folder := filepath.Dir(program)
		all = append(all, folder, filepath.Dir(folder))
	}
	return all
}

// inspect finds the jar of a script. A release has it in lib beside the script, a Nix
// package in lib beside the script's folder.
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

// place is a line with a version in a file of a jar.
type place struct{ file, key string }

// Leiningen, which builds Maelstrom, writes its version to two places in the jar. The
// manifest came later, and every program built by Leiningen has one.
//
// Source: leiningen/jar.clj and leiningen/pom.clj.
var (
	pomFile      = place{"META-INF/maven/maelstrom/maelstrom/pom.properties", "version="}
	manifestFile = place{"META-INF/MANIFEST.MF", "Leiningen-Project-Version: "}
)

// version returns the version in a jar, from one of the places.
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

// Program returns the kind of the program and its SHA-256 in hexadecimal digits: the jar
// of a release, the class path of another installation, or else the script that starts
// it.
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

// javaVersion matches the first line of `java -version`: openjdk version "17.0.15"
// 2025-04-15.
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
	if err != nil { // such as the placeholder of macOS, which only says where to get java
		return "", fmt.Errorf("%s -version: %w: %s", path, err, strings.TrimSpace(string(out)))
	}
	return "", fmt.Errorf("%s -version: want a version in quotes, got %q", path, strings.TrimSpace(string(out)))
}
