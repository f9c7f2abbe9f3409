package gossiptest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/strategies/gossip"
	"gossipbench/strategies/param"
)

// toy sends each value to everyone, and breaks one rule of the contract.
type toy struct {
	config gossip.Config
	breaks string
	values *gossip.Set
	buffer []gossip.Value
}

func (s *toy) Start(env gossip.Env) {
	if s.breaks == "timers" {
		env.After(-time.Second, gossip.Timer{})
	}
}

func (s *toy) Broadcast(env gossip.Env, v gossip.Value) {
	if s.breaks != "deafness" {
		s.values.Add(v)
	}
	if s.breaks == "invention" {
		s.values.Add(v + 1000)
	}
	if s.breaks == "silence" {
		return
	}
	m := gossip.Message{Values: []gossip.Value{v}}
	if s.breaks == "reuse" {
		s.buffer = append(s.buffer[:0], v)
		m.Values = s.buffer
	}
	if s.breaks == "kinds" {
		m.Kind = 1
	}
	for peer := range gossip.NodeID(s.config.Nodes) {
		if peer != s.config.Self || s.breaks == "talking to itself" {
			env.Send(peer, m)
		}
		if s.breaks == "losing interest" && s.config.Rand.IntN(4) == 0 {
			return
		}
	}
}

func (s *toy) Receive(_ gossip.Env, _ gossip.NodeID, m gossip.Message) {
	if s.breaks == "amnesia" {
		s.values = &gossip.Set{}
	}
	for _, v := range m.Values {
		s.values.Add(v)
	}
}

func (s *toy) Expire(gossip.Env, gossip.Timer) {}

func (s *toy) Values() *gossip.Set { return s.values }

func toySpec(breaks string, promise gossip.Promise) gossip.Spec {
	return gossip.Spec{
		Name:    "toy",
		Kinds:   []string{"rumor"},
		Params:  []gossip.Param{{Name: "speed", Kind: param.Int, Default: "1"}},
		Promise: func(gossip.Params) gossip.Promise { return promise },
		New: func(c gossip.Config, _ gossip.Params) gossip.Strategy {
			return &toy{config: c, breaks: breaks, values: &gossip.Set{}}
		},
	}
}

// TestJudge is the proof that the shared tests can fail: each rule is broken by
// a strategy of its own, and some scenario must notice.
func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		breaks  string
		promise gossip.Promise
		faults  Faults
		want    string // part of the error; "" where there is none
	}{
		{"nothing", gossip.IfLossless, Lossless, ""},
		{"nothing", gossip.IfLossless, Healing, ""},
		{"nothing", gossip.IfLossless, Forgetful, ""},
		{"nothing", gossip.IfHealed, Healing, "promised every value everywhere (if healed)"},
		{"losing interest", gossip.IfLossless, Lossless, "promised every value everywhere (if lossless)"},
		{"silence", gossip.Probably, Lossless, "nobody was told"},
		{"deafness", gossip.Probably, Lossless, "was told is safe"},
		{"invention", gossip.Probably, Lossless, "which nobody brought"},
		{"amnesia", gossip.Probably, Lossless, "forgot values"},
		{"reuse", gossip.Probably, Lossless, "changed values after it had sent them"},
		{"kinds", gossip.Probably, Lossless, "which has no name"},
		{"talking to itself", gossip.Probably, Lossless, "want another node"},
		{"timers", gossip.Probably, Lossless, "set a timer for -1s"},
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
