package checker

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

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
type sums struct{ up, down edn.Integer }

func (s *sums) add(delta edn.Integer) {
	if delta.Sign() > 0 {
		s.up = s.up.Plus(delta)
	} else {
		s.down = s.down.Plus(delta)
	}
}

// add takes the next op of the history; the process of the completion of an add
// had asked for delta.
func (s *staleReads) add(op history.Op, delta edn.Integer) {
	switch {
	case !op.Client():
	case op.F == "add" && op.Type == history.Invoke:
		asked, _ := history.ValueOf(op.Value).Integer()
		s.asked.add(asked)
	case op.F == "add" && op.Type == history.OK:
		s.known.add(delta)
	case op.F == "add" && op.Type == history.Fail:
		s.failed.add(delta)
	case op.F == "read" && op.Type == history.Invoke:
		if s.began == nil {
			s.began = map[int]sums{}
		}
		s.began[op.Process] = s.known
	case op.F == "read" && op.Type == history.OK:
		value, isInt := history.ValueOf(op.Value).Integer()
		known, began := s.began[op.Process]
		if !isInt || !began {
			return
		}
		s.reads++
		// All others may have happened before the read, or not.
		least := known.up.Plus(s.asked.down).Minus(s.failed.down)
		most := known.down.Plus(s.asked.up).Minus(s.failed.up)
		if value.Compare(least) < 0 && known.up.Sign() > 0 || value.Compare(most) > 0 && known.down.Sign() < 0 {
			s.stale++
		}
	}
}
