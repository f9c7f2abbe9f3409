package native

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

func TestMute(t *testing.T) {
	for _, tt := range []struct {
		name          string
		talk          talk
		calm, wasDown bool
		want          bool
	}{
		{"was not asked", talk{}, true, false, false},
		{"answered once", talk{asked: 9, answered: 1}, true, false, false},
		{"said nothing", talk{asked: 1}, true, false, true},
		{"said nothing, among faults", talk{asked: 1}, false, false, true},
		{"said nothing, and was down", talk{asked: 9}, false, true, false},
		{"spoke to others, asked once", talk{asked: 1, spoke: true}, true, false, false},
		{"spoke to others, asked often", talk{asked: 3, spoke: true}, true, false, true},
		{"spoke to others, who could not answer", talk{asked: 9, spoke: true}, false, false, false},
	} {
		if got := tt.talk.mute(tt.calm, tt.wasDown); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}

// TestWasDown: a kill or a pause excuses a node, a partition does not.
func TestWasDown(t *testing.T) {
	for _, kind := range []string{"kill", "pause", "partition"} {
		trial := muteTrial("echo", "")
		trial.Nodes, trial.Nemesis, trial.NemesisInterval, trial.Seed = 4, kind, time.Hour, 1
		var struck []int
		faults := workload.Faults(trial)
		for id := range trial.Nodes {
			if wasDown(faults, broadcast.NodeID(id)) {
				struck = append(struck, id)
			}
		}
		if want := kind != "partition"; (len(struck) == 1) != want {
			t.Errorf("%s: struck %v", kind, struck)
		}
	}
}

// muteTrial returns a trial with a node that says nothing.
func muteTrial(name, program string) trial.Trial {
	trial := trial.Default()
	trial.Backend, trial.Workload, trial.Strategy = "native", name, program
	trial.Nodes, trial.Topology, trial.Rate, trial.TimeLimit = 2, "line", 20, time.Second
	trial.Recovery, trial.RPCTimeout = 100*time.Millisecond, 3*time.Second
	return trial
}

// TestNeverAnswers: in every workload, if a node answers nothing but its set-up, the
// trial is an error that names the node. On Maelstrom echo, unique-ids, lin-kv and the
// transactions would be valid.
func TestNeverAnswers(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(workload.Protocols)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(Options{}).Run(context.Background(), muteTrial(name, "answers nobody but init"))
			var m *Misbehavior
			if !errors.As(err, &m) || m.Node != "n1" || !strings.Contains(m.What, "answer") {
				t.Errorf("got %v, want that n1 did not answer", err)
			}
		})
	}
}

// TestFallsSilent: in workloads without final ops, a node that answers at first and then
// stops causes a warning.
func TestFallsSilent(t *testing.T) {
	for _, name := range []string{"echo", "unique-ids", "lin-kv", "txn-rw-register", "txn-list-append"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patient(t, func() error { // a busy machine makes few ops
				result, err := New(Options{}).Run(context.Background(), muteTrial(name, "answers once"))
				if err != nil {
					return err
				}
				warned := strings.Join(result.Warnings, "\n")
				if !strings.Contains(warned, "ops without an answer: ") || !strings.Contains(warned, "n1 left out ") || result.Metrics[trial.Unanswered] < 1 {
					return fmt.Errorf("%v of the ops had no answer, warnings %q", result.Metrics[trial.Unanswered], result.Warnings)
				}
				return nil
			})
		})
	}
}
