package command

import (
	"strings"
	"testing"
)

// TestExamples tests that the command lines in the help are legal.
func TestExamples(t *testing.T) {
	examples := 0
	for line := range strings.Lines(usage) {
		args, isNode := strings.CutPrefix(line, "  node ")
		if _, after, ok := strings.Cut(line, " -- "); ok {
			args, isNode = after, true
		}
		if !isNode {
			continue
		}
		examples++
		if _, mistakes := parse(strings.Fields(args)); mistakes != nil {
			t.Errorf("example %s: %v", line, mistakes)
		}
	}
	if examples < 3 {
		t.Errorf("got %d examples, want 3", examples)
	}
}
