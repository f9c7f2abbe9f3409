package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gossipbench/node/wire"
)

// TestMistakes: errors name the common mistakes in what nodes print.
func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"", "it is empty"},
		{" \r", "it is empty"},
		{"\xef\xbb\xbf{\"src\":\"n0\"}", "it begins with a byte order mark (BOM), which UTF-8 does without"},
		{"{\x00\"\x00s\x00", "it has zero bytes, as UTF-16 has, want UTF-8"},
		{"{'src': 'n0'}", `it has single quotes, which JSON does not know: want {"src":…`},
		{`[{"src":"n0"}]`, "it is an array, want one message a line"},
		{"{", "it is part of a message, want each message whole on one line"},
		{"starting…", `it is text, which belongs on stderr, want a message such as {"src":…`},
		{`{"src":"n0","dest":"n1","body":{"a":NaN}}`, `NaN is no JSON: byte 36: want a value, got "NaN}}"`},
		{`{"src":"n0","dest":"n1","body":None}`, `None is no JSON: byte 31: want body to be an object, got "None}"`},
		{`{"src":"n0"} {"src":"n0"}`, "a second message stands on the same line, want a newline behind each"},
		{`{"src":"n0","dest":"n1","body":"hi"}`, `byte 31: want body to be an object, got "\"hi\"}"`},
		{`{"src":0}`, `byte 7: want src to be a string, got "0}"`},
	} {
		var m wire.Message
		err := m.Parse([]byte(tt.line))
		if err == nil {
			t.Errorf("%q is a message", tt.line)
		} else if got := mistake([]byte(tt.line), err); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.line, got, tt.want)
		}
	}
}

// TestStartErrors: if the system only reports a missing file or an unknown format, the
// error shows the reason from the first line.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"#!/bin/sh\r\nexit 1\r\n", `the first line of FILE ends in CRLF, so that the system looks for the interpreter "/bin/sh\r": save it with Unix line ends, such as by dos2unix`},
		{"\xef\xbb\xbf#!/bin/sh\nexit 1\n", "FILE begins with a byte order mark (BOM), before its #!: save it as UTF-8 without one"},
		{"#! /no/such/shell -e\nexit 1\n", "the interpreter that the first line of FILE names does not exist: /no/such/shell"},
		{"exit 1\n", "FILE is no program for this system, and has no first line such as #!/usr/bin/env python3: fork/exec FILE: exec format error"},
		{"", "FILE is empty"},
	} {
		file := filepath.Join(t.TempDir(), "node")
		if err := os.WriteFile(file, []byte(tt.text), 0o755); err != nil {
			t.Fatal(err)
		}
		trial := quick("")
		trial.Bin = file
		_, err := New(Options{}).Run(t.Context(), trial)
		if err == nil {
			t.Errorf("%q: it runs", tt.text)
			continue
		}
		if first, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), file, "FILE"), "\n"); first != "node: "+tt.want {
			t.Errorf("%q:\n got %s\nwant node: %s", tt.text, first, tt.want)
		}
	}
	if err := startError("no such file", errors.ErrUnsupported); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want what is not understood as it is", err)
	}
}
