package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"

	"gossipbench/harness/files"
	"gossipbench/harness/trial"
)

// Contents is what a folder of results holds.
type Contents struct {
	// Results has one result a trial, in the order in which the trials first
	// came. Of several results of a trial it is the last that is no error.
	Results []trial.Result
	// Warnings say, by path and line, what could not be read and was left out.
	Warnings []string

	size int64 // of the lines that are complete
	rest restOf
}

// restOf is what follows the last newline of a file.
type restOf int

const (
	nothing restOf = iota
	whole          // a result that lacks its newline
	torn           // the beginning of one
)

// Load reads the results in a folder. It leaves out lines that are damaged,
// with a warning: their trials will be run again. A line in a form that is
// newer than this program is an error.
func Load(dir string) (Contents, error) {
	path := filepath.Join(dir, trialsFile)
	file, err := files.Open(path)
	if err != nil {
		return Contents{}, err
	}
	defer file.Close()
	return read(file, path)
}

// read decodes blocks of lines on all cores, and joins them in order.
func read(source io.Reader, path string) (Contents, error) {
	blocks := make(chan *block, 2*runtime.GOMAXPROCS(0))
	ordered := make(chan *block, 4*runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var d trial.Decoder
			for b := range blocks {
				b.decode(&d)
				close(b.ready)
			}
		})
	}
	var rest []byte
	var size int64
	var readErr error
	go func() {
		size, rest, readErr = split(source, blockSize, func(b *block) { ordered <- b; blocks <- b })
		close(blocks)
		close(ordered)
	}()
	var newer error
	join := newJoiner(path)
	for b := range ordered {
		<-b.ready
		b.text = nil
		if err := join.add(b); newer == nil {
			newer = err
		}
	}
	workers.Wait()
	if readErr != nil {
		return Contents{}, fmt.Errorf("%s: %w", path, readErr)
	}
	if newer != nil {
		return Contents{}, newer
	}
	return join.contents(size, rest), nil
}

// block is some lines.
type block struct {
	text    []byte
	ready   chan struct{} // closed when the rest is set
	results []trial.Result
	damaged []damage
	lines   int
}

// damage is a line that could not be read.
type damage struct {
	line int // in the block, from 0
	err  error
}

// blockSize is about how many bytes a block has.
const blockSize = 1 << 20

// split cuts a text into blocks of complete lines, each of about so many bytes. It
// returns their size, and what follows the last of them.
func split(source io.Reader, about int, emit func(*block)) (size int64, rest []byte, err error) {
	for {
		text := make([]byte, len(rest)+max(len(rest), about))
		copy(text, rest)
		n, err := io.ReadFull(source, text[len(rest):])
		text = text[:len(rest)+n]
		end := bytes.LastIndexByte(text, '\n') + 1
		if end > 0 {
			emit(&block{text: text[:end], ready: make(chan struct{})})
			size += int64(end)
		}
		rest = text[end:]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return size, rest, nil
		}
		if err != nil {
			return size, nil, err
		}
	}
}

func (b *block) decode(d *trial.Decoder) {
	b.results = make([]trial.Result, 0, bytes.Count(b.text, []byte("\n")))
	for line := range bytes.Lines(b.text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			r, err := d.DecodeLine(line)
			if err != nil {
				b.damaged = append(b.damaged, damage{b.lines, err})
			} else {
				b.results = append(b.results, r)
			}
		}
		b.lines++
	}
}

// joiner puts blocks together.
type joiner struct {
	path     string
	line     int // of the next block's first line
	results  []trial.Result
	index    map[string]int // of results, by ID
	warnings []string
	untold   int // damaged lines beyond maxTold
}

// maxTold is how many damaged lines a warning each is given. Chosen.
const maxTold = 20

func newJoiner(path string) *joiner {
	return &joiner{path: path, index: map[string]int{}, line: 1}
}

// add adds a block. The error says that a line is of a newer form.
func (j *joiner) add(b *block) error {
	for _, d := range b.damaged {
		var newer *trial.SchemaError
		if errors.As(d.err, &newer) {
			return fmt.Errorf("%s:%d: %w: update the harness, or move the folder away", j.path, j.line+d.line, d.err)
		}
		if len(j.warnings) == maxTold {
			j.untold++
			continue
		}
		j.warnings = append(j.warnings, fmt.Sprintf("%s:%d: damaged and left out: %v", j.path, j.line+d.line, d.err))
	}
	for _, r := range b.results {
		j.result(r)
	}
	j.line += b.lines
	return nil
}

// contents returns what the blocks hold, which have so many bytes, and what follows
// them.
func (j *joiner) contents(size int64, rest []byte) Contents {
	c := Contents{size: size}
	if j.untold > 0 {
		j.warnings = append(j.warnings, fmt.Sprintf("%s: %d more lines are damaged and left out", j.path, j.untold))
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		c.rest = j.last(rest)
	}
	c.Results, c.Warnings = j.results, j.warnings
	return c
}

// last adds what follows the last newline.
func (j *joiner) last(text []byte) restOf {
	var d trial.Decoder
	r, err := d.DecodeLine(text)
	if err != nil {
		j.warnings = append(j.warnings, fmt.Sprintf("%s:%d: the last line is incomplete and left out: a run was killed while it wrote, or is writing", j.path, j.line))
		return torn
	}
	j.result(r)
	return whole
}

// result adds a result. An error gives way to any result of its trial, and
// replaces none but an error.
func (j *joiner) result(r trial.Result) {
	i, known := j.index[r.ID]
	switch {
	case !known:
		j.index[r.ID] = len(j.results)
		j.results = append(j.results, r)
	case r.Outcome != trial.Failed || j.results[i].Outcome == trial.Failed:
		j.results[i] = r
	}
}

// Missing returns the trials that have no result yet, in their order. One that
// could not be run, or was disturbed, has none: what stood in its way may be gone. One whose
// outcome is invalid or unknown has: the strategy, not the world, failed. Nor has
// one whose result is stale, which may be nil.
func Missing(trials []trial.Trial, results []trial.Result, stale func(id string) bool) []trial.Trial {
	done := make(map[string]bool, len(results))
	for i := range results {
		if r := &results[i]; r.Outcome != trial.Failed && !r.IsDisturbed() && (stale == nil || !stale(r.ID)) {
			done[r.ID] = true
		}
	}
	var missing []trial.Trial
	for _, t := range trials {
		if !done[t.ID()] {
			missing = append(missing, t)
		}
	}
	return missing
}
