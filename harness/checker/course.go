package checker

import (
	"fmt"
	"maps"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// course follows the clients of a history. Each begins an op, ends it, and only
// then begins the next; where it is otherwise, or where results.edn counts more
// ops, some of the history is missing.
type course struct {
	ops   int
	ended int         // of clients
	open  map[int]int // by process, the index of its op
	wrong string      // what is wrong first, in words
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

// spoilt says what is missing, in a test of such results.
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

// pending tells of the ops that never ended.
func (c *course) pending() string {
	if len(c.open) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s never ended, such as op %d", many(len(c.open), "op"), slices.Min(slices.Collect(maps.Values(c.open))))
}
