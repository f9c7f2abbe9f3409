package edn

import (
	"slices"
	"unicode/utf16"
)

// PrettyWidth is the width to which fipp breaks lines if possible.
const PrettyWidth = 70

// AppendPretty appends v to dst, broken into lines as by fipp: if a collection does not
// fit between its start and PrettyWidth, each of its elements, or pairs, is on a line of
// its own, below the first. What follows the closing bracket does not count. There is no
// newline at the end.
func AppendPretty(dst []byte, v Value) []byte {
	p := printer{dst: dst}
	p.measure(v)
	p.print(v, 0)
	return p.dst
}

type printer struct {
	dst []byte
	// sizes has the sizes of the value and of all values within it, in the order in which
	// they are printed; next is the index of the next one.
	sizes []size
	next  int
}

type size struct {
	width int // on one line, in UTF-16 units, as Java counts
	count int // number of values, including nested ones
}

func (p *printer) measure(v Value) int {
	at := len(p.sizes)
	p.sizes = append(p.sizes, size{})
	width := 0
	switch v.kind {
	case List, Vector, Map, Set:
		open, close := brackets(v.kind)
		width = len(open) + len(close)
		for i, item := range v.items {
			if i > 0 {
				width++
				if v.kind == Map && i%2 == 0 {
					width++ // the comma
				}
			}
			width += p.measure(item)
		}
	case Tagged:
		width = javaLen(appendTag(nil, v)) + p.measure(v.items[0])
	default:
		width = javaLen(appendAtom(nil, v))
	}
	p.sizes[at] = size{width, len(p.sizes) - at}
	return width
}

// print prints the next value at a column, and returns the column after it.
func (p *printer) print(v Value, column int) int {
	size := p.sizes[p.next]
	if column+size.width <= PrettyWidth || v.kind < List {
		p.next += size.count
		p.dst = Append(p.dst, v)
		return column + size.width
	}
	p.next++
	if v.kind == Tagged {
		start := len(p.dst)
		p.dst = appendTag(p.dst, v)
		return p.print(v.items[0], column+javaLen(p.dst[start:]))
	}
	open, close := brackets(v.kind)
	p.dst = append(p.dst, open...)
	left := column + len(open)
	column = left
	for i, item := range v.items {
		switch {
		case i == 0:
		case v.kind == Map && i%2 == 1:
			p.dst = append(p.dst, ' ')
			column++
		default:
			if v.kind == Map {
				p.dst = append(p.dst, ',')
			}
			p.dst = append(p.dst, '\n')
			p.dst = append(p.dst, slices.Repeat([]byte{' '}, left)...)
			column = left
		}
		column = p.print(item, column)
	}
	p.dst = append(p.dst, close...)
	return column + len(close)
}

func brackets(kind Kind) (open, close string) {
	switch kind {
	case List:
		return "(", ")"
	case Vector:
		return "[", "]"
	case Set:
		return "#{", "}"
	}
	return "{", "}"
}

// javaLen returns the length of a string in UTF-16, which fipp uses.
func javaLen(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n += utf16.RuneLen(r)
	}
	return n
}
