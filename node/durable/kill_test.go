package durable

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

var kills = flag.Int("kills", 15, "number of processes to kill")

// folder tells the test's executable to act as the process to kill.
const folder = "DURABLE_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(folder); dir != "" {
		if err := writeForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver counts up under eight keys, and prints each durable number.
func writeForEver(dir string) error {
	s, err := Open(dir, Options{Segment: 4000, Garbage: 20000})
	if err != nil {
		return err
	}
	n := counted(s.values)
	for {
		for range 1 + n%7 { // changes that become durable together
			n++
			s.Put(fmt.Sprintf("k%d", n%8), []byte(strconv.Itoa(n)))
		}
		if err := s.Sync(); err != nil {
			return err
		}
		if _, err := fmt.Println(n); err != nil {
			return err
		}
	}
}

// counted returns the last number written, or −1 if the map is not the result of
// counting up to some number.
func counted(values map[string][]byte) int {
	last := 0
	for _, value := range values {
		n, err := strconv.Atoi(string(value))
		if err != nil {
			return -1
		}
		last = max(last, n)
	}
	for n := max(1, last-7); n <= last; n++ {
		if string(values[fmt.Sprintf("k%d", n%8)]) != strconv.Itoa(n) {
			return -1
		}
	}
	return last
}

// TestKill9 kills processes that write; each continues where the previous one was
// killed. What a process printed as durable must be there.
func TestKill9(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take time")
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 0x6b696c6c)) // "kill"
	promised := 0
	for kill := range *kills {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), folder+"="+dir)
		command.Stderr = os.Stderr
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if lines.Scan() { // it has started
			promised, _ = strconv.Atoi(lines.Text())
			time.AfterFunc(time.Duration(r.Int64N(int64(40*time.Millisecond))), func() { _ = command.Process.Kill() })
		}
		for lines.Scan() {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				promised = n
			}
		}
		_ = command.Wait() // it was killed
		values, err := Read(dir)
		if got := counted(values); err != nil || got < promised {
			t.Fatalf("kill %d: got %d of %q, %v, want at least %d", kill, got, values, err, promised)
		}
	}
	if promised < *kills {
		t.Errorf("only %d changes between %d kills, want more", promised, *kills)
	}
	t.Logf("%d changes, %d kills", promised, *kills)
}
