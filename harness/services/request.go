package services

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gossipbench/node/wire"
)

// value is a JSON value: as it was written, and in the form in which equal
// values are equal strings, or a digest of that. A key that is missing is null, as in
// Clojure.
type value struct{ text, canonical string }

// request is what a client asks of a key-value store.
type request struct {
	typ             string
	key             string // canonical
	value, from, to value
	create          bool
}

// read reads a request.
func read(body []byte) request {
	var r request
	for key, text := range wire.Members(body) {
		switch string(key) {
		case "type":
			if r.typ = string(text); len(text) > 0 && text[0] == '"' {
				r.typ, _ = wire.Text(text)
			}
		case "key":
			r.key = canonical(text)
		case "value":
			r.value = newValue(text)
		case "from":
			r.from = newValue(text)
		case "to":
			r.to = newValue(text)
		case "create_if_not_exists":
			r.create = string(text) != "false" && string(text) != "null"
		}
	}
	for _, v := range []*value{&r.value, &r.from, &r.to} {
		if v.text == "" {
			*v = value{"null", "null"}
		}
	}
	if r.key == "" {
		r.key = "null"
	}
	return r
}

// answer is the reply to a request, and what the request writes.
type answer struct {
	typ    string
	fields wire.Fields
	writes bool
	key    string
	value  value
}

// on answers a request in a state whose entries lookup finds. It changes
// nothing.
func (r request) on(lookup func(key string) (value, bool)) answer {
	old, exists := lookup(r.key)
	missing := func() answer { return r.refuse(wire.KeyDoesNotExist, "key does not exist") }
	switch r.typ {
	case "read":
		if !exists {
			return missing()
		}
		return answer{typ: "read_ok", fields: wire.Fields(nil).Raw("value", []byte(old.text))}
	case "write":
		return answer{typ: "write_ok", writes: true, key: r.key, value: r.value}
	case "cas":
		if !exists && !r.create {
			return missing()
		}
		if exists && old.canonical != r.from.canonical {
			return r.refuse(wire.PreconditionFailed, "current value "+told(old.text)+" is not "+told(r.from.text))
		}
		return answer{typ: "cas_ok", writes: true, key: r.key, value: r.to}
	}
	typ, fields := unsupported(r.typ)
	return answer{typ: typ, fields: fields}
}

func (r request) refuse(code wire.Code, text string) answer {
	typ, fields := refuse(code, text)
	return answer{typ: typ, fields: fields}
}

// told is so much of a value as an error shows: else a small request would be
// answered by all of it.
func told(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
}

func newValue(text []byte) value {
	form := canonical(text)
	if len(form) > 2*sha256.Size {
		sum := sha256.Sum256([]byte(form))
		form = "digest " + string(sum[:])
	}
	return value{text: string(text), canonical: form}
}

// canonical returns the form of a JSON text that it shares with all texts of
// equal value. As in Clojure, an integer equals no fraction: 1 is not 1.0.
func canonical(text []byte) string {
	if _, ok := wire.Int(text); ok && string(text) != "-0" {
		return string(text)
	}
	if len(text) > 1 && text[0] == '"' && bytes.IndexByte(text, '\\') < 0 && ascii(text) {
		return string(text)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(text) // what wire accepts, json does: not reached
	}
	var form strings.Builder
	e := json.NewEncoder(&form) // sorts the keys of objects
	e.SetEscapeHTML(false)      // takes no more room than need be
	if err := e.Encode(normal(v)); err != nil {
		return string(text)
	}
	return strings.TrimSuffix(form.String(), "\n")
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// normal gives numbers their canonical form, all through v.
func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(string(v), ".eE") {
			if v == "-0" {
				return json.Number("0")
			}
			return v
		}
		x, err := v.Float64()
		if err != nil { // beyond all floats: to Java, infinite
			if x < 0 {
				return json.Number("-1e999")
			}
			return json.Number("1e999")
		}
		form := strconv.FormatFloat(x+0, 'e', -1, 64) // adding 0 makes −0 a 0
		return json.Number(form)
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}
