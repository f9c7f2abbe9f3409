package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/strategies/param"
)

// anyText draws strings that a faulty JSON writer could get wrong.
var anyText = rapid.OneOf(
	rapid.StringMatching(`[a-z0-9.+-]{0,12}`), rapid.String(),
	rapid.SampledFrom([]string{"", "true", "null", "-0", "0", "1e5", "1e+06", "NaN", "007", "9007199254740993", "\"", "\\u0041", "<&>", "\u2028"}),
)

// anyTrial draws trials with arbitrary values in all fields.
func anyTrial(t *rapid.T) Trial {
	trial := defaults
	for _, s := range settings {
		switch p := s.field(&trial).(type) {
		case *string:
			if s.form == nil {
				*p = anyText.Draw(t, s.Name)
			}
		case *int:
			*p = rapid.Int().Draw(t, s.Name)
		case *float64:
			*p = rapid.Float64().Draw(t, s.Name)
		case *time.Duration:
			*p = time.Duration(rapid.Int64Min(0).Draw(t, s.Name))
		}
	}
	name := rapid.StringMatching(`p_[a-z]{1,6}`)
	trial.Params = rapid.MapOfN(name, anyText, 0, 8).Draw(t, "params")
	trial.Seed, trial.Replicate = rapid.Uint64().Draw(t, "seed"), rapid.Int().Draw(t, "replicate")
	return trial
}

func anyResult(t *rapid.T) Result {
	r := Result{
		Schema: Schema, ID: rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "id"), Trial: anyTrial(t),
		Outcome:  rapid.SampledFrom([]Outcome{Valid, Invalid, Unknown, Failed}).Draw(t, "outcome"),
		Metrics:  rapid.MapOfN(anyText, rapid.Float64(), 0, 8).Draw(t, "metrics"),
		Warnings: rapid.SliceOfN(anyText, 0, 3).Draw(t, "warnings"),
		Made: Provenance{
			Commit: anyText.Draw(t, "commit"), Backend: "sim", Cores: rapid.Int().Draw(t, "cores"),
			Seconds: rapid.Float64().Draw(t, "seconds"),
		},
	}
	for range rapid.IntRange(0, 2).Draw(t, "reasons") {
		r.Reasons = append(r.Reasons, Reason{anyText.Draw(t, "kind"), anyText.Draw(t, "text")})
	}
	if rapid.Bool().Draw(t, "fails") {
		text := anyText.Draw(t, "error")
		r.Error = &text
	}
	return r
}

// TestResultRoundTrip: a result that is encoded and decoded is unchanged, whatever the
// decoder has read before.
func TestResultRoundTrip(t *testing.T) {
	var d Decoder
	rapid.Check(t, func(t *rapid.T) {
		r := anyResult(t)
		line := r.AppendJSON(nil)
		if !json.Valid(line) || strings.Contains(string(line), "\n") {
			t.Fatalf("not one line of JSON: %q", line)
		}
		got, err := d.Decode(line)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Fatalf("through %s\n got %+v, %v\nwant %+v", line, got, err, r)
		}
		if again := string(got.AppendJSON(nil)); again != string(line) {
			t.Fatalf("written again: got %s, want %s", again, line)
		}
		if got.Trial.ID() != r.Trial.ID() {
			t.Fatalf("the trial's ID changed")
		}
	})
}

// TestResultTwin compares our encoder with encoding/json.
func TestResultTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResult(t)
		var twin struct {
			Schema   int
			ID       string
			Trial    map[string]any
			Outcome  string
			Metrics  map[string]float64
			Warnings []string
			Error    *string
			Made     Provenance
		}
		if err := json.Unmarshal(r.AppendJSON(nil), &twin); err != nil {
			t.Fatal(err)
		}
		if twin.ID != r.ID || twin.Outcome != string(r.Outcome) || !reflect.DeepEqual(twin.Metrics, r.Metrics) ||
			!reflect.DeepEqual(twin.Warnings, r.Warnings) || !reflect.DeepEqual(twin.Error, r.Error) || !reflect.DeepEqual(twin.Made, r.Made) {
			t.Fatalf("got %+v\nwant %+v", twin, r)
		}
		if len(twin.Trial) != len(settings)+len(r.Trial.Params)+2 {
			t.Fatalf("got %d keys of a trial", len(twin.Trial))
		}
		for name, text := range r.Trial.Params {
			switch x := twin.Trial[name].(type) {
			case string:
				if x != text {
					t.Fatalf("%s: got %q, want %q", name, x, text)
				}
			case bool:
				if fmt.Sprint(x) != text {
					t.Fatalf("%s: got %v, want %q", name, x, text)
				}
			case float64:
				if want, err := ParseNumber(text); err != nil || x != want {
					t.Fatalf("%s: got %v, want %q", name, x, text)
				}
			}
		}
	})
}

func TestNoNumberIsLeftOut(t *testing.T) {
	r := Result{Schema: 1, ID: "x", Trial: defaults, Outcome: Valid, Metrics: map[string]float64{"ops": math.NaN(), "lost": math.Inf(1), "rmr": 2}}
	var d Decoder
	got, err := d.Decode(r.AppendJSON(nil))
	if want := map[string]float64{"rmr": 2}; err != nil || !reflect.DeepEqual(got.Metrics, want) {
		t.Errorf("got %v, %v, want %v", got.Metrics, err, want)
	}
}

// TestDecodeOthers decodes lines that this program would not write.
func TestDecodeOthers(t *testing.T) {
	line := ` { "made": {"commit": "c", "extra": {"java": "21"}, "planet": "earth"}, "later": [1, {"a": [null, true]}, "\""],
		"warnings": null, "metrics": {"ops": 1E2}, "error": null, "outcome": "unknown",
		"trial": {"nodes": 9, "seed": 4, "gravity": 9.81, "latency": "0.1s"}, "id": "abc", "schema": 1 } `
	want := Result{
		Schema: 1, ID: "abc", Trial: defaults, Outcome: Unknown, Metrics: map[string]float64{"ops": 100}, Warnings: []string{},
		Made: Provenance{Commit: "c", Extra: map[string]string{"java": "21"}},
	}
	want.Trial.Nodes, want.Trial.Latency, want.Trial.Seed = 9, 100*time.Millisecond, 4
	want.Trial.Jitter = 0                               // of an older program
	want.Trial.Params = param.Values{"gravity": "9.81"} // of a newer program
	var got Result
	if err := json.Unmarshal([]byte(line), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestDecodeMistakes(t *testing.T) {
	const tail = `,"trial":{},"outcome":"valid","metrics":{}}`
	for _, tt := range []struct{ name, line, want string }{
		{"empty", ``, `byte 1: want '{', got the end of the line`},
		{"no object", `[]`, `byte 1: want '{', got '['`},
		{"torn", `{"schema":1,"id":"a`, `id: byte 20: want '"', got the end of the line`},
		{"torn after a key", `{"schema":1,"id"`, `byte 17: want ':', got the end of the line`},
		{"more", `{"schema":1,"id":"a"` + tail + `}`, `byte 64: want the end of the line, got '}'`},
		{"no schema", `{"id":"a"` + tail, `want a schema`},
		{"no id", `{"schema":1` + tail, `want an id`},
		{"no trial", `{"schema":1,"id":"a","outcome":"valid"}`, `want a trial`},
		{"no outcome", `{"schema":1,"id":"a","trial":{}}`, `want an outcome`},
		{"schema 0", `{"schema":0}`, `schema: byte 12: want at least 1, got 0`},
		{"outcome", `{"schema":1,"outcome":"good"}`, `outcome: byte 29: want valid, invalid, unknown or error, got "good"`},
		{"metric", `{"metrics":{"ops":"7"}}`, `metrics: byte 19: want a number`},
		{"huge metric", `{"metrics":{"ops":1e999}}`, `metrics: byte 24: want a number that fits 64 bits, got 1e999`},
		{"odd number", `{"metrics":{"ops":01}}`, `metrics: byte 19: want a number`},
		{"setting's type", `{"trial":{"nodes":"9"}}`, `trial: nodes: byte 19: want a number`},
		{"fraction", `{"trial":{"nodes":9.5}}`, `trial: nodes: byte 22: want an integer of 64 bits, got 9.5`},
		{"duration", `{"trial":{"latency":"9"}}`, `trial: latency: byte 24: want a duration such as 200ms, got "9"`},
		{"form", `{"trial":{"concurrency":"x"}}`, `trial: concurrency: byte 28: want an integer from 1 to 1000000, or one followed by n for so many a node, got "x"`},
		{"seed", `{"trial":{"seed":-1}}`, `trial: seed: byte 20: want an integer from 0, got -1`},
		{"param", `{"trial":{"fanout":[2]}}`, `trial: fanout: byte 20: want a number, a string, true or false`},
		{"escape", `{"id":"\q"}`, `id: byte 11: string: invalid character 'q' in string escape code`},
		{"control", "{\"id\":\"a\tb\"}", `id: byte 9: want no control character in a string, got '\t'`},
		{"path", `{"schema":1,"id":"../../x"}`, `id: byte 27: want an id of digits and small letters, got "../../x"`},
		{"no UTF-8", "{\"id\":\"a\xff\"}", `id: byte 11: want text in UTF-8`},
		{"provenance", `{"made":{"cores":"two"}}`, `made: byte 24: json: cannot unmarshal string into Go struct field Provenance.cores of type int`},
		{"deep", `{"x":` + strings.Repeat("[", 200), `x: byte 107: want at most 100 levels of nesting`},
		{"newer", `{"schema":3,"trial":7`, `schema 3, want at most 2: a newer gossipbench wrote it and can read it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Decoder
			_, err := d.Decode([]byte(tt.line))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Decode(%s)\n got %v\nwant %s", tt.line, err, tt.want)
			}
			var newer *SchemaError
			if got := errors.As(err, &newer); got != (tt.name == "newer") {
				t.Errorf("a SchemaError: got %v", got)
			}
		})
	}
}

// FuzzDecode: no line makes the decoder panic, and every result that it decodes survives
// another round trip.
func FuzzDecode(f *testing.F) {
	r := Result{Schema: 1, ID: "x", Trial: defaults, Outcome: Valid, Metrics: map[string]float64{"ops": 1}}
	f.Add(r.AppendJSON(nil))
	f.Add([]byte(`{"schema":1,"id":"\u00e4","trial":{"a":-0.5e3,"nodes":null},"outcome":"error","error":"x","metrics":null,"made":{},"x":[{}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var d Decoder
		first, err := d.Decode(line)
		if err != nil {
			return
		}
		again, err := d.Decode(first.AppendJSON(nil))
		if err != nil || string(again.AppendJSON(nil)) != string(first.AppendJSON(nil)) {
			t.Errorf("read %q as %s,\nthat as %s, %v", line, first.AppendJSON(nil), again.AppendJSON(nil), err)
		}
	})
}

// example returns a result as the simulator makes one: with all metrics and all settings.
func example() Result {
	r := Result{Schema: Schema, Trial: defaults, Outcome: Valid, Metrics: map[string]float64{}, Warnings: []string{}}
	r.Trial.Params = param.Values{"mode": "push", "fanout": "2", "interval": "50ms", "peers": "mixed", "delivery": "ack-retry", "retry": "200ms"}
	for i, m := range Metrics {
		r.Metrics[m.Name] = float64(i) * 1.0625
	}
	r.Made = Provenance{Commit: "0123456789abcdef", Go: "go1.26", OS: "linux/amd64", Backend: "sim"}
	r.ID = r.Trial.ID()
	return r
}

func BenchmarkID(b *testing.B) {
	trial := example().Trial
	for b.Loop() {
		trial.ID()
	}
}

func BenchmarkEncode(b *testing.B) {
	r := example()
	var line []byte
	for b.Loop() {
		line = r.AppendJSON(line[:0])
	}
	b.SetBytes(int64(len(line)))
}

func BenchmarkDecode(b *testing.B) {
	line := example().AppendJSON(nil)
	b.SetBytes(int64(len(line)))
	var d Decoder
	for b.Loop() {
		if _, err := d.Decode(line); err != nil {
			b.Fatal(err)
		}
	}
}
