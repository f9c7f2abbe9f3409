package native

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
)

// lastLines is the number of a node's last lines in an error, as in Maelstrom.
const lastLines = 32

// maxClip bounds the bytes of a line in an error. Chosen.
const maxClip = 400

// lines keeps the last lines of a stream, each cut to maxClip bytes.
type lines struct {
	mu   sync.Mutex
	ring [lastLines][]byte
	next int // number of lines so far
}

func (l *lines) add(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := &l.ring[l.next%lastLines]
	*slot = append((*slot)[:0], line[:min(len(line), maxClip)]...)
	if len(line) > maxClip {
		*slot = fmt.Appendf(*slot, "… (%d bytes)", len(line))
	}
	l.next++
}

// last returns the lines, the oldest first.
func (l *lines) last() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for i := max(0, l.next-lastLines); i < l.next; i++ {
		all = append(all, printable(l.ring[i%lastLines]))
	}
	return all
}

// clip cuts a line for an error.
func clip(line []byte) string {
	if len(line) > maxClip {
		return printable(line[:maxClip]) + "…"
	}
	return printable(line)
}

// printable replaces what could harm a terminal.
func printable(line []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, string(bytes.ToValidUTF8(line, []byte("\uFFFD"))))
}

// maxLog bounds the stderr of a node on disk, in bytes. Chosen.
const maxLog = 16 << 20

// log writes a node's stderr to disk. A nil log writes nothing.
type log struct {
	mu   sync.Mutex
	file *os.File
	size int
	err  error // first error of the file
}

func newLog(path string) (*log, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &log{file: file}, nil
}

// write writes a line, unless the log is full.
func (l *log) write(line []byte) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > maxLog || l.err != nil {
		return
	}
	l.size += len(line) + 1
	if l.size > maxLog {
		line = fmt.Appendf(nil, "(the harness keeps no more than %d bytes)", maxLog)
	}
	_, l.err = l.file.Write(append(line[:len(line):len(line)], '\n'))
}

// close returns the first error of the file.
func (l *log) close() error {
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}
