package trial

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"gossipbench/strategies/param"
)

// TestIDIsFixed pins the form of IDs, on which resume and every stored result depend. The
// wanted ID is the first twelve digits that this prints:
//
//	printf 'seed=7\nstrategy=flood\nnodes=25\nlatency=100ms\njitter=100µs\nrate=100\ntime_limit=20s\nfanout=2\nmode=push\n' | sha256sum
func TestIDIsFixed(t *testing.T) {
	trial := defaults
	trial.Strategy, trial.Nodes, trial.Latency, trial.Rate, trial.TimeLimit = "flood", 25, 100*time.Millisecond, 100, 20*time.Second
	trial.Params = param.Values{"mode": "push", "fanout": "2"}
	trial.Seed, trial.Replicate = 7, 3
	if got, want := trial.ID(), "b4e56694530a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// printf 'seed=0\njitter=100µs\n' | sha256sum
	if got, want := defaults.ID(), "a1f13277c948"; got != want {
		t.Errorf("defaults: got %s, want %s", got, want)
	}
}

// TestLateSetting: a line that was stored before jitter existed keeps its meaning and its
// ID. In virtual time such a trial had no jitter and differs from one of today. A trial
// that jitter does not concern is the same at any level.
func TestLateSetting(t *testing.T) {
	for _, tt := range []struct {
		name, line, jitter string
		id                 string // from sha256sum, as above
		same               bool   // as the trial of today
	}{
		{"sim", `{"strategy":"flood","seed":7}`, "0s", "855c5dbe5d35", false},
		{"ideal", `{"strategy":"flood","network":"ideal","seed":7}`, "100µs", "15c7bd123712", true},
		{"rounds", `{"workload":"dissemination","strategy":"flood","rounds":"synchronous","seed":7}`, "100µs", "7681fe0b6651", true},
		{"native", `{"strategy":"flood","backend":"native","seed":7}`, "100µs", "70bd7106f56b", true},
		{"maelstrom", `{"strategy":"flood","backend":"maelstrom","seed":7}`, "100µs", "4284f270b5f1", true},
		{"named", `{"strategy":"flood","jitter":"1ms","seed":7}`, "1ms", "c1e9984cb6c3", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var trial Trial
			if err := json.Unmarshal([]byte(tt.line), &trial); err != nil {
				t.Fatal(err)
			}
			if got := trial.Jitter.String(); got != tt.jitter {
				t.Errorf("jitter: got %s, want %s", got, tt.jitter)
			}
			if got := trial.ID(); got != tt.id {
				t.Errorf("ID: got %s, want %s", got, tt.id)
			}
			trial.Jitter = defaults.Jitter
			if got := trial.ID(); (got == tt.id) != tt.same {
				t.Errorf("ID with the jitter of today: got %s, want the same: %v", got, tt.same)
			}
		})
	}
}

// TestIDCountsEverySetting changes one setting after the other.
func TestIDCountsEverySetting(t *testing.T) {
	ids := map[string]string{defaults.ID(): "nothing"}
	note := func(what string, trial Trial) {
		if was, known := ids[trial.ID()]; known {
			t.Errorf("changing %s and %s gives the same ID", what, was)
		}
		ids[trial.ID()] = what
	}
	for i, s := range settings {
		trial := defaults
		for _, n := range needsOf[i] { // make the setting concern the trial
			level := n.levels[0]
			if decl := settings[n.at].Decl; n.not && len(decl.Choices) > 0 {
				level = decl.Choices[slices.IndexFunc(decl.Choices, func(c string) bool { return !slices.Contains(n.levels, c) })]
			} else if n.not {
				level = map[string]string{"nemesis": "kill", "latency": "1s"}[n.setting]
			}
			assign(settings[n.at].field(&trial), level)
			if n.setting == "latency_dist" {
				trial.Latency = time.Second
			}
			if n.setting == "topology" {
				trial.Topology = "random"
			}
		}
		switch p := s.field(&trial).(type) {
		case *string:
			*p += "x"
		case *int:
			*p++
		case *float64:
			*p += 0.25
		case *time.Duration:
			*p++
		}
		note(s.Name, trial)
	}
	trial := defaults
	trial.Seed++
	note("seed", trial)
	trial = defaults
	trial.Params = param.Values{"fanout": "2"}
	note("fanout", trial)
	trial = defaults
	trial.Replicate++
	if trial.ID() != defaults.ID() {
		t.Error("the replicate's number, without its seed, changes the ID")
	}
}

// TestSettingsCoverTrial: every field of Trial has a name in files, IDs and results.
func TestSettingsCoverTrial(t *testing.T) {
	var trial Trial
	var fields []uintptr
	for _, s := range settings {
		fields = append(fields, reflect.ValueOf(s.field(&trial)).Pointer())
	}
	v := reflect.ValueOf(&trial).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if !slices.Contains(fields, v.Field(i).Addr().Pointer()) && !slices.Contains([]string{"Params", "Seed", "Replicate", "Unknown"}, name) {
			t.Errorf("Trial.%s has no setting in settings.go", name)
		}
	}
}

// TestDefaultsAreCanonical: the canonical form of a default is the text of its
// declaration. IDs depend on this.
func TestDefaultsAreCanonical(t *testing.T) {
	for _, s := range settings {
		if got, err := s.Parse(s.Default); err != nil || got != s.Default {
			t.Errorf("%s: default %q: canonical form %q, error %v", s.Name, s.Default, got, err)
		}
		if got := format(s.field(&defaults)); got != s.Default {
			t.Errorf("%s: default %q, written %q", s.Name, s.Default, got)
		}
	}
}

func TestResolved(t *testing.T) {
	trial := defaults
	trial.Nodes, trial.Concurrency, trial.Args = 25, "2n", " --a  b "
	if got := trial.Threads(); got != 50 {
		t.Errorf("Threads of 2n: got %d, want 50", got)
	}
	trial.Concurrency = "7"
	if got := trial.Threads(); got != 7 {
		t.Errorf("Threads of 7: got %d, want 7", got)
	}
	if got := trial.Arguments(); !slices.Equal(got, []string{"--a", "b"}) {
		t.Errorf("Arguments: got %q", got)
	}
	if got := trial.Faults(); got != nil {
		t.Errorf("Faults of none: got %q", got)
	}
	trial.Nemesis = "partition+kill"
	if got := trial.Faults(); !slices.Equal(got, []string{"partition", "kill"}) {
		t.Errorf("Faults: got %q", got)
	}
	for text, want := range map[string]float64{"": -1, "total": 1, "0.25": 0.25} {
		trial.Availability = text
		got, wanted := trial.LeastOK()
		if !wanted {
			got = -1
		}
		if got != want {
			t.Errorf("LeastOK of %q: got %v, want %v (-1 stands for none)", text, got, want)
		}
	}
}

// TestValues compares the methods that return a trial's values.
func TestValues(t *testing.T) {
	trial := defaults
	trial.Params, trial.Seed, trial.Replicate = param.Values{"fanout": "2"}, 9, 4
	values := trial.Values()
	had := 1
	for i := range settings {
		if trial.Concerns(settings[i].Name) {
			had++
		}
	}
	if len(values) != had || had < 20 || values["fanout"] != "2" {
		t.Errorf("got %d values, want %d", len(values), had)
	}
	values["seed"], values["replicate"] = "9", "4"
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if got, ok := trial.Value(name); !ok || got != values[name] {
			t.Errorf("Value(%s): got %q, %v, want %q", name, got, ok, values[name])
		}
	}
	if got, ok := trial.Value("interval"); ok {
		t.Errorf("Value of a parameter that the strategy lacks: got %q", got)
	}
}

// TestRandStreams: streams of one seed differ, and each is the same every time.
func TestRandStreams(t *testing.T) {
	trial := defaults
	trial.Seed = 3
	a, again, b := trial.Rand("ops").Uint64(), trial.Rand("ops").Uint64(), trial.Rand("latency").Uint64()
	if a != again || a == b {
		t.Errorf("got %d, %d for ops and %d for latency", a, again, b)
	}
}

// TestTrialJSON checks the JSON form against one written by hand.
func TestTrialJSON(t *testing.T) {
	trial := defaults
	trial.Strategy, trial.Latency, trial.Loss = "gossip", 1500*time.Microsecond, 0.25
	trial.Params = param.Values{"fanout": "2", "coin": "true", "interval": "50ms", "note": "007", "p": "1e+06"}
	trial.Seed, trial.Replicate = 18446744073709551615, 2
	want := `{"workload":"broadcast","backend":"sim","strategy":"gossip","bin":"","args":"","nodes":5,"topology":"grid","degree":4,` +
		`"latency":"1.5ms","latency_min":"0s","latency_dist":"constant","network":"maelstrom","message_time":"0s","jitter":"100µs","loss":0.25,"duplicate":0,"stall":0,"rounds":"asynchronous","values":1,"origins":"random","until":"quiet","dead":0,"churn":0,"key_count":10,"max_writes_per_key":16,"max_txn_length":4,"consistency_models":"strict-serializable","rate":5,` +
		`"time_limit":"1m0s","concurrency":"1n","recovery":"10s","rpc_timeout":"5s","availability":"","nemesis":"none","nemesis_interval":"10s",` +
		`"coin":true,"fanout":2,"interval":"50ms","note":"007","p":1e+06,"seed":18446744073709551615,"replicate":2}`
	got, err := json.Marshal(trial)
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	var back Trial
	if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, trial) {
		t.Errorf("read back: got %+v, %v\nwant %+v", back, err, trial)
	}
}
