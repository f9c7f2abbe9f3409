package txn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gossipbench/strategies/txn/keylocks"
)

const lockedByDead = `{"Writer":"n8.0.1","Value":4,"Owner":"n9.0.1","Next":5}`

// TestKeyLocksSteps tests that a transaction makes a record, locks its keys in
// their order, commits by its record, and then removes its locks.
func TestKeyLocksSteps(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	w.start(keylocks.Spec, "n0").ask("c1", `[["w",2,6],["r",1,null]]`)
	w.run(time.Second / 2)
	w.want(
		`n0 cas txn n0.0.1 "pending"`,
		"n0 read key 1", `n0 cas key 1 {"Writer":"","Value":null,"Owner":"n0.0.1"}`,
		"n0 read key 2", `n0 cas key 2 {"Writer":"","Value":null,"Owner":"n0.0.1","Next":6}`,
		`n0 cas txn n0.0.1 "committed"`,
		`c1 [["w",2,6],["r",1,null]]`,
		"n0 read key 1", "n0 read key 2",
		`n0 cas key 1 {"Writer":"","Value":null}`, `n0 cas key 2 {"Writer":"n0.0.1","Value":6}`,
	)
}

// TestKeyLockOfDead tests that the lock of a finished transaction is removed at
// once, with its committed value. A pending one is aborted after its lease.
func TestKeyLockOfDead(t *testing.T) {
	for _, tt := range []struct {
		record, want, cell string
		waits              bool
	}{
		{`"committed"`, `c1 [["r",1,5]]`, `{"Writer":"n9.0.1","Value":5}`, false},
		{`"aborted"`, `c1 [["r",1,4]]`, `{"Writer":"n8.0.1","Value":4}`, false},
		{`"pending"`, `c1 [["r",1,4]]`, `{"Writer":"n8.0.1","Value":4}`, true},
	} {
		t.Run(tt.record, func(t *testing.T) {
			w := &world{t: t, store: map[string]string{"txn n9.0.1": tt.record, "key 1": lockedByDead}}
			w.start(keylocks.Spec, "n0").ask("c1", `[["r",1,null]]`)
			if tt.waits {
				w.run(990 * time.Millisecond) // the lease is a second
				w.answers()
				w.holds("txn n9.0.1", `"pending"`)
			}
			w.run(150 * time.Millisecond)
			w.answers(tt.want)
			w.holds("key 1", tt.cell)
			if tt.waits {
				w.holds("txn n9.0.1", `"aborted"`)
			}
		})
	}
}

// TestKeyLocksApart tests that transactions on different keys do not wait for each
// other.
func TestKeyLocksApart(t *testing.T) {
	w := &world{t: t, store: map[string]string{"txn n9.0.1": `"pending"`, "key 1": lockedByDead}}
	n := w.start(keylocks.Spec, "n0")
	n.ask("c1", `[["w",1,7]]`)
	n.ask("c2", `[["w",2,8]]`)
	w.run(100 * time.Millisecond)
	w.answers(`c2 [["w",2,8]]`)
}

// TestKeyLocksDecision tests that one compare-and-set of the record decides between
// a slow node's commit and its abort by a waiting node.
func TestKeyLocksDecision(t *testing.T) {
	const commit, abort = `n0 cas txn n0.0.1 "committed"`, `n1 cas txn n0.0.1 "aborted"`
	for _, tt := range []struct {
		name  string
		fates []func(string) time.Duration
		want  []string
		cell  string
	}{
		// The commit arrives after n1 has aborted it and appended, so n0 appends
		// again.
		{"abort first", []func(string) time.Duration{always(commit, 3*time.Second)},
			[]string{`c2 [["append",1,9]]`, `c1 [["append",1,5]]`}, `{"Writer":"n0.0.2","Value":[9,5]}`},
		// The commit takes 1.5s; the abort, which starts after a lease, takes
		// longer.
		{"commit first", []func(string) time.Duration{first(commit, 1500*time.Millisecond), first(abort, 900*time.Millisecond)},
			[]string{`c1 [["append",1,5]]`, `c2 [["append",1,9]]`}, `{"Writer":"n1.0.1","Value":[5,9]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{t: t, store: map[string]string{}}
			w.fate = func(line string) time.Duration {
				var late time.Duration
				for _, fate := range tt.fates {
					late = max(late, fate(line))
				}
				return late
			}
			n0, n1 := w.start(keylocks.Spec, "n0"), w.start(keylocks.Spec, "n1")
			n0.ask("c1", `[["append",1,5]]`)
			w.run(50 * time.Millisecond)
			n1.ask("c2", `[["append",1,9]]`)
			w.run(20 * time.Second)
			w.answers(tt.want...)
			w.holds("key 1", tt.cell)
		})
	}
}

// TestKeyLocksCommitUnheard tests that a commit with a lost answer is found, a lost
// commit is repeated, and a commit whose second copy is refused is found. None is
// done twice.
func TestKeyLocksCommitUnheard(t *testing.T) {
	const commit = `n0 cas txn n0.0.1 "committed"`
	for name, spoil := range map[string]func(*world){
		"answer lost":    func(w *world) { w.mute = func(line string) bool { return line == commit } },
		"request lost":   func(w *world) { w.fate = first(commit, -1) },
		"a copy refused": func(w *world) { w.twice = func(line string) bool { return line == commit } },
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, store: map[string]string{}}
			spoil(w)
			w.start(keylocks.Spec, "n0").ask("c1", `[["append",1,5]]`)
			w.run(5 * time.Second)
			w.answers(`c1 [["append",1,5]]`)
			w.holds("key 1", `{"Writer":"n0.0.1","Value":[5]}`)
		})
	}
}

// TestKeyLockTakenUnheard tests that a node whose answer is lost sees that it has
// locked a key.
func TestKeyLockTakenUnheard(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	w.mute = func(line string) bool { return strings.Contains(line, `"Owner":"n0.0.1"`) }
	w.start(keylocks.Spec, "n0").ask("c1", `[["append",1,5]]`)
	w.run(1500 * time.Millisecond)
	w.answers(`c1 [["append",1,5]]`)
	w.holds("key 1", `{"Writer":"n0.0.1","Value":[5]}`)
}

// TestKeyLocksRecordLost tests that a transaction whose record may be missing
// starts again, since it could not commit.
func TestKeyLocksRecordLost(t *testing.T) {
	w := &world{t: t, store: map[string]string{}, fate: first(`n0 cas txn n0.0.1 "pending"`, -1)}
	w.start(keylocks.Spec, "n0").ask("c1", `[["append",1,5]]`)
	w.run(1500 * time.Millisecond)
	w.answers(`c1 [["append",1,5]]`)
	w.holds("key 1", `{"Writer":"n0.0.2","Value":[5]}`)
}

// TestKeyLocksGiveUp tests that a client is answered after four seconds if others
// hold a key all the time. Nothing was done: the record says so, and the locked
// keys are free.
func TestKeyLocksGiveUp(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	turn := func(i int) {
		owner := fmt.Sprintf("n9.0.%d", i)
		w.store["txn "+owner] = `"pending"`
		w.store["key 2"] = fmt.Sprintf(`{"Writer":"n8.0.1","Value":4,"Owner":"%s"}`, owner)
	}
	turn(0)
	w.start(keylocks.Spec, "n0").ask("c1", `[["w",1,5],["w",2,5]]`)
	for i := range 8 { // until 4s
		turn(i)
		w.run(500 * time.Millisecond)
	}
	w.answers()
	turn(8)
	w.run(500 * time.Millisecond)
	w.answers("c1 error 30")
	w.holds("txn n0.0.1", `"aborted"`)
	w.holds("key 1", `{"Writer":"","Value":null}`)
	w.holds("key 2", `{"Writer":"n8.0.1","Value":4,"Owner":"n9.0.8"}`)
}
