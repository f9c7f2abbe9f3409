package elle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// parse reads transactions, one a line: T1, T2, … A line is an optional span of time such
// as 3-7, an optional outcome (aborted or unknown, else ok), and micro-ops: w1:5 writes 5
// to key 1, a1:5 appends it, r1:- reads nothing, r1:5 a value, r1:[5,6] a list.
// Transactions without a span are all concurrent.
func parse(t testing.TB, text string) []Txn {
	t.Helper()
	var txns []Txn
	for line := range strings.Lines(strings.TrimSpace(text)) {
		txn := Txn{Began: len(txns), Ended: 1000 + len(txns), Outcome: Committed}
		for _, word := range strings.Fields(line) {
			switch {
			case word == "aborted":
				txn.Outcome = Aborted
			case word == "unknown":
				txn.Outcome = Unknown
			case strings.Contains(word, ":"):
				txn.Mops = append(txn.Mops, parseMop(t, word))
			default:
				if n, err := fmt.Sscanf(word, "%d-%d", &txn.Began, &txn.Ended); n != 2 {
					t.Fatalf("%q: %v", word, err)
				}
			}
		}
		txns = append(txns, txn)
	}
	return txns
}

func parseMop(t testing.TB, word string) Mop {
	t.Helper()
	key, value, _ := strings.Cut(word[1:], ":")
	m := Mop{F: map[byte]string{'r': "r", 'w': "w", 'a': "append"}[word[0]]}
	var err error
	if m.Key, err = strconv.ParseInt(key, 10, 64); err != nil {
		t.Fatal(err)
	}
	if value == "-" {
		return m
	}
	var list []int64
	for _, digits := range strings.Split(strings.Trim(value, "[]"), ",") {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	if m.Value = list[0]; value[0] == '[' {
		m.Value = list
	}
	return m
}

// planted is a history and its anomalies, each with its witness.
type planted struct {
	name, txns string
	want       map[string]string
}

func (p planted) test(t *testing.T, find func([]Txn, bool) Analysis) {
	t.Helper()
	timed := strings.Contains(p.txns, "-1 ") || strings.Contains(p.name, "realtime")
	got := find(parse(t, p.txns), timed)
	for name, cases := range got.Anomalies {
		why := cases[0].Explain(func(i int) string { return strconv.Itoa(i + 1) })
		if want, ok := p.want[name]; !ok || why != want {
			t.Errorf("%s\n got %s\nwant %s", name, why, want)
		}
	}
	for name := range p.want {
		if got.Anomalies[name] == nil {
			t.Errorf("%s was not found, only %v", name, got.Names())
		}
	}
}

// TestRegisters plants one anomaly after the other. In a witness "T1 = 2" says that T1 is
// transaction 2 of the history.
func TestRegisters(t *testing.T) {
	for _, p := range []planted{
		// Each transaction read the other's first write to one key and overwrote it.
		{"G0", "w1:1 r2:1 w2:2 \n w2:1 r1:1 w1:2", map[string]string{
			"G0": "T1 = 2; T2 = 1; T1 -ww-> T2 (key 2: T1 wrote 1, T2 2 after it), T2 -ww-> T1 (key 1: T2 wrote 1, T1 2 after it)"}},
		{"G1a", "aborted w1:1 \n r1:1 w2:1 \n r2:1", map[string]string{
			"G1a": "T1 = 2; T2 = 1; the first read 1 of key 1, which the second, aborted, wrote"}},
		{"G1b", "w1:1 w1:2 \n r1:1 \n r1:2", map[string]string{
			"G1b": "T1 = 2; T2 = 1; the first read 1 of key 1, which the second wrote and then wrote over"}},
		{"own intermediate", "w1:1 r1:1 w1:2 \n r1:2", nil},
		{"G1c", "w1:1 r2:1 \n w2:1 r1:1", map[string]string{
			"G1c": "T1 = 2; T2 = 1; T1 -wr-> T2 (key 2: T1 wrote 1, T2 read it), T2 -wr-> T1 (key 1: T2 wrote 1, T1 read it)"}},
		// T1 sees half of what T2 wrote.
		{"G-single-item", "r1:- r2:1 \n w1:1 w2:1", map[string]string{
			"G-single-item": "T1 = 1; T2 = 2; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T1 (key 2: T2 wrote 1, T1 read it)"}},
		// Long fork: two readers disagree on the order of two writes.
		{"G-nonadjacent-item", "w1:1 \n w2:1 \n r1:1 r2:- \n r1:- r2:1", map[string]string{
			"G-nonadjacent-item": "T1 = 4; T2 = 1; T3 = 3; T4 = 2; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T3 (key 1: T2 wrote 1, T3 read it), " +
				"T3 -rw-> T4 (key 2: T3 read nothing, T4 wrote 1 after it), T4 -wr-> T1 (key 2: T4 wrote 1, T1 read it)"}},
		// Write skew.
		{"G2-item", "r1:- w2:1 \n r2:- w1:1", map[string]string{
			"G2-item": "T1 = 2; T2 = 1; T1 -rw-> T2 (key 2: T1 read nothing, T2 wrote 1 after it), T2 -rw-> T1 (key 1: T2 read nothing, T1 wrote 1 after it)"}},
		{"lost-update", "w1:1 \n r1:1 w1:2 \n r1:1 w1:3", map[string]string{
			"lost-update": "T1 = 2; T2 = 3; all read 1 of key 1 and then wrote it",
			"G2-item":     "T1 = 3; T2 = 2; T1 -rw-> T2 (key 1: T1 read 1, T2 wrote 2 after it), T2 -rw-> T1 (key 1: T2 read 1, T1 wrote 3 after it)"}},
		{"internal: another's", "w1:1 w2:1 \n w1:2 r1:1 r2:1", map[string]string{
			"internal": "T1 = 2; T1 read 1 of key 1 where it must be 2"}},
		{"internal: two reads", "w1:1 \n r1:- w1:2 \n r1:1 r1:2", map[string]string{
			"internal": "T1 = 3; T1 read 2 of key 1 where it must be 1"}},
		// The first read counts.
		{"lost-update, internal", "w1:1 \n w1:2 \n r1:1 r1:2 w1:3 \n r1:1 w1:4", map[string]string{
			"internal":    "T1 = 3; T1 read 2 of key 1 where it must be 1",
			"lost-update": "T1 = 3; T2 = 4; all read 1 of key 1 and then wrote it",
			"G2-item":     "T1 = 4; T2 = 3; T1 -rw-> T2 (key 1: T1 read 1, T2 wrote 3 after it), T2 -rw-> T1 (key 1: T2 read 1, T1 wrote 4 after it)"}},
		// 2 was written over 1, and 1 over 2.
		{"cyclic-versions", "r1:1 w1:2 \n r1:2 w1:1", map[string]string{
			"cyclic-versions": "the values [1 2] of key 1 follow one another in a circle",
			"G1c":             "T1 = 2; T2 = 1; T1 -wr-> T2 (key 1: T1 wrote 1, T2 read it), T2 -wr-> T1 (key 1: T2 wrote 2, T1 read it)"}},
		{"G0-realtime", "10-11 w1:1 \n 0-1 r1:1 w1:2", map[string]string{
			"G0-realtime": "T1 = 1; T2 = 2; T1 -ww-> T2 (key 1: T1 wrote 1, T2 2 after it), T2 -realtime-> T1"}},
		{"G1c-realtime", "10-11 w1:1 \n 0-1 r1:1", map[string]string{
			"G1c-realtime": "T1 = 1; T2 = 2; T1 -wr-> T2 (key 1: T1 wrote 1, T2 read it), T2 -realtime-> T1"}},
		// A stale read.
		{"G-single-item-realtime", "0-1 w1:1 \n 2-3 r1:-", map[string]string{
			"G-single-item-realtime": "T1 = 2; T2 = 1; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -realtime-> T1"}},
		{"G-nonadjacent-item-realtime", "4-20 r1:- \n 1-19 w1:1 \n 0-18 r1:1 r2:- \n 2-3 w2:1", map[string]string{
			"G-nonadjacent-item-realtime": "T1 = 1; T2 = 2; T3 = 3; T4 = 4; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T3 (key 1: T2 wrote 1, T3 read it), " +
				"T3 -rw-> T4 (key 2: T3 read nothing, T4 wrote 1 after it), T4 -realtime-> T1"}},
		{"G2-item-realtime", "4-20 r1:- \n 0-19 w1:1 r2:- \n 1-2 w2:1", map[string]string{
			"G2-item-realtime": "T1 = 1; T2 = 2; T3 = 3; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -rw-> T3 (key 2: T2 read nothing, T3 wrote 1 after it), T3 -realtime-> T1"}},
		{"empty-transaction-graph", "w1:1 \n w2:1", map[string]string{
			"empty-transaction-graph": "no transaction depends on another"}},
	} {
		t.Run(p.name, func(t *testing.T) { p.test(t, Registers) })
	}
}

// TestLists does the same for lists, whose reads show the order of appends.
func TestLists(t *testing.T) {
	for _, p := range []planted{
		{"G0", "a1:1 a2:2 \n a1:2 a2:1 \n r1:[1,2] r2:[1,2]", map[string]string{
			"G0": "T1 = 2; T2 = 1; T1 -ww-> T2 (key 2: T1 wrote 1, T2 2 after it), T2 -ww-> T1 (key 1: T2 wrote 1, T1 2 after it)"}},
		{"G1a", "aborted a1:1 \n r1:[1] a2:1 \n r2:[1]", map[string]string{
			"G1a": "T1 = 2; T2 = 1; the first read 1 of key 1, which the second, aborted, wrote"}},
		// T1 precedes the append that it did not see.
		{"G1b", "a1:1 a1:2 \n r1:[1]", map[string]string{
			"G1b":           "T1 = 2; T2 = 1; the first read 1 of key 1, which the second wrote and then wrote over",
			"G-single-item": "T1 = 2; T2 = 1; T1 -rw-> T2 (key 1: T1 read 1, T2 wrote 2 after it), T2 -wr-> T1 (key 1: T2 wrote 1, T1 read it)"}},
		{"G1c", "a1:1 r2:[1] \n a2:1 r1:[1]", map[string]string{
			"G1c": "T1 = 2; T2 = 1; T1 -wr-> T2 (key 2: T1 wrote 1, T2 read it), T2 -wr-> T1 (key 1: T2 wrote 1, T1 read it)"}},
		{"G-single-item", "r1:- r2:[1] \n a1:1 a2:1", map[string]string{
			"G-single-item": "T1 = 1; T2 = 2; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T1 (key 2: T2 wrote 1, T1 read it)"}},
		{"G-nonadjacent-item", "a1:1 \n a2:1 \n r1:[1] r2:- \n r1:- r2:[1]", map[string]string{
			"G-nonadjacent-item": "T1 = 4; T2 = 1; T3 = 3; T4 = 2; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T3 (key 1: T2 wrote 1, T3 read it), " +
				"T3 -rw-> T4 (key 2: T3 read nothing, T4 wrote 1 after it), T4 -wr-> T1 (key 2: T4 wrote 1, T1 read it)"}},
		{"G2-item", "r1:- a2:1 \n r2:- a1:1", map[string]string{
			"G2-item": "T1 = 2; T2 = 1; T1 -rw-> T2 (key 2: T1 read nothing, T2 wrote 1 after it), T2 -rw-> T1 (key 1: T2 read nothing, T1 wrote 1 after it)"}},
		{"lost-update", "a1:1 \n r1:[1] a1:2 \n r1:[1] a1:3", map[string]string{
			"lost-update": "T1 = 2; T2 = 3; all read [1] of key 1 and then wrote it",
			"G2-item":     "T1 = 3; T2 = 2; T1 -rw-> T2 (key 1: T1 read 1, T2 wrote 2 after it), T2 -rw-> T1 (key 1: T2 read 1, T1 wrote 3 after it)"}},
		// T3's read of 1 is also an aborted read.
		{"dirty-update", "aborted a1:1 \n a1:2 \n r1:[1,2]", map[string]string{
			"dirty-update": "T1 = 1; T2 = 2; T2 appended 2 to key 1 behind what T1, aborted, had",
			"G1a":          "T1 = 3; T2 = 1; the first read 1 of key 1, which the second, aborted, wrote"}},
		{"future-read", "r1:[1] a1:1 \n r1:[1]", map[string]string{
			"future-read": "T1 = 1; T1 read 1 of key 1 before it appended it"}},
		{"duplicate-elements", "a1:1 \n r1:[1,1]", map[string]string{
			"duplicate-elements": "T1 = 2; T1 read key 1 with [1] more than once"}},
		{"incompatible-order", "a1:1 \n a1:2 \n r1:[1] \n r1:[2,1]", map[string]string{
			"incompatible-order": "T1 = 3; T1 read [1] of key 1, and another [2 1]"}},
		{"internal", "a1:1 \n a1:2 r1:[1]", map[string]string{
			"internal": "T1 = 2; T1 read [1] of key 1 where it must end in [2]"}},
		{"internal after a read", "a1:1 \n r1:[1] a1:2 r1:[2]", map[string]string{
			"internal":           "T1 = 2; T1 read [2] of key 1 where it must end in [1 2]",
			"incompatible-order": "T1 = 2; T1 read [2] of key 1, and another [1]"}},
		{"internal before a read", "a1:1 \n r1:[1] a1:2 r1:[3,1,2] \n a1:3", map[string]string{
			"internal":           "T1 = 2; T1 read [3 1 2] of key 1 where it must end in [1 2]",
			"incompatible-order": "T1 = 2; T1 read [1] of key 1, and another [3 1 2]"}},
		// The order of 1 and 2 is unknown.
		{"unread", "a1:1 r2:[1] \n a1:2 a2:1", nil},
		{"read of an unknown", "unknown a1:1 r2:- \n r1:[1] a2:1", nil},
		{"G0-realtime", "10-11 a1:1 \n 0-1 a1:2 \n 20-21 r1:[1,2]", map[string]string{
			"G0-realtime": "T1 = 1; T2 = 2; T1 -ww-> T2 (key 1: T1 wrote 1, T2 2 after it), T2 -realtime-> T1"}},
		{"G1c-realtime", "10-11 a1:1 \n 0-1 r1:[1]", map[string]string{
			"G1c-realtime": "T1 = 1; T2 = 2; T1 -wr-> T2 (key 1: T1 wrote 1, T2 read it), T2 -realtime-> T1"}},
		{"G-single-item-realtime", "0-1 a1:1 \n 2-3 r1:-", map[string]string{
			"G-single-item-realtime": "T1 = 2; T2 = 1; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -realtime-> T1"}},
		{"G-nonadjacent-item-realtime", "4-20 r1:- \n 1-19 a1:1 \n 0-18 r1:[1] r2:- \n 2-3 a2:1", map[string]string{
			"G-nonadjacent-item-realtime": "T1 = 1; T2 = 2; T3 = 3; T4 = 4; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -wr-> T3 (key 1: T2 wrote 1, T3 read it), " +
				"T3 -rw-> T4 (key 2: T3 read nothing, T4 wrote 1 after it), T4 -realtime-> T1"}},
		{"G2-item-realtime", "4-20 r1:- \n 0-19 a1:1 r2:- \n 1-2 a2:1", map[string]string{
			"G2-item-realtime": "T1 = 1; T2 = 2; T3 = 3; T1 -rw-> T2 (key 1: T1 read nothing, T2 wrote 1 after it), T2 -rw-> T3 (key 2: T2 read nothing, T3 wrote 1 after it), T3 -realtime-> T1"}},
		{"empty-transaction-graph", "a1:1 \n a2:1", map[string]string{
			"empty-transaction-graph": "no transaction depends on another"}},
	} {
		t.Run(p.name, func(t *testing.T) { p.test(t, Lists) })
	}
}

// TestDirtyUpdateOnce: an append after a committed append builds on the committed one
// only.
func TestDirtyUpdateOnce(t *testing.T) {
	got := Lists(parse(t, "aborted a1:1 \n a1:2 \n a1:3 \n r1:[1,2,3]"), false).Anomalies["dirty-update"]
	if len(got) != 1 || !slices.Equal(got[0].Txns, []int{0, 1}) {
		t.Errorf("got %v", got)
	}
}

// TestUnwrittenRead: a value that nobody wrote is no anomaly, but it is reported.
func TestUnwrittenRead(t *testing.T) {
	got := Registers(parse(t, "w1:1 \n r1:1 r2:7"), false)
	if len(got.Strange) != 1 || got.Strange[0].Why != "read 7 of key 2, which nobody wrote" || len(got.Names()) > 0 {
		t.Errorf("got %+v and %v", got.Strange, got.Names())
	}
}

// TestConfirm: Confirm finds the long fork from any start, and refuses a step that does
// not exist.
func TestConfirm(t *testing.T) {
	a := Registers(parse(t, "0-9 w1:1 \n 1-8 w2:1 \n 2-7 r1:1 r2:- \n 3-6 r1:- r2:1"), true)
	fork := []int{3, 0, 2, 1}
	if name, c, ok := a.Confirm(fork, []string{"rw", "wr", "rw", "wr"}); !ok || name != "G-nonadjacent-item" || !slices.Equal(c.Txns, fork) {
		t.Errorf("got %s %v, %v", name, c.Txns, ok)
	}
	for _, tt := range []struct {
		txns      []int
		relations []string
	}{
		{fork, []string{"rw", "ww", "rw", "wr"}}, {fork, []string{"rw", "realtime", "rw", "wr"}}, {fork, []string{"rw", "wr", "rw"}},
		{[]int{3, 0, 2, 4}, []string{"rw", "wr", "rw", "wr"}}, {[]int{3, 0, 2, -1}, []string{"rw", "wr", "rw", "realtime"}}, {nil, nil},
	} {
		if name, _, ok := a.Confirm(tt.txns, tt.relations); ok {
			t.Errorf("%v %v: got %s", tt.txns, tt.relations, name)
		}
	}
}
