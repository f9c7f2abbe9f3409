package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gossipbench/harness/cli"
	"gossipbench/harness/trial"
)

// BenchmarkTable answers `table` over 100,000 stored trials, each with every
// metric: a hundred settings with a thousand replicates.
func BenchmarkTable(b *testing.B) {
	b.Chdir(b.TempDir())
	dir := filepath.Join(cli.ResultsFolder, "big")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.Fatal(err)
	}
	var text []byte
	for i := range 100_000 {
		t := trial.Default()
		t.Backend, t.Nodes, t.Rate = "sim", 5+i%10, float64(1+i/10%10)
		t.Seed, t.Replicate = uint64(i/100+1), i/100+1
		r := trial.Result{Schema: 1, ID: strconv.Itoa(i), Trial: t, Outcome: trial.Valid, Metrics: map[string]float64{}}
		for j, m := range trial.Metrics {
			r.Metrics[m.Name] = float64(i%997) / float64(j+3)
		}
		text = append(r.AppendLine(text), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "trials.jsonl"), text, 0o666); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var stdout, stderr bytes.Buffer
		w := newWorld("harness", strings.NewReader(""), &stdout, &stderr, mocks)
		if code := w.Execute(context.Background(), []string{"table", "big"}); code != cli.ExitWell || strings.Count(stdout.String(), "\n") < 100 {
			b.Fatal(code, stderr.String())
		}
	}
}
