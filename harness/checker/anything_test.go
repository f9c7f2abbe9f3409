package checker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// parsed parses an EDN value.
func parsed(text string) edn.Value {
	v, err := edn.Parse("test", []byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

// TestArbitraryIDs: ids are equal as by Clojure's =, to the last digit, and ordered by
// size.
func TestArbitraryIDs(t *testing.T) {
	for _, tt := range []struct {
		ids  string // as a vector
		want string // :duplicated and :range
	}{
		{`[9223372036854775808 9223372036854775809 9223372036854775810N]`, `{} [9223372036854775808N 9223372036854775810N]`},
		{`[-10000000000000000000001 10000000000000000000000 -10000000000000000000000]`, `{} [-10000000000000000000001N 10000000000000000000000N]`},
		{`[10000000000000000000001 10000000000000000000000 10000000000000000000001N]`, `{10000000000000000000001N 2} [10000000000000000000000N 10000000000000000000001N]`},
		{`[1 1.0 "1" [1] {"a" 1} nil true]`, `{} [nil {"a" 1}]`},
		{`[7N 7 7.0]`, `{7 2} [7N 7N]`},
		{`[{"a" 1, "b" [2]} {"b" [2], "a" 1} {"b" [2.0], "a" 1}]`, `{{"b" [2], "a" 1} 2} [{"a" 1, "b" [2]} {"b" [2.0], "a" 1}]`},
		{`[0.0 -0.0]`, `{-0.0 2} [0.0 0.0]`},
		{`["a" ["a"] ("a")]`, `{("a") 2} ["a" ["a"]]`},
	} {
		var u UniqueIDs
		for _, id := range parsed(tt.ids).Items() {
			u.Add(history.Op{Type: history.OK, F: "generate", Value: id})
		}
		v := u.Verdict().EDN()
		if got := v.At("duplicated").String() + " " + v.At("range").String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.ids, got, tt.want)
		}
	}
}

// TestArbitraryRegisters: a register that returns a value that nobody wrote is not
// linearizable, however similar the value is.
func TestArbitraryRegisters(t *testing.T) {
	for shown, want := range map[string]trial.Outcome{
		`3`: trial.Valid, `3N`: trial.Valid, `nil`: trial.Valid,
		`"3"`: trial.Invalid, `3.0`: trial.Invalid, `[3]`: trial.Invalid, `18446744073709551619`: trial.Invalid, `{"a" 3}`: trial.Invalid,
	} {
		for _, value := range []any{parsed("[0 " + shown + "]"), history.Keyed{Key: 0, Value: parsed(shown)}} {
			l := NewLinearizable(trial.Trial{})
			for _, op := range []history.Op{
				{Type: history.Invoke, F: "write", Value: history.Keyed{Key: 0, Value: int64(3)}}, {Type: history.OK, F: "write", Value: history.Keyed{Key: 0, Value: int64(3)}},
				{Type: history.Invoke, F: "read", Value: history.Keyed{Key: 0}}, {Type: history.OK, F: "read", Value: value},
			} {
				l.Add(op)
			}
			if got := l.Verdict().Valid(); got != want {
				t.Errorf("a read of %s: got %s, want %s", shown, got, want)
			}
		}
	}
}

// TestLargeAnswers: time and memory are linear in the total size of answers that are as
// large and as deep as possible.
func TestLargeAnswers(t *testing.T) {
	began := time.Now()
	deep := func(i int) edn.Value {
		v := edn.NewString(fmt.Sprint(i) + strings.Repeat("x", 1<<18))
		for range 450 {
			v = edn.NewMap(edn.NewString("a"), edn.NewVector(v))
		}
		return v
	}
	checkers := map[string]Checker{
		"echo": &Echo{}, "generate": &UniqueIDs{}, "read": &SetFull{}, "poll": &Logs{},
	}
	for i := range 12 {
		v := deep(i / 2)
		for f, checker := range checkers {
			value := any(v)
			switch f {
			case "echo":
				value = edn.NewMap(edn.NewKeyword("echo"), v)
			case "read":
				value = edn.NewVector(v, v)
			case "poll":
				value = history.Poll{Logs: []history.Log{{Key: "a", Entries: []history.Entry{at(int64(i), 1)}}, {Key: "b", Entries: []history.Entry{{Offset: edn.NewInteger(0), Message: history.DatumOf(v)}}}}}
			}
			checker.Add(history.Op{Type: history.Invoke, F: f})
			checker.Add(history.Op{Type: history.OK, F: f, Value: value})
		}
	}
	for f, checker := range checkers {
		v := checker.Verdict()
		v.Reasons()
		v.Findings()
		if text := edn.AppendPretty(nil, v.EDN()); len(text) > 1<<20 {
			t.Errorf("%s: the verdict has %d bytes", f, len(text))
		} else if _, err := edn.Parse("results.edn", text); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestAbridged: results show the beginning of a large value, and say that it is cut.
func TestAbridged(t *testing.T) {
	many := make([]int64, history.MaxAbridged+1)
	entries := make([]history.Entry, history.MaxAbridged+1)
	for name, tt := range map[string]struct {
		value any
		large bool
	}{
		"integers":     {many[1:], false},
		"many":         {many, true},
		"a poll":       {history.Poll{Logs: []history.Log{{Key: "a", Entries: entries[2:]}}}, false},
		"a large poll": {history.Poll{Logs: []history.Log{{Key: "a", Entries: entries}, {Key: "b", Entries: entries}}}, true},
		"many logs":    {history.Poll{Logs: make([]history.Log, history.MaxAbridged+1)}, true},
		"a txn":        {history.Txn{{F: "r", Value: many}, {F: "r", Value: many}, {F: "append", Value: int64(1)}}, true},
		"a value":      {parsed(`{:a [1 #{2} #t "x"]}`), false},
		"a string":     {strings.Repeat("x", 1<<20), true},
	} {
		got := history.Abridged(tt.value)
		if large := got.Kind() == edn.Tagged; large != tt.large {
			t.Errorf("%s: got it cut: %t, want %t", name, large, tt.large)
		}
		if !tt.large && !edn.Equal(got, history.ValueOf(tt.value)) {
			t.Errorf("%s: got another value", name)
		}
		if n := len(got.String()); n > 20*history.MaxAbridged {
			t.Errorf("%s: got %d bytes", name, n)
		}
	}
}
