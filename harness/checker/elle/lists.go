package elle

import (
	"fmt"
	"slices"
)

// Lists finds the anomalies of transactions that read lists and append to them. Each
// element is appended to a list once. inTime adds the order of real time.
//
// Source: elle/src/elle/list_append.clj.
func Lists(txns []Txn, inTime bool) Analysis {
	x := newIndex(txns, "append")
	for i, t := range txns {
		if t.Outcome != Committed {
			continue
		}
		if why := insideLists(t.Mops); why != "" {
			x.add("internal", Case{[]int{i}, why})
		}
		if why := futureRead(t.Mops); why != "" {
			x.add("future-read", Case{[]int{i}, why})
		}
		for _, m := range t.Mops {
			if m.F == "r" {
				x.readList(i, m)
			}
		}
	}
	orders := x.orders()
	for key, order := range orders {
		x.Broken = x.Broken || slices.ContainsFunc(order, func(e int64) bool {
			_, written := x.writer[version{key, e}]
			return !written
		})
	}
	x.dirtyUpdates(orders)
	x.lostUpdates(text)
	x.search(x.listGraph(orders), txns, inTime)
	return *x.Analysis
}

// elements returns the elements of a read.
func elements(m Mop) []int64 {
	list, _ := m.Value.([]int64)
	return list
}

func (x *index) readList(i int, m Mop) {
	list := elements(m)
	var twice []int64
	seen := make(map[int64]bool, len(list))
	for j, e := range list {
		if seen[e] {
			twice = append(twice, e)
		}
		seen[e] = true
		x.reads(i, m, e, j == len(list)-1)
	}
	if twice != nil {
		x.add("duplicate-elements", Case{[]int{i}, fmt.Sprintf("T1 read key %d with %v more than once", m.Key, few(twice))})
	}
}

// insideLists returns how a read contradicts what its own transaction read and appended
// before.
func insideLists(mops []Mop) string {
	type state struct {
		list  []int64
		own   bool // list is not shared with a read
		whole bool // list is whole; else it is only the end
	}
	states := map[int64]*state{}
	for _, m := range mops {
		s, known := states[m.Key]
		if m.F == "append" {
			if !known {
				s = &state{own: true}
				states[m.Key] = s
			}
			if !s.own {
				s.list, s.own = slices.Clone(s.list), true
			}
			s.list = append(s.list, m.Value.(int64))
			continue
		}
		list := elements(m)
		if known && s.list != nil {
			end := list[max(0, len(list)-len(s.list)):]
			if !slices.Equal(end, s.list) || s.whole && len(list) != len(s.list) {
				return fmt.Sprintf("T1 read %v of key %d where it must end in %v", few(list), m.Key, few(s.list))
			}
		}
		states[m.Key] = &state{list: list, whole: true} // to Elle, a read of nil says nothing about the next read
	}
	return ""
}

// few returns the end of a long list.
func few(list []int64) []int64 {
	const most = 100
	return list[max(0, len(list)-most):]
}

// futureRead returns how a read shows an element that its own transaction appends later.
func futureRead(mops []Mop) string {
	last := map[version]int{} // place of the append in mops
	for i, m := range mops {
		if m.F == "append" {
			last[version{m.Key, m.Value.(int64)}] = i
		}
	}
	for i, m := range mops {
		if m.F != "r" {
			continue
		}
		for _, e := range elements(m) {
			if last[version{m.Key, e}] > i {
				return fmt.Sprintf("T1 read %d of key %d before it appended it", e, m.Key)
			}
		}
	}
	return ""
}

// orders returns the distinct elements of each key in the order of the longest read. If a
// key has no read and one append, that append is the order.
func (x *index) orders() map[int64][]int64 {
	longest := map[int64][]int64{}
	appends := map[int64][]int64{}
	for _, t := range x.txns {
		for _, m := range t.Mops {
			switch {
			case m.F == "append" && t.Outcome != Aborted:
				appends[m.Key] = append(appends[m.Key], m.Value.(int64))
			case m.F == "r" && t.Outcome == Committed && len(elements(m)) > len(longest[m.Key]):
				longest[m.Key] = elements(m)
			}
		}
	}
	incompatible := map[int64]bool{}
	for i, t := range x.txns {
		for _, m := range t.Mops {
			list, order := elements(m), longest[m.Key]
			if m.F == "r" && t.Outcome == Committed && !incompatible[m.Key] && !slices.Equal(list, order[:len(list)]) {
				incompatible[m.Key] = true
				x.add("incompatible-order", Case{[]int{i}, fmt.Sprintf("T1 read %v of key %d, and another %v", few(list), m.Key, few(order))})
			}
		}
	}
	for key, list := range longest {
		distinct := make([]int64, 0, len(list))
		seen := make(map[int64]bool, len(list))
		for _, e := range list {
			if !seen[e] {
				seen[e] = true
				distinct = append(distinct, e)
			}
		}
		longest[key] = distinct
	}
	for key, list := range appends {
		if longest[key] == nil && len(list) == 1 {
			longest[key] = list
		}
	}
	return longest
}

// dirtyUpdates finds committed transactions that appended after an element of an aborted
// one.
func (x *index) dirtyUpdates(orders map[int64][]int64) {
	for _, key := range sortedKeys(orders) {
		aborted := -1
		for _, e := range orders[key] {
			writer, ok := x.writer[version{key, e}]
			if !ok {
				continue
			}
			switch x.txns[writer].Outcome {
			case Aborted:
				aborted = int(writer)
			case Committed:
				if aborted >= 0 {
					x.add("dirty-update", Case{[]int{aborted, int(writer)}, fmt.Sprintf("T2 appended %d to key %d behind what T1, aborted, had", e, key)})
				}
				aborted = -1
			}
		}
	}
}

// listGraph infers which transaction precedes which.
func (x *index) listGraph(orders map[int64][]int64) *graph {
	g := &graph{size: len(x.txns)}
	place := map[version]int{}
	for key, list := range orders {
		for i, e := range list {
			place[version{key, e}] = i
		}
	}
	readers := map[version][]int32{}
	readNothing := map[int64][]int32{}
	for i, t := range x.txns {
		if t.Outcome != Committed {
			continue
		}
		for _, m := range t.Mops {
			if m.F != "r" {
				continue
			}
			list := elements(m)
			if len(list) == 0 {
				readNothing[m.Key] = append(readNothing[m.Key], int32(i))
				continue
			}
			v := version{m.Key, list[len(list)-1]}
			readers[v] = append(readers[v], int32(i))
			if writer, ok := x.writer[v]; ok && x.txns[writer].Outcome != Aborted {
				g.add(writer, int32(i), wr, why{key: v.key, from: v.value})
			}
		}
	}
	for i, t := range x.txns {
		if t.Outcome == Aborted || g.cut {
			continue
		}
		for _, m := range t.Mops {
			if m.F != "append" {
				continue
			}
			value := m.Value.(int64)
			before := len(orders[m.Key]) // unread elements come after all elements that were read
			if n, known := place[version{m.Key, value}]; known {
				before = n
			}
			if before == 0 {
				for _, r := range readNothing[m.Key] {
					g.add(r, int32(i), rw, why{key: m.Key, to: value, initial: true})
				}
				continue
			}
			v := version{m.Key, orders[m.Key][before-1]}
			w := why{key: m.Key, from: v.value, to: value}
			if writer, ok := x.writer[v]; ok && x.txns[writer].Outcome != Aborted {
				g.add(writer, int32(i), ww, w)
			}
			for _, r := range readers[v] {
				g.add(r, int32(i), rw, w)
			}
		}
	}
	return g
}

func sortedKeys(m map[int64][]int64) []int64 {
	keys := make([]int64, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
