package workload

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gossipbench/harness/history"
)

// TestTurns asks Clients for each op that a recorded test of real Maelstrom had,
// with the same threads busy, and wants the same thread.
func TestTurns(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/reference/*/1/history.edn.gz")
	checked := 0
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		text, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		checked += followTurns(t, history.NewReader(name, text))
	}
	if checked == 0 {
		t.Skip("needs ../shared/data/reference")
	}
}

// followTurns returns how many ops it has checked.
func followTurns(t *testing.T, r *history.Reader) (checked int) {
	t.Helper()
	c := NewClients(trial(), 25, broadcasts.Generator(trial(), 25))
	busy := map[int]bool{}
	wrong, faults := 0, 0
	for {
		op, err := r.Read()
		if err == io.EOF || op.Final {
			if wrong > 0 {
				t.Errorf("%d of %d ops came on another thread", wrong, checked)
			}
			return checked
		}
		if err != nil {
			t.Fatal(err)
		}
		if op.Process == history.Nemesis {
			if faults++; faults%2 == 1 { // two lines each: what is to be done, and what has been
				c.Fault()
			}
			continue
		}
		if op.Type != history.Invoke {
			delete(busy, op.Process)
			continue
		}
		thread, _ := c.Start(time.Duration(checked), func(i int) bool { return !busy[i] })
		checked++
		if thread != op.Process {
			wrong++
		}
		busy[op.Process] = true
	}
}
