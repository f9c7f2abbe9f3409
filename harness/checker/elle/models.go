package elle

import (
	"maps"
	"slices"
	"strings"
)

// The lattice of consistency models and anomalies is Elle's, for the anomalies that we
// find: which models a model implies (weaker), which anomalies an anomaly is a case of
// (caseOf), and which anomalies a model forbids beyond those of the models that it
// implies (forbids). Models have Elle's friendly names: PL-2 is read-committed, PL-3 is
// serializable.
//
// Sources: Adya, "Weak Consistency", 1999; Bailis et al., "Highly Available
// Transactions", VLDB 2013; Cerone, Bernardi and Gotsman, CONCUR 2015; collected in
// elle/src/elle/consistency_model.clj, Elle 0.2.
var (
	weaker = rows(`
		consistent-view: cursor-stability monotonic-view
		cursor-stability: read-committed
		forward-consistent-view: consistent-view
		read-committed: read-uncommitted
		update-serializable: forward-consistent-view
		monotonic-atomic-view: read-committed
		monotonic-view: read-committed
		monotonic-snapshot-read: read-committed
		parallel-snapshot-isolation: causal-cerone update-atomic
		causal-cerone: read-atomic
		prefix: causal-cerone
		read-atomic: monotonic-atomic-view
		update-atomic: read-atomic
		repeatable-read: cursor-stability monotonic-atomic-view
		serializable: repeatable-read update-serializable snapshot-isolation
		snapshot-isolation: forward-consistent-view monotonic-atomic-view monotonic-snapshot-read parallel-snapshot-isolation prefix
		strong-session-read-uncommitted: read-uncommitted
		strong-session-read-committed: read-committed strong-session-read-uncommitted
		strong-read-uncommitted: strong-session-read-uncommitted
		strong-read-committed: strong-session-read-committed strong-read-uncommitted
		strong-session-snapshot-isolation: snapshot-isolation strong-session-read-committed
		strong-snapshot-isolation: strong-session-snapshot-isolation strong-read-committed
		strong-session-serializable: serializable strong-session-snapshot-isolation
		strong-serializable: serializable strong-snapshot-isolation strong-session-serializable`)

	caseOf = rows(`
		G0: G1c G0-realtime
		G0-realtime: G1c-realtime
		G1a: G1
		G1b: G1
		G1c: G1 G1c-realtime
		G1: G1-realtime
		G1c-realtime: G1-realtime
		G-single-item: G-single G-single-item-realtime G-nonadjacent-item
		G-single-item-realtime: G-single-realtime G-nonadjacent-item-realtime
		G-single: G-nonadjacent G-SIb G-single-realtime
		G-single-realtime: G-nonadjacent-realtime
		G-nonadjacent-item: G-nonadjacent G2-item G-nonadjacent-item-realtime
		G-nonadjacent-item-realtime: G2-item-realtime G-nonadjacent-realtime
		G-nonadjacent: G2 G-nonadjacent-realtime
		G-nonadjacent-realtime: G2-realtime
		G2-item: G2 G2-item-realtime
		G2-item-realtime: G2-realtime
		G2: G2-realtime
		incompatible-order: G1a
		future-read: G1c
		dirty-update: G1a
		lost-update: G2-item`)

	forbids = rows(`
		causal-cerone: internal G1a
		cursor-stability: G1 lost-update
		monotonic-view: G1
		monotonic-snapshot-read: G1
		consistent-view: G1 G-single
		forward-consistent-view: G1 G-SIb
		parallel-snapshot-isolation: internal G1a
		serializable: G1 G2 internal
		read-committed: G1
		read-uncommitted: G0 duplicate-elements cyclic-versions
		prefix: internal G1a
		snapshot-isolation: internal G1 G-nonadjacent
		read-atomic: internal G1a future-read
		repeatable-read: G1 G2-item lost-update
		update-atomic: lost-update
		strong-serializable: G1 G1c-realtime G2-realtime
		strong-read-uncommitted: G0-realtime
		strong-read-committed: G1c-realtime
		strong-snapshot-isolation: internal G1-realtime G-nonadjacent-realtime
		update-serializable: G1`)
)

// friendly maps other names of models to those used here.
var friendly = map[string]string{"strict-serializable": "strong-serializable"}

func rows(text string) map[string][]string {
	all := map[string][]string{}
	for row := range strings.Lines(text) {
		if name, others, found := strings.Cut(strings.TrimSpace(row), ": "); found {
			all[name] = strings.Fields(others)
		}
	}
	return all
}

// reach returns names and everything reachable from them.
func reach(edges map[string][]string, names ...string) map[string]bool {
	all := map[string]bool{}
	left := slices.Clone(names)
	for len(left) > 0 {
		name := left[len(left)-1]
		left = left[:len(left)-1]
		if !all[name] {
			all[name] = true
			left = append(left, edges[name]...)
		}
	}
	return all
}

func reversed(edges map[string][]string) map[string][]string {
	all := map[string][]string{}
	for from, tos := range edges {
		for _, to := range tos {
			all[to] = append(all[to], from)
		}
	}
	return all
}

// Forbidden returns the anomalies that at least one of the models forbids.
func Forbidden(models []string) map[string]bool {
	var names, anomalies []string
	for _, model := range models {
		if name, ok := friendly[model]; ok {
			model = name
		}
		names = append(names, model)
	}
	for model := range reach(weaker, names...) {
		anomalies = append(anomalies, forbids[model]...)
	}
	return reach(reversed(caseOf), anomalies...)
}

// Implied returns the anomalies and everything that they are cases of.
func Implied(anomalies []string) map[string]bool { return reach(caseOf, anomalies...) }

// Broken returns the weakest models that the anomalies violate (not) and all stronger
// ones (alsoNot), each sorted.
func Broken(anomalies []string) (not, alsoNot []string) {
	implied := reach(caseOf, anomalies...)
	var direct []string
	for model, forbidden := range forbids {
		if slices.ContainsFunc(forbidden, func(a string) bool { return implied[a] }) {
			direct = append(direct, model)
		}
	}
	all := reach(reversed(weaker), direct...)
	for _, model := range slices.Sorted(maps.Keys(all)) {
		below := reach(weaker, model)
		delete(below, model)
		if slices.ContainsFunc(slices.Collect(maps.Keys(below)), func(m string) bool { return all[m] }) {
			alsoNot = append(alsoNot, model)
		} else {
			not = append(not, model)
		}
	}
	return not, alsoNot
}
