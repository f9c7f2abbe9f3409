package reconcile

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"gossipbench/strategies/riblt"
)

// figures prints the measurements of TestSymbols, over 20 runs of each size.
var figures = flag.Bool("figures", false, "print the symbols that differences take, over 20 runs and more of each size")

// pair is two nodes whose messages arrive at once in order of sending, unless they
// are lost. It records timers.
type pair struct {
	nodes   [2]*node
	queue   []sent
	now     time.Duration
	symbols int // sent
	batches int // of symbols
	count   [Round]int
	timers  []broadcast.Timer // to ask again
}

type sent struct {
	to      broadcast.NodeID
	message broadcast.Message
}

type pairEnv struct {
	*pair
	self broadcast.NodeID
}

func (e pairEnv) Now() time.Duration { return e.now }
func (e pairEnv) Send(to broadcast.NodeID, m broadcast.Message) {
	e.queue = append(e.queue, sent{to, m})
	e.count[m.Kind]++
	if m.Kind == Symbols {
		e.symbols += len(m.Values) / 3
		e.batches++
	}
}
func (e pairEnv) After(_ time.Duration, t broadcast.Timer) {
	if t.Kind == Retry {
		e.timers = append(e.timers, t)
	}
}

func newPair(t interface{ Fatal(...any) }, raw map[string]string) *pair {
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	p := &pair{}
	for i := range p.nodes {
		id := broadcast.NodeID(i)
		p.nodes[i] = newNode(broadcast.Config{Self: id, Nodes: 2, Neighbors: []broadcast.NodeID{1 - id}, Rand: broadcast.NewRand(1, id)}, params).(*node)
	}
	return p
}

func (p *pair) as(node broadcast.NodeID) broadcast.Env { return pairEnv{p, node} }

// bring sends values to a node as its clients would.
func (p *pair) bring(node broadcast.NodeID, values ...int64) {
	for _, v := range values {
		p.nodes[node].Broadcast(p.as(node), broadcast.Value(v))
	}
}

// deliver delivers the first message of the queue.
func (p *pair) deliver() {
	s := p.queue[0]
	p.queue = p.queue[1:]
	p.nodes[s.to].Receive(p.as(s.to), 1-s.to, s.message)
}

// meet lets the first node open a session, and runs it to the end.
func (p *pair) meet() {
	p.nodes[0].open(p.as(0), 1)
	for len(p.queue) > 0 {
		p.deliver()
	}
}

// TestMeet tests that one session without losses gives both nodes all values of
// either, wherever they lie, and that a second session finds nothing.
func TestMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfDistinct(rapid.OneOf(rapid.Int64Range(-50, 300), rapid.Int64()), rapid.ID)
		p := newPair(t, nil)
		common := values.Draw(t, "common")
		p.bring(0, common...)
		p.bring(0, values.Draw(t, "first")...)
		p.bring(1, values.Draw(t, "second")...)
		p.bring(1, common...)
		want := slices.Concat(p.nodes[0].values.Log(), p.nodes[1].values.Log())
		slices.Sort(want)
		want = slices.Compact(want)
		p.meet()
		for i, n := range p.nodes {
			if got := slices.Collect(n.values.All()); !slices.Equal(got, want) {
				t.Fatalf("n%d has %v, want %v", i, got, want)
			}
		}
		p.count = [Round]int{}
		if p.meet(); p.count != [Round]int{Symbols: 1} {
			t.Fatalf("the second session sent %v messages of each kind, want one of symbols", p.count)
		}
	})
}

// TestSymbols tests that a session takes at most 1.5 symbols on average for each
// item of a difference of 100 items or more, including wasted symbols. Neither
// common values nor the sides of the difference matter.
func TestSymbols(t *testing.T) {
	for _, tt := range []struct{ items, runs int }{{100, 150}, {150, 50}, {200, 50}, {300, 30}, {500, 20}, {1000, 20}, {3000, 3}, {10_000, 1}} {
		if *figures {
			tt.runs = max(tt.runs, 20)
		}
		var shares []float64
		var sum float64
		batches := 0
		for run := range tt.runs {
			r := rand.New(rand.NewPCG(uint64(run), uint64(tt.items)))
			p := newPair(t, nil)
			first := r.IntN(tt.items + 1)
			for i := range tt.items + 2000 {
				v := int64(r.Uint64() >> 1)
				if i >= tt.items || i < first {
					p.bring(0, v)
				}
				if i >= tt.items || i >= first {
					p.bring(1, v)
				}
			}
			p.meet()
			if p.nodes[0].values.Len() != tt.items+2000 || p.nodes[1].values.Len() != tt.items+2000 {
				t.Fatalf("%d items, run %d: got %d and %d values", tt.items, run, p.nodes[0].values.Len(), p.nodes[1].values.Len())
			}
			share := float64(p.symbols) / float64(tt.items)
			shares = append(shares, share)
			sum += share
			batches += p.batches
		}
		slices.Sort(shares)
		mean := sum / float64(tt.runs)
		if *figures {
			fmt.Printf("%5d items, %3d runs: symbols an item: mean %.3f, p50 %.3f, p90 %.3f, max %.3f; %.1f batches\n", tt.items, tt.runs,
				mean, shares[tt.runs/2], shares[tt.runs*9/10], shares[tt.runs-1], float64(batches)/float64(tt.runs))
		}
		if mean > 1.5 {
			t.Errorf("%d items: %.3f symbols each, want at most 1.5", tt.items, mean)
		}
	}
}

// TestNewsDoesNotSpoilASession tests that values that arrive at either side during
// a session wait for the next one.
func TestNewsDoesNotSpoilASession(t *testing.T) {
	p := newPair(t, nil)
	next := int64(0)
	news := func(node broadcast.NodeID, count int) {
		for range count {
			p.bring(node, next)
			next++
		}
	}
	news(0, 150)
	news(1, 150)
	p.nodes[0].open(p.as(0), 1)
	for len(p.queue) > 0 {
		news(0, 3)
		news(1, 2)
		p.deliver()
	}
	if p.batches < 3 || p.symbols > 600 {
		t.Errorf("%d symbols in %d batches, want at most 600, in several", p.symbols, p.batches)
	}
	for i, n := range p.nodes {
		for v := range broadcast.Value(300) {
			if !n.values.Has(v) {
				t.Fatalf("n%d lacks %d, which was there when the session began", i, v)
			}
		}
	}
}

// TestCrossing opens sessions in both directions at once. Both need more symbols.
// One session remains: the one that the higher node decodes.
func TestCrossing(t *testing.T) {
	p := newPair(t, nil)
	for v := range int64(200) {
		p.bring(broadcast.NodeID(v%2), v)
	}
	p.nodes[0].open(p.as(0), 1)
	p.nodes[1].open(p.as(1), 0)
	for range 4 { // both openings, both questions
		p.deliver()
	}
	if p.count[More] != 2 || p.nodes[0].sessions[1] != nil || p.nodes[1].sessions[0] == nil {
		t.Fatalf("n0 decodes: %v, n1 decodes: %v, after %d questions, want n1 alone, after 2",
			p.nodes[0].sessions[1] != nil, p.nodes[1].sessions[0] != nil, p.count[More])
	}
	if !p.nodes[0].busy(p.as(0), 1) || !p.nodes[1].busy(p.as(1), 0) {
		t.Errorf("one of them is not busy")
	}
	for len(p.queue) > 0 {
		p.deliver()
	}
	if p.nodes[0].values.Len() != 200 || p.nodes[1].values.Len() != 200 || p.nodes[0].busy(p.as(0), 1) || p.nodes[1].busy(p.as(1), 0) {
		t.Errorf("they have %d and %d values, want 200, and not to be busy", p.nodes[0].values.Len(), p.nodes[1].values.Len())
	}
}

// TestGivesUp restarts the opener in the middle of a session, so that its answers
// no longer match. The decoder asks four times, and then starts again.
func TestGivesUp(t *testing.T) {
	p := newPair(t, nil)
	for v := range int64(200) {
		p.bring(broadcast.NodeID(v%2), v)
	}
	p.nodes[0].open(p.as(0), 1)
	p.deliver()
	fresh := newPair(t, nil)
	p.nodes[0] = fresh.nodes[0]
	for v := range int64(300) {
		p.bring(0, 1000+v)
	}
	for asked := 1; asked <= attempts; asked++ {
		for len(p.queue) > 0 {
			p.deliver()
		}
		if p.count[More] != asked || p.count[Symbols] != 1 || p.nodes[1].sessions[0] == nil {
			t.Fatalf("%d questions and %d answers, want %d and none", p.count[More], p.count[Symbols]-1, asked)
		}
		last := len(p.timers) - 1
		p.nodes[1].Expire(p.as(1), p.timers[last])
		p.nodes[1].Expire(p.as(1), p.timers[last]) // a stale timer must do no harm
	}
	if p.nodes[1].sessions[0] != nil {
		t.Fatalf("goes on after %d questions", p.count[More])
	}
	p.meet()
	if p.nodes[0].values.Len() != 500-100 || p.nodes[1].values.Len() != 500-100 {
		t.Errorf("they have %d and %d values, want 400", p.nodes[0].values.Len(), p.nodes[1].values.Len())
	}
}

// TestNonsense tests that a session with inconsistent symbols ends by sending
// everything.
func TestNonsense(t *testing.T) {
	p := newPair(t, nil)
	p.bring(0, 1, 2, 3)
	p.bring(1, 3, 4, 5)
	mark := p.nodes[0].bookmark(3)
	number := broadcast.Value(0)
	nonsense := func(from int, count int) broadcast.Message {
		m := broadcast.Message{Kind: Symbols, Seq: mark, Ack: uint64(from)}
		for range 3 * count {
			number++
			m.Values = append(m.Values, number*number)
		}
		return m
	}
	p.nodes[1].Receive(p.as(1), 0, nonsense(0, 10))
	for taken := 10; p.nodes[1].sessions[0] != nil; taken += 10 {
		if taken > 1000 {
			t.Fatal("no end")
		}
		p.nodes[1].Receive(p.as(1), 0, nonsense(taken, 10))
	}
	if p.count[Rumor] != 1 || p.count[Want] != 1 {
		t.Fatalf("got %d rumors and %d wants, want one each", p.count[Rumor], p.count[Want])
	}
	p.queue = p.queue[len(p.queue)-2:]
	for len(p.queue) > 0 {
		p.deliver()
	}
	if p.nodes[0].values.Len() != 5 || p.nodes[1].values.Len() != 5 {
		t.Errorf("they have %v and %v", p.nodes[0].values.Log(), p.nodes[1].values.Log())
	}
}

// TestSessionsAreBounded tests the bounds on sessions, since all nodes of a large
// cluster may open one, or ask for more.
func TestSessionsAreBounded(t *testing.T) {
	const size = 2 * remembered
	params, _ := Spec.Check(nil)
	n := newNode(broadcast.Config{Self: size, Nodes: size + 1, Rand: broadcast.NewRand(1, 0)}, params).(*node)
	env := pairEnv{&pair{}, size}
	for v := range broadcast.Value(3) {
		n.add(v)
	}
	ask := broadcast.Message{Kind: More, Seq: n.bookmark(3), Values: []broadcast.Value{5}}
	for i := range broadcast.NodeID(size) {
		n.Receive(env, i, broadcast.Message{Kind: Symbols, Seq: 5 << 32, Values: []broadcast.Value{7, 7, 7}})
		n.Receive(env, i, ask)
	}
	if len(n.sessions) > parallel || len(n.serving) > remembered {
		t.Errorf("decodes %d sessions and serves %d, want at most %d and %d", len(n.sessions), len(n.serving), parallel, remembered)
	}
	made := n.encoder.Made()
	ask.Ack, ask.Values = uint64(made)+1, []broadcast.Value{1 << 40}
	n.Receive(env, size-1, ask)
	if n.encoder.Made() != made {
		t.Errorf("makes unnecessary symbols: %d", n.encoder.Made())
	}
	ask.Ack = 0
	n.Receive(env, size-1, ask)
	if got := n.encoder.Made(); got != maxBatch {
		t.Errorf("makes %d symbols at a time, want %d", got, maxBatch)
	}
}

// TestPackTwin tests that unpack inverts pack.
func TestPackTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, size := rapid.IntRange(0, 100).Draw(t, "first"), rapid.IntRange(0, 100).Draw(t, "size")
		want := rapid.SliceOf(rapid.Custom(func(t *rapid.T) riblt.Symbol {
			return riblt.Symbol{Sum: rapid.Uint64().Draw(t, "sum"), Check: rapid.Uint32().Draw(t, "check"), Count: rapid.Int64().Draw(t, "count")}
		})).Draw(t, "symbols")
		if got := unpack(pack(nil, want, first, size), first, size); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// TestPlanAdvances tests that for any estimate the next batch has symbols, and not
// too many.
func TestPlanAdvances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		taken := rapid.IntRange(1, 1e6).Draw(t, "taken")
		got := plan(taken, rapid.Float64Range(0, 1e300).Draw(t, "items"), rapid.Float64Range(0, 1).Draw(t, "err"))
		if got <= taken || got > taken+maxBatch {
			t.Fatalf("got %d of %d", got, taken)
		}
	})
}

// TestHistory computes openings by hand. With a mean of 4 and a deviation of 2,
// 1.6·6 + 1 = 10.6. A difference of 16 is 12 off: mean 5.5, deviation 4.5, 1.6·10 +
// 1 = 17. After many equal sets, one symbol is enough. If all differences are 1,000
// items, 1.2·1000 are sent.
func TestHistory(t *testing.T) {
	h := history{mean: 4, deviation: 2}
	if got := h.opening(); got != 10 {
		t.Errorf("at first: got %d, want 10", got)
	}
	if h.note(16); h.opening() != 17 {
		t.Errorf("after 16: got %d, want 17", h.opening())
	}
	for range 100 {
		h.note(0)
	}
	if got := h.opening(); got != 1 {
		t.Errorf("after many of 0: got %d, want 1", got)
	}
	for range 200 {
		h.note(1000)
	}
	if got := h.opening(); got < 1199 || got > 1200 {
		t.Errorf("after many of 1000: got %d, want 1200", got)
	}
	if h = (history{mean: 200, deviation: 100}); h.opening() != maxOpening {
		t.Errorf("200 ± 100: got %d, want %d", h.opening(), maxOpening)
	}
}

// TestForgottenIsLearntAgain tests a promise beyond Spec.Promise: a node that
// restarts without its values recovers all that any node has.
func TestForgottenIsLearntAgain(t *testing.T) {
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Forgetful, seed)
		s.Params["interval"] = "20ms"
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		for v, reached := range o.Reached {
			if reached > 0 && reached < s.Nodes {
				t.Errorf("seed %d: only %d of %d nodes have %d in the end\n%v", seed, reached, s.Nodes, v, s)
			}
		}
	}
}

// TestRest tests that with idle=silent, after losses, no node sends a message or
// sets a timer once all nodes have everything.
func TestRest(t *testing.T) {
	for seed := range uint64(150) {
		s := broadcasttest.Draw(Spec, broadcasttest.Healing, seed)
		s.Params["idle"] = "silent"
		s.Patient = true
		o, err := s.Judge()
		if err != nil {
			t.Error(err)
		}
		if !o.Quiet {
			t.Errorf("seed %d: still not quiet after %v\n%v", seed, o.Elapsed, s)
		}
	}
}

// FuzzMessages sends arbitrary messages of every kind. The node must invent
// nothing, answer each message with at most two, and still complete a session
// afterwards.
func FuzzMessages(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 1, 0, 3, 7, 7, 7, 0, 1, 1, 3, 7, 7, 7})
	f.Add([]byte{1, 3, 0, 1, 100, 3, 0, 0, 1, 5, 3, 0, 0, 0})
	f.Fuzz(func(t *testing.T, input []byte) {
		p := newPair(t, map[string]string{"idle": "silent"})
		p.bring(0, 1, 2, 3)
		for len(input) >= 4 {
			m := broadcast.Message{Kind: broadcast.Kind(input[0] % 8), Ack: uint64(input[2])}
			m.Seq = p.nodes[0].bookmark(int(input[1] % 4))
			if input[1] >= 128 {
				m.Seq = uint64(input[1]) << (input[1] % 64)
			}
			count := min(int(input[3]), len(input)-4)
			for _, b := range input[4 : 4+count] {
				m.Values = append(m.Values, broadcast.Value(int8(b)))
			}
			input = input[4+count:]
			if m.Kind == Rumor {
				continue // the node would accept invented values
			}
			p.queue = nil
			if p.nodes[0].Receive(p.as(0), 1, m); len(p.queue) > 2 {
				t.Errorf("%v is answered by %v", m, p.queue)
			}
			for _, s := range p.queue {
				for _, v := range s.message.Values {
					if s.message.Kind == Rumor && !p.nodes[0].values.Has(v) {
						t.Errorf("%v is answered by %v", m, s.message)
					}
				}
			}
		}
		p.queue = nil
		clear(p.nodes[0].sessions)
		p.bring(1, 3, 4)
		p.meet()
		if p.nodes[0].values.Len() != 4 || p.nodes[1].values.Len() != 4 {
			t.Errorf("they have %v and %v, want 1 to 4", p.nodes[0].values.Log(), p.nodes[1].values.Log())
		}
	})
}
