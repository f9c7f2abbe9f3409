package network

import "time"

// Machine is what the nodes of a real test share: the processors that read, route and
// write the messages between them, one after the other. The zero Machine takes no time
// and carries any number of messages at once.
//
// Without it messages that leave in the same instant come in the same instant, however
// many they are. A client's request that waits for the next of them is handled then,
// and what its node sends for it leaves then: so with a constant latency all messages
// come into step, and stay there. In a test of real Maelstrom, 25 nodes that flood a
// complete graph, the 600 messages of such an instant take some milliseconds, bursts
// drift apart, and clients wait 10 ms and not 50. See experiments/agreement.yaml.
type Machine struct {
	Each time.Duration // what a message takes

	free  time.Duration // when it is done with all that was sent
	rough time.Duration // the same of a machine as fast as one that was measured
	sent  int
	late  int // messages that would have waited for that machine
	worst time.Duration
}

// NewMachine returns a machine that has done nothing before the time from.
func NewMachine(each, from time.Duration) Machine {
	return Machine{Each: each, free: from, rough: from}
}

// measured is what real Maelstrom took of its machine for a message between nodes: with
// it the simulator has nearly the same latencies of ops where messages come in step:
// 7.7 ms in the median and 50 ms in the .95 quantile where Maelstrom has 10.5 to 12.2
// and 49 to 56; without it 49.5 and 95. tight is how
// far behind a machine is when its messages no longer come in one instant. Chosen.
const (
	measured = 10 * time.Microsecond
	tight    = time.Millisecond
)

// Send takes a message that a node sends at the time now, and returns when it sets
// out.
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

// InStep is the share of the messages that left in the company of more than a real
// machine carries at once: behind a hundred others at least. It is 0 where the machine
// is not without limit.
func (m *Machine) InStep() float64 {
	if m.sent == 0 || m.Each > 0 {
		return 0
	}
	return float64(m.late) / float64(m.sent)
}

// Behind is how far behind the machine was at worst.
func (m *Machine) Behind() time.Duration { return m.worst }
