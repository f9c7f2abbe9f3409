package raft

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/node/wire"
	"gossipbench/strategies/linkv"
	core "gossipbench/strategies/raft"
	"gossipbench/strategies/server"
)

// lone is n1 of three nodes. It records messages, and its clock advances only in
// wait.
type lone struct {
	server.Memory
	t        *testing.T
	handlers server.Handlers
	now      time.Duration
	last     server.Handle
	timers   map[server.Handle]func()
	due      map[server.Handle]time.Duration
	calls    map[server.Handle]func(server.Message, *wire.Error)
	log      []string
}

func newLone(t *testing.T, disk server.Memory, raw map[string]string) *lone {
	t.Helper()
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	e := &lone{
		Memory: disk, t: t, timers: map[server.Handle]func(){}, due: map[server.Handle]time.Duration{},
		calls: map[server.Handle]func(server.Message, *wire.Error){},
	}
	handlers, err := Spec.New(params).Start(e, server.Config{
		Self: "n1", Nodes: []string{"n0", "n1", "n2"}, Rand: rand.New(rand.NewPCG(1, 1)), Disk: disk,
	})
	if err != nil {
		t.Fatal(err)
	}
	e.handlers = handlers
	return e
}

func (e *lone) Now() time.Duration { return e.now }

func (e *lone) Send(to, typ string, fields wire.Fields) {
	e.log = append(e.log, fmt.Sprintf("%s: %s%s", to, typ, fields))
}

func (e *lone) Reply(m server.Message, typ string, fields wire.Fields) {
	e.log = append(e.log, fmt.Sprintf("%s: reply %d: %s%s", m.Src, m.MsgID, typ, fields))
}

func (e *lone) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	h := e.After(timeout, func() { done(server.Message{}, &wire.Error{Code: wire.Timeout}) })
	e.calls[h] = done
	e.log = append(e.log, fmt.Sprintf("%s: call: %s%s", to, typ, fields))
	return h
}

func (e *lone) After(d time.Duration, f func()) server.Handle {
	e.last++
	e.timers[e.last], e.due[e.last] = f, e.now+d
	return e.last
}

func (e *lone) Cancel(h server.Handle) {
	delete(e.timers, h)
	delete(e.due, h)
	delete(e.calls, h)
}

// wait advances the time.
func (e *lone) wait(d time.Duration) {
	for end := e.now + d; ; {
		first := server.Handle(0)
		for h, due := range e.due {
			if due <= end && (first == 0 || due < e.due[first] || due == e.due[first] && h < first) {
				first = h
			}
		}
		if first == 0 {
			e.now = end
			return
		}
		f := e.timers[first]
		e.now = e.due[first]
		e.Cancel(first)
		f()
	}
}

func (e *lone) hear(src, body string) {
	e.t.Helper()
	var m wire.Message
	if err := m.Parse(wire.AppendEnvelope(nil, src, "n1", []byte(body))); err != nil {
		e.t.Fatalf("%s: %v", body, err)
	}
	e.handlers.Handle(e, server.Message{Src: src, Type: string(m.Type), Body: m.Body, IDs: m.IDs})
}

// answer answers the only open call.
func (e *lone) answer(body string, err *wire.Error) {
	e.t.Helper()
	if len(e.calls) != 1 {
		e.t.Fatalf("%d calls wait, want one", len(e.calls))
	}
	for h, done := range e.calls {
		e.Cancel(h)
		done(server.Message{Body: []byte(body)}, err)
		return
	}
}

func (e *lone) want(lines ...string) {
	e.t.Helper()
	if !slices.Equal(e.log, lines) {
		e.t.Errorf("got\n%s\nwant\n%s", strings.Join(e.log, "\n"), strings.Join(lines, "\n"))
	}
	e.log = nil
}

// leads makes n1 the leader and commits its first entry.
func (e *lone) leads() {
	e.t.Helper()
	e.hear("n0", `{"type":"append","term":1}`)
	e.wait(1200 * time.Millisecond)
	e.hear("n0", `{"type":"vote_reply","term":2}`)
	e.hear("n0", `{"type":"append_reply","term":2,"index":1}`)
	e.log = nil
}

var plain = map[string]string{"prevote": "false", "election": "600ms", "heartbeat": "600ms"}

// TestSilence tests that a node sends nothing before it receives a message.
func TestSilence(t *testing.T) {
	e := newLone(t, server.Memory{}, nil)
	e.wait(time.Hour)
	e.want()
}

func TestElected(t *testing.T) {
	e := newLone(t, server.Memory{}, plain)
	e.hear("c1", `{"type":"write","msg_id":1,"key":7,"value":{"a": 1}}`)
	e.wait(1199 * time.Millisecond)
	e.want("n0: vote,\"term\":1", "n2: vote,\"term\":1")
	e.hear("n2", `{"type":"vote_reply","term":1}`)
	const entries = `"entries":[[1,null],[1,{"origin":1,"life":1,"number":1,"op":"write","key":7,"value":{"a":1}}]]`
	e.want(`n0: append,"term":1,`+entries, `n2: append,"term":1,`+entries)
	e.hear("n2", `{"type":"append_reply","term":1,"index":2}`)
	e.want("c1: reply 1: write_ok")
}

// TestLeader sends a client's requests to a leader.
func TestLeader(t *testing.T) {
	e := newLone(t, server.Memory{}, plain)
	e.leads()
	index := 1
	for _, tt := range []struct{ request, want string }{
		{`"read","msg_id":1,"key":"x"`, `error,"code":20,"text":"no such key"`},
		{`"cas","msg_id":1,"key":"x","from":1,"to":2`, `error,"code":20,"text":"no such key"`},
		{`"cas","msg_id":1,"key":"y","from":1,"to":2,"create_if_not_exists":true`, `cas_ok`},
		{`"write","msg_id":1,"key":"x","value":[1, 2]`, `write_ok`},
		{`"read","msg_id":1,"key":"x"`, `read_ok,"value":[1,2]`},
		{`"cas","msg_id":1,"key":"x","from":[2],"to":3`, `error,"code":22,"text":"want [2], got [1,2]"`},
		{`"cas","msg_id":1,"key":"x","from":[1,2 ],"to":null`, `cas_ok`},
		{`"read","msg_id":1,"key":"x"`, `read_ok,"value":null`},
	} {
		e.hear("c1", `{"type":`+tt.request+`}`)
		if !strings.HasPrefix(tt.request, `"read"`) {
			index++
		}
		for _, line := range e.log { // of any round
			if round := wire.Field([]byte("{"+line[strings.Index(line, ",")+1:]+"}"), "round"); round != nil && strings.HasPrefix(line, "n0") {
				e.log = nil
				e.hear("n0", fmt.Sprintf(`{"type":"append_reply","term":2,"index":%d,"round":%s}`, index, round))
				break
			}
		}
		if len(e.log) != 1 {
			e.log = nil
			e.hear("n0", fmt.Sprintf(`{"type":"append_reply","term":2,"index":%d}`, index))
		}
		e.want("c1: reply 1: " + tt.want)
	}
}

func TestFollower(t *testing.T) {
	e := newLone(t, server.Memory{}, plain)
	e.hear("n2", `{"type":"append","term":1}`)
	e.log = nil
	const call = `n2: call: forward,"life":1,"number":%d,"op":"read","key":"x"`
	for i, tt := range []struct {
		body string
		err  *wire.Error
		want string
	}{
		{`{"value":5}`, nil, `read_ok,"value":5`},
		{"", &wire.Error{Code: 20, Text: "no such key"}, `error,"code":20,"text":"no such key"`},
		{"", &wire.Error{Code: 22, Text: "no"}, `error,"code":22,"text":"no"`},
	} {
		e.hear("c1", `{"type":"read","msg_id":1,"key":"x"}`)
		e.want(fmt.Sprintf(call, i+1))
		e.answer(tt.body, tt.err)
		e.want("c1: reply 1: " + tt.want)
	}

	// The leader was deposed; n0 is the next one.
	e.hear("c1", `{"type":"write","msg_id":9,"key":"x","value":1}`)
	e.answer("", &wire.Error{Code: wire.TemporarilyUnavailable})
	e.log = nil
	e.hear("n0", `{"type":"append","term":2}`)
	e.want(`n0: call: forward,"life":1,"number":4,"op":"write","key":"x","value":1`, `n0: append_reply,"term":2`)

	// n0 does not answer the call, but commits the entry.
	e.hear("n0", `{"type":"append","term":2,"commit":1,"entries":[[2,{"origin":1,"life":1,"number":4,"op":"write","key":"x","value":1}]]}`)
	e.want(`c1: reply 9: write_ok`, `n0: append_reply,"term":2,"index":1`)
}

// TestPatience tests that a client learns in time whether its request may still be
// executed.
func TestPatience(t *testing.T) {
	e := newLone(t, server.Memory{}, map[string]string{"election": "10s"})
	e.hear("c1", `{"type":"write","msg_id":1,"key":"x","value":1}`)
	e.wait(4 * time.Second)
	e.want(`c1: reply 1: error,"code":11,"text":"no leader has answered in time"`)

	e.hear("n2", `{"type":"append","term":1}`)
	e.hear("c1", `{"type":"write","msg_id":2,"key":"x","value":1}`)
	e.hear("c1", `{"type":"read","msg_id":3,"key":"x"}`)
	e.log = nil
	e.wait(4 * time.Second)
	e.want(`c1: reply 2: error,"code":0,"text":"a leader may yet do it"`, `c1: reply 3: error,"code":11,"text":"no leader has answered in time"`)
}

func TestRefuse(t *testing.T) {
	e := newLone(t, server.Memory{}, map[string]string{"followers": "refuse"})
	e.hear("c1", `{"type":"write","msg_id":1,"key":"x","value":1}`)
	e.want(`c1: reply 1: error,"code":11,"text":"n1 does not lead"`)
	e.hear("n0", `{"type":"forward","msg_id":2,"life":1,"number":1,"op":"read","key":"x"}`)
	e.want(`n0: reply 2: error,"code":11,"text":"n1 does not lead"`)
}

func TestMalformed(t *testing.T) {
	e := newLone(t, server.Memory{}, nil)
	for _, tt := range []struct{ src, body, want string }{
		{"c1", `{"type":"read","msg_id":1}`, "read: want a key"},
		{"c1", `{"type":"write","msg_id":1,"key":"x"}`, "write: want a key and a value"},
		{"c1", `{"type":"cas","msg_id":1,"key":"x","to":1}`, "cas: want a key, from and to"},
		{"n0", `{"type":"forward","msg_id":1,"life":1,"number":0,"op":"read","key":1}`, "forward: want a command of a node of the cluster"},
		{"c1", `{"type":"forward","msg_id":1,"life":1,"number":1,"op":"read","key":1}`, "forward: want a command of a node of the cluster"},
		{"n0", `{"type":"append","msg_id":1,"term":"1"}`, "append: want what a node of the cluster says"},
		{"n0", `{"type":"append","msg_id":1,"term":1,"entries":[[1,{"op":"sing"}]]}`, "append: want what a node of the cluster says"},
		{"n0", `{"type":"install","msg_id":1,"term":1,"snapshot_index":1,"snapshot_term":1,"snapshot":"AQ=="}`, "install: want what a node of the cluster says"},
		{"n1", `{"type":"vote","msg_id":1,"term":1}`, "vote: want what a node of the cluster says"},
		{"c1", `{"type":"vote","msg_id":1,"term":1}`, "vote: want what a node of the cluster says"},
	} {
		e.hear(tt.src, tt.body)
		e.want(tt.src + `: reply 1: error,"code":12,"text":"` + tt.want + `"`)
	}
}

// TestDisk tests that a node continues from its disk, also if a Save was
// interrupted.
func TestDisk(t *testing.T) {
	d := server.Memory{}
	e := newLone(t, d, plain)
	e.leads()
	e.hear("c1", `{"type":"write","msg_id":1,"key":"x","value":1}`)
	e.hear("n0", `{"type":"append_reply","term":2,"index":2}`)
	again := newLone(t, d, plain)
	again.hear("n2", `{"type":"vote","term":2,"index":9,"log_term":2}`)
	again.want(`n2: vote_reply,"term":2,"refused":true`)
	again.leads2(t)
	if saved, err := (disk{d}).load(); err != nil || saved.Term != 3 || saved.Vote != 1 || len(saved.Entries) != 3 {
		t.Errorf("got %+v, %v, want term 3, a vote for n1 and three entries", saved, err)
	}
	if life, err := (disk{d}).begin(); life != 3 || err != nil {
		t.Errorf("got life %d, %v, want the third", life, err)
	}
}

// leads2 elects n1 in term 3, with two entries of a former life.
func (e *lone) leads2(t *testing.T) {
	e.wait(1200 * time.Millisecond)
	e.want(`n0: vote,"term":3,"index":2,"log_term":2`, `n2: vote,"term":3,"index":2,"log_term":2`)
	e.hear("n0", `{"type":"vote_reply","term":3}`)
	e.hear("n0", `{"type":"append_reply","term":3,"index":3}`)
	e.log = nil
	e.hear("c1", `{"type":"read","msg_id":1,"key":"x"}`)
	e.hear("n0", `{"type":"append_reply","term":3,"index":3,"round":1}`)
	if want := `c1: reply 1: read_ok,"value":1`; e.log[len(e.log)-1] != want {
		t.Errorf("got %q, want %s", e.log, want)
	}
}

func TestDiskSave(t *testing.T) {
	command := func(number uint64) []byte {
		return command{name{0, 1, number}, linkv.Operation{Kind: linkv.Read, Key: `"k"`}}.append(nil)
	}
	m := newMachine()
	rapid.Check(t, func(t *rapid.T) {
		d, twin := disk{server.Memory{}}, core.Saved{}
		for step := range rapid.IntRange(1, 10).Draw(t, "steps") {
			last, base := uint64(len(twin.Entries)), uint64(0)
			if twin.Snapshot != nil {
				base = twin.Snapshot.Index
			}
			last += base
			s := core.Save{State: core.State{Term: uint64(step + 1), Vote: core.NodeID(rapid.IntRange(-1, 2).Draw(t, "vote"))}}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				s.Snapshot = &core.Snapshot{Index: rapid.Uint64Range(base+1, last+5).Draw(t, "snapshot"), Term: uint64(step + 1), State: m.encode()}
				if s.Snapshot.Index <= last {
					s.Truncate = s.Snapshot.Index + 1
				}
				last = s.Snapshot.Index
			case 1:
				if last > base {
					s.Truncate = rapid.Uint64Range(base+1, last).Draw(t, "truncate")
					last = s.Truncate - 1
				}
			}
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				last++
				s.Entries = append(s.Entries, core.Entry{Index: last, Term: uint64(step + 1), Command: command(last)})
			}
			d.save(&s)
			s.Apply(&twin)
			got, err := d.load()
			if err != nil || got.State != twin.State || !reflect.DeepEqual(got.Snapshot, twin.Snapshot) || len(got.Entries) != len(twin.Entries) {
				t.Fatalf("after %+v\n got %+v, %v\nwant %+v", s, got, err, twin)
			}
			for i, e := range got.Entries {
				if !reflect.DeepEqual(e, twin.Entries[i]) {
					t.Fatalf("got %+v, want %+v", e, twin.Entries[i])
				}
			}
			if kept := len(d.Keys()); kept > 2+len(twin.Entries) {
				t.Fatalf("keeps %d keys for %d entries: %q", kept, len(twin.Entries), d.Keys())
			}
		}
	})
}

func TestBadDisk(t *testing.T) {
	for _, tt := range []struct{ key, value, want string }{
		{"life", "", "disk: life: want what a node has written, got something else"},
		{"state", "\x01", "disk: state: want what a node has written, got something else"},
		{"snapshot", "", "disk: snapshot: want what a node has written, got something else"},
		{"snapshot", "\x01\x01\x09", "disk: snapshot: want what a node has written, got something else"},
		{"entry/x", "", "disk: entry/x: want the key of an entry"},
		{"entry/0000000000000001", "", "disk: entry/0000000000000001: want an entry with its term"},
		{"entry/0000000000000001", "\x01{}", `disk: entry/0000000000000001: want a command, got "{}"`},
		{"entry/0000000000000001", "\x01", "saved: raft: want entry 1 of a term from 1 to 0, got entry 1 of term 1"},
	} {
		t.Run(tt.key+tt.want, func(t *testing.T) {
			params, _ := Spec.Check(nil)
			_, err := Spec.New(params).Start(nil, server.Config{
				Self: "n0", Nodes: []string{"n0"}, Rand: rand.New(rand.NewPCG(1, 1)), Disk: server.Memory{tt.key: []byte(tt.value)},
			})
			if err == nil || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestRefusedParameters(t *testing.T) {
	_, errs := Spec.Check(map[string]string{"election": "10ms", "heartbeat": "20ms"})
	if want := "raft: election: want at least heartbeat, or leaders are deposed between two heartbeats"; len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("got %v, want %s", errs, want)
	}
}

// TestMessages encodes and decodes every kind of message.
func TestMessages(t *testing.T) {
	m := newMachine()
	m.values[`"k"`] = []byte("[1]")
	m.apply(command{name{2, 1, 3}, linkv.Operation{Kind: linkv.Read, Key: `"k"`}})
	m.apply(command{name{2, 1, 4}, linkv.Operation{Kind: linkv.Read, Key: `"none"`}})
	state := m.encode()
	if back, err := decodeMachine(state); err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("got %+v, %v, want %+v", back, err, m)
	}
	number := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64())
	rapid.Check(t, func(t *rapid.T) {
		want := core.Message{
			Refused: rapid.Bool().Draw(t, "refused"), Term: number.Draw(t, "term"), Index: rapid.Uint64Range(0, 1<<60).Draw(t, "index"),
			LogTerm: number.Draw(t, "log term"), Conflict: number.Draw(t, "conflict"), Commit: number.Draw(t, "commit"), Round: number.Draw(t, "round"),
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "entries") {
			e := core.Entry{Index: want.Index + uint64(i) + 1, Term: number.Draw(t, "entry's term")}
			if rapid.Bool().Draw(t, "command") {
				e.Command = command{name{1, 2, 3}, linkv.Operation{Kind: linkv.CAS, Key: "1", From: []byte(`"\n"`), Value: []byte("null"), CreateNew: true}}.append(nil)
			}
			want.Entries = append(want.Entries, e)
		}
		if rapid.Bool().Draw(t, "snapshot") {
			want.Snapshot = &core.Snapshot{Index: number.Draw(t, "snapshot's index"), Term: number.Draw(t, "snapshot's term"), State: state}
		}
		fields := encode(nil, want)
		got, ok := decode(append(append([]byte(`{"type":""`), fields...), '}'))
		if !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %+v\nwant %+v", fields, got, want)
		}
	})
}

// TestWindow tests what the state machine remembers of requests.
func TestWindow(t *testing.T) {
	m := newMachine()
	put := func(life, number uint64, value string) (outcome, bool) {
		return m.apply(command{name{0, life, number}, linkv.Operation{Kind: linkv.Write, Key: "k", Value: []byte(value)}})
	}
	for _, tt := range []struct {
		life, number uint64
		value        string
		known        bool
		want         string // under key k
	}{
		{1, 5, "a", true, "a"},
		{1, 4, "b", true, "b"}, // out of order, but not executed yet
		{1, 5, "c", true, "b"}, // a duplicate
		{1, 1004, "d", true, "d"},
		{1, 5, "e", true, "d"},     // just in the window
		{1, 4, "e", false, "d"},    // forgotten
		{1, 3, "e", false, "d"},    // may have been executed
		{1, 9000, "x", true, "x"},  // far ahead
		{1, 1004, "y", false, "x"}, // so all others are forgotten
		{2, 1, "f", true, "f"},     // the node has restarted
		{1, 1005, "g", false, "f"}, // of a former life
	} {
		if _, known := put(tt.life, tt.number, tt.value); known != tt.known || string(m.values["k"]) != tt.want {
			t.Errorf("request %d of life %d: got %s, known %v, want %s, %v", tt.number, tt.life, m.values["k"], known, tt.want, tt.known)
		}
		for number := range m.sessions[0].outcomes {
			if number+window <= m.sessions[0].last {
				t.Errorf("request %d of life %d: %d is still known, want %d at least", tt.number, tt.life, number, m.sessions[0].last-window+1)
			}
		}
	}
}

// FuzzDecode parses arbitrary bytes as a message, a machine and a command.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"term":1,"entries":[[1,null],[1,{"origin":0,"life":1,"number":1,"op":"read","key":1}]]}`))
	f.Add([]byte(`{"term":1,"snapshot":"AAA=","snapshot_index":3}`))
	m := newMachine()
	f.Add(m.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, ok := decode(b); ok {
			for _, e := range m.Entries {
				if c, ok := parseCommand(e.Command); len(e.Command) > 0 && (!ok || c.number == 0) {
					t.Errorf("took %s", e.Command)
				}
			}
		}
		if m, err := decodeMachine(b); err == nil {
			if _, err := decodeMachine(m.encode()); err != nil {
				t.Errorf("what was read cannot be written and read: %v", err)
			}
		}
	})
}
