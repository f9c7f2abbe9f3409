package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"gossipbench/harness/cli"
	"gossipbench/harness/maelstrom"
	"gossipbench/harness/plain"
	"gossipbench/harness/process"
	"gossipbench/harness/texttab"
)

// doctorOptions is one call of the verb doctor.
type doctorOptions struct {
	*cli.World
	maelstrom string
	format    string
}

func doctorVerb(w *cli.World) *cobra.Command {
	d := &doctorOptions{World: w}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has of what trials may need",
		Long: `Doctor says what is here of what trials may need, in which version, and how to
get what is missing. The backends sim and native need none of it; maelstrom needs
java and Maelstrom. Without gnuplot and graphviz Maelstrom draws no pictures.`,
		Example: "  harness doctor\n  harness doctor --maelstrom ~/maelstrom --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cli.OneOf("--format", d.format, texttab.Formats); err != nil {
				return err
			}
			listing := &texttab.Listing{}
			for _, column := range []string{"what", "found", "remark"} {
				listing.Column(column, false)
			}
			for _, f := range d.findings(cmd.Context()) {
				listing.Row(f.what, f.found, f.remark)
			}
			var b bytes.Buffer
			if err := listing.Write(&b, d.format, d.Screen()); err != nil {
				return err
			}
			_, err := d.Stdout.Write(b.Bytes())
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.maelstrom, "maelstrom", "", "the maelstrom to look at: its file, or the folder of a release")
	f.StringVar(&d.format, "format", "text", strings.Join(texttab.Formats, ", "))
	cli.Complete(cmd, "format", func() []string { return texttab.Formats })
	return cmd
}

// finding is what there is of something.
type finding struct{ what, found, remark string }

// missing is what is found of what is not there.
const missing = "missing"

func (d *doctorOptions) findings(ctx context.Context) []finding {
	return []finding{
		java(ctx),
		d.findMaelstrom(ctx),
		tool(ctx, "gnuplot", "draws Maelstrom's latency and rate graphs", "gnuplot", "gnuplot", "--version"),
		tool(ctx, "graphviz", "draws the anomalies that Maelstrom finds in transactions", "dot", "graphviz", "-V"),
		cores(),
		limit("open files", unix.RLIMIT_NOFILE, 1024, "a trial on native takes about 4 a node: ulimit -n 4096"),
		limit("processes", unix.RLIMIT_NPROC, 1024, "a trial takes one a node, and Maelstrom some 10 threads a node: ulimit -u 4096"),
	}
}

// oldestJava is the first that runs a release of Maelstrom.
//
// Source: jepsen-io/maelstrom issue 53.
const oldestJava = 11

func java(ctx context.Context) finding {
	const get = "apt-get install default-jdk-headless (Debian), brew install openjdk (macOS)"
	version, err := maelstrom.Java(ctx)
	if err != nil {
		return finding{"java", missing, "runs Maelstrom: " + get}
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "1."), ".") // 1.8.0_292 is Java 8
	if n, err := strconv.Atoi(major); err == nil && n < oldestJava {
		return finding{"java", version, fmt.Sprintf("too old for Maelstrom, want %d or newer: %s", oldestJava, get)}
	}
	path, _ := exec.LookPath("java") // which Java has found
	return finding{"java", version, path}
}

func (d *doctorOptions) findMaelstrom(ctx context.Context) finding {
	install, err := maelstrom.Find(d.maelstrom)
	if err != nil {
		return finding{"maelstrom", missing, err.Error()}
	}
	install = maelstrom.Examine(ctx, install)
	what, hash := install.Program()
	if n := len(install.ClassPath); n > 0 {
		what += " of " + plain.Count(n, "part")
	}
	return finding{"maelstrom", install.Version, fmt.Sprintf("%s, %s %.12s", install.Script, what, hash)}
}

// digits find a version in what a program says of itself.
var digits = regexp.MustCompile(`\d+(?:\.\d+)+(?: patchlevel \S+)?`)

// tool looks for a program on PATH. The package that has it is of the same name
// on Debian and macOS.
func tool(ctx context.Context, name, use, program, pack, flag string) finding {
	path, err := exec.LookPath(program)
	if err != nil {
		return finding{name, missing, fmt.Sprintf("%s: apt-get install %s (Debian), brew install %s (macOS)", use, pack, pack)}
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := process.Output(exec.CommandContext(ctx, path, flag)) // dot says it on standard error
	version := digits.FindString(string(out))
	switch {
	case version != "":
		return finding{name, version, path}
	case err != nil:
		return finding{name, "broken", fmt.Sprintf("%s %s: %v", path, flag, err)}
	}
	return finding{name, "unknown", path}
}

func cores() finding {
	remark := ""
	if use := runtime.GOMAXPROCS(0); use < runtime.NumCPU() {
		remark = fmt.Sprintf("this program may use %d of them", use)
	}
	return finding{"cores", strconv.Itoa(runtime.NumCPU()), remark}
}

// limit tells how much of a resource a process may have, and what to do where
// that is less than enough.
func limit(what string, resource int, enough uint64, hint string) finding {
	var l unix.Rlimit
	if err := unix.Getrlimit(resource, &l); err != nil {
		return finding{what, "unknown", err.Error()}
	}
	number := func(n uint64) string {
		if n >= 1<<62 { // RLIM_INFINITY is larger still, how large depends on the system
			return "unlimited"
		}
		return strconv.FormatUint(n, 10)
	}
	f := finding{what, number(l.Cur), ""}
	if l.Max > l.Cur {
		f.found += ", up to " + number(l.Max)
	}
	if l.Cur < enough {
		f.remark = hint
	}
	return f
}
