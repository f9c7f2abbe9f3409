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
	// Results has one result of each trial, in the order in which the trials first occur.
	// If a trial has several, it is the last one that is not an error.
	Results []trial.Result
	// Warnings say which lines could not be read and were left out.
	Warnings []string

	size int64 // size of the complete lines
	rest restOf
}

// restOf says what follows the last newline of a file.
type restOf int

const (
	nothing restOf = iota
	whole          // a result without its newline
	torn           // an incomplete result
)

// Load reads the results in a folder. It leaves out damaged lines with a warning, and
// their trials will be run again. A line of a newer schema is an error.
func Load(dir string) (Contents, error) {
	path := filepath.Join(dir, trialsFile)
	file, err := files.Open(path)
	if err != nil {
		return Contents{}, err
	}
	defer file.Close()
	return read(file, path)
}

// read decodes blocks of lines on all cores and joins them in order.
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

// block is a number of complete lines.
type block struct {
	text    []byte
	ready   chan struct{} // closed when results, damaged and lines are set
	results []trial.Result
	damaged []damage
	lines   int
}

// damage is a line that could not be read.
type damage struct {
	line int // in the block, from 0
	err  error
}

// blockSize is the approximate size of a block in bytes.
const blockSize = 1 << 20

// split cuts a text into blocks of complete lines, of about so many bytes. It returns
// the size of all blocks, and the text after the last newline.
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

// joiner joins blocks.
type joiner struct {
	path     string
	line     int // of the first line of the next block
	results  []trial.Result
	index    map[string]int // index in results, by ID
	warnings []string
	untold   int // damaged lines beyond maxTold
}

// maxTold bounds the damaged lines that have a warning of their own. Chosen.
const maxTold = 20

func newJoiner(path string) *joiner {
	return &joiner{path: path, index: map[string]int{}, line: 1}
}

// add adds a block. It returns an error if a line has a newer schema.
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

// contents returns the contents of all blocks, which have size bytes, and of the text
// after the last newline.
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

// last adds the text after the last newline.
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

// result adds a result. A result replaces an earlier one of its trial, except that an
// error replaces only an error.
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

// Missing returns, in order, the trials that must be run. A trial without a result must
// be run, and one whose result is an error, disturbed or stale. A trial whose result is
// invalid or unknown need not: its strategy failed. stale may be nil.
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
