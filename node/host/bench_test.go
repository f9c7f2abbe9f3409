package host

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"gossipbench/node/wire"
)

// BenchmarkEcho measures requests a second through pipes of the operating system,
// with a fixed number of requests in flight.
func BenchmarkEcho(b *testing.B) {
	for _, outstanding := range []int{1, 100} {
		b.Run(fmt.Sprintf("outstanding=%d", outstanding), func(b *testing.B) { benchmarkEcho(b, outstanding) })
	}
}

func benchmarkEcho(b *testing.B, outstanding int) {
	stdin, requests := pipe(b)
	replies, stdout := pipe(b)
	ended := make(chan error)
	go func() { ended <- Run(b.Context(), echo, Options{Stdin: stdin, Stdout: stdout, Stderr: io.Discard}) }()
	send := func(body string) {
		if _, err := requests.Write(wire.AppendEnvelope(nil, "c1", "n0", []byte(body))); err != nil {
			b.Error(err)
		}
	}
	lines := wire.NewLineReader(replies, maxLine)
	receive := func() {
		if _, err := lines.Next(); err != nil {
			b.Error(err)
		}
	}
	send(`{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}`)
	receive()

	const request = `{"type":"echo","msg_id":1,"echo":"Please echo 57"}`
	b.ResetTimer()
	begun := time.Now()
	for range min(outstanding, b.N) {
		send(request)
	}
	for i := range b.N {
		receive()
		if i+outstanding < b.N {
			send(request)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "messages/s")
	_ = requests.Close()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

func pipe(b *testing.B) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}
