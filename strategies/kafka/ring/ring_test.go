package ring

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// script is an Env that records the node's actions. The test answers calls and
// advances the time.
type script struct {
	t        *testing.T
	handlers server.Handlers
	now      time.Duration
	pending  []pending
	last     server.Handle
	log      []string
}

type pending struct {
	handle server.Handle
	at     time.Duration
	f      func()
	done   func(server.Message, *wire.Error)
}

func (e *script) Now() time.Duration               { return e.now }
func (e *script) Send(string, string, wire.Fields) {}

func (e *script) Reply(m server.Message, typ string, fields wire.Fields) {
	e.log = append(e.log, fmt.Sprintf("%s: %s%s", m.Src, typ, fields))
}

func (e *script) After(d time.Duration, f func()) server.Handle {
	e.last++
	e.pending = append(e.pending, pending{e.last, e.now + d, f, nil})
	return e.last
}

func (e *script) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	h := e.After(timeout, func() { done(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"}) })
	e.pending[len(e.pending)-1].done = done
	e.log = append(e.log, fmt.Sprintf("%s: %s%s", to, typ, fields))
	return h
}

func (e *script) Cancel(h server.Handle) {
	e.pending = slices.DeleteFunc(e.pending, func(p pending) bool { return p.handle == h })
}

// answer answers the oldest open call.
func (e *script) answer(body string, code wire.Code) {
	i := slices.IndexFunc(e.pending, func(p pending) bool { return p.done != nil })
	p := e.pending[i]
	e.Cancel(p.handle)
	if code != 0 {
		p.done(server.Message{}, &wire.Error{Code: code})
		return
	}
	p.done(server.Message{Body: []byte(body)}, nil)
}

func (e *script) wait(d time.Duration) {
	end := e.now + d
	for {
		slices.SortStableFunc(e.pending, func(a, b pending) int { return int(a.at - b.at) })
		if len(e.pending) == 0 || e.pending[0].at > end {
			e.now = end
			return
		}
		p := e.pending[0]
		e.pending = e.pending[1:]
		e.now = p.at
		p.f()
	}
}

func (e *script) hear(src, typ, body string) {
	e.handlers.Handle(e, server.Message{Src: src, Type: typ, Body: []byte(body)})
}

func (e *script) want(lines ...string) {
	e.t.Helper()
	if got, want := strings.Join(e.log, "\n"), strings.Join(lines, "\n"); got != want {
		e.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	e.log = nil
}

// start starts n0 of n0 and n1. On their circle n0 writes "c" and n1 writes "a";
// TestOwners checks that.
func start(t *testing.T, batch string) *script { return startLife(t, batch, server.Memory{}) }

// startLife starts n0 with the current disk.
func startLife(t *testing.T, batch string, disk server.Memory) *script {
	params, errs := Spec.Check(map[string]string{"batch": batch})
	if errs != nil {
		t.Fatal(errs)
	}
	e := &script{t: t}
	var err error
	e.handlers, err = Spec.New(params).Start(e, server.Config{Self: "n0", Nodes: []string{"n0", "n1"}, Disk: disk})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOwners(t *testing.T) {
	c := newCircle([]string{"n0", "n1"}, 64)
	got := ""
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		got += key + c.owner(key) + " "
	}
	if want := "an1 bn1 cn0 dn1 en1 fn0 gn0 hn0 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCircle tests consistent hashing: nodes have similar shares of many keys, and
// removing a node does not move the keys of others.
func TestCircle(t *testing.T) {
	nodes := []string{"n0", "n1", "n2", "n3", "n4"}
	all, fewer := newCircle(nodes, 64), newCircle(nodes[:4], 64)
	share := map[string]int{}
	const keys = 10000
	for i := range keys {
		key := fmt.Sprint(i)
		owner := all.owner(key)
		share[owner]++
		if other := fewer.owner(key); owner != "n4" && other != owner {
			t.Fatalf("key %s: n4 went, and it moved from %s to %s", key, owner, other)
		}
	}
	// The share of a node varies by about 1/√64 of the mean, 2,000.
	for _, node := range nodes {
		if n := share[node]; n < 1250 || n > 2750 {
			t.Errorf("%s has %d of %d keys", node, n, keys)
		}
	}
}

// TestWriter tests that a writer appends the messages that arrive during a write in
// one more write, and answers polls from memory.
func TestWriter(t *testing.T) {
	e := start(t, "100")
	e.hear("c1", "send", `{"key":"c","msg":1}`)
	e.want(`lin-kv: cas,"key":"log 0 c","from":null,"to":{"msgs":[1],"by":[["n0","0.1"]]},"create_if_not_exists":true`)
	e.hear("c2", "send", `{"key":"c","msg":2}`)
	e.hear("n1", "sends", `{"sends":[["c",3]]}`)
	e.want()
	e.answer(`{}`, 0)
	e.want(`c1: send_ok,"offset":0`,
		`lin-kv: cas,"key":"log 0 c","from":{"msgs":[1],"by":[["n0","0.1"]]},"to":{"msgs":[1,2,3],"by":[["n0","0.2"]]}`)
	e.hear("c3", "poll", `{"offsets":{"c":0}}`)
	e.want(`c3: poll_ok,"msgs":{"c":[[0,1]]}`) // the rest is not acknowledged
	e.answer(`{}`, 0)
	e.want(`c2: send_ok,"offset":1`, `n1: sends_ok,"offsets":[2]`)
}

// TestUnknownWrite tests that the node finds out the outcome of a write without an
// answer, and never reports it as failed.
func TestUnknownWrite(t *testing.T) {
	e := start(t, "100")
	e.hear("c1", "send", `{"key":"c","msg":1}`)
	e.wait(time.Second)
	e.log = e.log[1:]
	e.want(`lin-kv: read,"key":"log 0 c"`)
	e.answer(`{"value":{"msgs":[1],"by":[["n0","0.1"]]}}`, 0)
	e.want(`c1: send_ok,"offset":0`)
	e.hear("c1", "send", `{"key":"c","msg":2}`)
	e.wait(6 * time.Second)
	if got := e.log[len(e.log)-1]; got != `c1: error,"code":0,"text":"nobody knows whether the log was written"` {
		t.Errorf("got %s", got)
	}
}

// TestDelegate tests that sends that arrive while the writer is asked are combined.
// Messages that were not sent to a mute writer are refused; the outcome of others
// is unknown.
func TestDelegate(t *testing.T) {
	e := start(t, "100")
	for i := range 3 {
		e.hear(fmt.Sprint("c", i), "send", fmt.Sprintf(`{"key":"a","msg":%d}`, i))
	}
	e.want(`n1: sends,"sends":[["a",0]]`)
	e.answer(`{"offsets":[5]}`, 0)
	e.want(`c0: send_ok,"offset":5`, `n1: sends,"sends":[["a",1],["a",2]]`)
	e.hear("c3", "send", `{"key":"a","msg":3}`)
	e.wait(time.Second)
	e.want(`n1: sends,"sends":[]`) // the check of a mute peer
	e.wait(4 * time.Second)
	e.log = slices.DeleteFunc(e.log, func(line string) bool { return line == `n1: sends,"sends":[]` })
	e.want(`c3: error,"code":11,"text":"n1, which writes the log, does not answer"`,
		`c1: error,"code":0,"text":"nobody knows whether n1, which writes the log, did"`,
		`c2: error,"code":0,"text":"nobody knows whether n1, which writes the log, did"`)
}

// TestPollElsewhere tests that polls of a writer are combined and each gets its
// part, and that lin-kv is read if the writer does not answer.
func TestPollElsewhere(t *testing.T) {
	e := start(t, "100")
	for i, offset := range []int{0, 2, 1} {
		e.hear(fmt.Sprint("c", i), "poll", fmt.Sprintf(`{"offsets":{"a":%d}}`, offset))
	}
	e.want(`n1: poll,"offsets":{"a":0}`)
	e.answer(`{"msgs":{}}`, 0)
	e.want(`c0: poll_ok,"msgs":{}`, `n1: poll,"offsets":{"a":1}`)
	e.answer(`{"msgs":{"a":[[1,7],[2,8]]}}`, 0)
	e.want(`c1: poll_ok,"msgs":{"a":[[2,8]]}`, `c2: poll_ok,"msgs":{"a":[[1,7],[2,8]]}`)
	e.hear("c3", "poll", `{"offsets":{"a":1}}`)
	e.wait(time.Second)
	e.want(`n1: poll,"offsets":{"a":1}`, `lin-kv: read,"key":"log 0 a"`)
	e.answer(`{"value":{"msgs":[6,7,8],"by":[]}}`, 0)
	e.want(`c3: poll_ok,"msgs":{"a":[[1,7],[2,8]]}`)
}

// ask sends a numbered request from another node.
func (e *script) ask(number int64, typ, body string) {
	e.handlers.Handle(e, server.Message{Src: "n1", Type: typ, Body: []byte(body), IDs: wire.IDs{MsgID: number, Request: true}})
}

// TestTwice tests that a forwarded message is appended once, whenever its second
// copy arrives. A restarted writer, which has forgotten earlier requests, appends
// nothing that was meant for its former life.
func TestTwice(t *testing.T) {
	e := start(t, "100")
	e.ask(7, "sends", `{"sends":[["c",1]]}`)
	e.want(`lin-kv: cas,"key":"log 0 c","from":null,"to":{"msgs":[1],"by":[["n0","0.1"]]},"create_if_not_exists":true`)
	e.ask(7, "sends", `{"sends":[["c",1]]}`)
	e.answer(`{}`, 0)
	e.want(`n1: sends_ok,"offsets":[0]`)
	e.ask(7, "sends", `{"sends":[["c",1]]}`)
	e.want()
	e.hear("c1", "sends", `{"sends":[["c",1]]}`)
	e.want(`c1: error,"code":10,"text":"sends: only nodes of the cluster may say so"`)

	e = startLife(t, "100", server.Memory{"life": []byte("2")})
	e.ask(7, "sends", `{"sends":[["c",1],["c",2]]}`)
	e.want(`n1: sends_ok,"offsets":[-2,-2],"life":2`)
	e.ask(8, "sends", `{"sends":[["c",1]],"life":2}`)
	e.want(`lin-kv: cas,"key":"log 0 c","from":null,"to":{"msgs":[1],"by":[["n0","2.1"]]},"create_if_not_exists":true`)
	e.answer(`{}`, 0)
	e.want(`n1: sends_ok,"offsets":[0],"life":2`)
}

// TestLives tests that a node names the writer's life that it knows, and that a
// restarted node checks its peers first.
func TestLives(t *testing.T) {
	e := startLife(t, "100", server.Memory{"life": []byte("1")})
	e.hear("c1", "send", `{"key":"a","msg":1}`)
	e.want(`n1: sends,"sends":[]`)
	e.answer(`{"offsets":[],"life":3}`, 0)
	e.want(`n1: sends,"sends":[["a",1]],"life":3`)
	e.answer(`{"offsets":[-2],"life":4}`, 0)
	e.want(`c1: error,"code":0,"text":"nobody knows whether n1, which writes the log, did"`)
	e.hear("c1", "send", `{"key":"a","msg":2}`)
	e.want(`n1: sends,"sends":[["a",2]],"life":4`)
}
