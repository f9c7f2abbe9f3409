package server

import (
	"math/rand/v2"
	"testing"

	"gossipbench/node/wire"
)

func call(src string, id int64) Message {
	return Message{Src: src, IDs: wire.IDs{MsgID: id, Request: true}}
}

func TestOnce(t *testing.T) {
	var o Once
	for _, tt := range []struct {
		src  string
		id   int64
		want bool
	}{
		{"n1", 5, true}, {"n1", 5, false}, {"n2", 5, true}, {"n1", 4, true}, {"n1", 4, false}, {"n1", 5, false}, {"n1", 6, true},
	} {
		if got := o.First(call(tt.src, tt.id)); got != tt.want {
			t.Errorf("%s %d: got %v, want %v", tt.src, tt.id, got, tt.want)
		}
	}
	for range 2 {
		if !o.First(Message{Src: "n1"}) {
			t.Error("a message without a msg_id is not first")
		}
		if !o.First(Message{Src: "n1", IDs: wire.IDs{OtherMsgID: `"x"`, Request: true}}) {
			t.Error("a message whose msg_id is not an integer is not first")
		}
	}
}

// TestOnceTwin tests that Once is exact for MsgIDs in the window, and that no MsgID
// is ever first twice.
func TestOnceTwin(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var o Once
		seen := map[int64]bool{}
		next := int64(0)
		for range 3 * window {
			id := next - r.Int64N(20)
			if r.IntN(3) > 0 {
				next += 1 + r.Int64N(3)
				id = next
			}
			if got := o.First(call("n1", id)); got == seen[id] {
				t.Fatalf("seed %d, number %d: got %v; has come: %v", seed, id, got, seen[id])
			}
			seen[id] = true
		}
		if n := len(o.senders["n1"].all); n > window {
			t.Fatalf("remembers %d numbers, want at most %d", n, window)
		}
	}
}
