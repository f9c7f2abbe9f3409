package raft_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gossipbench/strategies/raft"
)

// Three nodes in one program agree on two commands; messages arrive at once. A real
// program runs one node, writes Save to disk, and calls Tick at the Deadline.
func Example() {
	var nodes []*raft.Node
	var disks [3]raft.Saved
	for id := range raft.NodeID(3) {
		n, err := raft.New(0, raft.Config{
			Self: id, Nodes: 3, Election: time.Second, Heartbeat: 100 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, uint64(id))),
		}, raft.Saved{})
		if err != nil {
			fmt.Println(err)
			return
		}
		nodes = append(nodes, n)
	}

	// settle handles all outputs until there are none.
	settle := func(now time.Duration) {
		for busy := true; busy; {
			busy = false
			for id, n := range nodes {
				out := n.Output()
				if out.Save != nil {
					out.Save.Apply(&disks[id]) // before the rest
				}
				for _, e := range out.Committed {
					if id == 1 && len(e.Command) > 0 {
						fmt.Printf("n1 applies %s\n", e.Command)
					}
				}
				for _, a := range out.Answers {
					fmt.Printf("read %d may be answered: %v\n", a.ID, a.OK)
				}
				for _, m := range out.Messages {
					nodes[m.To].Step(now, m)
					busy = true
				}
			}
		}
	}

	now := nodes[0].Deadline()
	nodes[0].Tick(now)
	settle(now)
	fmt.Printf("n0 is %v of term %d\n", nodes[0].Role(), nodes[0].Term())

	nodes[0].Propose(now, []byte("x=1"))
	nodes[0].Propose(now, []byte("y=2"))
	nodes[0].Read(now, 7)
	settle(now)

	now = nodes[0].Deadline()
	nodes[0].Tick(now)
	settle(now)
	// Output:
	// n0 is leader of term 1
	// read 7 may be answered: true
	// n1 applies x=1
	// n1 applies y=2
}
