package store

import (
	"bytes"
	"gossipbench/harness/trial"
	"os"
	"path/filepath"
	"testing"
)

// full returns a result with every metric.
func full(seed uint64) trial.Result {
	r := result(seed, trial.Valid)
	for i, m := range trial.Metrics {
		r.Metrics[m.Name] = float64(seed) / float64(i+3)
	}
	r.Made = trial.Provenance{Commit: "0123456789abcdef", Go: "go1.26", OS: "linux/amd64", Backend: "sim"}
	return r
}

// BenchmarkLoad loads the results of 100,000 trials, as a table does.
func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	var text bytes.Buffer
	for seed := range uint64(100_000) {
		text.Write(append(full(seed).AppendLine(nil), '\n'))
	}
	if err := os.WriteFile(filepath.Join(dir, trialsFile), text.Bytes(), 0o666); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if c, err := Load(dir); err != nil || len(c.Results) != 100_000 {
			b.Fatal(len(c.Results), err)
		}
	}
}

// BenchmarkAppend stores the results that the simulator makes in a second.
func BenchmarkAppend(b *testing.B) {
	var results []trial.Result
	for seed := range uint64(1000) {
		results = append(results, full(seed))
	}
	for b.Loop() {
		s, err := Open(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results {
			s.Append(r, func(err error) {
				if err != nil {
					b.Error(err)
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendOneByOne waits for each result, as with a slow backend.
func BenchmarkAppendOneByOne(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r, stored := full(1), make(chan error)
	for b.Loop() {
		s.Append(r, func(err error) { stored <- err })
		if err := <-stored; err != nil {
			b.Fatal(err)
		}
	}
}
