package experiment

import (
	"gossipbench/harness/trial"
	"strings"
	"testing"
	"time"
)

// TestRPCTimeout: the default depends on the workload and the latency, as Maelstrom's
// clients have it; what a file sets stays; and a trial of lin-kv that was stored with
// 5s keeps its ID.
func TestRPCTimeout(t *testing.T) {
	for _, tt := range []struct {
		base string
		want time.Duration
	}{
		{"workload: lin-kv, strategy: x", time.Second},
		{"workload: lin-kv, strategy: x, latency: 100ms", time.Second},
		{"workload: lin-kv, strategy: x, latency: 250ms", 2500 * time.Millisecond},
		{"workload: lin-kv, strategy: x, rpc_timeout: 5s", 5 * time.Second},
		{"workload: lin-kv, strategy: x, latency: 250ms, rpc_timeout: 300ms", 300 * time.Millisecond},
		{"workload: kafka, strategy: x, latency: 1s", 5 * time.Second},
	} {
		given := map[string]*value{}
		for _, pair := range strings.Split(tt.base, ", ") {
			name, text, _ := strings.Cut(pair, ": ")
			s, _ := trial.FindSetting(name)
			canonical, err := s.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			given[name] = &value{name: name, text: canonical}
		}
		x := &expander{}
		tr, _ := x.settled(given)
		if tr.RPCTimeout != tt.want {
			t.Errorf("%s: got %v, want %v", tt.base, tr.RPCTimeout, tt.want)
		}
		stored := trial.Default()
		stored.Workload = "lin-kv"
		if id := stored.ID(); strings.HasPrefix(tt.base, "workload: lin-kv") && tt.want != 5*time.Second && id == tr.ID() {
			t.Errorf("%s: has the ID of a trial with 5s, %s", tt.base, id)
		}
	}
}
