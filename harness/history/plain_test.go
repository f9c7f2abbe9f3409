package history

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

// repeated yields a text over and over.
type repeated struct {
	text string
	at   int
	left int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= int64(n)
	return n, nil
}

// packed compresses size bytes of a repeated text.
func packed(t *testing.T, text string, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, &repeated{text: text, left: size}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBomb: a file that unpacks to far more than its size is an error, whether it holds
// spaces, comments or ops. A large file that is not a bomb is read.
func TestBomb(t *testing.T) {
	defer func(free int64) { freePlain = free }(freePlain)
	freePlain = 1 << 20
	for name, text := range map[string]string{
		"space": strings.Repeat(" ", 4096), "a comment": ";" + strings.Repeat("x", 4095),
		"ops": "{:type :invoke, :process 0, :f :echo}{:type :ok, :process 0, :f :echo}\n",
	} {
		r := NewReader("h.gz", bytes.NewReader(packed(t, text, freePlain+1<<20)))
		_, err := r.Read()
		for err == nil {
			_, err = r.Read()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "h.gz: ") || !strings.Contains(err.Error(), "which no history does") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	plain, err := Plain("h.gz", bytes.NewReader(packed(t, strings.Repeat(" ", 4096), freePlain)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, plain); n != freePlain || err != nil {
		t.Errorf("read %d bytes, %v, want %d", n, err, freePlain)
	}
	if _, err := Plain("h.gz", strings.NewReader("\x1f\x8bno gzip at all")); err == nil || err.Error() != "h.gz: gzip: invalid header" {
		t.Errorf("got %v", err)
	}
}
