package checker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

func TestWorst(t *testing.T) {
	valid, invalid, unknown := trial.Valid, trial.Invalid, trial.Unknown
	for _, tt := range []struct {
		outcomes []trial.Outcome
		want     trial.Outcome
	}{
		{nil, valid},
		{[]trial.Outcome{valid, valid}, valid},
		{[]trial.Outcome{valid, unknown, valid}, unknown},
		{[]trial.Outcome{unknown, invalid, valid}, invalid},
		{[]trial.Outcome{invalid, unknown}, invalid},
	} {
		if got := Worst(tt.outcomes...); got != tt.want {
			t.Errorf("Worst(%v): got %s, want %s", tt.outcomes, got, tt.want)
		}
	}
}

func TestStats(t *testing.T) {
	for _, tt := range []struct{ name, history, want string }{
		{"the nemesis does not count, nor what never completed", `
			0 0 invoke read
			1 0 ok read []
			2 :nemesis info start-partition :one
			3 1 invoke write 1
			4 1 fail write 1
			5 2 invoke write 1
			6 2 info write 1
			7 3 invoke write 2
			8 3 ok write 2
			9 4 invoke read`,
			"{:valid? true, :count 4, :ok-count 2, :fail-count 1, :info-count 1, :by-f " +
				"{:read {:valid? true, :count 1, :ok-count 1, :fail-count 0, :info-count 0}, " +
				":write {:valid? true, :count 3, :ok-count 1, :fail-count 1, :info-count 1}}}"},
		{"a kind of op that is never ok", `
			0 0 invoke read
			1 0 ok read []
			2 0 invoke write
			3 0 fail write`,
			"{:valid? false, :count 2, :ok-count 1, :fail-count 1, :info-count 0, :by-f " +
				"{:read {:valid? true, :count 1, :ok-count 1, :fail-count 0, :info-count 0}, " +
				":write {:valid? false, :count 1, :ok-count 0, :fail-count 1, :info-count 0}}}"},
		{"but for kafka's crashes", `
			0 0 invoke crash
			1 0 info crash`,
			"{:valid? true, :count 1, :ok-count 0, :fail-count 0, :info-count 1, :by-f " +
				"{:crash {:valid? false, :count 1, :ok-count 0, :fail-count 0, :info-count 1}}}"},
		{"nothing", "", "{:valid? true, :count 0, :ok-count 0, :fail-count 0, :info-count 0, :by-f {}}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s Stats
			for _, op := range short(t, tt.history) {
				s.Add(op)
			}
			if got := s.Result().EDN().String(); got != tt.want {
				t.Errorf("%s\n got %s\nwant %s", tt.history, got, tt.want)
			}
		})
	}
}

func TestAvailability(t *testing.T) {
	const twoOfThree = "0 0 invoke read\n1 0 ok read []\n2 0 invoke read\n3 0 fail read\n4 0 invoke read\n5 0 ok read []"
	for _, tt := range []struct{ goal, history, want string }{
		{"", twoOfThree, "{:valid? true, :ok-fraction 0.6666667}"}, // of 32 bits
		{"0.6", twoOfThree, "{:valid? true, :ok-fraction 0.6666667}"},
		{"0.7", twoOfThree, "{:valid? false, :ok-fraction 0.6666667}"},
		{"total", twoOfThree, "{:valid? false, :ok-fraction 0.6666667}"},
		{"total", "0 0 invoke read\n1 0 ok read []", "{:valid? true, :ok-fraction 1.0}"},
		{"total", "", "{:valid? true, :ok-fraction 1}"},
		{"total", "0 :nemesis info start-partition", "{:valid? true, :ok-fraction 1}"},
	} {
		goal, err := ParseGoal(tt.goal)
		if err != nil {
			t.Fatal(err)
		}
		a := Availability{Goal: goal}
		for _, op := range short(t, tt.history) {
			a.Add(op)
		}
		if got := a.Result().EDN().String(); got != tt.want {
			t.Errorf("goal %q of %s\n got %s\nwant %s", tt.goal, tt.history, got, tt.want)
		}
	}
	for _, bad := range []string{"all", "1.1", "-0.1", "NaN", "0.5x"} {
		want := fmt.Sprintf("availability: want total or a number from 0 to 1, got %q", bad)
		if _, err := ParseGoal(bad); err == nil || err.Error() != want {
			t.Errorf("ParseGoal(%q): got %v, want %s", bad, err, want)
		}
	}
}

func TestExceptions(t *testing.T) {
	var e Exceptions
	for op := range ops(t, history.NewReader("h", strings.NewReader(`
		{:index 1, :type :info, :process 0, :f :echo, :exception {:via [{:type a.B} {:type c.D}]}}
		{:index 2, :type :info, :process 0, :f :echo, :error :net-timeout}
		{:index 3, :type :fail, :process 0, :f :echo, :exception {:via [{:type a.B}]}}
		{:index 4, :type :info, :process 0, :f :echo, :exception {:via [{:type c.D}]}}
		{:index 5, :type :info, :process 0, :f :echo, :exception {:via [{:type c.D}]}}
		{:index 6, :type :info, :process 0, :f :echo, :exception "none"}`))) {
		e.Add(op)
	}
	var got []string
	for _, k := range e.Result() {
		got = append(got, fmt.Sprintf("%s %d %d", k.Class, k.Count, k.Example.Index))
	}
	if want := []string{"c.D 2 4", "a.B 1 1", "nil 1 6"}; !slices.Equal(got, want) {
		t.Errorf("class, count and example: got %v, want %v", got, want)
	}
}

func TestUniqueIDs(t *testing.T) {
	var u UniqueIDs
	for _, op := range short(t, `
		0 0 invoke generate
		1 0 ok generate [5 "n0"]
		2 0 invoke generate
		3 0 ok generate [4 "n1"]
		4 0 invoke generate
		5 0 info generate
		6 1 invoke generate
		7 1 ok generate [5 "n0"]
		8 1 invoke generate
		9 1 ok generate [12 "n0"]`) {
		u.Add(op)
	}
	want := `{:valid? false, :attempted-count 5, :acknowledged-count 4, :duplicated-count 1, :duplicated {[5 "n0"] 2}, :range [[4 "n1"] [12 "n0"]]}`
	if got := u.Result().EDN().String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "{:valid? true, :attempted-count 0, :acknowledged-count 0, :duplicated-count 0, :duplicated {}, :range [nil nil]}"
	if got := new(UniqueIDs).Verdict().EDN().String(); got != want {
		t.Errorf("of nothing: got %s, want %s", got, want)
	}
}

// TestManyDuplicates: Jepsen lists 48 ids in order. It picks the most frequent ones, and
// among equally frequent ones the last: here 0, returned 3 times, and 3 to 49.
func TestManyDuplicates(t *testing.T) {
	var u UniqueIDs
	for range 2 {
		for id := range 50 {
			u.Add(history.Op{Type: history.OK, F: "generate", Value: int64(id)})
		}
	}
	u.Add(history.Op{Type: history.OK, F: "generate", Value: int64(0)})
	r := u.Result()
	v := r.EDN()
	if n := len(r.Duplicated); n != 50 || v.At("duplicated").Len() != 48 {
		t.Fatalf("got %d duplicates and %d listed, want 50 and 48", n, v.At("duplicated").Len())
	}
	var first []string
	for id, times := range v.At("duplicated").Pairs() {
		first = append(first, id.String()+"×"+times.String())
	}
	if got := strings.Join(first[:3], " "); got != "0×3 3×2 4×2" {
		t.Errorf("got %s, want 0×3 3×2 4×2", got)
	}
}

// TestMetrics checks all metrics against values computed by hand.
func TestMetrics(t *testing.T) {
	c := NewCheckers(&SetFull{}, 1)
	for _, op := range short(t, `
		0 0 invoke broadcast 0
		10 0 ok broadcast 0
		20 1 invoke read
		24 1 ok read []
		30 0 invoke broadcast 1
		32 0 ok broadcast 1
		40 1 invoke read
		41.5 1 ok read [0 1 1]
		50 0 invoke read
		51 0 fail read
		60 0 invoke read
		61 0 ok read [0 1]`) {
		c.Add(op)
	}
	net := history.Net{All: history.Count{Send: 40, Recv: 38, Msg: 40}, Clients: history.Count{Send: 15, Recv: 15, Msg: 15}, Servers: history.Count{Send: 25, Recv: 23, Msg: 25}}
	r := c.Results(net, &Deliveries{Took: []time.Duration{7 * time.Millisecond, 3500 * time.Microsecond}})
	if r.Outcome() != trial.Invalid { // its availability is not total
		t.Errorf("outcome: got %s, want invalid", r.Outcome())
	}
	want := map[string]float64{
		"ops": 6, "broadcasts": 2, "unanswered": 0, "ok-fraction": 0.8333333, // 5/6 in 32 bits
		"msgs-per-op": 4.1666665, "msgs-per-op.all": 6.6666665, "msgs-per-broadcast": 12.5,
		"stable": 2, "lost": 0, "never-read": 0, "stale": 1, "duplicated": 1,
		// 0 is known at 10 and missed at 20; 1 is never missed.
		"stable-latency.min": 0, "stable-latency.p50": 10, "stable-latency.p95": 10, "stable-latency.p99": 10, "stable-latency.max": 10,
		// Latencies 10, 4, 2, 1.5 and 1 ms.
		"op-latency.min": 1, "op-latency.p50": 2, "op-latency.p95": 10, "op-latency.p99": 10, "op-latency.max": 10,
		"broadcast-latency.min": 2, "broadcast-latency.p50": 10, "broadcast-latency.p95": 10, "broadcast-latency.p99": 10, "broadcast-latency.max": 10,
		"read-latency.min": 1, "read-latency.p50": 1.5, "read-latency.p95": 4, "read-latency.p99": 4, "read-latency.max": 4,
		"undelivered": 0, "delivery-latency.min": 3.5, "delivery-latency.p50": 7, "delivery-latency.p95": 7, "delivery-latency.p99": 7, "delivery-latency.max": 7,
	}
	got := r.Metrics()
	if !maps.Equal(got, want) {
		for name, x := range want {
			if got[name] != x {
				t.Errorf("%s: got %v, want %v", name, got[name], x)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("%s: is there", name)
			}
		}
	}
	known := map[string]bool{}
	for _, m := range trial.Metrics {
		known[m.Name] = true
	}
	for name := range got {
		if !known[name] {
			t.Errorf("%s: package trial does not declare it", name)
		}
	}
	if len(r.Warnings()) != 1 {
		t.Errorf("warnings: got %q, want one of the duplicate", r.Warnings())
	}
}

// TestUnknownMetrics: an unknown metric is absent, never 0.
func TestUnknownMetrics(t *testing.T) {
	r := NewCheckers(&SetFull{}, 0).Results(history.Net{}, nil)
	for _, name := range []string{"msgs-per-op", "msgs-per-op.all", "msgs-per-broadcast", "stable-latency.max", "op-latency.max", "delivery-latency.max"} {
		if x, ok := r.Metrics()[name]; ok {
			t.Errorf("%s: got %v", name, x)
		}
	}
	if r.Outcome() != trial.Unknown {
		t.Errorf("outcome: got %s, want unknown", r.Outcome())
	}
	v, err := edn.Parse("results.edn", r.AppendEDN(nil))
	if err != nil {
		t.Fatal(err)
	}
	if v.At("net", "servers", "msgs-per-op").Present() || !v.At("valid?").Is("unknown") || v.At("workload", "stable-latencies").Present() {
		t.Errorf("got %s", v)
	}
}
