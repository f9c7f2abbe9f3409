package broadcasttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// toy sends each value to all nodes, and breaks one rule of the contract.
type toy struct {
	config broadcast.Config
	breaks string
	values *broadcast.Set
	buffer []broadcast.Value
}

func (s *toy) Start(env broadcast.Env) {
	if s.breaks == "timers" {
		env.After(-time.Second, broadcast.Timer{})
	}
}

func (s *toy) Broadcast(env broadcast.Env, v broadcast.Value) {
	if s.breaks != "deafness" {
		s.values.Add(v)
	}
	if s.breaks == "invention" {
		s.values.Add(v + 1000)
	}
	if s.breaks == "silence" {
		return
	}
	m := broadcast.Message{Values: []broadcast.Value{v}}
	if s.breaks == "reuse" {
		s.buffer = append(s.buffer[:0], v)
		m.Values = s.buffer
	}
	if s.breaks == "kinds" {
		m.Kind = 1
	}
	for peer := range broadcast.NodeID(s.config.Nodes) {
		if peer != s.config.Self || s.breaks == "talking to itself" {
			env.Send(peer, m)
		}
		if s.breaks == "losing interest" && s.config.Rand.IntN(4) == 0 {
			return
		}
	}
}

func (s *toy) Receive(_ broadcast.Env, _ broadcast.NodeID, m broadcast.Message) {
	if s.breaks == "amnesia" {
		s.values = &broadcast.Set{}
	}
	for _, v := range m.Values {
		s.values.Add(v)
	}
}

func (s *toy) Expire(broadcast.Env, broadcast.Timer) {}

func (s *toy) Values() *broadcast.Set { return s.values }

func toySpec(breaks string, promise broadcast.Promise) broadcast.Spec {
	return broadcast.Spec{
		Name:    "toy",
		Kinds:   []string{"rumor"},
		Params:  []broadcast.Param{{Name: "speed", Kind: param.Int, Default: "1"}},
		Promise: func(broadcast.Params) broadcast.Promise { return promise },
		New: func(c broadcast.Config, _ broadcast.Params) broadcast.Strategy {
			return &toy{config: c, breaks: breaks, values: &broadcast.Set{}}
		},
	}
}

// TestJudge proves that the shared tests can fail: for each rule a strategy breaks
// it, and some scenario must notice.
func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		breaks  string
		promise broadcast.Promise
		faults  Faults
		want    string // part of the error; "" for none
	}{
		{"nothing", broadcast.IfLossless, Lossless, ""},
		{"nothing", broadcast.IfLossless, Healing, ""},
		{"nothing", broadcast.IfLossless, Forgetful, ""},
		{"nothing", broadcast.IfHealed, Healing, "promised every value everywhere (if healed)"},
		{"losing interest", broadcast.IfLossless, Lossless, "promised every value everywhere (if lossless)"},
		{"silence", broadcast.Probably, Lossless, "nobody was told"},
		{"deafness", broadcast.Probably, Lossless, "was told is safe"},
		{"invention", broadcast.Probably, Lossless, "which nobody brought"},
		{"amnesia", broadcast.Probably, Lossless, "forgot values"},
		{"reuse", broadcast.Probably, Lossless, "changed values after it had sent them"},
		{"kinds", broadcast.Probably, Lossless, "which has no name"},
		{"talking to itself", broadcast.Probably, Lossless, "want another node"},
		{"timers", broadcast.Probably, Lossless, "set a timer for -1s"},
	} {
		t.Run(fmt.Sprintf("%s, %v, %v", tt.breaks, tt.promise, tt.faults), func(t *testing.T) {
			var found []string
			for seed := range uint64(50) {
				if _, err := Draw(toySpec(tt.breaks, tt.promise), tt.faults, seed).Judge(); err != nil {
					found = append(found, err.Error())
				}
			}
			if tt.want == "" && found != nil {
				t.Errorf("got %q, want no error", found)
			}
			noticed := slices.ContainsFunc(found, func(text string) bool { return strings.Contains(text, tt.want) })
			if tt.want != "" && !noticed {
				t.Errorf("got %q, want %q among them", found, tt.want)
			}
		})
	}
}
