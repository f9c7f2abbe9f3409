package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Canonical returns a form that all JSON texts of equal value share. As in Clojure,
// an integer does not equal a fraction: 1 is not 1.0. Text that is not JSON is
// returned unchanged.
func Canonical(text []byte) string {
	if _, ok := Int(text); ok && string(text) != "-0" {
		return string(text)
	}
	if len(text) > 1 && text[0] == '"' && bytes.IndexByte(text, '\\') < 0 && ascii(text) {
		return string(text)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(text)
	}
	var form strings.Builder
	e := json.NewEncoder(&form) // sorts the keys of objects
	e.SetEscapeHTML(false)      // shorter
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

// normal replaces all numbers in v by their canonical form.
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
		if err != nil { // too large for a float: infinite in Java
			if x < 0 {
				return json.Number("-1e999")
			}
			return json.Number("1e999")
		}
		form := strconv.FormatFloat(x+0, 'e', -1, 64) // x+0 turns −0 into 0
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
