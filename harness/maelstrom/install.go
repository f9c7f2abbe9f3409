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
	Script  string // absolute path of what is run
	Jar     string // absolute path of the program itself; empty where it is not where a release has it
	Version string // such as 0.2.3; "unknown" where the jar does not tell
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
		return inspect(script), nil
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
			install.Version = version(jar)
			break
		}
	}
	return install
}

// version returns the version that a jar of Maelstrom says it has. Leiningen,
// which builds it, writes it to two places; the manifest's came later.
//
// Source: leiningen/jar.clj and leiningen/pom.clj.
func version(jar string) string {
	archive, err := zip.OpenReader(jar)
	if err != nil {
		return unknown
	}
	defer archive.Close()
	for _, place := range []struct{ file, key string }{
		{"META-INF/maven/maelstrom/maelstrom/pom.properties", "version="},
		{"META-INF/MANIFEST.MF", "Leiningen-Project-Version: "},
	} {
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

// Hash returns the SHA-256 of the jar in hexadecimal digits; "unknown" where
// there is none.
func (i Install) Hash() string {
	hash, err := hashOf(i.Jar)
	if err != nil {
		return unknown
	}
	return hash
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
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if found := javaVersion.FindSubmatch(out); found != nil {
		return string(found[1]), nil
	}
	if err != nil { // such as the place-holder of macOS, which only says where to get one
		return "", fmt.Errorf("%s -version: %w: %s", path, err, strings.TrimSpace(string(out)))
	}
	return "", fmt.Errorf("%s -version: want a version in quotes, got %q", path, strings.TrimSpace(string(out)))
}
