package raft

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/node/wire"
	core "gossipbench/strategies/raft"
	"gossipbench/strategies/service"
)

// den is n0 among two peers that may say anything. Whatever n0 sends must be a line
// of the protocol, or whoever carries messages stops listening to it.
type den struct {
	service.Memory
	node    *node
	on      service.Handlers
	now     time.Duration
	last    service.Handle
	pending map[service.Handle]waiting
	err     error
}

type waiting struct {
	due    time.Duration
	f      func()
	answer func(service.Message, *wire.Error)
}

// start begins a life of n0 with the disk as it is.
func (d *den) start() {
	d.now, d.pending = 0, map[service.Handle]waiting{}
	params, errs := Spec.Check(map[string]string{"snapshot-after": "3", "election": "600ms", "heartbeat": "600ms"})
	if errs != nil {
		panic(errs)
	}
	d.node = Spec.New(params).(*node)
	on, err := d.node.Start(d, service.Config{
		Self: "n0", Nodes: []string{"n0", "n1", "n2"}, Rand: rand.New(rand.NewPCG(1, 1)), Disk: d.Memory,
	})
	if err != nil {
		d.fail("does not start: %v", err)
		on = nil
	}
	d.on = on
}

func (d *den) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// Now and the rest implement service.Env.
func (d *den) Now() time.Duration { return d.now }

func (d *den) Send(to, typ string, fields wire.Fields) { d.sent(to, typ, fields) }

func (d *den) Reply(m service.Message, typ string, fields wire.Fields) {
	if m.Request {
		d.sent(m.Src, typ, fields)
	}
}

// sent looks at a line that n0 sends, and at whether an answer to a client is whole.
func (d *den) sent(to, typ string, fields wire.Fields) {
	line := wire.AppendMessage(nil, "n0", to, typ, wire.IDs{}, fields)
	var m wire.Message
	if err := m.Parse(line[:len(line)-1]); err != nil || bytes.Contains(line[:len(line)-1], []byte{'\n'}) {
		d.fail("sends %.200q, which is no line of the protocol: %v", line, err)
	}
	if hasValue := wire.Field(m.Body, "value") != nil; to == "c1" && strings.HasSuffix(typ, "_ok") && hasValue != (typ == "read_ok") {
		d.fail("answers a client %.200q", line)
	}
}

func (d *den) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(service.Message, *wire.Error)) service.Handle {
	d.sent(to, typ, fields)
	h := d.After(timeout, func() { done(service.Message{}, &wire.Error{Code: wire.Timeout}) })
	w := d.pending[h]
	w.answer = done
	d.pending[h] = w
	return h
}

func (d *den) After(after time.Duration, f func()) service.Handle {
	d.last++
	d.pending[d.last] = waiting{due: d.now + after, f: f}
	return d.last
}

func (d *den) Cancel(h service.Handle) { delete(d.pending, h) }

// first returns what waits and was asked for first, of calls alone or of all.
func (d *den) first(calls bool) (h service.Handle, w waiting) {
	for other, o := range d.pending {
		if (!calls || o.answer != nil) && (h == 0 || calls && other < h || !calls && (o.due < w.due || o.due == w.due && other < h)) {
			h, w = other, o
		}
	}
	return h, w
}

// wait lets time pass.
func (d *den) wait(end time.Duration) {
	for d.err == nil {
		h, w := d.first(false)
		if h == 0 || w.due > end {
			break
		}
		d.now = max(d.now, w.due)
		delete(d.pending, h)
		w.f()
	}
	d.now = max(d.now, end)
}

// play plays a script, a line each:
//
//	1{"type":"append",…}     n1 says that; 2 is n2, c is client c1
//	a{"type":"forward_ok",…} is the answer to the oldest call of n0
//	t                        a second passes
//	r                        n0 is killed and starts again
//
// It skips what is no line of the protocol, which no host hands to a node.
func play(script []byte) error {
	d := &den{Memory: service.Memory{}}
	d.start()
	lines := bytes.Split(script, []byte{'\n'})
	for _, line := range lines[:min(len(lines), 200)] {
		if d.err != nil {
			break
		}
		if len(line) == 0 {
			continue
		}
		var m wire.Message
		who := line[0]
		switch {
		case who == 't':
			d.wait(d.now + time.Second)
		case who == 'r':
			d.start()
		case m.Parse(wire.AppendEnvelope(nil, "x", "n0", line[1:])) != nil:
		case who == 'a':
			if h, w := d.first(true); h != 0 {
				delete(d.pending, h)
				if string(m.Type) == "error" {
					w.answer(service.Message{}, wire.ReadError(m.Body))
				} else {
					w.answer(service.Message{Src: "n1", Type: string(m.Type), Body: m.Body, IDs: m.IDs}, nil)
				}
			}
		default:
			src := map[byte]string{'1': "n1", '2': "n2", '0': "n0"}[who]
			if src == "" {
				src = "c1"
			}
			d.on.Handle(d, service.Message{Src: src, Type: string(m.Type), Body: m.Body, IDs: m.IDs})
		}
	}
	if d.err == nil {
		d.start()
		d.wait(10 * time.Second)
	}
	return d.err
}

// snapshotOf is a machine of one register, as a message has it.
func snapshotOf(key, value string, numbers ...uint64) string {
	m := newMachine()
	m.values[key] = []byte(value)
	for _, number := range numbers {
		m.sessions[1] = &session{life: number, last: number, outcomes: map[uint64]outcome{number: {value: []byte(value)}}}
	}
	return base64.StdEncoding.EncodeToString(m.encode())
}

// scripts are conversations of all that peers may say.
var scripts = []string{
	`1{"type":"append","term":1}
c{"type":"write","msg_id":1,"key":1,"value":2}
a{"type":"forward_ok","value":3}
c{"type":"read","msg_id":2,"key":1}
a{"type":"forward_ok"}
a{"type":"error","code":22,"text":"no"}`,
	`1{"type":"append","term":2,"entries":[[1,null],[2,{"origin":1,"life":1,"number":1,"op":"write","key":1,"value":2}]],"commit":2,"round":4}
r
2{"type":"append","term":3,"index":1,"log_term":1,"entries":[[3,null]]}
1{"type":"vote","term":4,"index":9,"log_term":4}
1{"type":"pre_vote","term":5,"index":9,"log_term":4}
t`,
	`t
t
1{"type":"pre_vote_reply","term":1}
1{"type":"vote_reply","term":1}
c{"type":"cas","msg_id":1,"key":1,"from":2,"to":3,"create_if_not_exists":true}
1{"type":"append_reply","term":1,"index":2}
1{"type":"append_reply","term":1,"refused":true,"index":2,"conflict":0,"log_term":1}
1{"type":"forward","msg_id":3,"life":1,"number":4611686018427387903,"op":"read","key":1}
1{"type":"append_reply","term":1,"index":2,"round":1}
t
t`,
	`1{"type":"install","term":2,"snapshot_index":7,"snapshot_term":2,"snapshot":"` + snapshotOf("1", "2", 3) + `"}
c{"type":"read","msg_id":1,"key":1}
r
1{"type":"append","term":3,"index":5,"log_term":1,"entries":[[1,null],[1,null],[1,null]]}
t`,
	`1{"type":"append","term":1,"entries":[[0,null]]}`,
	`1{"type":"install","term":9,"snapshot_index":18446744073709551615,"snapshot_term":9,"snapshot":"` + snapshotOf("1", "\n") + `"}`,
	`1{"type":"install","term":2,"snapshot_index":7,"snapshot_term":2,"snapshot":"` + snapshotOf("1", "\n") + `"}
t
t
1{"type":"pre_vote_reply","term":3}
1{"type":"vote_reply","term":3}
1{"type":"append_reply","term":3,"index":8}
c{"type":"read","msg_id":1,"key":1}
1{"type":"append_reply","term":3,"index":8,"round":1}`,
	`2{"type":"vote","term":18446744073709551615}
t`,
}

// TestHostile: whatever peers say, in whatever order, n0 goes on, sends nothing but
// lines of the protocol, and starts again with what it has on its disk.
func TestHostile(t *testing.T) {
	for i, script := range scripts {
		if err := play([]byte(script)); err != nil {
			t.Errorf("script %d: %v", i, err)
		}
	}
	for s := range uint64(1500) {
		r := rand.New(rand.NewPCG(s, 0x64656e)) // "den"
		script := randomScript(r)
		if err := play([]byte(script)); err != nil {
			t.Fatalf("seed %d: %v\n%s", s, err, script)
		}
	}
}

// FuzzHostile is the same with scripts of the fuzzer's.
func FuzzHostile(f *testing.F) {
	for _, script := range scripts {
		f.Add([]byte(script))
	}
	for s := range uint64(10) {
		f.Add([]byte(randomScript(rand.New(rand.NewPCG(s, 0x64656e)))))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if err := play(script); err != nil {
			t.Error(err)
		}
	})
}

// randomScript draws a script whose messages have the fields that they should, and
// numbers near those that a node has.
func randomScript(r *rand.Rand) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	number := func() string {
		if r.IntN(60) == 0 {
			return pick("4611686018427387903", "4611686018427387904", "18446744073709551615", "-1", "1.5", `"x"`, "null")
		}
		return fmt.Sprint(r.IntN(5))
	}
	command := func() string {
		if r.IntN(3) == 0 {
			return "null"
		}
		return fmt.Sprintf(`{"origin":%s,"life":%s,"number":%s,"op":"%s","key":%s,"from":%s,"value":%s}`,
			number(), number(), number(), pick("read", "write", "cas"), number(), number(), pick(number(), `"a"`, "[ 1 ]"))
	}
	var b strings.Builder
	for range 30 {
		if r.IntN(6) == 0 {
			b.WriteString(pick("t\n", "t\n", "r\n",
				`c{"type":"read","msg_id":1,"key":1}`+"\n", `c{"type":"write","msg_id":1,"key":1,"value":2}`+"\n",
				`c{"type":"cas","msg_id":1,"key":1,"from":2,"to":3}`+"\n", `a{"type":"forward_ok","value":`+number()+"}\n",
				`a{"type":"forward_ok"}`+"\n", `a{"type":"error","code":`+pick("11", "20", "22", "0")+"}\n"))
			continue
		}
		kind := core.Kind(r.IntN(len(kinds)))
		if r.IntN(2) == 0 {
			kind = []core.Kind{core.Append, core.Append, core.Install}[r.IntN(3)]
		}
		fmt.Fprintf(&b, `%s{"type":"%s"`, pick("1", "1", "1", "2"), kinds[kind])
		for _, key := range []string{"term", "index", "log_term", "conflict", "commit", "round"} {
			if key == "term" || r.IntN(2) == 0 {
				fmt.Fprintf(&b, `,"%s":%s`, key, number())
			}
		}
		if r.IntN(3) == 0 {
			b.WriteString(`,"refused":true`)
		}
		if kind == core.Append {
			var entries []string
			for range r.IntN(4) {
				entries = append(entries, "["+number()+","+command()+"]")
			}
			slices.Sort(entries) // terms that do not fall are more often taken
			fmt.Fprintf(&b, `,"entries":[%s]`, strings.Join(entries, ","))
		}
		if kind == core.Install {
			value := pick("1", "2", "[ 1 ]", "\n", "x", strings.Repeat("[", 2000)+strings.Repeat("]", 2000))
			fmt.Fprintf(&b, `,"snapshot_index":%s,"snapshot_term":%s,"snapshot":"%s"`, number(), number(), snapshotOf(pick("1", "x"), value, r.Uint64()>>r.IntN(64)))
		}
		b.WriteString("}\n")
	}
	return b.String()
}
