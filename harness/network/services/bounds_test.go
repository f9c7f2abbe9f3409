package services

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gossipbench/node/wire"
	"pgregory.net/rapid"
)

// TestRefusalIsShort: a small request gets a small error, however large the stored value
// is; a read gets the whole value.
func TestRefusalIsShort(t *testing.T) {
	large := strings.Repeat(`\\`, 1<<20)
	for _, name := range []string{"lin-kv", "seq-kv", "lww-kv"} {
		s := New(name, source())
		for range 9 { // until both replicas of lww-kv have it
			ask(s, "n0", `{"type":"write","key":1,"value":"`+large+`"}`)
		}
		for _, body := range []string{`{"type":"cas","key":1,"from":0,"to":0}`, `{"type":"` + strings.Repeat("<", 1000) + `"}`} {
			if got := ask(s, "n0", body); !strings.HasPrefix(got, "error") || len(got) > 1000 {
				t.Errorf("%s: %.60s: got %d bytes: %.200s", name, body, len(got), got)
			}
		}
		got := ask(s, "n0", `{"type":"cas","key":1,"from":"`+large+`","to":[]}`)
		if name != "lww-kv" && got != "cas_ok" {
			t.Errorf("%s: got %.200s, want the values to be equal", name, got)
		}
	}
}

// TestOddRequests: the services accept what Maelstrom's accept, and refuse what
// Maelstrom's do not answer.
func TestOddRequests(t *testing.T) {
	s := New("lin-kv", source())
	for _, tt := range []struct{ body, want string }{
		{`{"type":4}`, `error,"code":10,"text":"no such request: 4"`},
		{`{}`, `error,"code":10,"text":"no such request: "`},
		{`{"type":"write"}`, `write_ok`}, // key null, value null
		{`{"type":"read","key":null}`, `read_ok,"value":null`},
		{`{"type":"write","key":{"b":1,"a":[2.0]},"value":-1e400}`, `write_ok`},
		{`{"type":"cas","key":{"a":[2],"b":1},"from":1,"to":2}`, `error,"code":20,"text":"key does not exist"`},
		{`{"type":"cas","key":{"a":[20e-1],"b":1},"from":-1e500,"to":12345678901234567890}`, `cas_ok`},
		{`{"type":"read","key":{"a":[2.0],"b":1}}`, `read_ok,"value":12345678901234567890`},
	} {
		if got := ask(s, "n0", tt.body); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.want)
		}
	}
}

// wholeMerge is lww-kv as in Maelstrom: a merge compares every key.
type wholeMerge struct{ lwwKV }

func (s *wholeMerge) Handle(client string, body []byte) (string, wire.Fields) {
	for i := range s.replicas {
		for key := range s.replicas[i].store {
			s.replicas[i].fresh[key] = true
		}
	}
	return s.lwwKV.Handle(client, body)
}

// TestMergeOfFreshKeys: merging only the keys written since the last merge gives the same
// answers as merging all keys.
func TestMergeOfFreshKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		part := New("lww-kv", rand.New(rand.NewPCG(seed, 1)))
		whole := &wholeMerge{*New("lww-kv", rand.New(rand.NewPCG(seed, 1))).(*lwwKV)}
		for i := range rapid.IntRange(1, 100).Draw(t, "requests") {
			key := rapid.IntRange(0, 3).Draw(t, "key")
			body := fmt.Sprintf(`{"type":"write","key":%d,"value":%d}`, key, i)
			if rapid.Bool().Draw(t, "reads") {
				body = fmt.Sprintf(`{"type":"read","key":%d}`, key)
			}
			if got, want := ask(part, "n0", body), ask(whole, "n0", body); got != want {
				t.Fatalf("%d: %s: got %s, want %s", i, body, got, want)
			}
		}
	})
}

// FuzzHandle: each service answers any request with JSON, whose size is bounded by the
// request and the store.
func FuzzHandle(f *testing.F) {
	for _, body := range []string{
		`{"type":"read","key":1}`, `{"type":"write","key":"a","value":[1,{"b":2}]}`, `{"type":"cas","key":1,"from":null,"to":1e400,"create_if_not_exists":true}`,
		`{"type":"ts"}`, `{"type":[],"key":{},"key":"\ud800"}`, `{"type":"cas","key":-0,"from":"\u003c","to":12345678901234567890}`, `{}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m wire.Message
		if m.ParseBody(body) != nil {
			return
		}
		for _, name := range Names {
			s := New(name, source())
			_, _ = s.Handle("n0", []byte(`{"type":"write","key":1,"value":"first"}`))
			for range 3 {
				typ, fields := s.Handle("n1", m.Body)
				reply := append(append([]byte(`{"type":"`+typ+`"`), fields...), '}')
				if !json.Valid(reply) {
					t.Fatalf("%s: %q: got %s", name, body, reply)
				}
				if len(reply) > len(body)+1000 {
					t.Fatalf("%s: %q: got %d bytes", name, body, len(reply))
				}
			}
			if size := s.Size(); size > 2*len(body)+100 {
				t.Fatalf("%s: %q: it holds %d bytes", name, body, size)
			}
		}
	})
}
