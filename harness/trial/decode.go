package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gossipbench/strategies/param"
)

// SchemaError is the error for a result whose schema is newer than this program.
type SchemaError struct {
	Got int
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("schema %d, want at most %d: a newer gossipbench wrote it and can read it", e.Got, Schema)
}

// Decoder decodes results. It keeps one copy of strings, durations and provenances that
// results share. The zero Decoder is ready to use. It is not safe for concurrent use.
type Decoder struct {
	lexer
	texts     map[string]string
	durations map[string]time.Duration
	made      map[string]Provenance // by the text of its JSON
	metrics   int                   // number of metrics of the last result
	params    int                   // number of parameters of the last trial
}

// Decode decodes a result that Result.AppendJSON or AppendLine wrote. It does not verify
// the checksum. A setting that the line lacks was added later: it gets its default, or
// the level in late. An unknown key of a trial is kept as a parameter; other unknown keys
// are ignored.
func (d *Decoder) Decode(line []byte) (Result, error) {
	d.lexer = lexer{text: line}
	r := Result{Metrics: make(map[string]float64, d.metrics)}
	var trial, outcome bool
	err := d.object(func(key []byte) (err error) {
		switch string(key) {
		case "schema":
			r.Schema, err = d.schema()
		case "id":
			r.ID, err = d.id()
		case "trial":
			trial = true
			err = d.trial(&r.Trial)
		case "outcome":
			outcome = true
			r.Outcome, err = d.outcome()
		case "reasons":
			r.Reasons, err = d.reasons()
		case "metrics":
			err = d.metricsInto(r.Metrics)
		case "disturbed":
			r.Disturbances, err = d.warnings()
		case "warnings":
			r.Warnings, err = d.warnings()
		case "error":
			if !d.word("null") {
				var text string
				text, err = d.text()
				r.Error = &text
			}
		case "made":
			r.Made, err = d.provenance()
		default: // "sum" too, which DecodeLine checks
			err = d.skip(0)
		}
		var schema *SchemaError
		if err != nil && !errors.As(err, &schema) {
			err = fmt.Errorf("%s: %w", key, err)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return Result{}, err
	case r.Schema == 0:
		return Result{}, errors.New("want a schema")
	case r.ID == "":
		return Result{}, errors.New("want an id")
	case !trial:
		return Result{}, errors.New("want a trial")
	case !outcome:
		return Result{}, errors.New("want an outcome")
	}
	d.metrics = len(r.Metrics)
	return r, nil
}

func (d *Decoder) schema() (int, error) {
	n, err := d.integer()
	if err == nil && n > Schema {
		return 0, &SchemaError{int(n)}
	}
	if err == nil && n < 1 {
		return 0, d.errorf("want at least 1, got %d", n)
	}
	return int(n), err
}

// id reads an ID. The ID becomes the name of a folder, so it may not contain separators
// or dots.
func (d *Decoder) id() (string, error) {
	text, err := d.str()
	if err != nil {
		return "", err
	}
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return "", d.errorf("want an id of digits and small letters, got %q", text)
		}
	}
	return string(text), nil
}

func (d *Decoder) outcome() (Outcome, error) {
	text, err := d.text()
	if err != nil {
		return "", err
	}
	switch o := Outcome(text); o {
	case Valid, Invalid, Unknown, Failed:
		return o, nil
	}
	return "", d.errorf("want valid, invalid, unknown or error, got %q", text)
}

func (d *Decoder) metricsInto(metrics map[string]float64) error {
	if d.word("null") {
		return nil
	}
	return d.object(func(key []byte) error {
		name := d.intern(key)
		x, err := d.float()
		metrics[name] = x
		return err
	})
}

func (d *Decoder) reasons() ([]Reason, error) {
	var all []Reason
	err := d.array(func() error {
		var r Reason
		err := d.object(func(key []byte) (err error) {
			switch string(key) {
			case "kind":
				r.Kind, err = d.text()
			case "text":
				r.Text, err = d.text()
			default:
				err = d.skip(0)
			}
			return err
		})
		all = append(all, r)
		return err
	})
	return all, err
}

func (d *Decoder) warnings() ([]string, error) {
	all := []string{}
	if d.word("null") {
		return all, nil
	}
	err := d.array(func() error {
		text, err := d.text()
		all = append(all, text)
		return err
	})
	return all, err
}

func (d *Decoder) provenance() (Provenance, error) {
	d.peek()
	start := d.pos
	if err := d.skip(0); err != nil {
		return Provenance{}, err
	}
	raw := d.lexer.text[start:d.pos]
	if made, known := d.made[string(raw)]; known {
		return made, nil
	}
	var made Provenance
	if err := json.Unmarshal(raw, &made); err != nil {
		return Provenance{}, d.errorf("%v", err)
	}
	if d.made == nil || len(d.made) > 1000 { // each may have a time of its own
		d.made = map[string]Provenance{}
	}
	d.made[string(raw)] = made
	return made, nil
}

// trial reads a trial into t.
func (d *Decoder) trial(t *Trial) error {
	*t = defaults
	t.Params = make(param.Values, d.params)
	next := 0        // index of the next setting if all are in order
	named := uint(0) // bit i is set if the line has the setting late[i]
	err := d.object(func(key []byte) error {
		if next >= len(settings) || settings[next].Name != string(key) {
			index, known := byName[string(key)]
			if !known {
				return d.other(t, key)
			}
			next = index
		}
		s := &settings[next]
		next++
		for i := range late {
			if late[i].name == s.Name {
				named |= 1 << i
			}
		}
		if d.word("null") {
			t.Unknown = append(t.Unknown, s.Name)
			return nil
		}
		if err := d.setting(s, s.field(t)); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		return nil
	})
	for i := range late {
		l := &late[i]
		if named>>i&1 == 0 && t.Concerns(l.name) {
			assign(settings[byName[l.name]].field(t), l.before)
		}
	}
	d.params = len(t.Params)
	return err
}

func (d *Decoder) setting(s *Setting, field any) error {
	switch p := field.(type) {
	case *int:
		n, err := d.integer()
		*p = int(n)
		return err
	case *float64:
		x, err := d.float()
		*p = x
		return err
	case *string:
		text, err := d.text()
		if err == nil && s.form != nil && text != s.Default {
			if _, want := s.form(text); want != "" {
				err = d.errorf("want %s, got %q", want, text)
			}
		}
		*p = text
		return err
	case *time.Duration:
		text, err := d.str()
		if err != nil {
			return err
		}
		*p, err = d.duration(text)
		return err
	}
	panic(fmt.Sprintf("experiment: no setting is a %T", field))
}

// other reads a member of a trial that is not a setting.
func (d *Decoder) other(t *Trial, key []byte) error {
	name := d.intern(key)
	var err error
	switch name {
	case SeedKey:
		var text []byte
		if text, err = d.number(); err == nil {
			if t.Seed, err = strconv.ParseUint(string(text), 10, 64); err != nil {
				err = d.errorf("want an integer from 0, got %s", text)
			}
		}
	case ReplicateKey:
		var n int64
		n, err = d.integer()
		t.Replicate = int(n)
	default:
		t.Params[name], err = d.param()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (d *Decoder) param() (string, error) {
	switch c := d.peek(); {
	case c == '"':
		return d.text()
	case d.word("true"):
		return "true", nil
	case d.word("false"):
		return "false", nil
	case c == '-' || '0' <= c && c <= '9':
		text, err := d.number()
		return d.intern(text), err
	}
	return "", d.errorf("want a number, a string, true or false")
}

func (d *Decoder) duration(text []byte) (time.Duration, error) {
	if t, known := d.durations[string(text)]; known {
		return t, nil
	}
	t, err := time.ParseDuration(string(text))
	if err != nil {
		return 0, d.errorf("want a duration such as 200ms, got %q", text)
	}
	if d.durations == nil || len(d.durations) > 10_000 {
		d.durations = map[string]time.Duration{}
	}
	d.durations[string(text)] = t
	return t, nil
}

// text reads a string and interns it.
func (d *Decoder) text() (string, error) {
	text, err := d.str()
	return d.intern(text), err
}

// intern returns text as a string. Equal short texts share one string.
func (d *Decoder) intern(text []byte) string {
	if len(text) > 40 {
		return string(text)
	}
	if s, known := d.texts[string(text)]; known {
		return s
	}
	if d.texts == nil || len(d.texts) > 10_000 { // each line may have texts of its own
		d.texts = map[string]string{}
	}
	s := string(text)
	d.texts[s] = s
	return s
}

// UnmarshalJSON implements json.Unmarshaler with Decoder.Decode.
func (r *Result) UnmarshalJSON(text []byte) error {
	var d Decoder
	decoded, err := d.Decode(text)
	*r = decoded
	return err
}

// UnmarshalJSON implements json.Unmarshaler. It reads what AppendJSON wrote.
func (t *Trial) UnmarshalJSON(text []byte) error {
	d := Decoder{lexer: lexer{text: text}}
	if err := d.trial(t); err != nil {
		return err
	}
	return d.end()
}
