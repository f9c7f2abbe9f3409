package antientropy

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func checked(t testing.TB, raw map[string]string) broadcast.Params {
	t.Helper()
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	return params
}

// TestForgottenIsLearntAgain tests a promise beyond Spec.Promise: a node that
// restarts without its values recovers all that any node has, in modes with pull,
// and in push with idle=always.
func TestForgottenIsLearntAgain(t *testing.T) {
	ran := 0
	for seed := range uint64(300) {
		s := broadcasttest.Draw(Spec, broadcasttest.Forgetful, seed)
		if s.Params.Text("mode") == "push" && s.Params.Text("idle") == "silent" {
			continue
		}
		s.Params["interval"] = "20ms"
		ran++
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
	if ran < 50 {
		t.Errorf("only %d of the scenarios were of this kind", ran)
	}
}

// TestRest tests that with idle=silent, after losses, no node sends a message or
// sets a timer once all nodes have everything.
func TestRest(t *testing.T) {
	ran := 0
	for seed := range uint64(300) {
		s := broadcasttest.Draw(Spec, broadcasttest.Healing, seed)
		if s.Params.Text("idle") != "silent" {
			continue
		}
		ran++
		s.Patient = true
		o, err := s.Judge()
		if err != nil {
			t.Error(err)
		}
		if !o.Quiet {
			t.Errorf("seed %d: still not quiet after %v\n%v", seed, o.Elapsed, s)
		}
	}
	if ran < 50 {
		t.Errorf("only %d of the scenarios were of this kind", ran)
	}
}

// pair is two nodes whose messages arrive at once in order of sending.
type pair struct {
	nodes [2]*node
	queue []sent
	count [Round]int // messages of each kind
	bytes int        // 8 for each number, an approximation
}

type sent struct {
	to      broadcast.NodeID
	message broadcast.Message
}

type pairEnv struct {
	*pair
	self broadcast.NodeID
}

func (e pairEnv) Now() time.Duration { return time.Hour }
func (e pairEnv) Send(to broadcast.NodeID, m broadcast.Message) {
	e.queue = append(e.queue, sent{to, m})
	e.count[m.Kind]++
	e.bytes += 8 * len(m.Values)
}
func (e pairEnv) After(time.Duration, broadcast.Timer) {}

func newPair(t testing.TB, raw map[string]string) *pair {
	p := &pair{}
	for i := range p.nodes {
		id := broadcast.NodeID(i)
		p.nodes[i] = newNode(broadcast.Config{Self: id, Nodes: 2, Neighbors: []broadcast.NodeID{1 - id}, Rand: broadcast.NewRand(1, id)},
			checked(t, raw)).(*node)
	}
	return p
}

// meet lets the first node open a comparison, and runs it to the end.
func (p *pair) meet() {
	p.count, p.bytes = [Round]int{}, 0
	p.nodes[0].open(pairEnv{p, 0}, 1)
	for ; len(p.queue) > 0; p.queue = p.queue[1:] {
		s := p.queue[0]
		p.nodes[s.to].Receive(pairEnv{p, s.to}, 1-s.to, s.message)
	}
}

func (p *pair) bring(node int, values []int64) {
	for _, v := range values {
		p.nodes[node].Broadcast(pairEnv{p, broadcast.NodeID(node)}, broadcast.Value(v))
	}
}

// TestMeet tests that one comparison without losses resolves everything, in each
// mode and with each way to compare, for values anywhere. Push does not transfer
// what only the second node has, pull not what only the first has.
func TestMeet(t *testing.T) {
	for _, compare := range []string{"whole", "checksum", "recent", "ranges"} {
		for _, mode := range []string{"push", "pull", "push-pull"} {
			t.Run(compare+" "+mode, rapid.MakeCheck(func(t *rapid.T) {
				values := rapid.SliceOfDistinct(rapid.OneOf(rapid.Int64Range(-50, 3000), rapid.Int64()), rapid.ID)
				common, first, second := values.Draw(t, "common"), values.Draw(t, "first"), values.Draw(t, "second")
				p := &pair{}
				for i := range p.nodes {
					id := broadcast.NodeID(i)
					params, _ := Spec.Check(map[string]string{"mode": mode, "compare": compare, "window": "0"})
					p.nodes[i] = newNode(broadcast.Config{Self: id, Nodes: 2, Rand: broadcast.NewRand(1, id)}, params).(*node)
				}
				p.bring(0, common)
				p.bring(1, common)
				p.bring(0, first)
				p.bring(1, second)
				had := [2][]broadcast.Value{p.nodes[0].values.Log(), p.nodes[1].values.Log()}
				p.meet()
				for i, gives := range []bool{mode != "push", mode != "pull"} {
					want := slices.Clone(had[i])
					if gives {
						want = append(want, had[1-i]...)
					}
					slices.Sort(want)
					want = slices.Compact(want)
					if got := slices.Collect(p.nodes[i].values.All()); !slices.Equal(got, want) {
						t.Fatalf("n%d has %v, want %v", i, got, want)
					}
				}
				if p.meet(); mode == "push-pull" && p.count[Rumor] > 0 {
					t.Fatalf("the second comparison sent %d rumors, want none", p.count[Rumor])
				}
			}))
		}
	}
}

// TestRangesAreCheap computes by hand what it takes to find one value among 20,000
// that the first node lacks, value 12,345. A range of level 2 has 16,384 values, so
// all values are in one range of level 3 with 2 parts: a level, the prefix 0, a
// mask and 2 sums are sent. The first part differs: its prefix, mask and 16 sums
// come back. Of these the one from 12·1024 on differs: it is listed as 16 words
// with 2 numbers each, after the level, the prefix and the count. Then comes the
// value.
func TestRangesAreCheap(t *testing.T) {
	p := newPair(t, nil)
	for v := range int64(20000) {
		if v != 12345 {
			p.bring(0, []int64{v})
		}
		p.bring(1, []int64{v})
	}
	p.meet()
	if want := 8 * ((1 + 2 + 2) + (1 + 2 + 16) + (1 + 2 + 2*16) + 1); p.bytes != want {
		t.Errorf("%d bytes of numbers, want %d", p.bytes, want)
	}
	if p.count[Ranges] != 3 || p.count[Rumor] != 1 || p.count[Want] != 0 {
		t.Errorf("got %d ranges, %d rumors and %d wants, want 3, 1 and 0", p.count[Ranges], p.count[Rumor], p.count[Want])
	}
}

// TestTreeTwin compares a tree's ranges with a scan of all values.
func TestTreeTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := tree{words: map[uint64]uint64{}}
		values := rapid.SliceOfDistinct(rapid.OneOf(rapid.Int64Range(-100, 5000), rapid.Int64()), rapid.ID).Draw(t, "values")
		for _, v := range values {
			tree.add(broadcast.Value(v))
		}
		level := rapid.IntRange(0, root).Draw(t, "level")
		s := span{level, rapid.Uint64Range(0, 80).Draw(t, "prefix")}
		if len(values) > 0 && rapid.Bool().Draw(t, "inhabited") {
			number, _ := word(broadcast.Value(rapid.SampledFrom(values).Draw(t, "of")))
			s.prefix = number >> (4 * level)
		}
		var want population
		words := map[uint64]uint64{}
		for _, v := range values {
			number, bit := word(broadcast.Value(v))
			if number>>(4*level) == s.prefix {
				want.sum += hash(broadcast.Value(v))
				words[number] |= bit
			}
		}
		want.words = len(words)
		if level == 0 {
			want.sum = 0 // a word has no sum of its own
		}
		list := tree.list(nil, s)
		if got := tree.in(s); level > 0 && got != want || got.words != want.words || len(list) != want.words {
			t.Fatalf("in(%v): got %v, and %d words, want %v", s, got, len(list), want)
		}
		for i, w := range list {
			if words[w.number] != w.bits || i > 0 && list[i-1].number >= w.number {
				t.Fatalf("list(%v): got %v, want %v in order", s, list, words)
			}
		}
		c := tree.cover(s)
		if s.level > c.level || s.prefix>>(4*(c.level-s.level)) != c.prefix || tree.in(c).words != tree.all.words {
			t.Fatalf("cover(%v): got %v, which has %v of %v", s, c, tree.in(c), tree.all)
		}
	})
}

// TestTurnTwin tests that unpack inverts pack.
func TestTurnTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := turn{rapid.Uint16().Draw(t, "id"), rapid.Uint64Range(0, 1000).Draw(t, "number"), rapid.Bool().Draw(t, "done")}
		if got := unpack(want.pack()); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// TestNewsDoesNotSpoilATalk tests that two nodes that differ in one recent value
// finish after their first turns, even if a third sends one of them a value in
// between.
func TestNewsDoesNotSpoilATalk(t *testing.T) {
	p := newPair(t, map[string]string{"compare": "recent"})
	for v := range int64(1000) {
		p.bring(0, []int64{v})
		p.bring(1, []int64{v})
	}
	for _, n := range p.nodes {
		for i := range n.talks.arrived {
			n.talks.arrived[i] = 0 // long ago
		}
	}
	p.bring(1, []int64{1000})
	p.nodes[0].open(pairEnv{p, 0}, 1)
	p.bring(0, []int64{1001})
	p.nodes[1].Receive(pairEnv{p, 1}, 0, p.queue[0].message)
	p.nodes[0].Receive(pairEnv{p, 0}, 1, p.queue[1].message)
	if len(p.queue) != 2 || !p.nodes[0].values.Has(1000) {
		t.Errorf("got %d messages, want 2, and the value 1000 (%v)", len(p.queue), fmt.Sprint(p.nodes[0].values.Has(1000)))
	}
}

// TestTalksAreBounded tests the bound on talks, since all nodes of a large cluster
// may open one.
func TestTalksAreBounded(t *testing.T) {
	const size = 2 * remembered
	n := newNode(broadcast.Config{Self: size, Nodes: size + 1, Rand: broadcast.NewRand(1, 0)}, checked(t, map[string]string{"compare": "recent"})).(*node)
	env := pairEnv{&pair{}, size}
	n.Broadcast(env, 1)
	for i := range broadcast.NodeID(size) {
		n.Receive(env, i, broadcast.Message{Kind: Recent, Seq: 5, Ack: turn{id: 7}.pack()})
	}
	if len(n.talks.open) != remembered || len(n.talks.order) != remembered || env.count[Recent] != size {
		t.Errorf("got %d talks, in order %d, and %d turns, want %d, as many, and %d",
			len(n.talks.open), len(n.talks.order), env.count[Recent], remembered, size)
	}
}

// FuzzNumbers sends arbitrary numbers. The node must give each of its values at
// most once for each range named, invent none, and send at most three messages.
func FuzzNumbers(f *testing.F) {
	f.Add([]byte{}, uint64(0))
	f.Add([]byte{15, 0, 0}, uint64(0))
	f.Add([]byte{2, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 9}, uint64(2))
	f.Add([]byte{1, 0, 254, 0, 7, 1, 7}, uint64(1))
	f.Fuzz(func(t *testing.T, input []byte, step uint64) {
		p := newPair(t, nil)
		for v := range int64(3000) {
			p.bring(0, []int64{v * 3})
		}
		m := broadcast.Message{Ack: step}
		for _, b := range input {
			m.Values = append(m.Values, broadcast.Value(int8(b)))
		}
		for _, m.Kind = range []broadcast.Kind{Ranges, Want} {
			p.queue = nil
			p.nodes[0].Receive(pairEnv{p, 0}, 1, m)
			given := 0
			for _, s := range p.queue {
				if s.message.Kind == Rumor {
					given += len(s.message.Values)
				}
				for _, v := range s.message.Values {
					if s.message.Kind == Rumor && !p.nodes[0].values.Has(v) {
						t.Errorf("gives %d, which it does not have", v)
					}
				}
			}
			if len(p.queue) > 3 || given > 3000*(len(input)+1)*children {
				t.Errorf("sends %d messages, with %d values", len(p.queue), given)
			}
		}
	})
}
