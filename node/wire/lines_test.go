package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// read returns what a LineReader returns, each line with its error.
func read(r io.Reader, max int) []string {
	var got []string
	for l := NewLineReader(r, max); ; {
		line, err := l.Next()
		if err == io.EOF {
			return got
		}
		switch {
		case errors.Is(err, ErrTooLong):
			got = append(got, "long "+string(line[:1]))
		case err == io.ErrUnexpectedEOF:
			got = append(got, "torn "+string(line))
		case err != nil:
			return append(got, "err "+string(line))
		default:
			got = append(got, string(line))
		}
	}
}

func TestLineReader(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"lines", "a\n\nbc\n", []string{"a", "", "bc"}},
		{"half a line", "a\nb", []string{"a", "torn b"}},
		{"as long as may be", "12345678\na\n", []string{"12345678", "a"}},
		{"too long", "a\n123456789\nb\n", []string{"a", "long 1", "b"}},
		{"much too long", strings.Repeat("1", 99) + "\nb\n", []string{"long 1", "b"}},
		{"too long and torn", "a\n123456789", []string{"a", "long 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole": strings.NewReader(tt.text), "bytewise": iotest.OneByteReader(strings.NewReader(tt.text)),
				"with its end": iotest.DataErrReader(strings.NewReader(tt.text)),
			} {
				if got := read(r, 8); fmt.Sprint(got) != fmt.Sprint(tt.want) || len(got) != len(tt.want) {
					t.Errorf("%s: got %q, want %q", name, got, tt.want)
				}
			}
		})
	}
}

func TestLineReaderError(t *testing.T) {
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("abc\n")))
	if got := read(r, 8); fmt.Sprint(got) != "[err a]" {
		t.Errorf("got %q, want the first byte with the error of the second read", got)
	}
}

// TestEndless tests that a line without an end is an error when it exceeds the
// bound, not at its end.
func TestEndless(t *testing.T) {
	read := 0
	l := NewLineReader(reader(func(p []byte) (int, error) {
		read += len(p)
		return len(p), nil
	}), 1<<20)
	if _, err := l.Next(); !errors.Is(err, ErrTooLong) || read > 4<<20 {
		t.Errorf("got %v after %d bytes", err, read)
	}
}

// FuzzLineReader compares the reader with strings.Split, for any sizes of reads.
func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\n\nbc\n123456789\nd"), byte(3), byte(8))
	f.Add([]byte(strings.Repeat("x", 300)+"\n\r\n\x00\n"), byte(200), byte(20))
	f.Add([]byte("\n"), byte(1), byte(0))
	f.Fuzz(func(t *testing.T, text []byte, step, max byte) {
		rest := text
		l := NewLineReader(reader(func(p []byte) (int, error) {
			n := copy(p, rest[:min(len(rest), 1+int(step))])
			if rest = rest[n:]; n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}), 1+int(max))
		lines := strings.Split(string(text), "\n")
		for i, want := range lines {
			line, err := l.Next()
			last := i == len(lines)-1
			switch {
			case last && want == "":
				if err != io.EOF {
					t.Fatalf("end: got %q, %v", line, err)
				}
				return
			case len(want) > 1+int(max):
				if !errors.Is(err, ErrTooLong) || !strings.HasPrefix(want, string(line)) {
					t.Fatalf("line %d: got %q, %v", i, line, err)
				}
			case string(line) != want || last != (err == io.ErrUnexpectedEOF) || !last && err != nil:
				t.Fatalf("line %d: got %q, %v, want %q", i, line, err, want)
			}
		}
		if line, err := l.Next(); err != io.EOF || len(line) > 0 {
			t.Fatalf("got %q, %v, want EOF", line, err)
		}
	})
}

// TestTenMegabytes reads a line that kills a node of Maelstrom's Go library.
func TestTenMegabytes(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	l := NewLineReader(strings.NewReader(long+"\nshort\n"), 16<<20)
	if line, err := l.Next(); err != nil || string(line) != long {
		t.Fatalf("got %d bytes and error %v, want %d", len(line), err, len(long))
	}
	if line, err := l.Next(); err != nil || string(line) != "short" {
		t.Fatalf("got %.20q and error %v, want the line behind it", line, err)
	}
	if _, err := l.Next(); err != io.EOF || len(l.buf) > chunk {
		t.Errorf("got error %v and a buffer of %d bytes, want EOF and the long line's memory gone", err, len(l.buf))
	}
}

// TestLineReaderTwin splits texts into random reads: the result must not depend on
// them, and Buffered must predict whether Next reads.
func TestLineReaderTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\n")), 0, 200, -1).Draw(t, "text")
		max := rapid.IntRange(1, 20).Draw(t, "max")
		reads := 0
		l := NewLineReader(reader(func(p []byte) (int, error) {
			reads++
			n := min(len(p), len(text), rapid.IntRange(1, 30).Draw(t, "read"))
			copy(p, text[:n])
			text = text[n:]
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}), max)
		lines := strings.Split(text, "\n")
		for i, want := range lines {
			buffered, before := l.Buffered(), reads
			line, err := l.Next()
			switch {
			case buffered && (reads > before || err != nil):
				t.Fatalf("line %d: Buffered, yet %d reads and error %v", i, reads-before, err)
			case i == len(lines)-1 && want == "":
				if err != io.EOF {
					t.Fatalf("end: got %q, %v", line, err)
				}
			case len(want) > max:
				if !errors.Is(err, ErrTooLong) || !strings.HasPrefix(want, string(line)) || len(line) == 0 {
					t.Fatalf("line %d: got %q, %v", i, line, err)
				}
			case i == len(lines)-1:
				if err != io.ErrUnexpectedEOF || string(line) != want {
					t.Fatalf("line %d: got %q, %v, want %q torn", i, line, err, want)
				}
			case err != nil || string(line) != want:
				t.Fatalf("line %d: got %q, %v, want %q", i, line, err, want)
			}
		}
		if _, err := l.Next(); err != io.EOF {
			t.Fatalf("got %v, want EOF", err)
		}
	})
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }
