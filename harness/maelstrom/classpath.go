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

// examining bounds how long Examine waits for a Java program. Chosen: Leiningen
// takes up to ten seconds until it starts one.
const examining = 20 * time.Second

// Examine finds what is run where that is no release: it has the script show its
// help, looks at the Java program that this starts, and ends it. What it does not
// find stays unknown.
func Examine(ctx context.Context, i Install) Install {
	if i.Jar != "" {
		return i
	}
	j := watch(ctx, i.Script)
	i.ClassPath = j.entries()
	if j.jar != "" && len(i.ClassPath) == 1 { // one that lies where a release does not have it
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

// watch runs a script in a process group of its own until a Java program in it is
// seen that is Maelstrom, and returns the last one that was seen.
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

// process is one of the system's.
type process struct {
	args      []string
	folder    string // it runs in
	classPath string // its variable CLASSPATH
}

// javaCall is how a Java program was started.
type javaCall struct {
	paths       []string // of its class path, as they were given
	jar         string   // of -jar, which is the whole class path
	folder      string   // that paths are relative to
	isMaelstrom bool     // its main class or its jar is Maelstrom's
}

// withValue are the options of java whose value is the next argument.
//
// Source: java --help, of version 17.
var withValue = []string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path",
	"--add-modules", "--add-opens", "--add-exports", "--add-reads", "--limit-modules", "--patch-module", "--source"}

// readCall reads the command line of a process; what it returns has no paths where
// that is none of java's.
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

// entries returns the absolute paths of a class path, those that folder/* stands
// for included. What is not there is left out.
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

// project finds the version in Leiningen's project.clj.
var project = regexp.MustCompile(`\(defproject\s+maelstrom\s+"([^"]+)"`)

// versionIn returns the version of Maelstrom that an entry of a class path tells: a
// jar's, or that of the project whose folder of sources it is.
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

// hashAll hashes jars, and all files of folders, with their names within them:
// where they lie does not count.
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
