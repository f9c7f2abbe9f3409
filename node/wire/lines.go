package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// chunk is how much a LineReader reads at once: what a pipe of Linux holds.
const chunk = 64 << 10

// ErrTooLong is the error of a line that is longer than its reader takes.
var ErrTooLong = errors.New("line too long")

// LineReader reads lines of any length up to a bound.
type LineReader struct {
	r          io.Reader
	max        int
	buf        []byte
	start, end int   // what has been read and not returned
	scanned    int   // start ≤ scanned ≤ end: no newline before it
	err        error // of r; returned when the buffer is empty
}

// NewLineReader returns a reader of the lines of r. A line may have up to max
// bytes, its newline not counted.
func NewLineReader(r io.Reader, max int) *LineReader {
	return &LineReader{r: r, max: max, buf: make([]byte, min(chunk, max+1))}
}

// Next returns the next line without its newline. The line holds until the next
// call of Next.
//
// A line that is too long is skipped: Next returns its first bytes and an error
// that wraps ErrTooLong, and goes on behind it when it is called again. The
// last line comes with io.ErrUnexpectedEOF where it does not end in a newline.
// After that the error is the reader's, such as io.EOF.
func (l *LineReader) Next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.scanned+i]
			l.start = l.scanned + i + 1
			l.scanned = l.start
			return line, nil
		}
		l.scanned = l.end
		if l.end-l.start > l.max {
			return l.skip()
		}
		if l.err != nil {
			return l.last()
		}
		l.fill()
	}
}

// Buffered reports whether Next would return a line without reading.
func (l *LineReader) Buffered() bool {
	i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n')
	if i < 0 {
		l.scanned = l.end
		return false
	}
	l.scanned += i
	return true
}

// last returns what stands behind the last newline.
func (l *LineReader) last() ([]byte, error) {
	line := l.buf[l.start:l.end]
	l.start, l.scanned = l.end, l.end
	if len(line) == 0 {
		return nil, l.err
	}
	if l.err == io.EOF {
		return line, io.ErrUnexpectedEOF
	}
	return line, l.err
}

// fill reads once, into a buffer with room for it.
func (l *LineReader) fill() {
	if l.start == l.end && len(l.buf) > chunk {
		l.buf = make([]byte, chunk) // let go of what one long line needed
		l.start, l.end = 0, 0
	}
	if l.end == len(l.buf) {
		unread := l.buf[l.start:l.end]
		if len(unread) > len(l.buf)/2 && len(l.buf) <= l.max {
			l.buf = make([]byte, min(2*len(l.buf), l.max+1))
		}
		l.end = copy(l.buf, unread)
		l.start = 0
	}
	l.scanned = l.end
	var n int
	n, l.err = l.r.Read(l.buf[l.end:])
	l.end += n
}

// skip reads on to the end of a line that is too long.
func (l *LineReader) skip() ([]byte, error) {
	head := append([]byte(nil), l.buf[l.start:l.start+min(l.max, 80)]...)
	length := l.end - l.start
	for l.err == nil {
		l.start, l.end = 0, 0
		l.fill()
		if i := bytes.IndexByte(l.buf[:l.end], '\n'); i >= 0 {
			length += i
			l.start, l.scanned = i+1, i+1
			return head, fmt.Errorf("%w: %d bytes, want at most %d", ErrTooLong, length, l.max)
		}
		length += l.end
	}
	l.start, l.scanned = l.end, l.end
	return head, fmt.Errorf("%w: %d bytes, want at most %d", ErrTooLong, length, l.max)
}
