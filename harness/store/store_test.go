package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
)

func newTrial(seed uint64) trial.Trial {
	var t trial.Trial
	if err := t.UnmarshalJSON([]byte(`{"fanout":2,"interval":"50ms"}`)); err != nil {
		panic(err)
	}
	t.Seed, t.Replicate = seed, int(seed)
	return t
}

func trials(n uint64) []trial.Trial {
	var all []trial.Trial
	for seed := range n {
		all = append(all, newTrial(seed))
	}
	return all
}

func result(seed uint64, outcome trial.Outcome) trial.Result {
	t := newTrial(seed)
	return trial.Result{
		Schema: trial.Schema, ID: t.ID(), Trial: t, Outcome: outcome,
		Metrics: map[string]float64{"ops": 7}, Warnings: []string{},
	}
}

// summed adds the checksum to the text of a result.
func summed(text string) []byte {
	text = strings.TrimSuffix(text, "}")
	return fmt.Appendf(nil, `%s,"sum":"%08x"}`, text, crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)))
}

// fill stores results in a folder.
func fill(t *testing.T, dir string, results ...trial.Result) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		s.Append(r, func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// outcomes loads a folder and returns "seed:outcome …" and the warnings.
func outcomes(t *testing.T, dir string) (string, []string) {
	t.Helper()
	c, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range c.Results {
		words = append(words, fmt.Sprintf("%d:%s", r.Trial.Seed, r.Outcome))
	}
	return strings.Join(words, " "), c.Warnings
}

func TestAppendThenLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results", "x")
	if _, err := Load(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of no folder: got %v", err)
	}
	results := []trial.Result{result(0, trial.Valid), result(1, trial.Invalid), result(2, trial.Unknown)}
	fill(t, dir, results[:1]...)
	fill(t, dir)
	fill(t, dir, results[1:]...)
	c, err := Load(dir)
	if err != nil || !reflect.DeepEqual(c.Results, results) || c.Warnings != nil {
		t.Errorf("got %v, warnings %v, error %v\nwant %v", c.Results, c.Warnings, err, results)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v, want %s alone", entries, err, trialsFile)
	}
}

// TestResume: a second run repeats trials that could not be run, and not those whose
// strategy failed. No trial counts twice.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, result(3, trial.Failed), result(0, trial.Valid), result(1, trial.Invalid), result(2, trial.Unknown))
	missing := func() (seeds []uint64) {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, m := range Missing(trials(5), s.Contents().Results, nil) {
			seeds = append(seeds, m.Seed)
		}
		return seeds
	}
	if got, want := missing(), []uint64{3, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("missing: got %v, want %v", got, want)
	}
	fill(t, dir, result(4, trial.Failed), result(3, trial.Valid), result(4, trial.Failed))
	if got, want := missing(), []uint64{4}; !reflect.DeepEqual(got, want) {
		t.Errorf("missing after the second run: got %v, want %v", got, want)
	}
	fill(t, dir, result(3, trial.Failed)) // as after a merge by hand
	if got, _ := outcomes(t, dir); got != "3:valid 0:valid 1:invalid 2:unknown 4:error" {
		t.Errorf("got %s", got)
	}
}

// TestTornAnywhere cuts the last line after each of its bytes, as the end of a run can,
// and then lets another run append.
func TestTornAnywhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, trialsFile)
	first := append(result(0, trial.Valid).AppendLine(nil), '\n')
	second := append(result(1, trial.Valid).AppendLine(nil), '\n')
	for cut := range len(second) + 1 {
		if err := os.WriteFile(path, append(first[:len(first):len(first)], second[:cut]...), 0o666); err != nil {
			t.Fatal(err)
		}
		want, warning := "0:valid", path+":2: the last line is incomplete and left out: a run was killed while it wrote, or is writing"
		if cut == 0 || cut >= len(second)-1 { // perhaps only the newline is missing
			warning = ""
		}
		if cut >= len(second)-1 {
			want += " 1:valid"
		}
		if got, warnings := outcomes(t, dir); got != want || strings.Join(warnings, "\n") != warning {
			t.Fatalf("cut at %d: got %s, %q, want %s, %q", cut, got, warnings, want, warning)
		}
		fill(t, dir, result(2, trial.Valid))
		if got, warnings := outcomes(t, dir); got != want+" 2:valid" || warnings != nil {
			t.Fatalf("cut at %d, then run: got %s, %q, want %s 2:valid", cut, got, warnings, want)
		}
	}
}

func TestDamagedLines(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, trialsFile)
	fill(t, dir, result(0, trial.Valid), result(1, trial.Valid), result(2, trial.Valid))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	text = bytes.Join([][]byte{[]byte("<<<<<<< HEAD\n"), lines[0], []byte("\n"), lines[1][:20], []byte("\n"), lines[2]}, nil)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	got, warnings := outcomes(t, dir)
	if got != "0:valid 2:valid" {
		t.Errorf("got %s", got)
	}
	want := []string{
		path + `:1: damaged and left out: byte 1: want '{', got '<'`,
		path + `:4: damaged and left out: id: byte 21: want '"', got the end of the line`,
	}
	if !reflect.DeepEqual(warnings, want) {
		t.Errorf("got  %q\nwant %q", warnings, want)
	}
	fill(t, dir, result(1, trial.Valid)) // a run repeats the trial
	if got, _ := outcomes(t, dir); got != "0:valid 2:valid 1:valid" {
		t.Errorf("after another run: got %s", got)
	}
}

// TestManyDamagedLines: the number of warnings about damaged lines is bounded.
func TestManyDamagedLines(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, trialsFile)
	if err := os.WriteFile(path, []byte(strings.Repeat("[]\n", 1_000_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	_, warnings := outcomes(t, dir)
	if last := fmt.Sprintf("%s: %d more lines are damaged and left out", path, 1_000_000-maxTold); len(warnings) != maxTold+1 || warnings[maxTold] != last {
		t.Errorf("got %d warnings, the last %s, want %s", len(warnings), warnings[len(warnings)-1], last)
	}
}

// TestBitFlips flips each of 400 bits of a file, one at a time. Each flip is detected,
// with the number of its line, and the other result is kept. In lines of schema 1 a flip
// is detected if the line is no longer JSON or no longer matches its ID.
func TestBitFlips(t *testing.T) {
	var text []byte
	var ends []int
	for seed := range uint64(3) {
		text = append(full(seed).AppendLine(text), '\n')
		ends = append(ends, len(text))
	}
	r := rand.New(rand.NewPCG(14, 230))
	for range 400 {
		bit := r.IntN(8 * len(text))
		flipped := bytes.Clone(text)
		flipped[bit/8] ^= 1 << (bit % 8)
		line := slices.IndexFunc(ends, func(end int) bool { return bit/8 < end })
		c, err := read(bytes.NewReader(flipped), "x")
		if err != nil {
			t.Errorf("bit %d: %v", bit, err)
			continue
		}
		lost := 1
		if bit/8 == ends[line]-1 && line < 2 { // the newline: both lines become one
			lost = 2
		}
		where := fmt.Sprintf("x:%d: ", line+1)
		if len(c.Results) != 3-lost || len(c.Warnings) == 0 || !strings.HasPrefix(c.Warnings[0], where) {
			t.Errorf("bit %d of line %d (%q): %d results, warnings %.200q", bit, line+1, flipped[max(0, bit/8-20):min(len(text), bit/8+20)], len(c.Results), c.Warnings)
		}
	}
}

// TestFirstSchema loads lines without a checksum.
func TestFirstSchema(t *testing.T) {
	old := strings.Replace(string(full(1).AppendJSON(nil)), `"schema":2`, `"schema":1`, 1)
	c, err := read(strings.NewReader(old+"\n"), "x")
	if err != nil || len(c.Results) != 1 || c.Warnings != nil || c.Results[0].Schema != trial.Schema {
		t.Errorf("got %d results, %q, %v", len(c.Results), c.Warnings, err)
	}
	other := strings.Replace(old, `"fanout":2`, `"fanout":3`, 1)
	three := full(1)
	three.Trial.Params["fanout"] = "3"
	c, err = read(strings.NewReader(other+"\n"), "x")
	want := fmt.Sprintf("x:1: damaged and left out: its settings are those of trial %s, not of %s", three.Trial.ID(), three.ID)
	if err != nil || len(c.Results) != 0 || len(c.Warnings) != 1 || c.Warnings[0] != want {
		t.Errorf("got %d results, %q, %v\nwant %s", len(c.Results), c.Warnings, err, want)
	}
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, trialsFile)
	fill(t, dir, result(0, trial.Valid))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, `{"schema":3,"id":"f00","verdict":"splendid"}`+"\n"...)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	want := path + ":2: schema 3, want at most 2: a newer gossipbench wrote it and can read it: update the harness, or move the folder away"
	if _, err := Load(dir); err == nil || err.Error() != want {
		t.Errorf("Load: got %v, want %s", err, want)
	}
	if _, err := Open(dir); err == nil || err.Error() != want {
		t.Errorf("Open: got %v, want %s", err, want)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, text) {
		t.Errorf("the file was changed: %q, %v", after, err)
	}
}

// TestManyBlocks loads a file of several blocks with lines longer than a block.
func TestManyBlocks(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 3*blockSize)
	var all []trial.Result
	for seed := range uint64(3000) {
		r := result(seed, trial.Valid)
		if seed == 1500 {
			r.Warnings = []string{long}
		}
		all = append(all, r)
	}
	fill(t, dir, all...)
	c, err := Load(dir)
	if err != nil || len(c.Warnings) != 0 || len(c.Results) != len(all) {
		t.Fatalf("got %d results, warnings %v, error %v", len(c.Results), c.Warnings, err)
	}
	for i, r := range c.Results {
		if r.ID != all[i].ID {
			t.Fatalf("result %d: got %s, want %s", i, r.ID, all[i].ID)
		}
	}
	if c.Results[1500].Warnings[0] != long {
		t.Error("the long line came back changed")
	}
}

// TestAppendFromMany: results from several goroutines stay separate. Each is reported
// once, in the order of Append, when it is on disk.
func TestAppendFromMany(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	const each = 200
	var reported [4]uint64
	var group sync.WaitGroup
	for g := range uint64(len(reported)) {
		group.Go(func() {
			for i := range uint64(each) {
				s.Append(result(g*each+i, trial.Valid), func(err error) {
					if err != nil || reported[g] != i {
						t.Errorf("goroutine %d: result %d: error %v after %d reports", g, i, err, reported[g])
					}
					reported[g]++ // reports come one at a time
				})
			}
		})
	}
	group.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir)
	if err != nil || len(c.Results) != len(reported)*each || reported != [4]uint64{each, each, each, each} {
		t.Errorf("got %d results, reports %v, error %v", len(c.Results), reported, err)
	}
}

// TestFullDisk: a result that is not on disk is not reported as stored, and nothing is
// written after the first failure.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close()
	s.file = full
	const want = "store: write /dev/full: no space left on device"
	reports := 0
	for seed := range uint64(maxPending + 10) {
		s.Append(result(seed, trial.Valid), func(err error) {
			reports++
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	if err := s.Close(); err == nil || err.Error() != want {
		t.Errorf("Close: got %v, want %s", err, want)
	}
	if reports != maxPending+10 {
		t.Errorf("got %d reports", reports)
	}
}

func TestSaveExperiment(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"seed: 1\n", "seed: 2\n", "seed: 2\n"} {
		if err := SaveExperiment(dir, experiment.Experiment{Source: []byte(text)}, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, experimentFile)); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if got, want := Folder("results", experiment.Experiment{Name: "x"}), filepath.Join("results", "x"); got != want {
		t.Errorf("Folder: got %s, want %s", got, want)
	}
}

// readInOrder is read with one worker and another block size.
func readInOrder(text []byte, size int) (Contents, error) {
	var d trial.Decoder
	var newer error
	join := newJoiner("x")
	n, rest, err := split(bytes.NewReader(text), size, func(b *block) {
		b.decode(&d)
		if err := join.add(b); newer == nil {
			newer = err
		}
	})
	if err != nil || newer != nil {
		return Contents{}, errors.Join(err, newer)
	}
	return join.contents(n, rest), nil
}

// FuzzRead: a line gives at most one result or warning, and the boundaries of blocks do
// not matter. The lines are short because the fuzzer tries every part of an input. One
// worker reads them because the fuzzer compares the coverage of two runs.
func FuzzRead(f *testing.F) {
	const line = `{"schema":1,"id":"000000000000","trial":{},"made":{"extra":{"imported":"x"}},"outcome":"`
	const valid, failed = line + `valid"}`, line + `error"}`
	if c, err := readInOrder([]byte(valid), 1); err != nil || c.rest != whole || len(c.Results) != 1 {
		f.Fatalf("got %+v and error %v, want a result", c, err)
	}
	f.Add([]byte(valid+"\n"+failed), byte(0))
	f.Add([]byte("{}\n\n"+line[:30]+"\r\n"+failed+"\n{"), byte(9))
	f.Add(append(summed(strings.Replace(valid, `:1`, `:2`, 1)), '\n'), byte(60))
	f.Add([]byte(valid+"\n{\"schema\":3}\n{\"schema\":4}\n"), byte(20))
	f.Fuzz(func(t *testing.T, text []byte, size byte) {
		c, err := readInOrder(text, len(text)+1)
		inParts, errInParts := readInOrder(text, 1+int(size))
		if fmt.Sprint(err) != fmt.Sprint(errInParts) || !reflect.DeepEqual(c, inParts) {
			t.Fatalf("at once: %+v, %v\nin parts: %+v, %v", c, err, inParts, errInParts)
		}
		if err != nil {
			return // a newer schema
		}
		if lines := bytes.Count(text, []byte("\n")) + 1; len(c.Results)+len(c.Warnings) > lines {
			t.Errorf("%d results and %d warnings of %d lines", len(c.Results), len(c.Warnings), lines)
		}
		if c.size != int64(bytes.LastIndexByte(text, '\n')+1) {
			t.Errorf("size of the complete lines: got %d", c.size)
		}
	})
}
