package network

import "time"

// Machine models the processors that all nodes of a real test share: they read, route and
// write messages one after the other. The zero Machine takes no time and handles any
// number of messages at once.
//
// Without this limit, messages that leave in the same instant arrive in the same instant.
// A client's request that waits behind one is handled then, and the node's messages for
// it leave then: with a constant latency all messages get into step and stay in step. On
// real Maelstrom with 25 nodes that flood a complete graph, the 600 messages of such an
// instant take some milliseconds, bursts drift apart, and clients wait 10 ms instead of
// 50. See experiments/agreement.yaml.
type Machine struct {
	Each time.Duration // time per message

	free  time.Duration // when the messages sent so far are handled
	rough time.Duration // the same for a machine as fast as the measured one
	sent  int
	late  int // messages that would have waited for that machine
	worst time.Duration
}

// NewMachine returns a machine that is idle at the time from.
func NewMachine(each, from time.Duration) Machine {
	return Machine{Each: each, free: from, rough: from}
}

// measured is the time of a machine with real Maelstrom for one message between nodes.
// With it the simulator's op latencies are close to Maelstrom's if messages get into
// step: median 7.7 ms and .95 quantile 50 ms, against 10.5 to 12.2 and 49 to 56 in
// Maelstrom; without it 49.5 and 95. If a machine is behind by more than tight, its
// messages no longer leave in one instant. Chosen.
const (
	measured = 10 * time.Microsecond
	tight    = time.Millisecond
)

// Send handles a message that a node sends at the time now, and returns when it leaves.
func (m *Machine) Send(now time.Duration) time.Duration {
	m.sent++
	m.rough = max(m.rough, now) + measured
	if m.rough-now > tight {
		m.late++
	}
	if m.Each == 0 {
		return now
	}
	m.free = max(m.free, now) + m.Each
	m.worst = max(m.worst, m.free-now)
	return m.free
}

// InStep returns the share of messages that left together with more than a real machine
// handles at once: after at least a hundred others. It is 0 if the machine has a limit.
func (m *Machine) InStep() float64 {
	if m.sent == 0 || m.Each > 0 {
		return 0
	}
	return float64(m.late) / float64(m.sent)
}

// Behind returns the greatest delay of the machine.
func (m *Machine) Behind() time.Duration { return m.worst }
