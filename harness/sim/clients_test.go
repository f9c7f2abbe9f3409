package sim

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// play runs a trial whose ops begin at the times in asks. It returns the history, one op
// a line (time, type, process, value), and the parts of a result.
func play(t *testing.T, trial trial.Trial, asks []ask, faults ...workload.Fault) (lines string, results checker.Results, c *cluster) {
	t.Helper()
	trial.Rate = 0
	c, err := newCluster(&trial)
	if err != nil {
		t.Fatal(err)
	}
	c.plan()
	c.nemesis.faults = faults
	for i, f := range faults {
		c.queue.push(f.At, strike, event{ref: uint32(i)})
	}
	var kept bytes.Buffer
	s := newClients(c, checker.NewCheckers(&checker.SetFull{}, 0))
	s.keep = history.NewWriter(&kept)
	s.start()
	for i, a := range asks {
		s.queue.push(a.at, renew, event{ref: uint32(i)}) // a kind of event that clients do not use
	}
	s.queue.push(trial.TimeLimit, proceed, event{})
	s.run(func(e event) {
		if e.kind() == renew {
			a := asks[e.ref]
			s.invoke(a.thread, a.Ask)
			return
		}
		s.step(e)
	})
	if err := s.keep.Flush(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for r := history.NewReader("kept", &kept); ; {
		op, err := r.Read()
		if err != nil {
			break
		}
		what := fmt.Sprintf("c%d %v %s", op.Process, op.Type, op.F)
		if op.Process == history.Nemesis {
			what = "nemesis " + op.F
		}
		fmt.Fprintf(&b, "%v %s", op.Time, what)
		if op.Type == history.OK && op.F == "read" || op.Type == history.Invoke && op.F == "broadcast" {
			fmt.Fprintf(&b, " %v", op.Value)
		}
		b.WriteByte('\n')
	}
	return b.String(), s.checkers.Results(s.net(), c.deliveries(c.queue.now)), c
}

// ask is an op of a test.
type ask struct {
	at     time.Duration
	thread int
	workload.Ask
}

var (
	read  = workload.Ask{F: "read"}
	write = workload.Ask{F: "broadcast", Value: int64(0)}
)

// three returns a line of three nodes 100 ms apart, with a load of 1 s and a recovery of
// 500 ms.
func three() trial.Trial {
	trial := disseminate("flood", "line", 3, nil)
	trial.Workload, trial.Latency = "broadcast", 100*msec
	trial.TimeLimit, trial.Recovery = time.Second, 500*msec
	return trial
}

func checkLines(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimLeft(want, "\n"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func checkMetrics(t *testing.T, r checker.Results, want map[string]float64) {
	t.Helper()
	metrics := r.Metrics()
	for name, x := range want {
		if got, has := metrics[name]; !has || got < x-1e-6 || got > x+1e-6 {
			t.Errorf("%s: got %v, want %v", name, got, x)
		}
	}
}

// TestLineOfClients: n0 sends a value at 0; n1 has it at 100 ms and n2 at 200 ms. In an
// ideal network reads are answered at once. The last read that misses the value begins at
// 110 ms; the value was known at 0, so its stable latency is 110 ms. Under Maelstrom's
// rule a request to n1 at 10 ms waits behind the value until 100 ms, and one to n2 at 110
// ms until 200 ms, so both reads show the value, and the last read that misses it began
// at 20 ms.
func TestLineOfClients(t *testing.T) {
	asks := []ask{{0, 0, write}, {10 * msec, 1, read}, {20 * msec, 2, read}, {110 * msec, 2, read}}
	both := map[string]float64{
		"stable": 1, "lost": 0, "ops": 7, "ok-fraction": 1,
		"delivery-latency.max": 200,
		"msgs-per-op":          2. / 7,
		// Three inits, three topologies and seven ops, each with its answer.
		"msgs-per-op.all": (2. + 26) / 7,
	}
	trial := three()
	trial.Network, trial.Jitter = "maelstrom", 0
	got, results, c := play(t, trial, asks)
	checkLines(t, got, `
0s c0 invoke broadcast 0
0s c0 ok broadcast
10ms c1 invoke read
20ms c2 invoke read
20ms c2 ok read []
100ms c1 ok read [0]
110ms c2 invoke read
200ms c2 ok read [0]
1.5s c0 invoke read
1.5s c1 invoke read
1.5s c2 invoke read
1.5s c0 ok read [0]
1.5s c1 ok read [0]
1.5s c2 ok read [0]
`)
	checkMetrics(t, results, both)
	checkMetrics(t, results, map[string]float64{"stable-latency.max": 20, "op-latency.max": 90})
	// The nodes continue for a tenth of the recovery after the last read.
	if c.queue.now != 1550*msec || c.busiest() != 1 {
		t.Errorf("over at %v, busiest %v, want 1.55s and 1: n1 has to do with both messages", c.queue.now, c.busiest())
	}

	trial.Network = "ideal"
	got, results, _ = play(t, trial, asks)
	checkLines(t, got, `
0s c0 invoke broadcast 0
0s c0 ok broadcast
10ms c1 invoke read
10ms c1 ok read []
20ms c2 invoke read
20ms c2 ok read []
110ms c2 invoke read
110ms c2 ok read []
1.5s c0 invoke read
1.5s c0 ok read [0]
1.5s c1 invoke read
1.5s c1 ok read [0]
1.5s c2 invoke read
1.5s c2 ok read [0]
`)
	checkMetrics(t, results, both)
	checkMetrics(t, results, map[string]float64{"stable-latency.max": 110, "op-latency.max": 0})
}

// TestTimeouts: n1 is paused from 0 to 15 s; a client waits for 5 s. Its read fails, and
// its process continues. Its broadcast may have happened, so the thread continues as
// process 4 = 1 + 3. After the pause n1 handles all three requests in order: the last
// read shows the value.
func TestTimeouts(t *testing.T) {
	got, results, _ := play(t, struck(), slowly, pause(15*time.Second)...)
	checkLines(t, got, `
0s nemesis start-pause
1s c1 invoke read
6s c1 fail read
7s c1 invoke broadcast 0
12s c1 info broadcast
13s c4 invoke read
15s nemesis stop-pause
15s c4 ok read [0]
20.5s c0 invoke read
20.5s c0 ok read [0]
20.5s c4 invoke read
20.5s c4 ok read [0]
20.5s c2 invoke read
20.5s c2 ok read [0]
`)
	// Two messages between nodes; three inits, three topologies and six ops were
	// answered, two of these too late.
	checkMetrics(t, results, map[string]float64{"stable": 1, "ok-fraction": 4. / 6, "msgs-per-op.all": (2. + 24) / 6})
}

// TestKilled is the same with a kill of n1: requests meanwhile are lost.
func TestKilled(t *testing.T) {
	faults := pause(15 * time.Second)
	for i := range faults {
		faults[i].Kind = "kill"
	}
	got, results, _ := play(t, struck(), slowly, faults...)
	checkLines(t, got, `
0s nemesis start-kill
1s c1 invoke read
6s c1 fail read
7s c1 invoke broadcast 0
12s c1 info broadcast
13s c4 invoke read
15s nemesis stop-kill
18s c4 fail read
20.5s c0 invoke read
20.5s c0 ok read []
20.5s c4 invoke read
20.5s c4 ok read []
20.5s c2 invoke read
20.5s c2 ok read []
`)
	// No message between nodes. Three inits, three topologies, both again for n1, and
	// three of six ops were answered.
	checkMetrics(t, results, map[string]float64{"never-read": 1, "ok-fraction": 3. / 6, "msgs-per-op.all": (16. + 9) / 6})
}

func struck() trial.Trial {
	trial := three()
	trial.Network, trial.TimeLimit = "ideal", 20*time.Second
	return trial
}

var slowly = []ask{{time.Second, 1, read}, {7 * time.Second, 1, write}, {13 * time.Second, 1, read}}

func pause(until time.Duration) []workload.Fault {
	return []workload.Fault{{Kind: "pause", Starts: true, Nodes: []broadcast.NodeID{1}}, {Kind: "pause", At: until}}
}
