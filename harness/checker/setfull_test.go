package checker

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// setFull judges a history in a short form, one op a line, such as
//
//	10 0 invoke broadcast 7
//	15 0 ok read [7 8]
//
// A line has the time in ms (down to ns as a fraction), process, type, f and value.
func setFull(t *testing.T, lines string) SetFullResult {
	t.Helper()
	var s SetFull
	for _, op := range short(t, lines) {
		s.Add(op)
	}
	return s.Result()
}

func short(t *testing.T, lines string) []history.Op {
	t.Helper()
	var b strings.Builder
	index := 0
	for line := range strings.Lines(lines) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 5)
		if len(fields) < 4 {
			continue
		}
		at, err := time.ParseDuration(fields[0] + "ms")
		if err != nil {
			t.Fatal(err)
		}
		value := "nil"
		if len(fields) == 5 {
			value = fields[4]
		}
		fmt.Fprintf(&b, "{:index %d, :time %d, :process %s, :type :%s, :f :%s, :value %s}\n", index, at, fields[1], fields[2], fields[3], value)
		index++
	}
	var all []history.Op
	for op := range ops(t, history.NewReader("history.edn", strings.NewReader(b.String()))) {
		all = append(all, op)
	}
	return all
}

// TestSetFull: the name and the history of a case explain its result.
func TestSetFull(t *testing.T) {
	for _, tt := range []struct {
		name, history string
		want          string // outcome, stable, lost, never read, stale, latencies of stable ones in ms, of lost ones in ms
	}{
		{"stable at once: no read missed it", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			20 1 invoke read
			21 1 ok read [7]`, "valid 1 () () () [0] []"},
		{"stable 10 ms after 10: the read of 20 missed it", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			20 1 invoke read
			21 1 ok read []
			30 1 invoke read
			31 1 ok read [7]`, "valid 1 () () (7) [10] []"},
		{"a nanosecond is added: 0.999999 ms are 1", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			10.999999 1 invoke read
			11 1 ok read []
			30 1 invoke read
			31 1 ok read [7]`, "valid 1 () () (7) [1] []"},
		{"and cut to whole ones: 0.999998 ms are 0, which is not stale", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			10.999998 1 invoke read
			11 1 ok read []
			30 1 invoke read
			31 1 ok read [7]`, "valid 1 () () () [0] []"},
		{"missed only before it was known", `
			0 0 invoke broadcast 7
			5 1 invoke read
			6 1 ok read []
			10 0 ok broadcast 7
			20 1 invoke read
			21 1 ok read [7]`, "valid 1 () () () [0] []"},
		{"a read that completed before the broadcast began does not count", `
			0 1 invoke read
			1 1 ok read []
			2 0 invoke broadcast 7
			3 0 ok broadcast 7`, "unknown 0 () (7) () [] []"},
		{"but one that began before and completed after does", `
			0 1 invoke read
			2 0 invoke broadcast 7
			3 0 ok broadcast 7
			4 1 ok read []`, "unknown 0 () (7) () [] []"}, // it began before 7 was known: not lost
		{"lost: known, then missing for good", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			20 1 invoke read
			21 1 ok read []`, "invalid 0 (7) () () [] [0]"},
		{"lost 10 ms after 10: last seen by the read of 20", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			20 1 invoke read
			21 1 ok read [7]
			30 1 invoke read
			31 1 ok read []`, "invalid 0 (7) () () [] [10]"},
		{"which read is last is decided by where it began", `
			0 0 invoke broadcast 7
			10 0 ok broadcast 7
			20 1 invoke read
			30 2 invoke read
			31 2 ok read [7]
			40 1 ok read []`, "valid 1 () () (7) [10] []"},
		{"known by a read, long before its answer", `
			0 0 invoke broadcast 7
			10 1 invoke read
			11 1 ok read [7]
			20 1 invoke read
			21 1 ok read []
			30 1 invoke read
			31 1 ok read [7]
			99 0 ok broadcast 7`, "valid 1 () () (7) [9] []"},
		{"known by a read, its answer never came", `
			0 0 invoke broadcast 7
			10 1 invoke read
			11 1 ok read [7]
			5000 0 info broadcast 7
			5001 1 invoke read
			5002 1 ok read []`, "invalid 0 (7) () () [] [0]"},
		{"neither known nor seen: may be missing", `
			0 0 invoke broadcast 7
			5000 0 info broadcast 7
			5001 1 invoke read
			5002 1 ok read []`, "unknown 0 () (7) () [] []"},
		{"failed broadcasts are attempts too", `
			0 0 invoke broadcast 7
			1 0 fail broadcast 7
			2 0 invoke broadcast 8
			3 0 ok broadcast 8
			4 1 invoke read
			5 1 ok read [8]`, "valid 1 () (7) () [0] []"},
		{"reads that fail and what the nemesis does say nothing", `
			0 0 invoke broadcast 7
			1 0 ok broadcast 7
			2 1 invoke read
			3 1 fail read
			4 :nemesis info read [8]
			5 :nemesis invoke broadcast 9
			6 1 invoke read
			7 1 ok read [7]`, "valid 1 () () () [0] []"},
		{"broadcast again, it begins again", `
			0 0 invoke broadcast 7
			1 0 ok broadcast 7
			2 1 invoke read
			3 1 ok read []
			4 0 invoke broadcast 7
			5 0 ok broadcast 7
			6 1 invoke read
			7 1 ok read [7]`, "valid 1 () () () [0] []"},
		{"adds are broadcasts, and values need not be small integers", `
			0 0 invoke add "a"
			1 0 ok add "a"
			2 0 invoke add [1 :b]
			3 0 ok add [1 :b]
			4 0 invoke add -5
			5 0 ok add -5
			6 0 invoke add 99999999999
			7 0 ok add 99999999999
			8 1 invoke read
			9 1 ok read #{"a" (1 :b) 99999999999}`, `invalid 3 (-5) () () [0 0 0] [0]`},
		{"nothing was asked", "", "unknown 0 () () () [] []"},
		{"reads of nil show nothing", `
			0 0 invoke broadcast 7
			1 0 ok broadcast 7
			2 1 invoke read
			3 1 ok read nil`, "invalid 0 (7) () () [] [0]"},
		{"a read whose beginning is cut off begins where it ends", `
			0 0 invoke broadcast 7
			1 0 ok broadcast 7
			3 1 ok read [7]`, "valid 1 () () () [0] []"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := setFull(t, tt.history)
			got := fmt.Sprintf("%s %d %s %s %s %v %v", r.Outcome, r.Stable, edn.NewList(r.Lost...), edn.NewList(r.NeverRead...),
				edn.NewList(r.Stale...), r.StableLatencies, r.LostLatencies)
			if got != tt.want {
				t.Errorf("%s\n got %s\nwant %s", tt.history, got, tt.want)
			}
			if n := r.Stable + len(r.Lost) + len(r.NeverRead); n != r.Attempts {
				t.Errorf("%d values judged of %d attempts", n, r.Attempts)
			}
		})
	}
}

// TestWorstStale: at most eight values, the greatest latency first, the last value first
// among equal ones, each with the ops that prove it.
func TestWorstStale(t *testing.T) {
	var b strings.Builder
	for v := range 10 {
		fmt.Fprintf(&b, "%d 0 invoke broadcast %d\n%d 0 ok broadcast %d\n", v, v, v, v)
	}
	// The read at 12 misses 4, the read at 20 misses the even values, the last read
	// misses none.
	b.WriteString("12 3 invoke read\n13 3 ok read [0 1 2 3 5 6 7 8 9]\n20 5 invoke read\n21 5 ok read [1 3 4 5 7 9]\n30 5 invoke read\n31 5 ok read [9 8 7 6 5 4 3 2 1 0]\n")
	r := setFull(t, b.String())
	var got []string
	for _, s := range r.WorstStale {
		got = append(got, fmt.Sprintf("%s: %d", s.Value, s.LatencyMS))
	}
	// 0, 2, 6 and 8 are known at that time and missed at 20; 4 is known at 4 and missed
	// at 12.
	want := []string{"0: 20", "2: 18", "6: 14", "8: 12", "4: 8"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	last := r.WorstStale[4]
	if last.Known.Index != 9 || last.LastAbsent.Index != 20 || last.LastAbsent.Process != 3 || last.LastAbsent.Type != history.Invoke {
		t.Errorf("4: known by op %d, last absent from %+v, want 9 and the read of process 3 at 20", last.Known.Index, last.LastAbsent)
	}

	b.Reset()
	for v := range 10 {
		fmt.Fprintf(&b, "0 %d invoke broadcast %d\n", v, v)
	}
	for v := range 10 {
		fmt.Fprintf(&b, "1 %d ok broadcast %d\n", v, v)
	}
	b.WriteString("5 10 invoke read\n6 10 ok read []\n7 10 invoke read\n8 10 ok read [0 1 2 3 4 5 6 7 8 9]\n")
	got = nil
	for _, s := range setFull(t, b.String()).WorstStale {
		got = append(got, s.Value.String())
	}
	if want := "9 8 7 6 5 4 3 2"; strings.Join(got, " ") != want {
		t.Errorf("equal latencies: got %v, want %s", got, want)
	}
}

// TestFindings: findings do not change Jepsen's verdict.
func TestFindings(t *testing.T) {
	r := setFull(t, `
		0 0 invoke broadcast 7
		1 0 ok broadcast 7
		2 1 invoke read
		3 1 ok read [7 8 7 7 5 5]
		4 1 invoke read
		5 1 ok read [7 7]
		6 0 invoke broadcast 8
		7 0 ok broadcast 8
		8 1 invoke read
		9 1 ok read [7 8]`)
	if r.Outcome != trial.Valid || r.Stable != 2 {
		t.Errorf("got %s with %d stable, want valid with 2", r.Outcome, r.Stable)
	}
	if len(r.Duplicated) != 1 || r.Duplicated[0].Value.String() != "7" || r.Duplicated[0].Times != 3 {
		t.Errorf("duplicated: got %v, want 7 three times", r.Duplicated)
	}
	want := []string{
		"values shown more than once by one read: 1, up to 3 times: 7",
		"values shown that nobody had broadcast: 1: 5", // 8 was broadcast later
	}
	if got := r.Findings(); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	v := r.EDN()
	if n, _ := v.At("duplicated-count").Int(); n != 0 || v.At("duplicated-in-reads").String() != "{7 3}" || v.At("phantoms").String() != "(5)" {
		t.Errorf("got %s", v)
	}
}

// TestSetFullTwin compares SetFull with a direct implementation of its definition.
func TestSetFullTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := randomHistory(t)
		var s SetFull
		for _, op := range history {
			s.Add(op)
		}
		got := s.Result()
		want := plainSetFull(history)
		if got := outline(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\n got %v\nwant %v", history, got, want)
		}
	})
}

// randomHistory has three processes that broadcast a few values, some twice, and read
// arbitrary values, in any interleaving.
func randomHistory(t *rapid.T) []history.Op {
	var all []history.Op
	open := map[int]history.Op{}
	for range rapid.IntRange(0, 60).Draw(t, "ops") {
		process := rapid.IntRange(0, 2).Draw(t, "process")
		op, waiting := open[process]
		if waiting {
			op.Type = rapid.SampledFrom([]history.Type{history.OK, history.OK, history.OK, history.Fail, history.Info}).Draw(t, "type")
			if op.Type == history.OK && op.F == "read" {
				op.Value = rapid.SliceOfN(rapid.Int64Range(0, 5), 0, 6).Draw(t, "shown")
			}
			delete(open, process)
		} else {
			op = history.Op{Process: process, F: "read"}
			if rapid.Bool().Draw(t, "broadcast") {
				op.F, op.Value = "broadcast", rapid.Int64Range(0, 5).Draw(t, "value")
			}
			open[process] = op
		}
		op.Index = len(all)
		op.Time = time.Duration(len(all)) * 700 * time.Microsecond
		all = append(all, op)
	}
	return all
}

// verdict is the definition's result for a value: stable, lost or never read, and the
// latency in ms.
type verdict struct {
	outcome string
	ms      int64
}

func outline(r SetFullResult) map[string]verdict {
	all := map[string]verdict{}
	for _, v := range r.Lost {
		all[v.String()] = verdict{"lost", -1}
	}
	for _, v := range r.NeverRead {
		all[v.String()] = verdict{"never read", -1}
	}
	all["stable"] = verdict{fmt.Sprint(r.StableLatencies), int64(r.Stable)}
	all["lost"] = verdict{fmt.Sprint(r.LostLatencies), int64(len(r.Lost))}
	for _, v := range r.Stale {
		all["stale "+v.String()] = verdict{}
	}
	return all
}

// plainSetFull implements the doc comment of SetFull, one value at a time.
func plainSetFull(h []history.Op) map[string]verdict {
	all := map[string]verdict{}
	var stable, lost []float64
	for value := range int64(6) {
		entered := -1
		for i, op := range h {
			if op.F == "broadcast" && op.Type == history.Invoke && op.Value == value {
				entered = i
			}
		}
		if entered < 0 {
			continue
		}
		var known, present, absent *history.Op
		for i := entered + 1; i < len(h); i++ {
			op := &h[i]
			if op.Type != history.OK {
				continue
			}
			if op.F == "broadcast" {
				if op.Value == value && known == nil {
					known = op
				}
				continue
			}
			began := i - 1
			for h[began].Process != op.Process {
				began--
			}
			if slices.Contains(op.Value.([]int64), value) {
				if known == nil {
					known = op
				}
				if present == nil || present.Index < began {
					present = &h[began]
				}
			} else if absent == nil || absent.Index < began {
				absent = &h[began]
			}
		}
		name := fmt.Sprint(value)
		latency := func(last *history.Op) float64 {
			if last == nil {
				return 0
			}
			return float64(max(0, (last.Time+1-known.Time)/time.Millisecond))
		}
		switch {
		case present != nil && (absent == nil || absent.Index < present.Index):
			stable = append(stable, latency(absent))
			if latency(absent) > 0 {
				all["stale "+name] = verdict{}
			}
		case known != nil && absent != nil && (present == nil || present.Index < absent.Index) && known.Index < absent.Index:
			all[name] = verdict{"lost", -1}
			lost = append(lost, latency(present))
		default:
			all[name] = verdict{"never read", -1}
		}
	}
	slices.SortFunc(stable, cmp.Compare[float64])
	slices.SortFunc(lost, cmp.Compare[float64])
	all["stable"] = verdict{fmt.Sprint(stable), int64(len(stable))}
	all["lost"] = verdict{fmt.Sprint(lost), int64(len(lost))}
	return all
}

// BenchmarkSetFull judges a trial of 25 nodes with 4,000 lines and about 950 values, like
// a trial of the simulator.
func BenchmarkSetFull(b *testing.B) {
	const file = "../../../shared/data/reference/flood-grid/1/history.edn.gz"
	if _, ok := recorded(b)[file]; !ok {
		b.Skipf("%s is not there", file)
	}
	var all []history.Op
	for op := range ops(b, openHistory(b, file)) {
		all = append(all, op)
	}
	b.ReportAllocs()
	for b.Loop() {
		var s SetFull
		for _, op := range all {
			s.Add(op)
		}
		if r := s.Result(); r.Stable == 0 {
			b.Fatal("nothing is stable")
		}
	}
}
