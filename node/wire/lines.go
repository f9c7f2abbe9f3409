package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// chunk is how much a LineReader reads at once: the capacity of a Linux pipe.
const chunk = 64 << 10

// ErrTooLong is the error of a line that exceeds the bound of its reader.
var ErrTooLong = errors.New("line too long")

// LineReader reads lines up to a bounded length.
type LineReader struct {
	r          io.Reader
	max        int
	buf        []byte
	start, end int   // what was read and not returned
	scanned    int   // start ≤ scanned ≤ end; no newline before scanned
	skipping   bool  // the input up to the next newline belongs to a line that is too long
	err        error // from r; returned when the buffer is empty
}

// NewLineReader returns a reader of the lines of r. A line may have up to max bytes
// without its newline.
func NewLineReader(r io.Reader, max int) *LineReader {
	return &LineReader{r: r, max: max, buf: make([]byte, min(chunk, max+1))}
}

// Next returns the next line without its newline. The line is valid until the next
// call of Next.
//
// Next skips a line that is too long: it returns the line's first bytes and an
// error that wraps ErrTooLong as soon as the line exceeds the bound. The next call
// continues after the line. The last line comes with io.ErrUnexpectedEOF if it has
// no newline. After that Next returns the reader's error, such as io.EOF.
func (l *LineReader) Next() ([]byte, error) {
	for l.skipping && !l.skip() {
		if l.err != nil {
			return nil, l.err
		}
		l.fill()
	}
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.scanned+i]
			l.start = l.scanned + i + 1
			l.scanned = l.start
			return line, nil
		}
		l.scanned = l.end
		if l.end-l.start > l.max {
			head := append([]byte(nil), l.buf[l.start:l.start+min(l.max, 80)]...)
			l.skipping = true
			l.skip()
			return head, fmt.Errorf("%w: more than %d bytes", ErrTooLong, l.max)
		}
		if l.err != nil {
			return l.last()
		}
		l.fill()
	}
}

// Buffered reports whether Next would return a line without reading.
func (l *LineReader) Buffered() bool {
	if l.skipping && !l.skip() {
		return false
	}
	i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n')
	if i < 0 {
		l.scanned = l.end
		return false
	}
	l.scanned += i
	return true
}

// last returns the input after the last newline.
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

// fill reads once, and makes room in the buffer first.
func (l *LineReader) fill() {
	if l.start == l.end && len(l.buf) > chunk {
		l.buf = make([]byte, chunk) // release the memory of a long line
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

// skip drops the buffered part of a line that is too long, and reports whether the
// line ends there.
func (l *LineReader) skip() bool {
	if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
		l.start += i + 1
		l.scanned, l.skipping = l.start, false
		return true
	}
	l.start, l.scanned = l.end, l.end
	return false
}
