package services

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ask sends a request and returns the type and the fields of the reply as one line.
func ask(s Service, client, body string) string {
	typ, fields := s.Handle(client, []byte(body))
	return typ + string(fields)
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestLinKV(t *testing.T) {
	s := New("lin-kv", source())
	for _, tt := range []struct{ body, want string }{
		{`{"type":"read","key":"a"}`, `error,"code":20,"text":"key does not exist"`},
		{`{"type":"cas","key":"a","from":1,"to":2}`, `error,"code":20,"text":"key does not exist"`},
		{`{"type":"cas","key":"a","from":1,"to":2,"create_if_not_exists":false}`, `error,"code":20,"text":"key does not exist"`},
		{`{"type":"cas","key":"a","from":1,"to":2,"create_if_not_exists":true}`, `cas_ok`},
		{`{"type":"read","key":"a"}`, `read_ok,"value":2`},
		{`{"type":"cas","key":"a","from":1,"to":3}`, `error,"code":22,"text":"current value 2 is not 1"`},
		{`{"type":"cas","key":"a","from":2,"to":{"x": [1]}}`, `cas_ok`},
		{`{"type":"read","key":"a"}`, `read_ok,"value":{"x": [1]}`},
		{`{"type":"cas","key":"a","from":{"x":[1]},"to":null}`, `cas_ok`},
		{`{"type":"read","key":"a"}`, `read_ok,"value":null`},
		{`{"type":"write","key":7,"value":"seven"}`, `write_ok`},
		{`{"type":"read","key":"7"}`, `error,"code":20,"text":"key does not exist"`}, // 7 is not "7"
		{`{"type":"read","key":7}`, `read_ok,"value":"seven"`},
		{`{"type":"append","key":7}`, `error,"code":10,"text":"no such request: append"`},
	} {
		if got := ask(s, "n0", tt.body); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.want)
		}
	}
}

func TestLinTSO(t *testing.T) {
	s := New("lin-tso", source())
	var got []string
	for _, body := range []string{`{"type":"ts"}`, `{"type":"ts"}`, `{"type":"read"}`, `{"type":"ts"}`} {
		got = append(got, ask(s, "n0", body))
	}
	want := `[ts_ok,"ts":0 ts_ok,"ts":1 error,"code":10,"text":"no such request: read" ts_ok,"ts":2]`
	if fmt.Sprint(got) != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
}

// TestSeqKVOrder checks sequential consistency. Every write has a new value. No client
// reads an older value of a key after a newer one, a client reads its own writes, and
// nobody reads a value that is 32 states old.
func TestSeqKVOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New("seq-kv", rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
		ask(s, "n9", `{"type":"write","key":"k","value":0}`)
		newest, last := 0, [3]int{}
		for range 200 {
			c := rapid.IntRange(0, 2).Draw(t, "client")
			client := fmt.Sprint("n", c)
			if rapid.Bool().Draw(t, "writes") {
				newest++
				ask(s, client, fmt.Sprintf(`{"type":"write","key":"k","value":%d}`, newest))
				last[c] = newest
				continue
			}
			var got int
			answer := ask(s, client, `{"type":"read","key":"k"}`)
			if strings.HasPrefix(answer, "error") && newest < remembered-1 && last[c] == 0 {
				continue // from before the first write
			}
			if _, err := fmt.Sscanf(answer, `read_ok,"value":%d`, &got); err != nil {
				t.Fatalf("%s: %s", client, answer)
			}
			if got < last[c] || got > newest || got <= newest-remembered {
				t.Fatalf("%s read %d after %d, the newest is %d", client, got, last[c], newest)
			}
			last[c] = got
		}
	})
}

// TestSeqKVIsStale: seq-kv often answers from an old state. If it did not, nodes that
// need lin-kv would pass with it.
func TestSeqKVIsStale(t *testing.T) {
	s := New("seq-kv", source())
	stale := 0
	for i := range 100 {
		ask(s, "n0", fmt.Sprintf(`{"type":"write","key":"k","value":%d}`, i))
		if ask(s, fmt.Sprint("n", i+1), `{"type":"read","key":"k"}`) != fmt.Sprintf(`read_ok,"value":%d`, i) {
			stale++
		}
	}
	if stale < 80 { // 31 of 32 states are old once there are 32
		t.Errorf("got %d stale reads of 100, want at least 80", stale)
	}
}

// TestLWWKV: a read may miss a write, but not forever, and the later of two writes wins.
func TestLWWKV(t *testing.T) {
	s := New("lww-kv", source())
	missed, clobbered := 0, 0
	for i := range 200 {
		ask(s, "n0", fmt.Sprintf(`{"type":"write","key":%d,"value":"x"}`, i))
		if strings.HasPrefix(ask(s, "n0", fmt.Sprintf(`{"type":"read","key":%d}`, i)), "error") {
			missed++
		}
		for range 40 { // each request merges with probability one half
			ask(s, "n0", `{"type":"read","key":"other"}`)
		}
		if got := ask(s, "n0", fmt.Sprintf(`{"type":"read","key":%d}`, i)); got != `read_ok,"value":"x"` {
			clobbered++
		}
	}
	if missed == 0 || clobbered > 0 {
		t.Errorf("got %d reads that missed a write at first and %d in the end, want some and none", missed, clobbered)
	}
	ask(s, "n0", `{"type":"write","key":"k","value":1}`)
	for range 100 {
		ask(s, "n0", `{"type":"read","key":"k"}`)
	}
	ask(s, "n0", `{"type":"write","key":"k","value":2}`)
	for range 100 {
		ask(s, "n0", `{"type":"read","key":"k"}`)
	}
	if got := ask(s, "n0", `{"type":"read","key":"k"}`); got != `read_ok,"value":2` {
		t.Errorf("got %s, want the later write", got)
	}
}

// TestMalformedRequests: malformed requests are refused or treated as null, and nothing
// panics.
func TestMalformedRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(rapid.SampledFrom(Names[:]).Draw(t, "service"), source())
		typ := rapid.SampledFrom([]string{`"read"`, `"write"`, `"cas"`, `7`, `null`}).Draw(t, "type")
		v := func(label string) string {
			return rapid.SampledFrom([]string{`null`, `{}`, `[{"a":[]}]`, `"\ud800"`, `1e400`, `true`}).Draw(t, label)
		}
		for range 5 {
			body := fmt.Sprintf(`{"type":%s,"key":%s,"value":%s,"from":%s,"to":%s,"create_if_not_exists":%s}`,
				typ, v("key"), v("value"), v("from"), v("to"), v("create"))
			if typ, _ := s.Handle("n0", []byte(body)); typ == "" {
				t.Fatalf("%s: no reply", body)
			}
		}
	})
}

// TestSize: the sizes of keys and values as JSON texts add up: "a" and 10 are 5 bytes,
// "b" and "xyz" are 8. A replaced value does not count.
func TestSize(t *testing.T) {
	for name, want := range map[string]int{"lin-kv": 13, "seq-kv": 13, "lin-tso": 0} {
		s := New(name, source())
		for _, body := range []string{
			`{"type":"write","key":"a","value":"replaced"}`, `{"type":"write","key":"a","value":10}`,
			`{"type":"cas","key":"b","from":0,"to":"xyz","create_if_not_exists":true}`,
			`{"type":"cas","key":"b","from":0,"to":"refused"}`, `{"type":"read","key":"c"}`, `{"type":"ts"}`,
		} {
			ask(s, "n0", body)
		}
		if got := s.Size(); got != want {
			t.Errorf("%s: got %d bytes, want %d", name, got, want)
		}
	}
	s := New("lww-kv", source())
	ask(s, "n0", `{"type":"write","key":"a","value":10}`)
	if got := s.Size(); got != 5 {
		t.Errorf("lww-kv: got %d bytes, want 5 on one replica", got)
	}
	for range 100 {
		ask(s, "n0", `{"type":"read","key":"a"}`)
	}
	if got := s.Size(); got != 10 {
		t.Errorf("lww-kv: got %d bytes, want 5 on each of two replicas", got)
	}
}
