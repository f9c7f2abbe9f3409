package txn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/strategies/server"
	"gossipbench/strategies/txn/keylocks"
	"gossipbench/strategies/txn/lock"
)

// TestOps tests that a transaction sees earlier writes and its own, that appends
// make lists, and that an unwritten key is null.
func TestOps(t *testing.T) {
	for _, s := range []server.Spec{lock.Spec, keylocks.Spec} {
		t.Run(s.Name, func(t *testing.T) {
			w := &world{t: t, store: map[string]string{}}
			n := w.start(s, "n0")
			for _, tt := range []struct{ ask, want string }{
				{`[["r",1,null],["w",1,5],["r",1,null],["w",1,6],["r",1,null]]`, `[["r",1,null],["w",1,5],["r",1,5],["w",1,6],["r",1,6]]`},
				{`[["append",2,7],["r",2,null],["append",2,8]]`, `[["append",2,7],["r",2,[7]],["append",2,8]]`},
				{`[["append",2,9],["r",2,null],["r",1,null]]`, `[["append",2,9],["r",2,[7,8,9]],["r",1,6]]`},
				{`[]`, `[]`},
			} {
				n.ask("c1", tt.ask)
				w.run(100 * time.Millisecond)
				w.answers("c1 " + tt.want)
			}
			n.ask("c1", `[["x",1,2]]`)
			w.answers("c1 error 12")
		})
	}
}

// TestKilled kills a node at any time. Another node continues after the lease, and
// sees everything that the first did or nothing; everything, if its client was
// answered.
func TestKilled(t *testing.T) {
	for _, s := range []server.Spec{lock.Spec, keylocks.Spec} {
		for after := range 25 * time.Millisecond / hop { // the time in which it would have finished
			w := &world{t: t, store: map[string]string{}}
			n0, n1 := w.start(s, "n0"), w.start(s, "n1")
			n0.ask("c1", `[["w",1,5],["w",2,6]]`)
			w.run(after * hop)
			n0.dead = true
			answered := slices.Contains(w.log, `c1 [["w",1,5],["w",2,6]]`)
			w.log = nil
			n1.ask("c2", `[["r",1,null],["r",2,null]]`)
			w.run(3 * time.Second)
			if all := slices.Contains(w.log, `c2 [["r",1,5],["r",2,6]]`); !all && (answered || !slices.Contains(w.log, `c2 [["r",1,null],["r",2,null]]`)) {
				t.Errorf("%s, killed after %v, client answered: %v; got\n\t%s", s.Name, after*hop, answered, strings.Join(w.log, "\n\t"))
			}
		}
	}
}

const (
	heldByDead = `{"Number":1,"Owner":"n9.0.1","State":"held"}`
	doneByDead = `{"Number":2,"Owner":"n9.0.1","State":"done","Writes":[{"Key":"1","Value":5},{"Key":"2","Value":6}]}`
)

func held(number int, owner string) string {
	return fmt.Sprintf(`{"Number":%d,"Owner":"%s","State":"held"}`, number, owner)
}

func freed(number int, owner string) string {
	return fmt.Sprintf(`{"Number":%d,"Owner":"%s","State":""}`, number, owner)
}

// TestLockSteps tests the steps: take the lock, read the keys, commit by one
// compare-and-set of the lock with the list of writes, answer the client, apply the
// writes, return the lock. The node's next transaction waits for all that.
func TestLockSteps(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	n := w.start(lock.Spec, "n0")
	n.ask("c1", `[["w",2,6],["r",1,null]]`)
	n.ask("c2", `[["r",2,null]]`)
	w.run(time.Second / 2)
	w.want(
		"n0 read lock", "n0 cas lock "+held(1, "n0.0.1"),
		"n0 read key 1", "n0 read key 2",
		`n0 cas lock {"Number":1,"Owner":"n0.0.1","State":"done","Writes":[{"Key":"2","Value":6}]}`,
		`c1 [["w",2,6],["r",1,null]]`,
		"n0 read key 2", `n0 cas key 2 {"Number":1,"Value":6}`,
		"n0 cas lock "+freed(1, "n0.0.1"),
		"n0 read lock", "n0 cas lock "+held(2, "n0.0.2"),
		"n0 read key 2", "n0 cas lock "+freed(2, "n0.0.2"),
		`c2 [["r",2,6]]`,
	)
}

// TestLockOfDead tests that uncommitted writes of a dead holder are dropped after
// its lease. Committed ones are applied first and at once, but not over newer ones.
func TestLockOfDead(t *testing.T) {
	w := &world{t: t, store: map[string]string{"lock": heldByDead, "key 1": `{"Number":0,"Value":4}`}}
	n := w.start(lock.Spec, "n0")
	n.ask("c1", `[["r",1,null]]`)
	w.run(990 * time.Millisecond) // the lease is a second
	w.answers()
	w.holds("lock", heldByDead)
	w.run(100 * time.Millisecond)
	w.answers(`c1 [["r",1,4]]`)
	w.holds("lock", freed(2, "n0.0.1"))

	w = &world{t: t, store: map[string]string{"lock": doneByDead, "key 1": `{"Number":1,"Value":4}`, "key 2": `{"Number":3,"Value":9}`}}
	n = w.start(lock.Spec, "n0")
	n.ask("c1", `[["r",1,null],["r",2,null]]`)
	w.run(100 * time.Millisecond)
	w.answers(`c1 [["r",1,5],["r",2,9]]`)
	w.holds("key 1", `{"Number":2,"Value":5}`)
	w.holds("key 2", `{"Number":3,"Value":9}`)
}

// TestLockLease tests that the lease starts when the lock was last seen to change.
func TestLockLease(t *testing.T) {
	w := &world{t: t, store: map[string]string{"lock": heldByDead}}
	n := w.start(lock.Spec, "n0")
	n.ask("c1", `[["r",1,null]]`)
	w.run(900 * time.Millisecond)
	w.store["lock"] = held(2, "n8.0.1")
	w.run(900 * time.Millisecond)
	w.answers()
	w.holds("lock", held(2, "n8.0.1"))
	w.run(300 * time.Millisecond)
	w.answers(`c1 [["r",1,null]]`)
}

// TestLockSlowHolder tests that a commit that arrives after a takeover changes
// nothing. If it would write, the client gets an indefinite error; if it only
// reads, it reads again.
func TestLockSlowHolder(t *testing.T) {
	for _, tt := range []struct{ ask, commit, want string }{
		{`[["w",1,5]]`, `n0 cas lock {"Number":1,"Owner":"n0.0.1","State":"done"`, "c1 error 0"},
		{`[["r",1,null]]`, "n0 cas lock " + freed(1, "n0.0.1"), `c1 [["r",1,9]]`},
	} {
		w := &world{t: t, store: map[string]string{}, fate: always(tt.commit, 3*time.Second)}
		n0, n1 := w.start(lock.Spec, "n0"), w.start(lock.Spec, "n1")
		n0.ask("c1", tt.ask)
		w.run(100 * time.Millisecond)
		n1.ask("c2", `[["w",1,9]]`)
		w.run(20 * time.Second)
		w.answers(`c2 [["w",1,9]]`, tt.want)
		w.holds("key 1", `{"Number":2,"Value":9}`)
	}
}

// TestLockSlowReader tests that a node delayed before its commit is refused at
// once, and does not take that for success.
func TestLockSlowReader(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	w.fate = func(line string) time.Duration {
		if line == "n0 read key 1" && w.now < 2*time.Second {
			return -1
		}
		return 0
	}
	n0, n1 := w.start(lock.Spec, "n0"), w.start(lock.Spec, "n1")
	n0.ask("c1", `[["append",1,5]]`)
	w.run(100 * time.Millisecond)
	n1.ask("c2", `[["append",1,9]]`)
	w.run(20 * time.Second)
	w.answers(`c2 [["append",1,9]]`, "c1 error 0")
	w.holds("key 1", `{"Number":2,"Value":[9]}`)
}

// TestLockCommitUnheard tests that a commit with a lost answer is found, a lost
// commit is repeated, and a commit whose second copy is refused is found.
func TestLockCommitUnheard(t *testing.T) {
	const commit = `n0 cas lock {"Number":1,"Owner":"n0.0.1","State":"done"`
	for name, spoil := range map[string]func(*world){
		"answer lost":    func(w *world) { w.mute = func(line string) bool { return strings.HasPrefix(line, commit) } },
		"request lost":   func(w *world) { w.fate = first(commit, -1) },
		"a copy refused": func(w *world) { w.twice = func(line string) bool { return strings.HasPrefix(line, commit) } },
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, store: map[string]string{}}
			spoil(w)
			w.start(lock.Spec, "n0").ask("c1", `[["append",1,5]]`)
			w.run(5 * time.Second)
			w.answers(`c1 [["append",1,5]]`)
			w.holds("key 1", `{"Number":1,"Value":[5]}`)
			w.holds("lock", freed(1, "n0.0.1"))
		})
	}
}

// TestLockTakenUnheard tests that a node whose answer is lost sees that it holds
// the lock.
func TestLockTakenUnheard(t *testing.T) {
	w := &world{t: t, store: map[string]string{}}
	w.mute = func(line string) bool { return line == "n0 cas lock "+held(1, "n0.0.1") }
	w.start(lock.Spec, "n0").ask("c1", `[["w",1,5]]`)
	w.run(1500 * time.Millisecond) // the timeout of the answer, without a lease
	w.answers(`c1 [["w",1,5]]`)
	w.holds("key 1", `{"Number":1,"Value":5}`)
}

// TestLockNotTaken tests that a node whose request was lost does not continue as if
// it held the lock.
func TestLockNotTaken(t *testing.T) {
	w := &world{t: t, store: map[string]string{}, fate: first("n0 cas lock "+held(1, "n0.0.1"), -1)}
	w.start(lock.Spec, "n0").ask("c1", `[["w",1,5]]`)
	w.run(1500 * time.Millisecond)
	w.answers(`c1 [["w",1,5]]`)
	w.holds("key 1", `{"Number":1,"Value":5}`)
}

// TestLockGivesUp tests that a client is answered after four seconds if others hold
// the lock all the time, and that nothing is done.
func TestLockGivesUp(t *testing.T) {
	w := &world{t: t, store: map[string]string{"lock": heldByDead}}
	n := w.start(lock.Spec, "n0")
	n.ask("c1", `[["w",1,5]]`)
	for i := range 8 { // until 4s
		w.store["lock"] = held(i+1, "n9.0.1")
		w.run(500 * time.Millisecond)
	}
	w.answers()
	w.store["lock"] = held(9, "n9.0.1")
	w.run(500 * time.Millisecond)
	w.answers("c1 error 30")
	w.run(10 * time.Second)
	w.want()
	w.holds("lock", held(9, "n9.0.1"))
	w.holds("key 1", "")
}
