package export

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"gossipbench/harness/trial"
	"io"
)

// Version is that of the form of the json format, which schema.json describes.
// It grows with every change that a reader could trip over; a setting or a
// metric that is added is none.
const Version = 1

// Schema is the JSON Schema (draft 2020-12) of the format json; a line of jsonl
// is its $defs/result.
//
//go:embed schema.json
var Schema []byte

// metricJSON is what the document says of a metric.
type metricJSON struct {
	Unit   string `json:"unit"`
	Doc    string `json:"doc"`
	Better string `json:"better"`
}

// betters are the words for Metric.Better.
var betters = map[int]string{-1: "lower", 0: "neither", 1: "higher"}

// document writes everything as one JSON document: what the metrics mean, and
// each experiment with its results as they are stored, one a line.
func document(w io.Writer, parts []Part, metrics []trial.Metric) error {
	b := bufio.NewWriter(w)
	put := func(value any) {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err) // strings and numbers have a JSON form
		}
		_, _ = b.Write(text) // Flush tells
	}
	_, _ = b.WriteString("{\n\"version\": ")
	put(Version)
	_, _ = b.WriteString(",\n\"metrics\": {")
	for i, m := range metrics {
		_, _ = b.WriteString(comma(i))
		put(m.Name)
		_, _ = b.WriteString(": ")
		put(metricJSON{m.Unit, m.Meaning(), betters[m.Better]})
	}
	_, _ = b.WriteString("\n},\n\"experiments\": [")
	for i, p := range parts {
		_, _ = b.WriteString(comma(i) + "{\"name\": ")
		put(p.Name)
		_, _ = b.WriteString(", \"results\": [")
		for j := range p.Results {
			_, _ = b.WriteString(comma(j))
			_, _ = b.Write(p.Results[j].AppendJSON(nil))
		}
		_, _ = b.WriteString("\n]}")
	}
	_, _ = b.WriteString("\n]\n}\n")
	return b.Flush()
}

// comma parts the members of a list, each on a line of its own.
func comma(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}

// lines writes the results as they are stored.
func lines(w io.Writer, parts []Part) error {
	b := bufio.NewWriter(w)
	for _, p := range parts {
		for i := range p.Results {
			_, _ = b.Write(append(p.Results[i].AppendLine(nil), '\n'))
		}
	}
	return b.Flush()
}
