package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestSurvive: a bug that one file meets is told, and does not end the others.
func TestSurvive(t *testing.T) {
	var stderr bytes.Buffer
	w := &World{Stderr: &stderr}
	err := func() (err error) {
		defer w.Survive("store/x", &err)
		panic("no such thing")
	}()
	const want = "store/x: a mistake of this program, please report it: no such thing"
	if err == nil || err.Error() != want || !strings.HasPrefix(stderr.String(), "harness: "+want+"\n") || !strings.Contains(stderr.String(), "survive_test.go") {
		t.Errorf("got %v and\n%s", err, &stderr)
	}
}
