package history

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"gossipbench/harness/edn"
)

// repeated yields a text again and again.
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

// packed compresses so many bytes of a text that repeats itself.
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

// TestBomb: a file that unpacks to far more than itself is an error, of space, of
// comments and of ops alike; one that is as large and no bomb is read.
func TestBomb(t *testing.T) {
	defer func(free int64) { freePlain = free }(freePlain)
	freePlain = 1 << 20
	for name, text := range map[string]string{
		"space": strings.Repeat(" ", 4096), "a comment": ";" + strings.Repeat("x", 4095),
		"ops": "{:type :invoke, :process 0, :f :echo}{:type :ok, :process 0, :f :echo}\n",
	} {
		_, err := Judge(t.Context(), NewReader("h.gz", bytes.NewReader(packed(t, text, freePlain+1<<20))), edn.Value{}, "")
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

// TestJudgeStops: whoever ends the context need not wait for the end of the history.
func TestJudgeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if read++; read == 3 {
			cancel()
		}
		return copy(p, strings.Repeat("{:type :info, :process :nemesis, :f :x}\n", len(p)/40)), nil
	})
	if _, err := Judge(ctx, NewReader("history.edn", endless), edn.Value{}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSpread: differences deep within long keys take memory for themselves alone.
func TestSpread(t *testing.T) {
	long := strings.Repeat("k", 3000)
	var theirs strings.Builder
	for range 500 {
		theirs.WriteString(`{"` + long + `" `)
	}
	theirs.WriteString("{")
	for i := range 2000 {
		theirs.WriteString(strings.Repeat(" ", i%2) + "1" + strings.Repeat("0", i%9) + " " + "2 ")
	}
	theirs.WriteString("}" + strings.Repeat("}", 500))
	value, err := edn.Parse("results.edn", []byte(theirs.String()))
	if err != nil {
		t.Fatal(err)
	}
	var j Judgement
	j.diff(":stats", value, value, false)
	if len(j.Fields) != 2000 {
		t.Fatalf("got %d fields", len(j.Fields))
	}
	for _, f := range j.Fields {
		if !f.Agree || len(f.Path) > 2*maxPath || !strings.HasPrefix(f.Path, ":stats …") {
			t.Fatalf("got %v %q", f.Agree, f.Path)
		}
	}
}
