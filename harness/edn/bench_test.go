package edn

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	twin "olympos.io/encoding/edn"
)

// history returns the text of a recorded history.
func history(b *testing.B) []byte {
	f, err := os.Open(recorded(b, "reference/flood-grid/1/history.edn.gz")[0])
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// Compare the MB/s: Scan runs the tokenizer only, Decode builds values op by op, and Twin
// does the same with olympos.io/encoding/edn.

func BenchmarkScan(b *testing.B) {
	data := history(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner("history.edn", bytes.NewReader(data))
		for {
			kind, err := s.Next()
			if err != nil {
				b.Fatal(err)
			}
			if kind == Absent {
				break
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := history(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := NewDecoder("history.edn", bytes.NewReader(data))
		for {
			if _, err := d.Decode(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTwin(b *testing.B) {
	data := history(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := twin.NewDecoder(bytes.NewReader(data))
		for {
			var v any
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkParseResults(b *testing.B) {
	data, err := os.ReadFile(recorded(b, "maelstrom/txnrw-noiso-sser/results.edn")[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("results.edn", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStrings(b *testing.B) {
	data := []byte("[" + strings.Repeat(`"Please echo 14" "with \"escapes\" \n" `, 10_000) + "]")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s := newScannerBytes("", data)
		for {
			kind, err := s.Next()
			if err != nil {
				b.Fatal(err)
			}
			if kind == Absent {
				break
			}
		}
	}
}
