package raft

import (
	"flag"
	"fmt"
	"reflect"
	"testing"
)

var (
	worlds = flag.Int("worlds", 300, "number of random clusters")
	seed   = flag.Int64("seed", -1, "the only random cluster to run, as a failure names it")
)

// seeds returns the seeds of the clusters to run.
func seeds() []uint64 {
	if *seed >= 0 {
		return []uint64{uint64(*seed)}
	}
	all := make([]uint64, *worlds)
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// caught runs a cluster, and turns a panic into an error.
func caught(w *world) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return w.run(40 * w.election)
}

// TestProperties tests random clusters: the properties of figure 3, linearizable
// reads, and agreement after healing.
func TestProperties(t *testing.T) {
	var elections, writes, reads, installed int
	for _, s := range seeds() {
		faults := draw
		if s%2 == 1 {
			faults = storm
		}
		w := newWorld(faults(s), none)
		err := caught(w)
		if err == nil && 4*w.maximum <= w.election {
			err = w.settle()
		}
		if err != nil {
			t.Errorf("%v\n%+v\nrerun: go test ./strategies/raft -run '^TestProperties$' -seed %d", err, w.faults, s)
		}
		elections, writes, reads, installed = elections+w.elections, writes+w.writes, reads+w.reads, installed+w.installed
	}
	t.Logf("%d elections, %d writes, %d reads, %d snapshots installed", elections, writes, reads, installed)
	if n := len(seeds()); n >= 100 && (elections < n || writes < n || reads < n || installed < n) {
		t.Errorf("want at least %d elections, writes, reads and snapshots each: the test proves too little", n)
	}
}

// TestPlantedBugs tests that the clusters find planted bugs.
func TestPlantedBugs(t *testing.T) {
	for _, tt := range []struct {
		name string
		bug  bug
	}{
		{"a vote given twice in one term (§5.2)", forgetVote},
		{"an entry of an old term committed by counting (§5.4.2)", countOldTerms},
		{"a read without a round of heartbeats (§8)", staleRead},
		{"messages before what they promise is durable (§5.1)", sendBeforeSave},
		{"an entry forgotten that was acknowledged (§5.1)", forgetTail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const enough = 1000
			for s := range uint64(enough) {
				if err := caught(newWorld(storm(s), tt.bug)); err != nil {
					t.Logf("seed %d: %v", s, err)
					return
				}
			}
			t.Errorf("not found in %d clusters", enough)
		})
	}
}

// TestSameSeedSameRun tests the promise on which all simulated results rest.
func TestSameSeedSameRun(t *testing.T) {
	for s := range uint64(20) {
		first, second := newWorld(draw(s), none), newWorld(draw(s), none)
		for _, w := range []*world{first, second} {
			if err := caught(w); err != nil {
				t.Fatal(err)
			}
		}
		if first.seq != second.seq || !reflect.DeepEqual(first.committed, second.committed) || !reflect.DeepEqual(first.leaders, second.leaders) {
			t.Errorf("seed %d: %d and %d events, want the same", s, first.seq, second.seq)
		}
	}
}
