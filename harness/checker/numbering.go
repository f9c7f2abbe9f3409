package checker

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// numbering gives values consecutive ids from 0. Small integers, which our backends and
// Maelstrom broadcast, need no map.
type numbering struct {
	count  int32
	dense  []int32 // 1 + id, by value
	sparse map[int64]int32
	others map[string]int32 // by edn.Value.Key
}

// maxDense bounds the table to 4 MB. Chosen.
const maxDense = 1 << 20

// ofInt returns the id of an integer, or -1.
func (n *numbering) ofInt(v int64) int32 {
	if uint64(v) < uint64(len(n.dense)) {
		return n.dense[v] - 1
	}
	if id, ok := n.sparse[v]; ok {
		return id
	}
	return -1
}

// of returns the id of an op's value, or -1.
func (n *numbering) of(v any) int32 {
	if i, ok := integer(v); ok {
		return n.ofInt(i)
	}
	if len(n.others) == 0 {
		return -1
	}
	if id, ok := n.others[history.ValueOf(v).Key()]; ok {
		return id
	}
	return -1
}

// add gives an id to a value that has none.
func (n *numbering) add(v any) int32 {
	id := n.count
	n.count++
	i, ok := integer(v)
	switch {
	case !ok:
		if n.others == nil {
			n.others = map[string]int32{}
		}
		n.others[history.ValueOf(v).Key()] = id
	case 0 <= i && i < maxDense:
		for int64(len(n.dense)) <= i {
			n.dense = append(n.dense, 0)
		}
		n.dense[i] = id + 1
	default:
		if n.sparse == nil {
			n.sparse = map[int64]int32{}
		}
		n.sparse[i] = id
	}
	return id
}

// integer returns an op's value if it is an integer.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case edn.Value:
		return v.Int()
	}
	return 0, false
}
