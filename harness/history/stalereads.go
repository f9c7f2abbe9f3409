package history

// staleReads counts the reads of a counter that cannot have seen all adds that
// had been acknowledged before they began, final reads included. No checker of
// Maelstrom forbids them.
//
// It counts none too many: a read may miss an acknowledged add and not be found
// out, where adds that were under way or are unknown could make up for it.
type staleReads struct {
	asked, known, failed sums         // of the adds that were invoked; how they ended
	began                map[int]sums // by process, what was known when its read began
	reads, stale         int          // that were ok
}

// sums are of the adds above 0, and of those below.
type sums struct{ up, down int64 }

func (s *sums) add(delta int64) {
	s.up += max(delta, 0)
	s.down += min(delta, 0)
}

// add takes the next op of the history; the process of the completion of an add
// had asked for delta.
func (s *staleReads) add(op Op, delta int64) {
	switch {
	case !op.client():
	case op.F == "add" && op.Type == Invoke:
		asked, _ := op.Value.(int64)
		s.asked.add(asked)
	case op.F == "add" && op.Type == OK:
		s.known.add(delta)
	case op.F == "add" && op.Type == Fail:
		s.failed.add(delta)
	case op.F == "read" && op.Type == Invoke:
		if s.began == nil {
			s.began = map[int]sums{}
		}
		s.began[op.Process] = s.known
	case op.F == "read" && op.Type == OK:
		value, isInt := op.Value.(int64)
		known, began := s.began[op.Process]
		if !isInt || !began {
			return
		}
		s.reads++
		// All others may have happened before the read, or not.
		least := known.up + known.down + (s.asked.down - known.down - s.failed.down)
		most := known.up + known.down + (s.asked.up - known.up - s.failed.up)
		if value < least && known.up > 0 || value > most && known.down < 0 {
			s.stale++
		}
	}
}
