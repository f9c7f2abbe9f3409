package native

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gossipbench/harness/network"
	procs "gossipbench/harness/process"
)

// TestDisturbed: the harness detects that it was kept from the processor, here by a
// SIGSTOP during the load.
func TestDisturbed(t *testing.T) {
	harness := exec.Command(os.Args[0], "stopped")
	out, err := harness.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := procs.Start(harness); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(900*time.Millisecond, func() {
		_ = harness.Process.Signal(syscall.SIGSTOP)
		time.Sleep(400 * time.Millisecond)
		_ = harness.Process.Signal(syscall.SIGCONT)
	})
	defer stop.Stop()
	var said strings.Builder
	buffer := make([]byte, 1<<12)
	for {
		n, err := out.Read(buffer)
		said.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	_ = procs.Wait(harness)
	if !strings.Contains(said.String(), "the harness itself was kept waiting for ") {
		t.Errorf("a harness that was stopped for 400 ms says %q", said.String())
	}
}

// TestDisturbanceBounds: each kind of disturbance is reported beyond its bound, and none within.
func TestDisturbanceBounds(t *testing.T) {
	calm := disturbances{bound: 50 * time.Millisecond, late: delay{49 * time.Millisecond, 0}, worst: 0.49,
		stolen: [2]processors{{10, 1000}, {14, 1100}}}
	if got := calm.told(network.Lateness{Count: 100, Late: 3, Worst: 50 * time.Millisecond}); got != nil {
		t.Errorf("calm: %q", got)
	}
	busy := disturbances{bound: 50 * time.Millisecond, late: delay{1800 * time.Millisecond, 3 * time.Second}, worst: 0.75, who: "n7", when: 2 * time.Second,
		stolen: [2]processors{{10, 1000}, {20, 1100}}}
	want := []string{
		"the harness itself was kept waiting for 1.8s, 3s into the load",
		"a message was delivered 51ms late",
		"4.0 % of the messages were delivered more than 5ms late",
		"n7 waited for a processor for 75 % of the time about 2s into the load",
		"the hypervisor took 10 % of the processors' time",
	}
	if got := busy.told(network.Lateness{Count: 100, Late: 4, Worst: 51 * time.Millisecond}); !slices.Equal(got, want) {
		t.Errorf("busy:\n got %q\nwant %q", got, want)
	}
	var none *disturbances
	if got := none.told(network.Lateness{Count: 1, Late: 1}); got != nil {
		t.Errorf("before the load: %q", got)
	}
}

// TestRunDelays: a thread that shares a processor waits for it.
func TestRunDelays(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how long a thread waits")
	}
	if len(runDelays(os.Getpid())) == 0 {
		t.Skip("the kernel has no schedstat")
	}
	if p := readProcessors(); p.all == 0 || p.stolen > p.all {
		t.Errorf("processors: %+v", p)
	}
	for thread, waited := range runDelays(os.Getpid()) {
		if thread == "" || waited < 0 {
			t.Errorf("thread %q waited %v", thread, waited)
		}
	}
}
