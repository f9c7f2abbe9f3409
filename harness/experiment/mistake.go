package experiment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gossipbench/strategies/param"
)

// Mistakes are all that is wrong with an experiment, in the order in which it
// is written: each says where, what was wanted, and what came.
type Mistakes []string

func (m Mistakes) Error() string { return strings.Join(m, "\n") }

// place is where a piece of an experiment is written: in its file or in a flag.
type place struct {
	flag         string // such as setFlag; empty in a file
	key          string // what the flag sets, of a flag that sets any key
	line, column int    // from 1; for a flag, line counts the flags
}

// names reports whether the place says itself which piece it is of.
func (p place) names(piece string) bool {
	return p.flag != "" && (p.key == piece || p.key == "" && p.flag == "--"+piece)
}

// compare orders places: those of the file by position, then the flags.
func (p place) compare(q place) int {
	return cmp.Or(
		cmp.Compare(min(len(p.flag), 1), min(len(q.flag), 1)),
		cmp.Compare(p.line, q.line),
		cmp.Compare(p.column, q.column),
	)
}

// mistake is one of Mistakes on its way there.
type mistake struct {
	at   place
	text string
}

// collector gathers mistakes, each once.
type collector struct {
	file string
	list []mistake
	seen map[mistake]bool
}

// enough is the number of mistakes after which no more are looked for, and shown
// how many are told one by one, and how many bytes each may have. Chosen: nobody
// reads more at a time.
const (
	enough  = 100
	shown   = 20
	longest = 1000
)

func (c *collector) full() bool { return len(c.list) >= enough }

// add notes a mistake in the piece that is called name; "" stands for a piece
// without a name of its own.
func (c *collector) add(at place, name, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(text) > longest {
		text = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:longest], ""), len(text))
	}
	if name != "" && !at.names(name) {
		text = name + ": " + text
	}
	m := mistake{at, text}
	if c.seen == nil {
		c.seen = map[mistake]bool{}
	}
	if !c.seen[m] {
		c.seen[m] = true
		c.list = append(c.list, m)
	}
}

// addParam notes a mistake in a strategy's parameter.
func (c *collector) addParam(at place, err *param.Error) {
	if at.names(err.Name) {
		c.add(at, "", "%s: %s", err.Owner, err.Reason)
		return
	}
	c.add(at, "", "%v", err)
}

// where writes a place for a person; "" for all flags together.
func (c *collector) where(p place) string {
	switch {
	case p.key != "":
		return p.flag + " " + p.key
	case p.flag != "":
		return p.flag
	case c.file == "":
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", c.file, p.line, p.column)
}

// err returns the Mistakes, or nil where there are none.
func (c *collector) err() error {
	if len(c.list) == 0 {
		return nil
	}
	slices.SortStableFunc(c.list, func(a, b mistake) int {
		return cmp.Or(a.at.compare(b.at), strings.Compare(a.text, b.text))
	})
	var all Mistakes
	for i, m := range c.list {
		if i == shown {
			more := fmt.Sprintf("and %d more mistakes", len(c.list)-shown)
			if c.full() {
				more = fmt.Sprintf("and %d more mistakes, or even more", len(c.list)-shown)
			}
			return append(all, more)
		}
		text := m.text
		if where := c.where(m.at); where != "" {
			text = where + ": " + text
		}
		all = append(all, text)
	}
	return all
}
