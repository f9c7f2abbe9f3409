package wire

import (
	"bytes"
	"encoding/json"
	"testing"
)

// twin parses a line with encoding/json by the rules of Parse.
func twin(line []byte) (m Message, ok bool) {
	var envelope, body map[string]json.RawMessage
	if !object(line, &envelope) {
		return m, false
	}
	ok = text(envelope["src"], &m.Src) && text(envelope["dest"], &m.Dest)
	if raw := envelope["body"]; ok && raw != nil && string(raw) != "null" {
		m.Body = raw
		ok = object(raw, &body)
		if !text(body["type"], &m.Type) {
			m.Type = nil
		}
		id(body["msg_id"], &m.MsgID, &m.OtherMsgID, &m.Request)
		id(body["in_reply_to"], &m.InReplyTo, &m.OtherReply, &m.Reply)
	}
	return m, ok
}

func object(raw []byte, into *map[string]json.RawMessage) bool {
	return json.Unmarshal(raw, into) == nil && *into != nil
}

func text(raw json.RawMessage, into *[]byte) bool {
	var s *string
	if raw == nil || json.Unmarshal(raw, &s) == nil && s == nil {
		return true
	}
	ok := json.Unmarshal(raw, &s) == nil
	if ok {
		*into = []byte(*s)
	}
	return ok
}

func id(raw json.RawMessage, into *int64, other *string, present *bool) {
	if raw == nil || string(raw) == "null" {
		return
	}
	*present = true
	if json.Unmarshal(raw, into) != nil {
		*into, *other = 0, string(raw)
	}
}

// bounded reports whether a line is within the bounds on depth and numbers. It also
// counts brackets and digits in strings, and so excludes some legal lines.
func bounded(line []byte) bool {
	depth, number := 0, 0
	for _, c := range line {
		if c == '[' || c == '{' {
			depth++
		}
		if number++; c == ',' || c == ']' || c == '}' || c == ':' || c == '[' || c == '"' {
			number = 0
		}
		if number > MaxDigits {
			return false
		}
	}
	return depth <= MaxDepth
}

// twice reports whether an object of the line repeats a key. For such lines, Parse
// and encoding/json differ on mistakes in the first value.
func twice(line []byte) bool {
	seen := map[string]bool{}
	for key, value := range Members(line) {
		if seen[string(key)] || string(key) == "body" && twice(value) {
			return true
		}
		seen[string(key)] = true
	}
	return false
}

// FuzzParse compares Parse with encoding/json: both accept the same lines with the
// same values, and a line that is written from them parses to the same.
func FuzzParse(f *testing.F) {
	for _, line := range lines {
		f.Add([]byte(line))
	}
	for _, line := range []string{
		`{"src":"n\u0030\ud83d\ude00\udc00","dest":null,"body":{"type":"\b\f\n\r\t\/\\\"","msg_id":-0}}`,
		`{"body":{"msg_id":9223372036854775808}}`, `{"body":{"in_reply_to":-9223372036854775808}}`,
		`{"a":-1.5e+10,"b":[true,false,null,{}],"c":0E0}`, "{\"src\":\"\xff\xc3\x28\"}", `{"body":{"msg_id":1e2}}`, ` { } `, `{"body":{"msg_id":["x"],"in_reply_to":"\ud800","type":4},"ttl":0}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var got Message
		err := got.Parse(line)
		want, ok := twin(line)
		if err == nil && !json.Valid(line) {
			t.Fatalf("Parse took %q, which is not JSON", line)
		}
		if twice(line) || !bounded(line) {
			return
		}
		if (err == nil) != ok {
			t.Fatalf("Parse(%q): got error %v, want taken %v", line, err, ok)
		}
		if err != nil {
			return
		}
		if !same(got, want) {
			t.Fatalf("Parse(%q)\n got %+v\nwant %+v", line, got, want)
		}
		var again Message
		if got.Body == nil {
			got.Body = []byte("{}")
		}
		line = AppendEnvelope(nil, got.Src, got.Dest, got.Body)
		if err := again.Parse(line); err != nil || !same(again, got) {
			t.Fatalf("there and back: %q: %v\n got %+v\nwant %+v", line, err, again, got)
		}
	})
}

// FuzzValues compares the parsers of single values, and the writer of strings, with
// encoding/json.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		`[]`, ` [ 1 , -2 ] `, `[1,2,]`, `[01]`, `[9223372036854775807,-9223372036854775808]`, `[9223372036854775808]`, `[1.0]`, `[1 2]`,
		`"a\u00e9\ud800\ud83d\ude00"`, `18446744073709551615`, `18446744073709551616`, `-0`, `-`, `1e3`, `{"a":1,"b":[2]}`, `["x",[1],{}]`,
		"\xff\"\\\u2028\x00", `184467440737095516150`, `[-]`, `[null]`, ` ""`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !bounded(text) {
			return
		}
		checkNumbers(t, text)
		var s *string
		want := json.Unmarshal(text, &s) == nil && s != nil && text[0] == '"' && text[len(text)-1] == '"'
		if got, ok := Text(text); ok != want || ok && got != *s {
			t.Fatalf("Text(%q): got %q, %v, want %v", text, got, ok, want)
		}
		var back string
		if err := json.Unmarshal(AppendText(nil, text), &back); err != nil || back != string(bytes.ToValidUTF8(text, []byte("\ufffd"))) &&
			back != runes(text) {
			t.Fatalf("AppendText(%q): %v: got %q", text, err, back)
		}
		checkContainers(t, text)
	})
}

// runes returns s with U+FFFD for every byte that is not UTF-8.
func runes(s []byte) string { return string([]rune(string(s))) }

func checkNumbers(t *testing.T, text []byte) {
	var i *int64
	var u *uint64
	trimmed := bytes.Equal(text, bytes.Trim(text, " \t\r\n"))
	want := json.Unmarshal(text, &i) == nil && i != nil && trimmed
	if got, ok := Int(text); ok != want || ok && got != *i {
		t.Fatalf("Int(%q): got %d, %v, want %v", text, got, ok, want)
	}
	want = json.Unmarshal(text, &u) == nil && u != nil && trimmed
	if got, ok := Uint(text); ok != want || ok && got != *u {
		t.Fatalf("Uint(%q): got %d, %v, want %v", text, got, ok, want)
	}
	var array []*int64
	want = json.Unmarshal(text, &array) == nil && array != nil
	for _, element := range array {
		want = want && element != nil
	}
	got, ok := Ints([]int64{5}, text)
	if ok != want {
		t.Fatalf("Ints(%q): got %v, want %v", text, ok, want)
	}
	if ok && (len(got) != 1+len(array) || got[0] != 5) {
		t.Fatalf("Ints(%q): got %v", text, got)
	}
	for k := range array {
		if ok && got[1+k] != *array[k] {
			t.Fatalf("Ints(%q): got %v", text, got)
		}
	}
}

func checkContainers(t *testing.T, text []byte) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil {
		got := map[string][]byte{}
		for key, value := range Members(text) {
			got[string(bytes.ToValidUTF8(key, []byte("\ufffd")))] = value
		}
		for key, value := range members {
			if !bytes.ContainsRune([]byte(key), '\ufffd') && !bytes.Equal(got[key], value) {
				t.Fatalf("Members(%q): %q: got %q, want %q", text, key, got[key], value)
			}
		}
	}
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) == nil {
		var got [][]byte
		for value := range Elements(text) {
			got = append(got, value)
		}
		if len(got) != len(elements) {
			t.Fatalf("Elements(%q): got %q, want %q", text, got, elements)
		}
		for k, value := range elements {
			if !bytes.Equal(got[k], value) {
				t.Fatalf("Elements(%q): got %q, want %q", text, got, elements)
			}
		}
	}
}
