package broadcasttest

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"strconv"
	"strings"
)

// arguments are the arguments of a command. Each getter removes what it returns,
// and check fails if any is left. Only the first mistake is kept.
type arguments struct {
	bare  []string
	named map[string][]string
	err   error
}

func (a *arguments) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, args...)
	}
}

// word returns the i-th bare word, or "".
func (a *arguments) word(i int) string {
	if i < len(a.bare) {
		return a.bare[i]
	}
	return ""
}

// flag removes a bare word and reports whether it was there.
func (a *arguments) flag(name string) bool {
	for i, word := range a.bare {
		if word == name {
			a.bare = append(a.bare[:i], a.bare[i+1:]...)
			return true
		}
	}
	return false
}

func (a *arguments) take(name string) []string {
	values := a.named[name]
	delete(a.named, name)
	return values
}

func (a *arguments) option(name, otherwise string) string {
	if values := a.take(name); len(values) > 0 {
		return values[0]
	}
	return otherwise
}

func (a *arguments) number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		a.fail("want a number, got %q", text)
	}
	return n
}

func (a *arguments) id(name string) broadcast.NodeID {
	number, found := strings.CutPrefix(name, "n")
	id, err := strconv.ParseInt(number, 10, 32)
	if !found || err != nil {
		a.fail("want a node such as n0, got %q", name)
	}
	return broadcast.NodeID(id)
}

// check fails if the number of bare words differs from words, or a named argument
// is left.
func (a *arguments) check(words int) {
	if len(a.bare) != words {
		a.fail("want %d words, got %q", words, a.bare)
	}
	for name := range a.named {
		a.fail("no such option: %s", name)
	}
}
