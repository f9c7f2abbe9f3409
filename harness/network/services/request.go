package services

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"gossipbench/node/wire"
)

// value is a JSON value: its text, and a canonical form that is equal for equal values,
// or a digest of that form. A missing field is null, as in Clojure.
type value struct{ text, canonical string }

// request is a request to a key-value store.
type request struct {
	typ             string
	key             string // in canonical form
	value, from, to value
	create          bool
}

// read parses a request.
func read(body []byte) request {
	var r request
	for key, text := range wire.Members(body) {
		switch string(key) {
		case "type":
			if r.typ = string(text); len(text) > 0 && text[0] == '"' {
				r.typ, _ = wire.Text(text)
			}
		case "key":
			r.key = wire.Canonical(text)
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

// on answers a request in the state that lookup reads. It changes nothing.
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

// told returns the beginning of a value for an error: a small request must not get an
// answer as large as the value.
func told(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
}

func newValue(text []byte) value {
	form := wire.Canonical(text)
	if len(form) > 2*sha256.Size {
		sum := sha256.Sum256([]byte(form))
		form = "digest " + string(sum[:])
	}
	return value{text: string(text), canonical: form}
}
