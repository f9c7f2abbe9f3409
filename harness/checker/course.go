package checker

import (
	"fmt"
	"maps"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// course checks that a history is whole: each client ends an op before it begins the next
// one. If not, or if results.edn counts more ops, a part of the history is missing.
type course struct {
	ops   int
	ended int         // ops of clients that ended
	open  map[int]int // index of the op in progress, by process
	wrong string      // the first mistake
}

func (c *course) add(op history.Op) {
	c.ops++
	if !op.Client() {
		return
	}
	if c.open == nil {
		c.open = map[int]int{}
	}
	index, open := c.open[op.Process]
	switch {
	case op.Type == history.Invoke:
		if open && c.wrong == "" {
			c.wrong = fmt.Sprintf("process %d begins op %d before it has ended op %d: the history is not one whole", op.Process, op.Index, index)
		}
		c.open[op.Process] = op.Index
		return
	case !open && c.wrong == "":
		c.wrong = fmt.Sprintf("op %d of process %d ends without having begun: the history is cut off at its start", op.Index, op.Process)
	}
	c.ended++
	delete(c.open, op.Process)
}

// spoilt returns which parts are missing, given the results of the same test.
func (c *course) spoilt(results edn.Value) []string {
	var all []string
	if c.wrong != "" {
		all = append(all, c.wrong)
	}
	counted, ok := results.At("stats", "count").Int()
	switch {
	case !ok || counted == int64(c.ended):
	case counted > int64(c.ended):
		all = append(all, fmt.Sprintf("the history has %s that ended, and results.edn counts %d: it is cut off, or of another test%s", many(c.ended, "op"), counted, c.pending()))
	default:
		all = append(all, fmt.Sprintf("the history has %s that ended, and results.edn counts %d: it is of another test", many(c.ended, "op"), counted))
	}
	return all
}

// pending describes the ops that never ended.
func (c *course) pending() string {
	if len(c.open) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s never ended, such as op %d", many(len(c.open), "op"), slices.Min(slices.Collect(maps.Values(c.open))))
}
