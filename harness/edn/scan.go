package edn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Bounds on input. Chosen: far above what Jepsen writes, and low enough that a hostile
// file gives an error before it does harm.
const (
	MaxDepth  = 1100     // nested collections, tags and discards: 1000 of Maelstrom's JSON, and what results add around them
	MaxValues = 16 << 20 // values within one top-level value
	MaxBytes  = 256 << 20
	MaxDigits = 10_000 // digits of an integer: parsing takes more than linear time
)

// A SyntaxError says where and how an input is wrong.
type SyntaxError struct {
	Name         string // of the input, such as a file
	Line, Column int    // from 1; columns count characters
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

// Scanner splits an input into tokens and allocates nothing per token. It is not safe for
// concurrent use.
type Scanner struct {
	name  string
	r     io.Reader
	buf   []byte
	whole bool // buf holds the rest of the input
	start int  // of the latest token in buf
	pos   int  // the end of the latest token in buf

	comment bool // pos is within a comment

	num     int64
	text    []byte // in buf or scratch
	scratch []byte
	failure error // error of r; permanent

	// Position of buf in the input.
	offset       int64
	line, column int // from 0
}

// bufferSize is chosen: larger buffers are not faster.
const bufferSize = 64 << 10

// NewScanner returns a scanner of r. Its errors contain name. It reads ahead, so r cannot
// be used by others after the first token. If r fails, the tokens before the failure come
// first.
func NewScanner(name string, r io.Reader) *Scanner {
	return &Scanner{name: name, r: r, buf: make([]byte, 0, bufferSize)}
}

func newScannerBytes(name string, data []byte) *Scanner {
	return &Scanner{name: name, buf: data, whole: true}
}

// Next reads the next token. It returns Absent at the end of the input. The scanner
// cannot be used after an error.
func (s *Scanner) Next() (Kind, error) {
	for {
		kind, err := s.scan()
		if kind != short || err != nil {
			return kind, err
		}
		if err := s.fill(); err != nil {
			return Absent, err
		}
	}
}

// Int returns the value of the latest token if it is an Int, a Char or a Bool (1 for
// true).
func (s *Scanner) Int() int64 { return s.num }

// Text returns the text of the latest token if it is a String (without escapes), Keyword,
// Symbol or Tagged (without its : or #), or a number other than a plain decimal integer
// (as written, without N and M). The next token overwrites it.
func (s *Scanner) Text() []byte { return s.text }

// Offset returns the offset of the latest token, in bytes.
func (s *Scanner) Offset() int64 { return s.offset + int64(s.start) }

// Errorf returns a SyntaxError at the latest token.
func (s *Scanner) Errorf(format string, args ...any) error {
	return s.errorAt(s.start, format, args...)
}

func (s *Scanner) errorAt(i int, format string, args ...any) error {
	line, column := s.locate(i)
	return &SyntaxError{Name: s.name, Line: line + 1, Column: column + 1, Message: fmt.Sprintf(format, args...)}
}

// locate returns the line and column of buf[i], from 0.
func (s *Scanner) locate(i int) (line, column int) {
	before := s.buf[:i]
	last := bytes.LastIndexByte(before, '\n')
	if last < 0 {
		return s.line, s.column + characters(before)
	}
	return s.line + bytes.Count(before, []byte{'\n'}), characters(before[last+1:])
}

// characters counts the first bytes of characters, so that the counts of pieces add up
// wherever the text is cut.
func characters(text []byte) int {
	n := 0
	for _, b := range text {
		if b&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// fill drops everything before the latest token and reads until the buffer is full or the
// input has ended.
func (s *Scanner) fill() error {
	if s.failure != nil {
		return s.failure
	}
	s.line, s.column = s.locate(s.start)
	s.offset += int64(s.start)
	kept := len(s.buf) - s.start
	if kept > MaxBytes {
		s.start = 0
		return s.errorAt(0, "a token of more than %d bytes", MaxBytes)
	}
	if kept > cap(s.buf)/2 {
		grown := make([]byte, kept, 2*cap(s.buf))
		copy(grown, s.buf[s.start:])
		s.buf = grown
	} else {
		copy(s.buf, s.buf[s.start:])
		s.buf = s.buf[:kept]
	}
	s.start, s.pos = 0, 0
	for empty := 0; len(s.buf) < cap(s.buf); {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil { // as many times as bufio tries
			err = io.ErrNoProgress
		}
		if errors.Is(err, io.EOF) {
			s.whole = true
			return nil
		}
		if err != nil {
			s.failure = fmt.Errorf("%s: %w", s.name, err)
			break // what came before the failure is valid
		}
	}
	if len(s.buf) == kept {
		return s.failure
	}
	return nil
}

// Classes of bytes.
const (
	isSpace  = 1 << iota
	isDelim  // ends a token
	isQuote  // ends the plain part of a string
	isBinary // not allowed in text
)

var class = func() (c [256]byte) {
	for b := range 0x20 {
		c[b] = isDelim | isBinary
	}
	c[0x7f] = isDelim | isBinary
	for _, b := range []byte("\t\n\v\f\r\x1c\x1d\x1e\x1f ,") { // Java's whitespace in ASCII, and the comma
		c[b] = isDelim | isSpace
	}
	for _, b := range []byte(`";()[]{}\^`) { // the macros of EdnReader.java that end tokens
		c[b] = isDelim
	}
	c['"'] |= isQuote
	c['\\'] |= isQuote
	return c
}()

// scan reads one token from the buffer, or returns short.
func (s *Scanner) scan() (Kind, error) {
	buf, i := s.buf, s.pos
	for {
		if !s.comment {
			for i < len(buf) && class[buf[i]]&isSpace != 0 {
				i++
			}
			if i < len(buf) && buf[i] != ';' {
				break
			}
			s.comment = i < len(buf)
		}
		newline := bytes.IndexByte(buf[i:], '\n')
		if newline < 0 {
			s.start, s.pos = len(buf), len(buf)
			return s.end(Absent), nil
		}
		i += newline + 1
		s.comment = false
	}
	s.start = i
	c := buf[i]
	switch {
	case c-'0' <= 9:
		return s.integer(i)
	case c == ':':
		return s.keyword(i)
	case class[c] == 0 && c != '#':
		if (c == '-' || c == '+') && (i+1 == len(buf) && !s.whole || i+1 < len(buf) && buf[i+1]-'0' <= 9) {
			return s.number(i)
		}
		return s.symbol(i)
	}
	s.pos = i + 1
	switch c {
	case '"':
		return s.str(i)
	case '(':
		return List, nil
	case ')':
		return CloseRound, nil
	case '[':
		return Vector, nil
	case ']':
		return CloseSquare, nil
	case '{':
		return Map, nil
	case '}':
		return CloseCurly, nil
	case '#':
		return s.dispatch(i)
	case '\\':
		return s.char(i)
	}
	if class[c]&isBinary != 0 {
		return Absent, s.Errorf("unexpected byte 0x%02x, want EDN", c)
	}
	return Absent, s.Errorf("unexpected %c, want a value", c)
}

// end returns the kind of a token that reaches the end of the buffer: kind if the input
// has ended, else short.
func (s *Scanner) end(kind Kind) Kind {
	if s.whole {
		return kind
	}
	return short
}

// token returns the end of the token at i, and whether it may continue after the buffer.
func (s *Scanner) token(i int) (end int, open bool) {
	buf := s.buf
	for i < len(buf) && class[buf[i]]&isDelim == 0 {
		i++
	}
	return i, i == len(buf) && !s.whole
}

// integer reads a number without a sign; most have few digits only.
func (s *Scanner) integer(i int) (Kind, error) {
	buf := s.buf
	n := int64(buf[i] - '0')
	j := i + 1
	for j < len(buf) && buf[j]-'0' <= 9 && j < i+18 {
		n = n*10 + int64(buf[j]-'0')
		j++
	}
	if j < len(buf) && class[buf[j]]&isDelim != 0 && (buf[i] != '0' || j == i+1) {
		s.num, s.text, s.pos = n, nil, j
		return Int, nil
	}
	return s.number(i)
}

func (s *Scanner) symbol(i int) (Kind, error) {
	end, open := s.token(i)
	if open {
		return short, nil
	}
	s.text, s.pos = s.buf[i:end], end
	switch string(s.text) {
	case "nil":
		return Nil, nil
	case "true":
		s.num = 1
		return Bool, nil
	case "false":
		s.num = 0
		return Bool, nil
	}
	return Symbol, nil
}

func (s *Scanner) keyword(i int) (Kind, error) {
	end, open := s.token(i + 1)
	if open {
		return short, nil
	}
	s.text, s.pos = s.buf[i+1:end], end
	if len(s.text) == 0 || s.text[0] == ':' {
		return Absent, s.Errorf("unexpected %s, want a keyword's name after one colon", quote(s.buf[i:end]))
	}
	return Keyword, nil
}

// dispatch reads a token that begins with #.
func (s *Scanner) dispatch(i int) (Kind, error) {
	if i+1 == len(s.buf) {
		if !s.whole {
			return short, nil
		}
		return Absent, s.Errorf("unexpected end of input after #, want a tag")
	}
	switch c := s.buf[i+1]; {
	case c == '{':
		s.pos = i + 2
		return Set, nil
	case c == '_':
		s.pos = i + 2
		return Discard, nil
	}
	end, open := s.token(i + 1)
	if open {
		return short, nil
	}
	s.text, s.pos = s.buf[i+1:end], end
	switch string(s.text) {
	case "#NaN", "#Inf", "#-Inf":
		s.text = s.buf[i:end]
		return Float, nil
	}
	if end == i+1 || s.text[0]-'0' <= 9 || s.text[0] == '#' {
		return Absent, s.Errorf("unexpected %s, want a tag, #{, #_, ##NaN, ##Inf or ##-Inf", quote(s.buf[i:min(end+1, len(s.buf))]))
	}
	return Tagged, nil
}

// quote returns a short piece of the input for an error.
func quote(piece []byte) string {
	const limit = 40
	if utf8.RuneCount(piece) > limit {
		return string(bytes.Runes(piece)[:limit]) + "…"
	}
	return string(piece)
}
