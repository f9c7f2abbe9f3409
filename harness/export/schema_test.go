package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

var update = flag.Bool("update", false, "write schema.json from the settings and the metrics that there are")

// object is a JSON object.
type object = map[string]any

// declared is the schema that the declarations of settings and metrics make.
func declared() object {
	text, number := object{"type": "string"}, object{"type": "number"}
	says := func(what string) object { return object{"type": "string", "description": what} }
	types := map[param.Kind]string{param.Int: "integer", param.Float: "number", param.Bool: "boolean"}
	settings := object{
		"seed":      object{"type": "integer", "minimum": 0, "description": "decides the chance in the trial"},
		"replicate": object{"type": "integer", "minimum": 1, "description": "which repetition of its setting"},
	}
	required := []string{"replicate", "seed", "strategy"}
	for _, d := range trial.Settings() {
		kind, described := types[d.Kind], d.Doc
		if kind == "" {
			kind = "string"
		}
		if d.Kind == param.Duration {
			described += "; a duration such as 100ms"
		} else if d.Unit != "" {
			described += "; in " + d.Unit
		}
		settings[d.Name] = object{"type": []string{kind, "null"}, "description": described}
	}
	metrics := object{}
	for _, m := range trial.Metrics {
		described := m.Meaning()
		if m.Unit != "" {
			described += "; in " + m.Unit
		}
		metrics[m.Name] = object{"type": "number", "description": described}
	}
	return object{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "gossipbench export, version 1",
		"description":          "What harness export --format json writes. A line of --format jsonl is a #/$defs/result.",
		"type":                 "object",
		"required":             []string{"version", "metrics", "experiments"},
		"additionalProperties": false,
		"properties": object{
			"version": object{"const": Version},
			"metrics": object{"type": "object", "description": "what the metrics of the results mean, by name",
				"additionalProperties": object{"type": "object", "required": []string{"unit", "doc", "better"}, "additionalProperties": false,
					"properties": object{"unit": text, "doc": text, "better": object{"enum": []string{"lower", "neither", "higher"}}}}},
			"experiments": object{"type": "array", "items": object{"type": "object", "required": []string{"name", "results"}, "additionalProperties": false,
				"properties": object{"name": text, "results": object{"type": "array", "items": object{"$ref": "#/$defs/result"}}}}},
		},
		"$defs": object{
			"result": object{"type": "object", "description": "what became of a trial",
				"required":             []string{"schema", "id", "trial", "outcome", "metrics", "warnings", "error", "made"},
				"additionalProperties": false,
				"properties": object{
					"schema": object{"const": trial.Schema, "description": "the version of this form"},
					"id":     object{"type": "string", "pattern": "^[0-9a-f]{12}$", "description": "stands for all that decides the trial"},
					"trial":  object{"$ref": "#/$defs/trial"},
					"outcome": object{"enum": []trial.Outcome{trial.Valid, trial.Invalid, trial.Unknown, trial.Failed},
						"description": "the verdict: invalid breaks a promise, unknown proves nothing, error could not be run"},
					"disturbed": object{"type": "array", "items": object{"type": "string"}, "description": "what kept the nodes or the harness from the processor in real time; absent where nothing did"},
					"reasons": object{"type": "array", "description": "why it is invalid or unknown; absent where nothing tells", "items": object{
						"type": "object", "required": []string{"kind", "text"}, "additionalProperties": false, "properties": object{"kind": says("what was found: a word such as lost, or the name of an anomaly"), "text": says("which values, which nodes, what was wanted")}}},
					"metrics":  object{"$ref": "#/$defs/metrics"},
					"warnings": object{"type": "array", "items": text, "description": "what a reader of the numbers must know"},
					"error":    object{"type": []string{"string", "null"}, "description": "why it could not be run"},
					"made":     object{"$ref": "#/$defs/made"},
					"sum":      object{"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "of a line: CRC-32C of all that stands before it, up to its comma"},
				}},
			"trial": object{"type": "object", "required": required, "properties": settings,
				"description":          "every setting, null where nobody knows it, and beside them the parameters of the strategy",
				"additionalProperties": object{"type": []string{"string", "number", "boolean"}}},
			"metrics": object{"type": "object", "description": "one that is not known is absent", "properties": metrics, "additionalProperties": number},
			"made": object{"type": "object", "description": "what made the result", "required": []string{"commit", "backend"}, "additionalProperties": false,
				"properties": object{
					"commit":  says("of gossipbench; +dirty follows where files had been changed"),
					"go":      says("the version of Go"),
					"os":      says("system and architecture"),
					"cpu":     says("the processor's name"),
					"cores":   object{"type": "integer", "minimum": 0, "description": "how many the machine has"},
					"backend": says("the backend with its version"),
					"node":    says("hash of the node's executable"),
					"code": object{"type": "object", "additionalProperties": false,
						"properties":  object{"engine": says("of the backend, and of the node's program where that is ours"), "strategy": says("absent where the node is the user's")},
						"description": "hashes of the code of ours that made it; absent where nobody knows it"},
					"depends": object{"type": "object", "additionalProperties": text, "description": "hashes of the files that a node of the user's own rests on"},
					"extra":   object{"type": "object", "additionalProperties": text, "description": "what else the backend tells, such as java's version"},
					"time":    says("when it began, RFC 3339; absent where time is virtual"),
					"seconds": object{"type": "number", "description": "wall time; absent where time is virtual"}}},
		},
	}
}

// TestSchemaIsDeclared: a setting or a metric that is added is in the schema.
func TestSchemaIsDeclared(t *testing.T) {
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(declared()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.json", want.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(Schema, want.Bytes()) {
		t.Error("schema.json is not what settings and metrics make; go test ./harness/export -run TestSchemaIsDeclared -update writes it")
	}
}

// compiled returns the shipped schema, or a part of it.
func compiled(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, text string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// TestSchemaHolds of what is written: of results made up to hold everything, and
// of all that the repository ships.
func TestSchemaHolds(t *testing.T) {
	all := [][]Part{{}, sample(t)}
	files, err := filepath.Glob("../../results/*/trials.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		all = append(all, []Part{stored(t, file)})
	}
	for _, parts := range all {
		if err := validate(compiled(t, ""), written(t, parts, Options{Format: "json"})); err != nil {
			t.Errorf("json: %v", err)
		}
		line := compiled(t, "#/$defs/result")
		for text := range strings.Lines(written(t, parts, Options{Format: "jsonl"})) {
			if err := validate(line, text); err != nil {
				t.Errorf("jsonl: %v of %s", err, text)
			}
		}
	}
}

// TestSchemaRefuses what it must, else it would hold of anything.
func TestSchemaRefuses(t *testing.T) {
	whole := written(t, sample(t), Options{Format: "json"})
	for _, tt := range []struct{ old, new, place string }{
		{`"version": 1`, `"version": 2`, "/version"},
		{`"outcome":"valid"`, `"outcome":"good"`, "/outcome"},
		{`"nodes":25`, `"nodes":"25"`, "/trial/nodes"},
		{`"nodes":25`, `"nodes":2.5`, "/trial/nodes"},
		{`"latency":"100ms"`, `"latency":100`, "/trial/latency"},
		{`"lost":0`, `"lost":"none"`, "/metrics/lost"},
		{`"fanout":2`, `"fanout":[2]`, "/trial/fanout"},
		{`"error":null,`, ``, "/results/0"},
		{`"better":"lower"`, `"better":"less"`, "/better"},
	} {
		broken := strings.Replace(whole, tt.old, tt.new, 1)
		if broken == whole {
			t.Fatalf("the sample has no %s", tt.old)
		}
		if err := validate(compiled(t, ""), broken); err == nil || !strings.Contains(err.Error(), tt.place) {
			t.Errorf("%s in the place of %s: got %v, want an error at %s", tt.new, tt.old, err, tt.place)
		}
	}
}
