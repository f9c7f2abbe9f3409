package elle

import "fmt"

// Registers finds the anomalies of transactions that read and write registers. Each value
// is written to a register once. inTime adds the order of real time.
//
// Source: elle/src/elle/rw_register.clj with wfr-keys.
func Registers(txns []Txn, inTime bool) Analysis {
	x := newIndex(txns, "w")
	for i, t := range txns {
		if t.Outcome != Committed {
			continue
		}
		if why := insideRegisters(t.Mops); why != "" {
			x.add("internal", Case{[]int{i}, why})
		}
		for _, m := range t.Mops {
			if value, ok := m.Value.(int64); ok && m.F == "r" {
				x.reads(i, m, value, true)
			}
		}
	}
	x.lostUpdates(text)
	x.search(x.registerGraph(), txns, inTime)
	return *x.Analysis
}

// text returns a read value as text.
func text(value any) string {
	if value == nil {
		return "nothing"
	}
	return fmt.Sprint(value)
}

// insideRegisters returns how a read contradicts what its own transaction read or wrote
// before.
func insideRegisters(mops []Mop) string {
	state := map[int64]int64{}
	for _, m := range mops {
		value, some := m.Value.(int64)
		if want, known := state[m.Key]; m.F == "r" && known && (!some || value != want) {
			return fmt.Sprintf("T1 read %s of key %d where it must be %d", text(m.Value), m.Key, want)
		}
		if some {
			state[m.Key] = value
		} else {
			delete(state, m.Key) // to Elle, a read of nil says nothing about the next read
		}
	}
	return ""
}

// external returns the first reads of keys that a transaction has not written before, and
// its last writes of keys, both in order of the first mention of the key. written maps a
// key to its index in writes.
func external(mops []Mop) (reads, writes []Mop, written map[int64]int) {
	touched := make(map[int64]bool, len(mops))
	written = make(map[int64]int, len(mops))
	for _, m := range mops {
		switch i, again := written[m.Key]; {
		case m.F != "r" && again:
			writes[i] = m
		case m.F != "r":
			written[m.Key] = len(writes)
			writes = append(writes, m)
		case !touched[m.Key]:
			reads = append(reads, m)
		}
		touched[m.Key] = true
	}
	return reads, writes, written
}

// registerGraph infers which transaction precedes which.
func (x *index) registerGraph() *graph {
	g := &graph{size: len(x.txns)}
	readers := map[version][]int32{}
	readNothing := map[int64][]int32{} // by key
	writers := map[version]int32{}
	var written []version // in order of the writes
	var follows [][2]version
	for i, t := range x.txns {
		if t.Outcome != Committed {
			continue
		}
		reads, writes, left := external(t.Mops)
		for _, w := range writes {
			v := version{w.Key, w.Value.(int64)}
			writers[v] = int32(i)
			written = append(written, v)
		}
		for _, r := range reads {
			value, some := r.Value.(int64)
			if !some {
				readNothing[r.Key] = append(readNothing[r.Key], int32(i))
				continue
			}
			v := version{r.Key, value}
			readers[v] = append(readers[v], int32(i))
			if j, also := left[r.Key]; also {
				follows = append(follows, [2]version{v, {r.Key, writes[j].Value.(int64)}})
			}
		}
	}
	for _, v := range written {
		if g.cut {
			return g
		}
		for _, r := range readers[v] {
			g.add(writers[v], r, wr, why{key: v.key, from: v.value})
		}
		for _, r := range readNothing[v.key] {
			g.add(r, writers[v], rw, why{key: v.key, to: v.value, initial: true})
		}
	}
	if x.cyclicVersions(follows) {
		return g
	}
	for _, f := range follows {
		to, ok := writers[f[1]]
		if !ok || g.cut {
			continue
		}
		w := why{key: f[0].key, from: f[0].value, to: f[1].value}
		if from, ok := writers[f[0]]; ok {
			g.add(from, to, ww, w)
		}
		for _, r := range readers[f[0]] {
			g.add(r, to, rw, w)
		}
	}
	return g
}

// cyclicVersions reports whether versions of a key follow one another in a cycle. Then
// nothing can be inferred from their order.
func (x *index) cyclicVersions(follows [][2]version) bool {
	ids := map[version]int32{}
	var versions []version
	id := func(v version) int32 {
		n, known := ids[v]
		if !known {
			n = int32(len(ids))
			ids[v] = n
			versions = append(versions, v)
		}
		return n
	}
	g := &graph{}
	for _, f := range follows {
		g.add(id(f[0]), id(f[1]), ww, why{})
	}
	g.size = len(ids)
	g.seal()
	all := make([]int32, g.size)
	for i := range all {
		all[i] = int32(i)
	}
	components := g.components(ww, all, nil)
	for _, component := range components {
		var values []int64
		for _, n := range component {
			values = append(values, versions[n].value)
		}
		x.add("cyclic-versions", Case{Why: fmt.Sprintf("the values %v of key %d follow one another in a circle", few(values), versions[component[0]].key)})
	}
	return len(components) > 0
}
