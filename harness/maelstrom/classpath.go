package maelstrom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	procs "gossipbench/harness/process"
)

// examining bounds the time that Examine waits for a Java program. Chosen: Leiningen
// needs up to ten seconds to start one.
const examining = 20 * time.Second

// Examine determines the program of an installation that is no release: it runs the
// script with --help, inspects the Java program that this starts, and ends it. What it
// does not find stays unknown.
func Examine(ctx context.Context, i Install) Install {
	if i.Jar != "" {
		return i
	}
	j := watch(ctx, i.Script)
	i.ClassPath = j.entries()
	if j.jar != "" && len(i.ClassPath) == 1 { // a single jar, in another place than in a release
		i.Jar, i.ClassPath = i.ClassPath[0], nil
		i.Version = version(i.Jar, pomFile, manifestFile)
		return i
	}
	for _, entry := range i.ClassPath {
		if found := versionIn(entry); found != unknown {
			i.Version = found
			break
		}
	}
	return i
}

// watch runs a script in a process group of its own until it sees a Java program that is
// Maelstrom, and returns the last Java program that it saw.
func watch(ctx context.Context, script string) javaCall {
	ctx, cancel := context.WithTimeout(ctx, examining)
	defer cancel()
	cmd := exec.Command(script, "test", "--help")
	cmd.Dir, cmd.SysProcAttr = os.TempDir(), procs.OwnGroup()
	runtime.LockOSThread() // see launch
	defer runtime.UnlockOSThread()
	if procs.Start(cmd) != nil {
		return javaCall{}
	}
	group := cmd.Process.Pid
	ended := make(chan struct{})
	go func() {
		procs.Wait(cmd)
		close(ended)
	}()
	defer func() {
		syscall.Kill(-group, syscall.SIGKILL)
		<-ended
	}()
	var last javaCall
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, p := range processes(group) {
			if j := readCall(p.args, p.classPath); j.paths != nil {
				j.folder = p.folder
				last = j
			}
		}
		if last.isMaelstrom {
			return last
		}
		select {
		case <-tick.C:
		case <-ended:
			return last
		case <-ctx.Done():
			return last
		}
	}
}

// process is a process of the system.
type process struct {
	args      []string
	folder    string // working directory
	classPath string // environment variable CLASSPATH
}

// javaCall says how a Java program was started.
type javaCall struct {
	paths       []string // class path as given
	jar         string   // of -jar; it is the whole class path
	folder      string   // paths are relative to it
	isMaelstrom bool     // its main class or its jar is Maelstrom's
}

// withValue are the options of java that take the next argument as their value.
//
// Source: java --help, of version 17.
var withValue = []string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path",
	"--add-modules", "--add-opens", "--add-exports", "--add-reads", "--limit-modules", "--patch-module", "--source"}

// readCall parses the command line of a process. The result has no paths if the program
// is not java.
func readCall(args []string, variable string) javaCall {
	if len(args) == 0 || filepath.Base(args[0]) != "java" {
		return javaCall{}
	}
	classPath := variable
	if classPath == "" {
		classPath = "."
	}
	var j javaCall
	rest := args[1:]
	for len(rest) > 0 && j.jar == "" && strings.HasPrefix(rest[0], "-") {
		name, value, joined := strings.Cut(rest[0], "=")
		rest = rest[1:]
		if !joined && len(rest) > 0 && (slices.Contains(withValue, name) || name == "-jar") {
			value, rest = rest[0], rest[1:]
		}
		switch name {
		case "-cp", "-classpath", "--class-path":
			classPath = value
		case "-jar":
			j.jar, classPath = value, value
		}
	}
	j.paths = filepath.SplitList(classPath)
	j.isMaelstrom = strings.Contains(filepath.Base(j.jar), "maelstrom") ||
		slices.ContainsFunc(rest, func(arg string) bool { return arg == "maelstrom.core" })
	return j
}

// entries returns the absolute paths of a class path, with folder/* expanded. It leaves
// out what does not exist.
func (j javaCall) entries() []string {
	var all []string
	for _, path := range j.paths {
		if !filepath.IsAbs(path) {
			path = filepath.Join(j.folder, path)
		}
		if filepath.Base(path) == "*" {
			jars, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.jar"))
			all = append(all, jars...)
			continue
		}
		if _, err := os.Stat(path); err == nil {
			all = append(all, path)
		}
	}
	return all
}

// project matches the version in Leiningen's project.clj.
var project = regexp.MustCompile(`\(defproject\s+maelstrom\s+"([^"]+)"`)

// versionIn returns the version of Maelstrom in an entry of a class path: of a jar, or of
// the project to which a folder of sources belongs.
func versionIn(entry string) string {
	if about, err := os.Stat(entry); err != nil || !about.IsDir() {
		return version(entry, pomFile)
	}
	if file, err := os.Open(filepath.Join(entry, pomFile.file)); err == nil {
		defer file.Close()
		if value, found := valueAfter(file, pomFile.key); found {
			return value
		}
	}
	text, _ := os.ReadFile(filepath.Join(filepath.Dir(entry), "project.clj"))
	if found := project.FindSubmatch(text); found != nil {
		return string(found[1])
	}
	return unknown
}

// hashAll hashes jars, and all files of folders with their relative names. The location
// of an entry does not matter.
func hashAll(entries []string) (string, error) {
	sum := sha256.New()
	add := func(name, path string) error {
		hash, err := hashOf(path)
		fmt.Fprintf(sum, "%s\x00%s\n", name, hash)
		return err
	}
	for _, entry := range entries {
		about, err := os.Stat(entry)
		if err != nil {
			return "", err
		}
		if !about.IsDir() {
			if err := add(filepath.Base(entry), entry); err != nil {
				return "", err
			}
			continue
		}
		root, err := os.OpenRoot(entry)
		if err != nil {
			return "", err
		}
		err = fs.WalkDir(root.FS(), ".", func(at string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			return add(at, filepath.Join(entry, at))
		})
		root.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
