package workload

import (
	"bytes"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// asks has an op of each kind of answer.
var asks = map[string][]Ask{
	"broadcast":       {{F: "read"}, {F: "broadcast", Value: int64(1)}},
	server.Echo:       {{F: "echo", Value: "x"}},
	server.UniqueIDs:  {{F: "generate"}},
	server.GSet:       {{F: "read"}, {F: "add", Value: int64(1)}},
	server.GCounter:   {{F: "read"}, {F: "add", Value: int64(1)}},
	server.PNCounter:  {{F: "read"}, {F: "add", Value: int64(-1)}},
	server.LinKV:      {{F: "read", Value: history.Keyed{Key: 2}}, {F: "cas", Value: history.Keyed{Key: 2, Value: history.Swap{From: 1, To: 2}}}},
	server.Kafka:      {{F: "poll", Value: history.Poll{}}, {F: "send", Value: history.Send{Key: "7", Message: history.NewDatum(3)}}, {F: "assign", Value: []string{"7"}}},
	server.RWRegister: {{F: "txn", Value: history.Txn{{F: "r", Key: 1}, {F: "w", Key: 2, Value: int64(3)}}}},
	server.ListAppend: {{F: "txn", Value: history.Txn{{F: "r", Key: 1}, {F: "append", Key: 2, Value: int64(3)}}}},
}

// answered returns the completion of an op whose answer has that body, to which it adds
// type and ids, and its line in the history.
func answered(workload string, ask Ask, body string) (end history.Op, line string) {
	p := Protocols[workload]
	x := p.Begin(p.Session(), ask)
	text := []byte(`{"type":"` + x.Request.Type + `_ok","in_reply_to":1`)
	if body != "" {
		text = append(append(text, ','), body...)
	}
	var m wire.Message
	if err := m.ParseBody(append(text, '}')); err != nil {
		panic(err)
	}
	end, _ = x.Heard(&m)
	var written bytes.Buffer
	w := history.NewWriter(&written)
	if err := w.Write(end); err != nil {
		panic(err)
	}
	_ = w.Flush()
	return end, written.String()
}

// TestAnswers: which answers Maelstrom's schemas accept, and what Maelstrom writes for
// them. Any other answer ends the op as malformed. A number of 64 bits is an integer; a
// larger one keeps all of its digits.
//
// Source: recv-schema in src/maelstrom/client.clj, and workload/*.clj.
func TestAnswers(t *testing.T) {
	const big = "123456789012345678901234567890"
	deep := strings.Repeat("[", 900) + strings.Repeat("]", 900)
	for _, tt := range []struct{ workload, body, value, err string }{
		{"broadcast", `"messages":[1,2]`, "[1 2]", ""},
		{"broadcast", `"messages":[1,"2",3.0,null,{"a":[]},` + big + `]`, `[1 "2" 3.0 nil {"a" []} ` + big + `N]`, ""},
		{"broadcast", `"messages":null`, "[]", ""},
		{"broadcast", `"messages":[],"msg_id":` + big, "[]", ""},
		{"broadcast", `"messages":[],"msg_id":"a"`, "", `want msg_id to be an integer, got the string "a"`},
		{"broadcast", `"messages":[],"messages":[2]`, "[2]", ""},
		{"broadcast", `"messages":"1"`, "", `messages: want an array, got the string "1"`},
		{"broadcast", `"messages":{}`, "", `messages: want an array, got the object {}`},
		{"broadcast", `"values":[]`, "", "want no key values"},
		{"broadcast", ``, "", "want a key messages"},
		{server.GSet, `"value":null`, "[]", ""},
		{server.Echo, `"echo":` + deep, `{:type "echo_ok", :in_reply_to 1, :echo ` + deep + `}`, ""},
		{server.Echo, `"echo":{"b c":1,"a":2,"a":` + big + `}`, `{:type "echo_ok", :in_reply_to 1, :echo {"b c" 1, "a" ` + big + `N}}`, ""},
		{server.UniqueIDs, `"id":` + big, big + "N", ""},
		{server.UniqueIDs, `"id":-9223372036854775809`, "-9223372036854775809N", ""},
		{server.UniqueIDs, `"id":9223372036854775807`, "9223372036854775807", ""},
		{server.UniqueIDs, `"id":1.50`, "1.5", ""},
		{server.UniqueIDs, `"id":1e400`, "##Inf", ""},
		{server.UniqueIDs, `"id":["n1",{"k":-0}]`, `["n1" {"k" 0}]`, ""},
		{server.UniqueIDs, `"id":null`, "nil", ""},
		{server.GCounter, `"value":-7`, "-7", ""},
		{server.GCounter, `"value":"7"`, "", `value: want an integer, got the string "7"`},
		{server.PNCounter, `"value":7.0`, "", `value: want an integer, got the fraction 7.0`},
		{server.PNCounter, `"value":` + big, "", `value: want an integer of 64 bits, got ` + big},
		{server.PNCounter, `"value":null`, "", `value: want an integer, got null`},
		{server.LinKV, `"value":3`, "[2 3]", ""},
		{server.LinKV, `"value":"3"`, `[2 "3"]`, ""},
		{server.LinKV, `"value":` + big, "[2 " + big + "N]", ""},
		{server.LinKV, `"value":3.0`, "[2 3.0]", ""},
		{server.LinKV, `"value":null`, "[2 nil]", ""},
		{server.LinKV, ``, "", "want a key value"},
		{server.RWRegister, `"txn":[["r",1,null],["w",2,3]]`, "[[:r 1 nil] [:w 2 3]]", ""},
		{server.RWRegister, `"txn":[["r",1,` + big + `],["w",2,3]]`, "[[:r 1 " + big + "N] [:w 2 3]]", ""},
		{server.RWRegister, `"txn":[["r",1,[5]],["w",2,3]]`, "[[:r 1 [5]] [:w 2 3]]", ""},
		{server.RWRegister, `"txn":[["r",1,"5"],["w",2,3]]`, `[[:r 1 "5"] [:w 2 3]]`, ""},
		{server.RWRegister, `"txn":[["r",1,5],["w",2,3.0]]`, "", `txn: want micro-op 1 to write 3, got ["w",2,3.0]`},
		{server.RWRegister, `"txn":[["r",1,5]]`, "", `txn: want 2 micro-ops, got {`},
		{server.RWRegister, `"txn":[["r","1",5],["w",2,3]]`, "", `txn: want micro-op 0 to be r of key 1, got ["r","1",5]`},
		{server.RWRegister, `"txn":null`, "", `txn: want 2 micro-ops, got {`},
		{server.ListAppend, `"txn":[["r",1,[1,"2",` + big + `]],["append",2,3]]`, `[[:r 1 [1 "2" ` + big + `N]] [:append 2 3]]`, ""},
		{server.ListAppend, `"txn":[["r",1,null],["append",2,3]]`, "[[:r 1 nil] [:append 2 3]]", ""},
		{server.ListAppend, `"txn":[["r",1,5],["append",2,3]]`, "", `txn: micro-op 0: want null or a list, got 5`},
	} {
		end, line := answered(tt.workload, asks[tt.workload][0], tt.body)
		switch {
		case tt.err != "":
			if end.Type != history.Info || !strings.HasPrefix(end.Error, "malformed answer: "+tt.err) {
				t.Errorf("%s %.80s: got %v, %s, want the error %s", tt.workload, tt.body, end.Type, end.Error, tt.err)
			}
		case end.Type != history.OK || !strings.Contains(line, ":value "+tt.value+"}"):
			t.Errorf("%s %.80s: got %.300s, want the value %.80s", tt.workload, tt.body, line, tt.value)
		}
	}
}

// TestErrorReplies: the code of an error decides whether it is definite. A code that is
// not an integer is reported, and a long text is cut.
func TestErrorReplies(t *testing.T) {
	for _, tt := range []struct {
		body, words string
		end         history.Type
	}{
		{`{"type":"error","code":22,"text":"no"}`, "error 22: no", history.Fail},
		{`{"type":"error","code":1000,"text":"no"}`, "error 1000: no", history.Info},
		{`{"type":"error","code":"22","text":"no"}`, `error 13: (want an integer as code, got the string "22") no`, history.Info},
		{`{"type":"error","code":22.0}`, `error 13: (want an integer as code, got the fraction 22.0) `, history.Info},
		{`{"type":"error"}`, `error 13: `, history.Info},
		{`{"type":"error","code":22,"text":"` + strings.Repeat("x", 1<<20) + `"}`, "error 22: " + strings.Repeat("x", 200) + "…", history.Fail},
	} {
		p := Protocols[server.LinKV]
		x := p.Begin(p.Session(), asks[server.LinKV][1])
		var m wire.Message
		if err := m.ParseBody([]byte(tt.body)); err != nil {
			t.Fatal(err)
		}
		if end, _ := x.Heard(&m); end.Type != tt.end || end.Error != tt.words {
			t.Errorf("%.80s: got %v, %.300s, want %v, %.80s", tt.body, end.Type, end.Error, tt.end, tt.words)
		}
	}
}

// FuzzAnswers: no answer makes a session panic, the history survives a round trip, its
// size is bounded by that of the answer, and the checker returns a verdict.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`"messages":[1,"2",3e400]`, `"value":{"a":[1,{}]}`, `"id":-123456789012345678901234567890`, `"echo":[[["x"]]]`, `"offset":-1`,
		`"msgs":{"7":[[0,1],[1,[2]],[3,null]],"":null,"7":[]}`, `"offsets":{"7":3}`, `"txn":[["r",1,[1,"x"]],["append",2,3]]`, `"txn":[["r",1,{"a":1}],["w",2,3]]`, ``, `"msg_id":[]`,
	} {
		f.Add([]byte(body))
	}
	trial := trial.Default()
	f.Fuzz(func(t *testing.T, body []byte) {
		var m wire.Message
		if whole := append([]byte(`{"type":"ok"`), append(comma(body), '}')...); m.ParseBody(whole) != nil {
			return
		}
		for workload, all := range asks {
			for _, ask := range all {
				op, line := answered(workload, ask, string(body))
				if len(line) > 100*len(body)+1000 {
					t.Fatalf("%s: %q: the history has %d bytes", workload, body, len(line))
				}
				read, err := history.NewReader("history.edn", strings.NewReader(line)).Read()
				if err != nil {
					t.Fatalf("%s: %q: %v: %s", workload, body, err, line)
				}
				asked := history.Op{F: ask.F, Value: ask.Value}
				op.Index, read.Index = 1, 1
				var verdicts []string
				for _, ended := range []history.Op{op, read} {
					checker := Protocols[workload].Checker(trial)
					checker.Add(asked)
					checker.Add(ended)
					v := checker.Verdict()
					v.Findings()
					v.Reasons()
					v.AddMetrics(map[string]float64{})
					text := edn.AppendPretty(nil, v.EDN())
					if _, err := edn.Parse("results.edn", text); err != nil {
						t.Fatalf("%s: %q: %v: %s", workload, body, err, text)
					}
					verdicts = append(verdicts, string(v.Valid()))
				}
				if verdicts[0] != verdicts[1] {
					t.Fatalf("%s: %q: got %v of the op and of the same op as it was read: %s", workload, body, verdicts, line)
				}
			}
		}
	})
}

// comma returns body after a comma, or nothing if it is empty.
func comma(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	return append([]byte{','}, body...)
}

// FuzzSession: whatever a node answers to a client, op after op, the client's requests
// are JSON of a size bounded by the answers, and the checker returns a verdict.
func FuzzSession(f *testing.F) {
	f.Add([]byte(`"msgs":{"7":[[0,1],[1,2]]}` + "\n\n" + `"offset":3` + "\n" + `"offsets":{"7":2}` + "\n" + `"msgs":{"7":[[9223372036854775807,1]],"":[]}` + "\n\n"))
	f.Add([]byte(`"offsets":{}` + "\n" + `"msgs":{"7":[[-5,1],[-5,1]]}` + "\n" + `"offset":1e400`))
	f.Add([]byte(`"messages":[1]` + "\n\n" + `"value":[1,1]` + "\n" + `"id":1` + "\n" + `"id":1` + "\n" + `"value":2`))
	f.Add([]byte(`"txn":[["r",1,[3]],["append",2,3]]` + "\n" + `"txn":[["r",1,4],["w",2,3]]`))
	trial := trial.Default()
	f.Fuzz(func(t *testing.T, bodies []byte) {
		for workload, all := range asks {
			p := Protocols[workload]
			session, checker := p.Session(), p.Checker(trial)
			var x Exchange
			ops, asked := 0, false
			for body := range bytes.SplitSeq(bodies, []byte("\n")) {
				if !asked {
					ask := all[ops%len(all)]
					x, asked = p.Begin(session, ask), true
					checker.Add(history.Op{Index: 2 * ops, Process: 1, F: ask.F, Value: ask.Value})
				}
				var m wire.Message
				request := append([]byte(`{"type":"`+x.Request.Type+`"`), x.Request.Fields...)
				if m.ParseBody(append(request, '}')) != nil || len(request) > 6*len(bodies)+1000 {
					t.Fatalf("%s: %q: the client asks %.1000s", workload, bodies, request)
				}
				answer := append([]byte(`{"type":"`+x.Request.Type+`_ok","in_reply_to":1`), append(comma(body), '}')...)
				if m.ParseBody(answer) != nil {
					continue
				}
				end, ended := x.Heard(&m)
				if ended {
					end.Index, end.Process = 2*ops+1, 1
					checker.Add(end)
					ops, asked = ops+1, false
				}
			}
			v := checker.Verdict()
			v.Findings()
			v.Reasons()
			v.AddMetrics(map[string]float64{})
			if _, err := edn.Parse("results.edn", edn.AppendPretty(nil, v.EDN())); err != nil {
				t.Fatalf("%s: %q: %v", workload, bodies, err)
			}
		}
	})
}
