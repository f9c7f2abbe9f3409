package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/maelstrom"
	"gossipbench/harness/plain"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// importOptions is one call of the verb import.
type importOptions struct {
	*cli.World
	set []string
	out string
}

func importVerb(w *cli.World) *cobra.Command {
	i := &importOptions{World: w}
	cmd := &cobra.Command{
		Use:   "import STORE...",
		Short: "Make results of the tests that Maelstrom ran before",
		Long: `Import reads tests that somebody ran by Maelstrom: a store, the folder of one
test, or a bare results.edn. They become results like any other, in
results/imported or the folder that -o names. Importing a test again does not
double it.

A test of Jepsen's that is not known to be Maelstrom's is refused: every
results.edn of Maelstrom's has :net, with its counts of messages; without one a
test is known by its jepsen.log, or by its folder, store/WORKLOAD/TIME.

Settings come from the jepsen.log of a test; where the node was ours, so do its
strategy and seed. Without one its history tells some;
what nobody knows is shown as "?", and not as a default. What you know you can
add by --set. Tests of which not all is known are no replicates of each other:
the parameter "from", the end of their path, keeps them apart, unless they lie in
SETTING/1, SETTING/2 and so on, or --set from=NAME says that they belong together.
The numbers are those of results.edn. What it does not say, such as how long ops
took, outages, stale reads and which values a read showed twice, comes from the
history, if there is one, by the checkers of the other backends.`,
		Example: `  harness import ~/maelstrom/store
  harness import -o results/flood --set strategy=flood --set topology=tree4 --set latency=100ms old-runs/*/results.edn`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return i.run(cmd.Context(), args) },
	}
	cmd.Flags().StringArrayVar(&i.set, "set", nil, "key=value: what you know of all of these tests (see harness help settings)")
	cmd.Flags().StringVarP(&i.out, "out", "o", filepath.Join(cli.ResultsFolder, "imported"), "folder of the results")
	cli.Complete(cmd, "set", cli.SettingNames)
	return cmd
}

func (i *importOptions) run(ctx context.Context, args []string) error {
	given, err := pairs(i.set)
	if err != nil {
		return err
	}
	if _, errs := trial.Found(given, 0); errs != nil {
		return cli.Usage("--set %w", joined(errs))
	}
	paths, errs := testsAt(ctx, args)
	if len(paths) == 0 {
		return errors.Join(errs...)
	}
	s, err := store.Open(i.out)
	if err != nil {
		return err
	}
	shelf := newShelf(s.Contents().Results)
	warned := warnings{}
	var mu sync.Mutex
	made := runner.Here().Commit
	for _, path := range paths {
		result, err := i.imported(ctx, path, given, made, shelf)
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), s.Close())
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		warned.add(path, result.Warnings)
		for _, reason := range result.Reasons {
			warned.add(path, []string{string(result.Outcome) + ": " + reason.Text})
		}
		if result.Error != nil {
			line, _, _ := strings.Cut(*result.Error, "\n")
			warned.add(path, []string{line})
		}
		if !shelf.place(&result) {
			continue
		}
		s.Append(result, func(err error) {
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	closed := s.Close()
	mu.Lock()
	defer mu.Unlock()
	warned.print(i.Stderr)
	fmt.Fprintf(i.Stderr, "%s: %s; see harness table %s\n", i.out, shelf, i.out)
	if err := errors.Join(append(errs, closed)...); err != nil {
		return cli.Exit(cli.ExitFailed, err)
	}
	return nil
}

// pairs reads key=value.
func pairs(set []string) (map[string]string, error) {
	given := map[string]string{}
	for _, text := range set {
		key, value, is := strings.Cut(text, "=")
		if !is || key == "" {
			return nil, cli.Usage("--set: want key=value, got %q", text)
		}
		given[key] = value
	}
	return given, nil
}

func joined(mistakes []*param.Error) error {
	errs := make([]error, len(mistakes))
	for i, m := range mistakes {
		errs[i] = m
	}
	return errors.Join(errs...)
}

// imported makes a result of the test at path. A test that came to no result is
// one whose error says why; the error is that there is nothing to read.
func (i *importOptions) imported(ctx context.Context, path string, given map[string]string, commit string, shelf *shelf) (trial.Result, error) {
	test, failure, err := i.read(ctx, path)
	if err != nil {
		return trial.Result{}, err
	}
	known := maps.Clone(test.Settings)
	own := recognize(known)
	maps.Copy(known, given)
	maelstrom.ClaimTimeout(known)
	if _, told := known[from]; !told && !whole(known) {
		known[from] = origin(path)
	}
	id, doubt := shelf.identify(test, path)
	if doubt != "" {
		test.Warnings = append(test.Warnings, doubt)
	}
	seed, err := strconv.ParseUint(own, 10, 64)
	if err != nil { // nobody knows, and the ID tells the trial from others
		if seed, err = strconv.ParseUint(id, 16, 64); err != nil {
			panic(err) // not the hexadecimal digits that Read promises
		}
	}
	t, mistakes := trial.Found(known, seed)
	for _, m := range mistakes {
		test.Warnings = append(test.Warnings, m.Error())
	}
	result := trial.Result{
		Schema: trial.Schema, ID: id, Trial: t, Outcome: test.Outcome, Reasons: test.Reasons, Metrics: test.Metrics, Warnings: test.Warnings,
		Made: trial.Provenance{Commit: commit, Backend: maelstrom.Name, Time: test.Began, Extra: map[string]string{"imported": path}},
	}
	if test.History != "" {
		result.Made.Extra[historyKey] = test.History
	}
	if _, told := given["nodes"]; test.Assumed != "" && !told {
		result.Warnings = append(result.Warnings, test.Assumed)
	}
	for _, name := range slices.Sorted(maps.Keys(test.Told)) {
		if said, is := given[name]; is && said != test.Told[name] {
			result.Warnings = append(result.Warnings, fmt.Sprintf("--set %s=%s, but the log of the test has %s", name, said, test.Told[name]))
		}
	}
	if failure != nil {
		text := failure.Error()
		result.Outcome, result.Error = trial.Failed, &text
	}
	if result.Metrics == nil {
		result.Metrics = map[string]float64{}
	}
	if result.Warnings == nil {
		result.Warnings = []string{}
	}
	return result, nil
}

// read reads the test at path. The first error is why the test came to no result,
// the second that there is nothing to import.
func (i *importOptions) read(ctx context.Context, path string) (test maelstrom.Test, failure, err error) {
	defer i.Survive(path, &err)
	test, failure = maelstrom.Read(ctx, path)
	if test.Hash == "" {
		err = failure
	}
	return test, failure, err
}

// recognize finds the strategy of a test whose node was ours. Then it is that
// strategy's as any other trial is, and not a program's with its arguments. It
// returns the seed that the node was given; nothing where the node was not ours.
func recognize(known map[string]string) (seed string) {
	if name := filepath.Base(known["bin"]); name != "node" && name != "harness" {
		return ""
	}
	flags := map[string]string{}
	arguments := trial.Trial{Args: known["args"]}.Arguments()
	for i, argument := range arguments {
		name, isFlag := strings.CutPrefix(argument, "--")
		name, value, joined := strings.Cut(name, "=")
		if !joined && i+1 < len(arguments) {
			value = arguments[i+1]
		}
		if isFlag {
			flags[name] = value
		}
	}
	strategy, topology, degree, seed := flags["strategy"], flags["topology"], flags["degree"], flags["seed"]
	for _, name := range []string{"workload", "strategy", "topology", "degree", "seed"} {
		delete(flags, name)
	}
	params, errs := cli.Catalog{}.Check(known["workload"], strategy, flags)
	if errs != nil {
		return "" // somebody else's, whose name is the same
	}
	maps.Copy(known, params)
	known["strategy"], known["bin"], known["args"] = strategy, "", ""
	if topology != "" && topology != "offered" {
		known["topology"] = topology
	}
	if degree != "" {
		known["degree"] = degree
	}
	return seed
}

// from is the parameter that keeps tests apart of which not all is known.
const from = "from"

// whole reports whether all settings are known. Where a person has said which
// strategy it was, nobody need know the program.
func whole(known map[string]string) bool {
	if known["strategy"] != trial.External {
		for _, name := range []string{"bin", "args"} {
			if _, told := known[name]; !told {
				known[name] = ""
			}
		}
	}
	for _, s := range trial.Settings() {
		if _, told := known[s.Name]; !told {
			return false
		}
	}
	return true
}

// origin is the end of a test's path, as far as it tells tests apart: the
// numbers of replicates do not.
func origin(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	path = strings.TrimSuffix(path, string(filepath.Separator)+"results.edn")
	path = strings.TrimSuffix(path, ".edn")
	if _, err := strconv.ParseUint(filepath.Base(path), 10, 64); err == nil {
		path = filepath.Dir(path)
	}
	return filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
}

// end is the last two parts of a test's path, the numbers of replicates among them.
func end(path string) string {
	path = strings.TrimSuffix(strings.TrimSuffix(path, "results.edn"), string(filepath.Separator))
	return filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
}

// warnings are warnings, each with the tests that it is of.
type warnings map[string][]string

func (w warnings) add(path string, warnings []string) {
	for _, text := range warnings {
		w[text] = append(w[text], path)
	}
}

// print writes each warning once.
func (w warnings) print(to io.Writer) {
	for _, text := range slices.Sorted(maps.Keys(w)) {
		of := w[text][0]
		if n := len(w[text]); n > 1 {
			of = plain.Count(n, "test")
		}
		fmt.Fprintf(to, "harness: %s: %s\n", of, text)
	}
}

// shelf gives imported tests their places among the replicates of a setting.
type shelf struct {
	there    map[string]trial.Result // by ID
	fresh    map[string]bool         // IDs of those that were added
	taken    map[string]int          // replicates, by setting
	added    int
	changed  int
	same     int
	outcomes map[trial.Outcome]int
}

func newShelf(results []trial.Result) *shelf {
	s := &shelf{there: map[string]trial.Result{}, fresh: map[string]bool{}, taken: map[string]int{}, outcomes: map[trial.Outcome]int{}}
	for _, r := range results {
		s.there[r.ID] = r
		key := setting(r.Trial)
		s.taken[key] = max(s.taken[key], r.Trial.Replicate)
	}
	return s
}

// historyKey is under what a result's provenance has the hash of the history that
// was imported.
const historyKey = "history"

// identify returns the ID of a test: the hash of its results, or of those and what
// else tells it apart where another test has the same results. That is its history,
// else its time; of tests that are imported at once it is their paths. Two tests are
// taken for one where nothing tells them apart; the doubt says so.
func (s *shelf) identify(test maelstrom.Test, path string) (id, doubt string) {
	const digits = 12
	with := func(more string) string {
		sum := sha256.Sum256([]byte(test.Hash + "\n" + more))
		return hex.EncodeToString(sum[:])[:digits]
	}
	id = test.Hash[:digits]
	there, known := s.there[id]
	if !known {
		return id, ""
	}
	history, began, from := there.Made.Extra[historyKey], there.Made.Time, there.Made.Extra["imported"]
	other := with("path " + end(path))
	_, apart := s.there[other]
	switch {
	case history != "" && test.History != "":
		if history != test.History {
			return with("history " + test.History), ""
		}
	case began != "" && test.Began != "":
		if began != test.Began {
			return with("time " + test.Began), ""
		}
	case from == "" || end(from) == end(path):
	case apart || s.fresh[id]:
		return other, ""
	default:
		doubt = fmt.Sprintf("its results.edn is that of %s, byte for byte, and there are no histories or times to tell the two apart: taken for one test", from)
	}
	return id, doubt
}

// setting is what the replicates of a setting have in common.
func setting(t trial.Trial) string {
	var b strings.Builder
	values := t.Values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%s=%s\n", name, values[name])
	}
	return b.String()
}

// place numbers a result among the replicates of its setting. It is false where
// the same is there already.
func (s *shelf) place(r *trial.Result) bool {
	key := setting(r.Trial)
	old, known := s.there[r.ID]
	if known && setting(old.Trial) == key {
		r.Trial.Replicate = old.Trial.Replicate
	} else {
		s.taken[key]++
		r.Trial.Replicate = s.taken[key]
	}
	s.there[r.ID] = *r
	s.outcomes[r.Outcome]++
	if known {
		now, before := *r, old
		now.Made, before.Made = trial.Provenance{}, trial.Provenance{}
		if string(now.AppendJSON(nil)) == string(before.AppendJSON(nil)) {
			s.same++
			return false
		}
		s.changed++
		return true
	}
	s.fresh[r.ID] = true
	s.added++
	return true
}

// String says what was imported.
func (s *shelf) String() string {
	parts := []string{plain.Count(s.added, "test") + " imported"}
	if s.changed > 0 {
		parts = append(parts, fmt.Sprintf("%d changed", s.changed))
	}
	if s.same > 0 {
		parts = append(parts, fmt.Sprintf("%d there already", s.same))
	}
	for _, o := range trial.Unused {
		if n := s.outcomes[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}
