package trial

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
)

// Keys of a trial's JSON that are neither settings nor parameters.
const (
	SeedKey      = "seed"
	ReplicateKey = "replicate"
)

// AppendJSON appends the trial as a JSON object: all settings in order of declaration,
// the parameters sorted by name, then seed and replicate. Numbers are JSON numbers,
// booleans are JSON booleans, everything else is a string: a duration is "100ms". An
// unknown setting is null.
func (t Trial) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range settings {
		b = appendKey(b, settings[i].Name)
		if t.lacks(settings[i].Name) {
			b = append(b, "null"...)
			continue
		}
		switch p := settings[i].field(&t).(type) {
		case *string:
			b = appendString(b, *p)
		case *int:
			b = strconv.AppendInt(b, int64(*p), 10)
		case *float64:
			b = strconv.AppendFloat(b, *p, 'g', -1, 64)
		case *time.Duration:
			b = appendString(b, p.String())
		}
	}
	for _, name := range t.paramNames() {
		b = appendKey(b, name)
		if text := t.Params[name]; literal(text) {
			b = append(b, text...)
		} else {
			b = appendString(b, text)
		}
	}
	b = appendKey(b, SeedKey)
	b = strconv.AppendUint(b, t.Seed, 10)
	b = appendKey(b, ReplicateKey)
	b = strconv.AppendInt(b, int64(t.Replicate), 10)
	return append(b, '}')
}

// MarshalJSON implements json.Marshaler with AppendJSON.
func (t Trial) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// literal reports whether the text of a parameter may stand in JSON without quotes: a
// boolean, or a number in the form in which this package writes numbers.
func literal(text string) bool {
	if text == "true" || text == "false" {
		return true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return false
	}
	var form [32]byte
	if string(strconv.AppendFloat(form[:0], x, 'g', -1, 64)) == text {
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && string(strconv.AppendInt(form[:0], n, 10)) == text
}

// AppendJSON appends the result as one line of JSON without a newline. Equal results give
// equal bytes. A metric that is NaN or infinite is left out, since it is unknown.
func (r Result) AppendJSON(b []byte) []byte {
	b = append(b, `{"schema":`...)
	b = strconv.AppendInt(b, int64(r.Schema), 10)
	b = append(b, `,"id":`...)
	b = appendString(b, r.ID)
	b = append(b, `,"trial":`...)
	b = r.Trial.AppendJSON(b)
	b = append(b, `,"outcome":`...)
	outcome := r.Outcome
	if outcome == Disturbed {
		outcome = Valid
	}
	b = appendString(b, string(outcome))
	for i, reason := range r.Reasons {
		if i == 0 {
			b = append(b, `,"reasons":[{"kind":`...)
		} else {
			b = append(b, `,{"kind":`...)
		}
		b = appendString(b, reason.Kind)
		b = append(b, `,"text":`...)
		b = appendString(b, reason.Text)
		b = append(b, '}')
	}
	if len(r.Reasons) > 0 {
		b = append(b, ']')
	}
	if len(r.Disturbances) > 0 {
		b = append(b, `,"disturbed":`...)
		b = appendTexts(b, r.Disturbances)
	}
	b = append(b, `,"metrics":{`...)
	names := make([]string, 0, len(r.Metrics))
	for name, x := range r.Metrics {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b = appendKey(b, name)
		b = strconv.AppendFloat(b, r.Metrics[name], 'g', -1, 64)
	}
	b = append(b, `},"warnings":`...)
	b = appendTexts(b, r.Warnings)
	b = append(b, `,"error":`...)
	if r.Error != nil {
		b = appendString(b, *r.Error)
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"made":`...)
	b = appendAny(b, r.Made)
	return append(b, '}')
}

// MarshalJSON implements json.Marshaler with AppendJSON.
func (r Result) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// appendTexts appends a JSON array of strings.
func appendTexts(b []byte, texts []string) []byte {
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, text)
	}
	return append(b, ']')
}

// appendKey appends the key of the next member of an object, after a comma if needed.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = appendString(b, key)
	return append(b, ':')
}

// appendString appends s as a JSON string. It escapes only what JSON requires.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendAny(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendAny appends the JSON of a value that encoding/json can always encode.
func appendAny(b []byte, value any) []byte {
	buffer := bytes.NewBuffer(b)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("trial: " + err.Error())
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}
