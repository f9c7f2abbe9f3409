package raft

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkPropose measures the core: a leader accepts batches of commands of 100
// bytes, and the benchmark counts those that all nodes have applied. Messages are
// function calls, and disks are in memory.
func BenchmarkPropose(b *testing.B) {
	for _, nodes := range []int{1, 3, 5} {
		for _, together := range []int{1, 100} {
			b.Run(fmt.Sprintf("nodes=%d/together=%d", nodes, together), func(b *testing.B) { benchmarkPropose(b, nodes, together) })
		}
	}
}

func benchmarkPropose(b *testing.B, size, together int) {
	var nodes []*Node
	for id := range NodeID(size) {
		c := Config{Self: id, Nodes: size, Election: time.Second, Heartbeat: 100 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, uint64(id)))}
		n, err := New(0, c, Saved{})
		if err != nil {
			b.Fatal(err)
		}
		nodes = append(nodes, n)
	}
	now := nodes[0].Deadline()
	applied := make([]uint64, size)
	settle := func() {
		for busy := true; busy; {
			busy = false
			for id, n := range nodes {
				o := n.Output()
				applied[id] += uint64(len(o.Committed))
				for _, m := range o.Messages {
					nodes[m.To].Step(now, m)
					busy = true
				}
				if n.Length() > 10000 {
					n.Compact(applied[id], nil)
				}
			}
		}
	}
	nodes[0].Tick(now)
	settle()
	command := make([]byte, 100)
	commands := 0
	for b.Loop() {
		for range together {
			nodes[0].Propose(now, command)
			commands++
		}
		settle()
	}
	b.ReportMetric(float64(commands)/b.Elapsed().Seconds(), "commands/s")
	if applied[0] != uint64(commands)+1 {
		b.Errorf("got %d applied, want %d and the term's first entry", applied[0], commands)
	}
}
