package sim

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gossipbench/harness/network"
	"gossipbench/harness/runner"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

const msec = time.Millisecond

// run runs a trial, which must be possible.
func run(t testing.TB, trial trial.Trial) trial.Result {
	t.Helper()
	b := New(Options{})
	if err := b.Check(trial); err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(context.Background(), trial)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// disseminate returns a dissemination of one value from node 0.
func disseminate(strategy, topology string, nodes int, raw map[string]string) trial.Trial {
	t := trial.Default()
	t.Workload, t.Origins, t.Network = "dissemination", "first", "ideal"
	t.Strategy, t.Params = strategy, params(strategy, raw)
	t.Topology, t.Nodes, t.Latency, t.Seed = topology, nodes, 10*msec, 1
	return t
}

// TestLine: a value passes down a line of four nodes with three messages over three links
// in 30 ms. Half of the nodes are two, reached after one link; 90 % and 99 % are all
// four.
func TestLine(t *testing.T) {
	r := run(t, disseminate("flood", "line", 4, nil))
	want := map[string]float64{
		"coverage": 1, "residue": 0, "traffic": 0.75, "traffic.values": 0.75, "rmr": 0, "ldh": 3, "msgs-per-broadcast": 3, "broadcasts": 1,
		"t50": 10, "t90": 30, "t99": 30, "t100": 30, "t-last": 30, "undelivered": 0,
		// n1 and n2 each send one message and receive one, of three in total.
		"busiest-node-share": 2. / 3,
		// {"src":"n0","dest":"n1","body":{"type":"rumor","values":[0],"hops":1}} and a newline: 71 bytes.
		"bytes-per-broadcast": 3 * 71,
	}
	for name, x := range want {
		if got, has := r.Metrics[name]; !has || math.Abs(got-x) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, got, x)
		}
	}
	if len(r.Metrics) != len(want) || r.Outcome != trial.Valid {
		t.Errorf("got %s with %v", r.Outcome, r.Metrics)
	}
}

// TestRandomGraph: flooding a graph with d neighbors each costs d − 2 extra copies per
// node, since the origin sends d and every other node d − 1.
func TestRandomGraph(t *testing.T) {
	trial := disseminate("flood", "random", 1000, nil)
	for _, degree := range []int{3, 4, 8} {
		trial.Degree = degree
		r := run(t, trial)
		n := 1000.
		want := (float64(degree)+(n-1)*float64(degree-1))/(n-1) - 1
		if got := r.Metrics["rmr"]; math.Abs(got-want) > 1e-9 {
			t.Errorf("degree %d: rmr %v, want %v", degree, got, want)
		}
	}
}

// TestDead: on a line of five with one dead node, a value reaches the nodes on its own
// side. Seeds differ in the dead node.
func TestDead(t *testing.T) {
	trial := disseminate("flood", "line", 5, nil)
	trial.Dead = 0.2
	seen := map[float64]bool{}
	for trial.Seed = range 40 {
		seen[run(t, trial).Metrics["coverage"]] = true
	}
	// Dead n0: a value reaches all four. n1: one of four. n2: two. n3: three. n4: all.
	for _, want := range []float64{0.25, 0.5, 0.75, 1} {
		if !seen[want] {
			t.Errorf("no seed has coverage %v, only %v", want, seen)
		}
	}
}

// TestDeadStayDead: the end of a kill does not start a node that was dead from the start.
// One of three nodes lives and is the only one that is ever up.
func TestDeadStayDead(t *testing.T) {
	trial := disseminate("flood", "total", 3, map[string]string{"delivery": "ack-retry", "retry": "10ms"})
	trial.Dead, trial.TimeLimit = 0.7, 5*time.Second
	trial.Nemesis, trial.NemesisInterval = "kill", 100*msec
	for trial.Seed = range 20 {
		c, err := newCluster(&trial)
		if err != nil {
			t.Fatal(err)
		}
		c.plan()
		d := newDissemination(c)
		d.play()
		for id := range c.nodes {
			if c.nodes[id].state == up && broadcast.NodeID(id) != d.live[0] {
				t.Fatalf("seed %d: n%d is up, want n%d alone", trial.Seed, id, d.live[0])
			}
		}
	}
}

// TestChurnEnds: churn does not keep a quiet dissemination running, with or without
// rounds.
func TestChurnEnds(t *testing.T) {
	for _, rounds := range []string{"asynchronous", "synchronous"} {
		trial := disseminate("flood", "line", 5, nil)
		trial.Churn, trial.Rounds = 1, rounds
		c, err := newCluster(&trial)
		if err != nil {
			t.Fatal(err)
		}
		newDissemination(c).play()
		// Four links take 40 ms. The five nodes are replaced every 200 ms on average, so
		// the next replacement comes after at most 400 ms.
		if c.queue.now > 500*msec {
			t.Errorf("%s: went on until %v", rounds, c.queue.now)
		}
	}
}

// TestChurnForgets: a value takes 1 s from its origin to 99 others. Then the trial ends,
// since all have had it. If one of a hundred replacements in that second strikes the
// origin, the origin has forgotten it: 1 − .99^100 = 63 % of the seeds have a coverage of
// .99, with a standard error of 5 % over a hundred seeds.
func TestChurnForgets(t *testing.T) {
	trial := disseminate("flood", "total", 100, nil)
	trial.Latency, trial.Churn, trial.Until = time.Second, 1, "complete"
	forgot := 0
	for trial.Seed = range 100 {
		m := run(t, trial).Metrics
		if m["t100"] != 1000 || m["coverage"] != 1 && m["coverage"] != 0.99 {
			t.Fatalf("seed %d: got t100 %v, coverage %v", trial.Seed, m["t100"], m["coverage"])
		}
		if m["coverage"] == 0.99 {
			forgot++
		}
	}
	if forgot < 43 || forgot > 83 {
		t.Errorf("the origin forgot in %d of 100 trials, want 63 ± 20", forgot)
	}
}

// TestComplete: nodes that never stop sending run until all have the value, and no
// longer.
func TestComplete(t *testing.T) {
	trial := disseminate("gossip", "line", 5, map[string]string{"peers": "neighbors", "fanout": "0", "interval": "20ms"})
	trial.Until = "complete"
	c, err := newCluster(&trial)
	if err != nil {
		t.Fatal(err)
	}
	d := newDissemination(c)
	d.play()
	_, _, m, _ := d.sum()
	// Each of four links takes 10 ms, after a wait of less than 20 ms.
	if m["coverage"] != 1 || ms(c.queue.now) != m["t100"] || m["t100"] < 40 || m["t100"] >= 120 {
		t.Errorf("over at %v, t100 %v, coverage %v", c.queue.now, m["t100"], m["coverage"])
	}
}

// TestJitterScope: jitter affects Maelstrom's network, but neither an ideal network nor
// synchronous rounds.
func TestJitterScope(t *testing.T) {
	for _, tt := range []struct {
		network, rounds string
		same            bool
	}{
		{"ideal", "asynchronous", true},
		{"ideal", "synchronous", true},
		{"maelstrom", "synchronous", true},
		{"maelstrom", "asynchronous", false},
	} {
		trial := disseminate("gossip", "line", 50, map[string]string{"peers": "random", "mode": "push", "idle": "silent"})
		trial.Network, trial.Rounds = tt.network, tt.rounds
		var texts [2]string
		for i := range texts {
			trial.Jitter = time.Duration(i) * 10 * msec
			r := run(t, trial)
			texts[i] = fmt.Sprint(r.ID, r.Outcome, r.Metrics)
		}
		if same := texts[0] == texts[1]; same != tt.same {
			t.Errorf("network %s, rounds %s: with jitter and without the same is %v\n%s\n%s", tt.network, tt.rounds, same, texts[0], texts[1])
		}
	}
}

// TestHeadOfLineOfTwo: n0 sends two values at 0 and 0.5 ms. In an ideal network each takes 10 ms.
// Under Maelstrom's rule n1 takes the second one when the first has arrived, and its
// remaining half millisecond is cut: 9.5 ms.
func TestHeadOfLineOfTwo(t *testing.T) {
	for network, want := range map[string]float64{"maelstrom": (10 + 9.5) / 2, "ideal": 10} {
		trial := disseminate("flood", "line", 2, nil)
		trial.Network, trial.Jitter, trial.Spread, trial.Rate = network, 0, 2, 2000
		if got := run(t, trial).Metrics["t100"]; got != want {
			t.Errorf("%s: got t100 %v, want %v", network, got, want)
		}
	}
}

// TestHalfOfTwo: the first of two nodes is half of them and has the value at once.
func TestHalfOfTwo(t *testing.T) {
	r := run(t, disseminate("flood", "line", 2, nil))
	if r.Metrics["t50"] != 0 || r.Metrics["t90"] != 10 {
		t.Errorf("got t50 %v, t90 %v, want 0 and 10", r.Metrics["t50"], r.Metrics["t90"])
	}
}

// TestTimeLimit: if a value is in flight at the time limit, the outcome is unknown.
func TestTimeLimit(t *testing.T) {
	tr := disseminate("flood", "line", 4, nil)
	tr.TimeLimit = 25 * msec
	r := run(t, tr)
	if r.Outcome != trial.Unknown || r.Metrics["coverage"] != 0.75 {
		t.Errorf("got %s with coverage %v, want unknown with 0.75", r.Outcome, r.Metrics["coverage"])
	}
}

// TestInfectAndDie: with fanout f the share c = 1 − e^(−fc) is reached: .796812 for 2,
// .980173 for 4 (Eugster et al. 2004). Among 20,000 nodes the share of one run has a
// standard deviation of at most about .005.
func TestInfectAndDie(t *testing.T) {
	for fanout, want := range map[string]float64{"2": 0.796812, "4": 0.980173} {
		trial := disseminate("gossip", "star", 20_000, map[string]string{
			"interval": "0s", "peers": "random", "fanout": fanout, "payload": "delta", "idle": "silent",
		})
		sum, n := 0.0, 0.0
		for trial.Seed = range 5 {
			if c := run(t, trial).Metrics["coverage"]; c > 0.5 { // else it died out in its first steps
				sum, n = sum+c, n+1
			}
		}
		if got := sum / n; math.Abs(got-want) > 0.01 {
			t.Errorf("fanout %s: coverage %v, want %v", fanout, got, want)
		}
	}
}

// means is the number of seeds over which TestRounds takes the mean.
var means = flag.Int("means", 200, "how many seeds TestRounds takes the mean of; from 1000 on, ten thousand nodes too")

// TestRounds: if all nodes are always active, the mean number of rounds until all of a
// thousand nodes have the value is 18.04 by push (log₂n + ln n + O(1), Pittel 1987),
// 13.76 by pull, 9.16 by push-pull (log₃n + O(ln ln n), Karp et al. 2000), and 23.69 by
// push for ten thousand. The figures come from bareRounds, over 60,000 seeds (8,000 for
// ten thousand nodes), with standard errors of .005 and .015. bareRounds also runs beside
// the trials. The test allows five standard errors.
func TestRounds(t *testing.T) {
	for _, tt := range []struct {
		mode  string
		nodes int
		want  float64
	}{{"push", 1000, 18.04}, {"pull", 1000, 13.77}, {"push-pull", 1000, 9.15}, {"push", 10_000, 23.69}} {
		if tt.nodes > 1000 && *means < 1000 {
			continue
		}
		trial := disseminate("gossip", "star", tt.nodes, map[string]string{
			"mode": tt.mode, "fanout": "1", "interval": "10ms", "peers": "random",
		})
		trial.Rounds, trial.Until = "synchronous", "complete"
		mean, deviation := sample(*means, func(seed uint64) float64 {
			trial.Seed = seed
			return run(t, trial).Metrics["rounds"]
		})
		bare, bareDeviation := sample(*means, func(seed uint64) float64 {
			return float64(bareRounds(tt.nodes, tt.mode, rand.New(rand.NewPCG(seed, 1))))
		})
		root := math.Sqrt(float64(*means))
		t.Logf("%s, %d nodes: %.3f ± %.3f rounds over %d seeds, want %.2f; a bare loop has %.3f ± %.3f",
			tt.mode, tt.nodes, mean, deviation/root, *means, tt.want, bare, bareDeviation/root)
		if math.Abs(mean-tt.want) > 5*deviation/root || math.Abs(mean-bare) > 5*math.Hypot(deviation, bareDeviation)/root {
			t.Errorf("%s, %d nodes: got %.3f ± %.3f rounds, want %.2f; a bare loop has %.3f",
				tt.mode, tt.nodes, mean, deviation/root, tt.want, bare)
		}
	}
}

// bareRounds is the textbook's model only: in each round every node contacts a random
// other one, and transfers use the state before the round.
func bareRounds(nodes int, mode string, r *rand.Rand) int {
	since := make([]int, nodes) // the round after which a node has the value
	for i := range since {
		since[i] = math.MaxInt
	}
	since[0] = 0
	for round, known := 1, 1; ; round++ {
		for a := range nodes {
			b := (a + 1 + r.IntN(nodes-1)) % nodes
			for _, tells := range []struct {
				from, to int
				does     bool
			}{{a, b, mode != "pull"}, {b, a, mode != "push"}} {
				if tells.does && since[tells.from] < round && since[tells.to] == math.MaxInt {
					since[tells.to] = round
					known++
				}
			}
		}
		if known == nodes {
			return round
		}
	}
}

// TestRequestsArriveInTheirRound: requests arrive in their round, also those that no
// timer caused.
func TestRequestsArriveInTheirRound(t *testing.T) {
	trial := disseminate("flood", "line", 2, nil)
	trial.Rounds = "synchronous"
	c, err := newCluster(&trial)
	if err != nil {
		t.Fatal(err)
	}
	newDissemination(c)
	c.self = 0
	c.Send(1, broadcast.Message{})
	if more := c.endRound(); more || c.count.received != 1 {
		t.Errorf("received %d, more to come: %v; want 1 and no more", c.count.received, more)
	}
}

func sample(n int, draw func(uint64) float64) (mean, deviation float64) {
	var sum, squares float64
	for seed := range uint64(n) {
		x := draw(seed)
		sum += x
		squares += x * x
	}
	mean = sum / float64(n)
	return mean, math.Sqrt(squares/float64(n) - mean*mean)
}

// idle returns a cluster under Maelstrom's rule whose nodes do nothing by themselves, and
// the times at which it answers clients.
func idle(t *testing.T) (c *cluster, answers *[]string) {
	trial := disseminate("flood", "line", 3, nil)
	trial.Workload, trial.Latency = "broadcast", 100*msec
	c, err := newCluster(&trial)
	if err != nil {
		t.Fatal(err)
	}
	c.plan()
	c.receivers = make([]receiver, 3)
	answers = &[]string{}
	c.answer = func(thread int32, op uint32) {
		*answers = append(*answers, fmt.Sprintf("c%d %v", thread, c.queue.now))
	}
	return c, answers
}

// TestHeadOfLine: n1 takes a message at 0 and sleeps until 100 ms. A client's request to
// n1 at 10 ms waits until then; one to n2 does not.
func TestHeadOfLine(t *testing.T) {
	c, answers := idle(t)
	c.self = 0
	c.Send(1, broadcast.Message{})
	c.queue.push(10*msec, enter, event{})
	c.run(func(event) {
		c.ask(1, 7, 1)
		c.ask(2, 8, 1)
	})
	if got := strings.Join(*answers, ", "); got != "c8 10ms, c7 100ms" {
		t.Errorf("got %s, want c8 10ms, c7 100ms", got)
	}
}

// TestPartitionAtTake: the first message is taken before the partition and arrives. The
// second one is taken at 100 ms, during the partition, and dropped, although it was sent
// before.
func TestPartitionAtTake(t *testing.T) {
	for _, rule := range []struct {
		name string
		want uint64
	}{{"maelstrom", 1}, {"ideal", 0}} {
		c, _ := idle(t)
		if rule.name == "ideal" { // decided on arrival
			c.receivers = nil
		}
		c.self = 0
		c.Send(1, broadcast.Message{})
		c.Send(1, broadcast.Message{Seq: 1})
		c.nemesis.faults = []workload.Fault{{Kind: "partition", Starts: true, Cut: network.Apart(3, []broadcast.NodeID{0})}}
		c.queue.push(50*msec, strike, event{})
		c.run(func(event) {})
		if c.count.sent != 2 || c.count.received != rule.want {
			t.Errorf("%s: sent %d, received %d, want 2 and %d", rule.name, c.count.sent, c.count.received, rule.want)
		}
	}
}

// TestPause: messages to a paused node wait, and are handled in order when the pause
// ends.
func TestPause(t *testing.T) {
	c, answers := idle(t)
	c.nemesis.faults = []workload.Fault{{Kind: "pause", Starts: true, Nodes: []broadcast.NodeID{1}}, {Kind: "pause"}}
	c.queue.push(0, strike, event{ref: 0})
	c.queue.push(300*msec, strike, event{ref: 1})
	c.self = 0
	c.Send(1, broadcast.Message{Values: []broadcast.Value{0}})
	c.queue.push(200*msec, enter, event{})
	c.run(func(event) { c.ask(1, 7, 1) })
	if got := strings.Join(*answers, ", "); got != "c7 300ms" {
		t.Errorf("got %s, want c7 300ms", got)
	}
	// n1 passes the value on at 300 ms; it arrives at n2 at 400 ms.
	if c.queue.now != 400*msec || c.nodes[2].strategy.Values().Len() != 1 {
		t.Errorf("n2 has %d values at %v, want one at 400ms", c.nodes[2].strategy.Values().Len(), c.queue.now)
	}
}

// TestKill: a killed node forgets everything and receives nothing until it is started
// again.
func TestKill(t *testing.T) {
	c, answers := idle(t)
	c.nemesis.faults = []workload.Fault{{Kind: "kill", Starts: true, Nodes: []broadcast.NodeID{1}}, {Kind: "kill"}}
	c.broadcast(1, 5)
	c.queue.push(10*msec, strike, event{ref: 0})
	c.queue.push(20*msec, enter, event{})
	c.queue.push(30*msec, strike, event{ref: 1})
	c.run(func(event) { c.ask(1, 7, 1) })
	if len(*answers) != 0 || c.nodes[1].strategy.Values().Len() != 0 || c.nodes[0].strategy.Values().Len() != 1 {
		t.Errorf("got answers %v, n1 has %d values, n0 has %d; want none, 0, 1", *answers,
			c.nodes[1].strategy.Values().Len(), c.nodes[0].strategy.Values().Len())
	}
}

// TestSameBytes: the same seed gives the same bytes, however many trials run at once and
// in whatever order. Every other result depends on this.
func TestSameBytes(t *testing.T) {
	var trials []trial.Trial
	for seed := range uint64(4) {
		for _, nemesis := range []string{"none", "partition+kill+pause", "slow+one-way"} {
			trial := challenge()
			trial.TimeLimit, trial.Nemesis, trial.NemesisInterval = 3*time.Second, nemesis, time.Second
			trial.Loss, trial.Duplicate, trial.LatencyDist = 0.1, 0.1, "exponential"
			trial.Strategy, trial.Params = "gossip", params("gossip", map[string]string{"mode": "push-pull", "payload": "delta"})
			trial.Seed = seed
			trials = append(trials, trial)
		}
	}
	sweep := func(parallel int) []byte {
		var all []byte
		err := runner.All(context.Background(), trials, map[string]runner.Backend{"sim": New(Options{})}, runner.Options{Parallel: parallel},
			func(r trial.Result) error { all = append(r.AppendJSON(all), '\n'); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	first := sweep(1)
	for _, parallel := range []int{1, 2} {
		if again := sweep(parallel); !bytes.Equal(first, again) {
			t.Errorf("-j %d: other bytes than before:\n%s", parallel, cmp.Diff(strings.Split(string(first), "\n"), strings.Split(string(again), "\n")))
		}
	}
	trials[0], trials[5] = trials[5], trials[0]
	if again := sweep(2); len(again) != len(first) || bytes.Equal(first, again) {
		t.Errorf("results do not come in the order of trials")
	}
}

// TestSteadyState: after warm-up no message allocates: a run with many more messages has
// hardly more allocations.
func TestSteadyState(t *testing.T) {
	trial := disseminate("gossip", "star", 1000, map[string]string{"peers": "random", "interval": "10ms"})
	allocs := func(limit time.Duration) (allocs float64, sent float64) {
		trial.TimeLimit = limit
		allocs = testing.AllocsPerRun(1, func() { sent = run(t, trial).Metrics["msgs-per-broadcast"] })
		return allocs, sent
	}
	few, fewSent := allocs(time.Second)
	many, manySent := allocs(5 * time.Second)
	if perMessage := (many - few) / (manySent - fewSent); perMessage > 0.001 {
		t.Errorf("%.0f messages more took %.0f allocations more: %.4f each", manySent-fewSent, many-few, perMessage)
	}
}

// TestTrace: a trace has every event that a trial counts.
func TestTrace(t *testing.T) {
	var trace bytes.Buffer
	b := New(Options{Trace: &trace})
	if _, err := b.Run(context.Background(), disseminate("flood", "line", 3, nil)); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/line.trace")
	if err != nil {
		t.Fatal(err)
	}
	if got := trace.String(); got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestPlumtreeTies: without jitter, answers arrive in the instant in which timers are
// due, and Plumtree costs what it costs with jitter. Real Maelstrom had 154 to 165
// messages per op on a complete graph and 25.5 to 25.8 on the grid. Seeds differ by about
// a twentieth.
func TestPlumtreeTies(t *testing.T) {
	for topology, want := range map[string]float64{"total": 155, "grid": 25.7} {
		for _, jitter := range []time.Duration{0, trial.Default().Jitter} {
			trial := challenge()
			trial.Strategy, trial.Params = "plumtree", params("plumtree", nil)
			trial.Topology, trial.Jitter = topology, jitter
			if got := run(t, trial).Metrics["msgs-per-op"]; got < .9*want || got > 1.1*want {
				t.Errorf("%s, jitter %v: got %v messages an op, want %v ± 10 %%", topology, jitter, got, want)
			}
		}
	}
}
