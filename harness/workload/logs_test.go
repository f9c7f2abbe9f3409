package workload

import (
	"bytes"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// conversation drives a kafka client request by request.
type conversation struct {
	t       *testing.T
	session Session
}

func (c *conversation) begin(ask Ask, want string) {
	c.t.Helper()
	r := c.session.Begin(ask)
	if got := r.Type + string(r.Fields); got != want {
		c.t.Errorf("%s %v: got the request %s, want %s", ask.F, ask.Value, got, want)
	}
}

func (c *conversation) heard(body, want string) {
	c.t.Helper()
	next, _, err := c.session.Heard([]byte(body))
	got := ""
	if next != nil {
		got = next.Type + string(next.Fields)
	}
	if got != want || err != nil {
		c.t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
	}
}

// TestPositions: what a client polls, as in apply-mop! and invoke! of workload/kafka.clj.
// A newly assigned key begins at 0 whatever was committed. A key that stays assigned
// continues after the highest offset polled, even if the commit failed. An assign from
// the beginning makes no request.
func TestPositions(t *testing.T) {
	c := conversation{t, logs.Session()}
	poll := Ask{F: "poll", Value: history.Poll{}}
	c.begin(poll, `poll,"offsets":{}`)
	c.heard(`{"msgs":{}}`, "")
	c.begin(Ask{F: "assign", Value: []string{"7"}}, `list_committed_offsets,"keys":["7"]`)
	c.heard(`{"offsets":{"7":41}}`, "")
	c.begin(poll, `poll,"offsets":{"7":0}`)
	c.heard(`{"msgs":{"7":[[0,1],[1,2]]}}`, `commit_offsets,"offsets":{"7":1}`) // the commit gets no answer
	c.begin(poll, `poll,"offsets":{"7":2}`)
	c.heard(`{"msgs":{"7":[[5,4],[2,3]]}}`, `commit_offsets,"offsets":{"7":5}`)
	c.heard(`{}`, "")
	c.begin(Ask{F: "assign", Value: []string{"7", "8"}}, `list_committed_offsets,"keys":["7","8"]`)
	c.heard(`{"offsets":{"7":1,"8":3}}`, "")
	c.begin(poll, `poll,"offsets":{"7":6,"8":0}`)
	c.heard(`{"msgs":{"7":[],"9":[[3,1]]}}`, `commit_offsets,"offsets":{"9":3}`)
	c.begin(poll, `poll,"offsets":{"7":6,"8":0,"9":4}`)
	c.heard(`{"msgs":{"8":[[-5,1],[-3,2]]}}`, `commit_offsets,"offsets":{"8":0}`)
	c.begin(poll, `poll,"offsets":{"7":6,"8":0,"9":4}`)
	c.heard(`{"msgs":{"8":[[9223372036854775807,1]],"9":[[99999999999999999999,1],[7,[2]]]}}`,
		`commit_offsets,"offsets":{"8":9223372036854775807,"9":99999999999999999999}`)
	c.begin(poll, `poll,"offsets":{"7":6,"8":9223372036854775808,"9":100000000000000000000}`)
	c.begin(Ask{F: "assign", Value: []string{"8"}, Extra: fromBeginning()}, "")
	c.begin(poll, `poll,"offsets":{"8":0}`)
	c.begin(Ask{F: "send", Value: history.Send{Key: "8", Message: history.NewDatum(2)}}, `send,"key":"8","msg":2`)
	c.heard(`{"offset":4}`, "")
}

// TestOutcomes: how an op of each workload ends after a time-out, a definite error (20)
// and an indefinite error (13). Sources: with-errors and Reusable in workload/*.clj;
// g-set and the counters have neither.
func TestOutcomes(t *testing.T) {
	const fail, info = history.Fail, history.Info
	for _, tt := range []struct {
		workload string
		ask      Ask
		want     [3]history.Type // after a time-out, error 20, error 13
		thrown   bool
		reusable bool
	}{
		{"broadcast", Ask{F: "read"}, [3]history.Type{fail, fail, fail}, false, false},
		{"broadcast", Ask{F: "broadcast", Value: int64(1)}, [3]history.Type{info, fail, info}, false, false},
		{server.Echo, Ask{F: "echo", Value: "x"}, [3]history.Type{info, fail, info}, false, false},
		{server.UniqueIDs, Ask{F: "generate"}, [3]history.Type{info, fail, info}, false, true},
		{server.GSet, Ask{F: "read"}, [3]history.Type{info, info, info}, true, false},
		{server.GSet, Ask{F: "add", Value: int64(1)}, [3]history.Type{info, info, info}, true, false},
		{server.GCounter, Ask{F: "read"}, [3]history.Type{info, info, info}, true, false},
		{server.PNCounter, Ask{F: "add", Value: int64(1)}, [3]history.Type{info, info, info}, true, false},
		{server.LinKV, Ask{F: "read", Value: history.Keyed{}}, [3]history.Type{fail, fail, fail}, false, true},
		{server.LinKV, Ask{F: "write", Value: history.Keyed{Value: int64(1)}}, [3]history.Type{info, fail, info}, false, true},
		{server.Kafka, Ask{F: "assign", Value: []string{"1"}}, [3]history.Type{fail, fail, fail}, false, false},
		{server.Kafka, Ask{F: "poll", Value: history.Poll{}}, [3]history.Type{info, fail, info}, false, false},
		{server.Kafka, Ask{F: "send", Value: history.Send{}}, [3]history.Type{info, fail, info}, false, false},
		{server.RWRegister, Ask{F: "txn", Value: history.Txn{}}, [3]history.Type{info, fail, info}, false, true},
		{server.ListAppend, Ask{F: "txn", Value: history.Txn{}}, [3]history.Type{info, fail, info}, false, true},
	} {
		p := Protocols[tt.workload]
		if p.Reusable != tt.reusable {
			t.Errorf("%s: reusable: got %v, want %v", tt.workload, p.Reusable, tt.reusable)
		}
		for i, answer := range []*wire.Message{nil, {Type: []byte("error"), Body: []byte(`{"code":20}`)}, {Type: []byte("error"), Body: []byte(`{"code":13}`)}} {
			x := p.Begin(p.Session(), tt.ask)
			end, ended := x.Heard(answer)
			if thrown := len(end.Extra) > 0; !ended || end.Type != tt.want[i] || thrown != tt.thrown {
				t.Errorf("%s %s, case %d: got %v, ended %v, thrown %v, want %v, thrown %v", tt.workload, tt.ask.F, i, end.Type, ended, thrown, tt.want[i], tt.thrown)
			}
		}
	}
}

// TestKafkaOps: the shares of ops at rates from 10 to 1000. One op in 64 is an assign,
// and one assign in three has all keys with unpolled messages; each thread crashes about
// every 30 s. Here every send stays unpolled.
func TestKafkaOps(t *testing.T) {
	for _, rate := range []float64{10, 100, 1000} {
		tr := trial.Default()
		tr.MaxWritesPerKey = 100
		o := logs.Generator(tr, 4)
		r := rand.New(rand.NewPCG(1, uint64(rate)))
		const all = 40_000
		count, full, crashes, crashed := map[string]float64{}, 0.0, []time.Duration{}, 0
		sent := map[string]bool{}
		for i := range all {
			now := time.Duration(float64(i) / rate * float64(time.Second))
			ask := o.Mix(r, now, 0)
			count[ask.F]++
			switch v := ask.Value.(type) {
			case history.Send:
				n, _ := v.Message.Int()
				v.Offset, v.Placed = edn.NewInteger(n), true
				sent[v.Key] = true
				o.Completed(history.Op{Type: history.OK, F: "send", Value: v})
			case []string:
				if len(sent) > 5 && len(v) >= len(sent) {
					full++
				}
			default:
				if ask.F == "crash" {
					crashes = append(crashes, now)
					if i < 10 {
						crashed++
					}
				}
			}
		}
		near := func(what string, got, want, error float64) {
			if math.Abs(got-want) > 5*error {
				t.Errorf("rate %v: %s: got %v, want %v ± %v", rate, what, got, want, error)
			}
		}
		near("assigns", count["assign"], all/64.0, math.Sqrt(all/64.0))
		near("assigns of all unseen", full/count["assign"], 1.0/3, 0.47/math.Sqrt(count["assign"]))
		near("sends among the others", count["send"]/(count["send"]+count["poll"]), 0.5, 0.5/math.Sqrt(all))
		seconds := all / rate
		near("crashes", count["crash"], 1+seconds/(30.0/4), math.Sqrt(1+seconds/(30.0/4)))
		if crashed == 0 { // each of the ten ops is a crash with probability one half, until one is
			t.Errorf("rate %v: got no crash among the first ten ops, but at %v", rate, crashes[:min(3, len(crashes))])
		}
	}
}

// sent returns a send with an offset.
func sent(key string, offset int64) history.Send {
	return history.Send{Key: key, Offset: edn.NewInteger(offset), Placed: true}
}

// entries returns messages at offsets.
func entries(offsets ...int64) []history.Entry {
	var all []history.Entry
	for _, offset := range offsets {
		all = append(all, history.Entry{Offset: edn.NewInteger(offset)})
	}
	return all
}

// TestUnseen: a key has unpolled messages from a send until its offset is polled.
func TestUnseen(t *testing.T) {
	o := &logOps{sent: places{}, polled: places{}, known: places{}}
	learn := func(f string, value any) { o.learn(history.Op{Type: history.OK, F: f, Value: value}) }
	poll := func(key string, offset int64) history.Poll {
		return history.Poll{Logs: []history.Log{{Key: key, Entries: entries(offset)}}}
	}
	unseen := func(want ...string) {
		t.Helper()
		var got []string
		for key := range o.sent {
			got = append(got, key)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("got %v unseen, want %v", got, want)
		}
	}
	learn("send", sent("1", 0))
	learn("send", sent("1", 3))
	learn("send", sent("2", 0))
	unseen("1", "2")
	learn("poll", poll("1", 2))
	learn("poll", poll("2", 0))
	unseen("1")
	learn("poll", poll("1", 3))
	learn("poll", poll("3", 7))
	unseen()
	if want := (places{"1": edn.NewInteger(3), "2": edn.NewInteger(0), "3": edn.NewInteger(7)}); !maps.Equal(o.known, want) {
		t.Errorf("got the highest offsets %v, want 3, 0 and 7", o.known)
	}
}

// TestFinalPolls: a crash, an assign from the beginning, and polls 0 to 0.4 s apart,
// until everything is polled or 10 s have passed.
func TestFinalPolls(t *testing.T) {
	tr := trial.Default()
	o := logs.Generator(tr, 2)
	if _, _, more := o.Final(0, time.Minute, nil); more {
		t.Error("nothing was sent: got a final op, want none")
	}
	o = logs.Generator(tr, 2)
	o.Completed(history.Op{Type: history.OK, F: "send", Value: sent("10", 4)})
	o.Completed(history.Op{Type: history.OK, F: "send", Value: sent("9", 0)})
	now := time.Minute
	step := func(last *history.Op) Ask {
		t.Helper()
		ask, at, more := o.Final(0, now, last)
		if !more || at < now || at > now+400*time.Millisecond {
			t.Fatalf("at %v: got %v at %v, more %v", now, ask, at, more)
		}
		now = at
		return ask
	}
	if ask := step(nil); ask.F != "crash" {
		t.Errorf("got %v, want a crash", ask)
	}
	ask := step(&history.Op{Type: history.Info, F: "crash"})
	if keys, _ := ask.Value.([]string); ask.F != "assign" || !slices.Equal(keys, []string{"9", "10"}) || len(ask.Extra) == 0 {
		t.Errorf("got %v, want an assign of 9 and 10 from the beginning", ask)
	}
	empty := &history.Op{Type: history.OK, F: "poll", Value: history.Poll{Logs: []history.Log{}}}
	step(&history.Op{Type: history.OK, F: "assign"})
	polls := 0
	for ; ; polls++ {
		_, at, more := o.Final(0, now, empty)
		if !more {
			break
		}
		now = at
	}
	if polls < 35 || polls > 70 || now > time.Minute+10*time.Second {
		t.Errorf("got %d polls until %v, want about 50 in 10 s", polls, now-time.Minute)
	}
	other := 0
	now = time.Minute
	for last := (*history.Op)(nil); ; other++ {
		ask, _, more := o.Final(1, now, last)
		if !more {
			break
		}
		last = &history.Op{Type: history.OK, F: ask.F, Value: history.Poll{Logs: []history.Log{
			{Key: "9", Entries: entries(0)}, {Key: "10", Entries: entries(3, 4)},
		}}}
	}
	if other != 3 { // a crash, an assign, and a poll that shows everything
		t.Errorf("got %d final ops of a thread that sees everything at once, want 3", other)
	}
}

// TestLogAnswers: which answers Maelstrom's schemas accept. Source:
// workload/kafka.clj. An offset is any integer, a message anything, and as in all schemas
// an empty array may be null.
func TestLogAnswers(t *testing.T) {
	for _, test := range []struct{ f, body, want, err string }{
		{"send", `{"offset":-7}`, `[[:send "7" [-7 3]]]`, ""},
		{"send", `{"offset":123456789012345678901234567890}`, `[[:send "7" [123456789012345678901234567890N 3]]]`, ""},
		{"send", `{"offset":"5"}`, "", `offset: want an integer, got the string "5"`},
		{"send", `{"offset":5.0}`, "", `offset: want an integer, got the fraction 5.0`},
		{"send", `{"offset":null}`, "", `offset: want an integer, got null`},
		{"poll", `{"msgs":{"7":[]}}`, `[[:poll {"7" []}]]`, ""},
		{"poll", `{"msgs":{"7":null}}`, `[[:poll {"7" []}]]`, ""},
		{"poll", `{"msgs":{}}`, `[[:poll {}]]`, ""},
		{"poll", `{"msgs":{"7":[[1,2]],"7":[]}}`, `[[:poll {"7" []}]]`, ""},
		{"poll", `{"msgs":null}`, "", `msgs: want an object, got null`},
		{"poll", `{"msgs":{"7":{}}}`, "", `msgs: 7: want an array of [offset, message], got the object {}`},
		{"poll", `{"msgs":{"7":[[1]]}}`, "", `msgs: 7: want [offset, message], got the array [1]`},
		{"poll", `{"msgs":{"7":[[1,2,3]]}}`, "", `msgs: 7: want [offset, message], got the array [1,2,3]`},
		{"poll", `{"msgs":{"7":[["1",2]]}}`, "", `msgs: 7: offset: want an integer, got the string "1"`},
		{"assign", `{"offsets":{"7":3}}`, `["7"]`, ""},
		{"assign", `{"offsets":{"7":"3"}}`, "", `offsets: 7: want an integer, got the string "3"`},
		{"assign", `{"offsets":[]}`, "", `offsets: want an object, got the array []`},
	} {
		s := logs.Session()
		s.Begin(Ask{F: test.f, Value: map[string]any{
			"send": history.Send{Key: "7", Message: history.NewDatum(3)}, "poll": history.Poll{}, "assign": []string{"7"},
		}[test.f]})
		next, value, err := s.Heard([]byte(test.body))
		if next != nil || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s %s: got %v, want %q", test.f, test.body, err, test.err)
			continue
		}
		if err == nil {
			var line bytes.Buffer
			w := history.NewWriter(&line)
			_ = w.Write(history.Op{F: test.f, Type: history.OK, Value: value})
			_ = w.Flush()
			if !bytes.Contains(line.Bytes(), []byte(":value "+test.want+"}")) {
				t.Errorf("%s %s: got %swant %s", test.f, test.body, line.String(), test.want)
			}
		}
	}
}
