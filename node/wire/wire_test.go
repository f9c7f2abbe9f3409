package wire

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       Message
	}{
		{"request", `{"src":"c1","dest":"n0","body":{"type":"echo","msg_id":1,"echo":"hi"}}`,
			Message{Src: []byte("c1"), Dest: []byte("n0"), Body: []byte(`{"type":"echo","msg_id":1,"echo":"hi"}`), Type: []byte("echo"),
				IDs: IDs{MsgID: 1, Request: true}}},
		{"reply with a msg_id, ids first, and Maelstrom's id", `{"id":7,"body":{"in_reply_to":0,"msg_id":-4,"type":"echo_ok"},"dest":"c1","src":"n0"}`,
			Message{Src: []byte("n0"), Dest: []byte("c1"), Body: []byte(`{"in_reply_to":0,"msg_id":-4,"type":"echo_ok"}`), Type: []byte("echo_ok"),
				IDs: IDs{MsgID: -4, Request: true, Reply: true}}},
		{"space everywhere", " {\t\"src\" : \"n0\" , \"body\" : { } }\r",
			Message{Src: []byte("n0"), Body: []byte("{ }")}},
		{"an id that is no number is not ours to judge", `{"id":{"a":[1]},"src":"n0"}`, Message{Src: []byte("n0")}},
		{"escaped names and keys", `{"\u0073rc":"n\u0030","dest":"\ud83d\ude00\ud83d","body":{"t\u0079pe":"a\"b"}}`,
			Message{Src: []byte("n0"), Dest: []byte("😀\ufffd"), Body: []byte(`{"t\u0079pe":"a\"b"}`), Type: []byte(`a"b`)}},
		{"keys within other values", `{"x":{"src":"n9"},"src":"n0","body":{"y":{"type":"z"},"type":"w","a":[{"msg_id":3}]}}`,
			Message{Src: []byte("n0"), Body: []byte(`{"y":{"type":"z"},"type":"w","a":[{"msg_id":3}]}`), Type: []byte("w")}},
		{"the last of two keys", `{"src":"n0","src":"n1","body":{"type":"a"},"body":{"msg_id":1}}`,
			Message{Src: []byte("n1"), Body: []byte(`{"msg_id":1}`), IDs: IDs{MsgID: 1, Request: true}}},
		{"null is nothing", `{"src":null,"body":null}`, Message{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if err := m.Parse([]byte(tt.line)); err != nil {
				t.Fatal(err)
			}
			if !same(m, tt.want) {
				t.Errorf("Parse(%s)\n got %+v\nwant %+v", tt.line, m, tt.want)
			}
		})
	}
}

func same(a, b Message) bool {
	return string(a.Src) == string(b.Src) && string(a.Dest) == string(b.Dest) && string(a.Body) == string(b.Body) &&
		string(a.Type) == string(b.Type) && a.IDs == b.IDs
}

// TestParseOdd tests unusual lines that Maelstrom accepts: ids of any type, a type
// that is not a string, and keys of the envelope that Maelstrom refuses later.
func TestParseOdd(t *testing.T) {
	for _, tt := range []struct {
		line string
		want Message
	}{
		{`{"body":{"msg_id":1.0}}`, Message{IDs: IDs{OtherMsgID: "1.0", Request: true}}},
		{`{"body":{"msg_id":9223372036854775808}}`, Message{IDs: IDs{OtherMsgID: "9223372036854775808", Request: true}}},
		{`{"body":{"msg_id":{"a": 1}, "in_reply_to":"x"}}`, Message{IDs: IDs{OtherMsgID: `{"a": 1}`, OtherReply: `"x"`, Request: true, Reply: true}}},
		{`{"body":{"msg_id":"x","msg_id":7,"in_reply_to":[],"in_reply_to":null}}`, Message{IDs: IDs{MsgID: 7, Request: true}}},
		{`{"body":{"type":"a","type":4}}`, Message{}},
		{`{"body":{"type":{"a":"b"}}}`, Message{}},
		{`{"ttl":3,"id":7,"body":{},"x":1}`, Message{Strange: []byte("ttl")}},
	} {
		var got Message
		if err := got.Parse([]byte(tt.line)); err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if tt.want.Body = got.Body; !same(got, tt.want) || string(got.Strange) != string(tt.want.Strange) {
			t.Errorf("%s\n got %+v\nwant %+v", tt.line, got, tt.want)
		}
	}
}

// TestParseErrors tests the messages that the author of a node sees.
func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"", `byte 0: want an object, got the end of the line`},
		{"hello", `byte 0: want an object, got "hello"`},
		{"[1]", `byte 0: want an object, got "[1]"`},
		{`{"src":"n0"} {}`, `byte 13: want the end of the line, got "{}"`},
		{`{"src":5}`, `byte 7: want src to be a string, got "5}"`},
		{`{"body":[]}`, `byte 8: want body to be an object, got "[]}"`},
		{`{"body":{"msg_id":1.}}`, `byte 20: want a digit, got "}}"`},
		{`{"a":1,}`, `byte 7: want a key, got "}"`},
		{`{"a":[1,]}`, `byte 8: want a value, got "]}"`},
		{`{"a":[1 2]}`, `byte 8: want a comma or ], got "2]}"`},
		{`{"a" 1}`, `byte 5: want a colon, got "1}"`},
		{`{"a":"\q"}`, `byte 6: want an escape such as \n or \u0041, got "\\q\"}"`},
		{"{\"a\":\"\t\"}", `byte 6: want the rest of a string, got "\t\"}"`},
		{`{"a":01}`, `byte 6: want a comma or }, got "1}"`},
		{`{"a":1.e3}`, `byte 7: want a digit, got "e3}"`},
		{`{"a":tru}`, `byte 5: want a value, got "tru}"`},
		{`{"src":"n0","body":{"type":"read","messages":[1,2,3`, `byte 51: want a comma or ], got the end of the line`},
		{`{"a":` + strings.Repeat("[", 1000), `byte 1004: want at most 1000 levels of arrays and objects, got "["`},
		{`{"a":1` + strings.Repeat("0", 1000), `byte 5: want a number of at most 1000 characters, got "1000000000000000"`},
		{`{"a":[2,-1` + strings.Repeat("0", 1000), `byte 8: want a number of at most 1000 characters, got "-100000000000000"`},
		{`{"a":[2,1` + strings.Repeat("0", 1000) + `,3]}`, `byte 8: want a number of at most 1000 characters, got "1000000000000000"`},
	} {
		var m Message
		if err := m.Parse([]byte(tt.line)); err == nil || err.Error() != tt.want {
			t.Errorf("Parse(%.60s)\n got %v\nwant %s", tt.line, err, tt.want)
		}
	}
}

// TestEscapeControls tests that control characters in strings are escaped, and that
// the line can then be parsed.
func TestEscapeControls(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"{\t\"a\":\t\"b\"}", ""},
		{"{\"a\":\"\tb\\\"\x01\"}", `{"a":"\u0009b\"\u0001"}`},
		{"{\"a\":\"b\\\\\",\t\"\r\":\"\x00", "{\"a\":\"b\\\\\",\t\"\\u000d\":\"\\u0000"},
		{"\"\\", ""},
	} {
		got, any := EscapeControls([]byte(tt.line))
		if any != (tt.want != "") || any && string(got) != tt.want || !any && string(got) != tt.line {
			t.Errorf("%q: got %q, %t, want %q", tt.line, got, any, tt.want)
		}
	}
}

func TestAppendMessage(t *testing.T) {
	fields := Fields(nil).Int("offset", -7).Uint("seq", math.MaxUint64).Text("key", "a\"\\\n\x00\x1f\xff😀/").Raw("echo", []byte(`[null]`))
	for _, tt := range []struct {
		ids  IDs
		want string
	}{
		{IDs{}, ``},
		{IDs{MsgID: 5, Request: true}, `,"msg_id":5`},
		{IDs{InReplyTo: 0, Reply: true}, `,"in_reply_to":0`},
		{IDs{MsgID: -1, InReplyTo: 2, Request: true, Reply: true}, `,"msg_id":-1,"in_reply_to":2`},
		{IDs{OtherMsgID: `"a"`, Request: true}, `,"msg_id":"a"`},
		{IDs{OtherMsgID: `[1]`, Request: true}.Answer(), `,"in_reply_to":[1]`},
		{IDs{MsgID: 3, InReplyTo: 2, Request: true, Reply: true}.Answer(), `,"in_reply_to":3`},
		{IDs{InReplyTo: 2, Reply: true}.Answer(), ``},
	} {
		want := `{"src":"n0","dest":"c1","body":{"type":"ok"` + tt.want +
			`,"offset":-7,"seq":18446744073709551615,"key":"a\"\\\n\u0000\u001f\ufffd😀/","echo":[null]}}` + "\n"
		got := string(AppendMessage(nil, "n0", []byte("c1"), "ok", tt.ids, fields))
		if got != want {
			t.Errorf("AppendMessage(%+v)\n got %s\nwant %s", tt.ids, got, want)
		}
	}
}

// TestAppendEnvelope tests the round trip on which routing depends.
func TestAppendEnvelope(t *testing.T) {
	line := []byte(`{"src":"n\u0030","dest":"c\"1","body":{"type" : "x","values":[1,2]},"id":3}`)
	var m Message
	if err := m.Parse(line); err != nil {
		t.Fatal(err)
	}
	want := `{"src":"n0","dest":"c\"1","body":{"type" : "x","values":[1,2]}}` + "\n"
	if got := string(AppendEnvelope(nil, m.Src, m.Dest, m.Body)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestDefinite follows doc/protocol.md of Maelstrom. Unknown codes are indefinite,
// including those of users.
func TestDefinite(t *testing.T) {
	definite := map[Code]bool{1: true, 10: true, 11: true, 12: true, 14: true, 20: true, 21: true, 22: true, 30: true}
	for code := Code(-1); code < 1100; code++ {
		if code.Definite() != definite[code] {
			t.Errorf("code %d: got %v, want %v", code, code.Definite(), definite[code])
		}
	}
}

func TestReadError(t *testing.T) {
	for _, tt := range []struct {
		body string
		want Error
	}{
		{`{"type":"error","code":20,"text":"no \"x\""}`, Error{KeyDoesNotExist, `no "x"`}},
		{`{"type":"error","code":1001}`, Error{Code: 1001}},
		{`{"type":"error","code":"20","text":5}`, Error{Code: Crash}},
		{`{"type":"error"}`, Error{Code: Crash}},
	} {
		if got := ReadError([]byte(tt.body)); *got != tt.want {
			t.Errorf("ReadError(%s): got %v, want %v", tt.body, got, &tt.want)
		}
	}
	e := &Error{NotSupported, "no\nsuch type"}
	if got := ReadError([]byte(`{"type":"error"` + string(e.Fields()) + `}`)); *got != *e {
		t.Errorf("there and back: got %v, want %v", got, e)
	}
}

var lines = map[string]string{
	"rumor": `{"src":"n13","dest":"n7","body":{"type":"rumor","values":[811,812,815],"hops":3}}`,
	"full":  `{"src":"n13","dest":"n7","body":{"type":"rumor","values":` + ints(1000) + `}}`,
	"echo":  `{"id":4711,"src":"c3","dest":"n0","body":{"echo":"Please echo 57","type":"echo","msg_id":3}}`,
}

func ints(n int) string {
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(i)
	}
	return string(AppendInts(nil, values))
}

// TestAllocations tests that parsing and writing allocate nothing.
func TestAllocations(t *testing.T) {
	line := []byte(lines["full"])
	var m Message
	if err := m.Parse(line); err != nil { // the cases below read it, in any order
		t.Fatal(err)
	}
	values := make([]int64, 0, 1000)
	out := make([]byte, 0, 10000)
	fields := make(Fields, 0, 10000)
	for name, f := range map[string]func(){
		"Parse":          func() { _ = m.Parse(line) },
		"Members":        func() { values, _ = Ints(values[:0], Field(m.Body, "values")) },
		"AppendEnvelope": func() { out = AppendEnvelope(out[:0], m.Src, m.Dest, m.Body) },
		"AppendMessage": func() {
			fields = AppendInts(fields[:0].Key("values"), values)
			out = AppendMessage(out[:0], "n0", "n1", "rumor", IDs{}, fields)
		},
	} {
		if allocs := testing.AllocsPerRun(100, f); allocs != 0 {
			t.Errorf("%s: got %v allocations, want none", name, allocs)
		}
	}
	if len(values) != 1000 {
		t.Errorf("got %d values, want 1000", len(values))
	}
}

// BenchmarkParse parses what routing needs. Its twin parses the same with
// encoding/json: the envelope first, then type and ids of the raw body.
func BenchmarkParse(b *testing.B) {
	for name, line := range lines {
		line := []byte(line)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var m Message
			for b.Loop() {
				if m.Parse(line) != nil {
					b.Fatal(line)
				}
			}
		})
		b.Run(name+"/encoding-json", func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				var m struct {
					Src, Dest string
					Body      json.RawMessage
				}
				var head struct {
					Type      string
					MsgID     *int64 `json:"msg_id"`
					InReplyTo *int64 `json:"in_reply_to"`
				}
				if json.Unmarshal(line, &m) != nil || json.Unmarshal(m.Body, &head) != nil {
					b.Fatal(line)
				}
			}
		})
	}
}

func BenchmarkValues(b *testing.B) {
	array := []byte(ints(1000))
	values := make([]int64, 0, 1000)
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(array)))
		for b.Loop() {
			values, _ = Ints(values[:0], array)
		}
	})
	b.Run("decode/encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(array)))
		for b.Loop() {
			_ = json.Unmarshal(array, &values)
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(array)))
		var out []byte
		for b.Loop() {
			out = AppendInts(out[:0], values)
		}
	})
	b.Run("encode/encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(array)))
		for b.Loop() {
			_, _ = json.Marshal(values)
		}
	})
}
