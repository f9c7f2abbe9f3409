package checker

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// strangers gives numbers to the keys and values of transactions that are not integers of
// 64 bits. Clients write none, but a node may return any. The numbers are the least
// integers, so package elle sees distinct values that nobody wrote.
type strangers struct {
	numbers map[string]int64 // by edn.Value.Key
	texts   []string         // by number, from math.MinInt64 on
}

// number returns the integer v, or the number that stands for v.
func (s *strangers) number(v edn.Value) int64 {
	if n, ok := v.Int(); ok {
		return n
	}
	key := v.Key()
	n, known := s.numbers[key]
	if !known {
		if s.numbers == nil {
			s.numbers = map[string]int64{}
		}
		n = math.MinInt64 + int64(len(s.texts))
		s.numbers[key], s.texts = n, append(s.texts, history.Clipped(v))
	}
	return n
}

// name replaces numbers in words by the values that they stand for.
func (s *strangers) name(words string) string {
	if s == nil || len(s.texts) == 0 || !strings.Contains(words, "-92233720368547") {
		return words
	}
	for i, text := range slices.Backward(s.texts[:min(len(s.texts), maxNamed)]) {
		words = strings.ReplaceAll(words, strconv.FormatInt(math.MinInt64+int64(i), 10), text)
	}
	return words
}

// maxNamed bounds the values that name replaces. Chosen.
const maxNamed = 1000

// mops returns the micro-ops of an op's value, and whether it has that form. With
// registers, a list that was read is an ordinary value.
func (s *strangers) mops(value any, registers bool) (history.Txn, bool) {
	if t, ok := value.(history.Txn); ok && plain(t, registers) {
		return t, true
	}
	items := history.ValueOf(value)
	if items.Kind() != edn.Vector && items.Kind() != edn.List {
		return nil, false
	}
	txn := make(history.Txn, 0, items.Len())
	for _, item := range items.Items() {
		parts := item.Items()
		if len(parts) != 3 {
			return nil, false
		}
		m := history.Mop{F: parts[0].Text(), Key: s.number(parts[1])}
		switch shown := parts[2]; {
		case m.F == "w" || m.F == "append":
			m.Value = s.number(shown)
		case m.F != "r":
			return nil, false
		case shown.Kind() == edn.Nil:
		case registers || shown.Kind() != edn.Vector && shown.Kind() != edn.List:
			m.Value = s.number(shown)
		default:
			list := make([]int64, 0, shown.Len())
			for _, element := range shown.Items() {
				list = append(list, s.number(element))
			}
			m.Value = list
		}
		txn = append(txn, m)
	}
	return txn, true
}

// plain reports whether a transaction contains only integers and lists of integers, as
// nearly all do.
func plain(t history.Txn, registers bool) bool {
	for _, m := range t {
		switch m.Value.(type) {
		case int64:
		case []int64:
			if registers {
				return false
			}
		case nil:
			if m.F != "r" {
				return false
			}
		default:
			return false
		}
	}
	return true
}
