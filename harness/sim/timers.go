package sim

import "gossipbench/strategies/broadcast"

// timers holds the pending timers.
type timers struct {
	all  []broadcast.Timer
	free []uint32
}

func (s *timers) hold(t broadcast.Timer) uint32 {
	if n := len(s.free); n > 0 {
		ref := s.free[n-1]
		s.free = s.free[:n-1]
		s.all[ref] = t
		return ref
	}
	s.all = append(s.all, t)
	return uint32(len(s.all) - 1)
}

func (s *timers) take(ref uint32) broadcast.Timer {
	s.free = append(s.free, ref)
	return s.all[ref]
}
