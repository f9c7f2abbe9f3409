package checker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// TestJudgeStops: Judge returns when its context ends, before the end of the history.
func TestJudgeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if read++; read == 3 {
			cancel()
		}
		return copy(p, strings.Repeat("{:type :info, :process :nemesis, :f :x}\n", len(p)/40)), nil
	})
	if _, err := Judge(ctx, history.NewReader("history.edn", endless), edn.Value{}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSpread: differences deep within long keys take memory only for themselves.
func TestSpread(t *testing.T) {
	long := strings.Repeat("k", 3000)
	var theirs strings.Builder
	for range 500 {
		theirs.WriteString(`{"` + long + `" `)
	}
	theirs.WriteString("{")
	for i := range 2000 {
		theirs.WriteString(strings.Repeat(" ", i%2) + "1" + strings.Repeat("0", i%9) + " " + "2 ")
	}
	theirs.WriteString("}" + strings.Repeat("}", 500))
	value, err := edn.Parse("results.edn", []byte(theirs.String()))
	if err != nil {
		t.Fatal(err)
	}
	var j Judgement
	j.diff(":stats", value, value, false)
	if len(j.Fields) != 2000 {
		t.Fatalf("got %d fields", len(j.Fields))
	}
	for _, f := range j.Fields {
		if !f.Agree || len(f.Path) > 2*maxPath || !strings.HasPrefix(f.Path, ":stats …") {
			t.Fatalf("got %v %q", f.Agree, f.Path)
		}
	}
}
