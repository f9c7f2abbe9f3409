package checker

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// staleReads counts the reads of a counter, final or not, that certainly missed an add
// that had been acknowledged before they began. Maelstrom's checkers allow them.
//
// The count is a lower bound: a read that missed an acknowledged add is not detected if
// concurrent or unknown adds can make up for it.
type staleReads struct {
	asked, known, failed sums         // sums of the adds that were invoked, acknowledged, and failed
	began                map[int]sums // by process: the acknowledged sums when its read began
	reads, stale         int          // reads that were OK, and those of them that are stale
}

// sums holds the sum of positive adds and the sum of negative adds.
type sums struct{ up, down edn.Integer }

func (s *sums) add(delta edn.Integer) {
	if delta.Sign() > 0 {
		s.up = s.up.Plus(delta)
	} else {
		s.down = s.down.Plus(delta)
	}
}

// add adds the next op of the history. If op completes an add, delta is the value of that
// add.
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
		// All other adds may or may not have happened before the read.
		least := known.up.Plus(s.asked.down).Minus(s.failed.down)
		most := known.down.Plus(s.asked.up).Minus(s.failed.up)
		if value.Compare(least) < 0 && known.up.Sign() > 0 || value.Compare(most) > 0 && known.down.Sign() < 0 {
			s.stale++
		}
	}
}
