package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/node/wire"
)

// fromJSON converts a JSON value to the form in which Maelstrom writes it to a history:
// integers of any size, fractions as doubles, keys of objects as strings. If a key occurs
// twice, the last value counts. text must be valid JSON, as in a wire.Message; it is read
// in one pass, however deep it is nested.
func fromJSON(text []byte) edn.Value {
	if n, ok := edn.ParseInteger(text); ok {
		return n.Value()
	}
	if s, ok := wire.Text(text); ok {
		return edn.NewString(s)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, _ := decode(d) // absent if text is empty
	if !v.Present() {
		return edn.NewNil()
	}
	return v
}

// decode returns the next value, or an absent value at a closing bracket or the end.
func decode(d *json.Decoder) (v edn.Value, err error) {
	token, err := d.Token()
	if err != nil {
		return edn.Value{}, err
	}
	switch token := token.(type) {
	case bool:
		return edn.NewBool(token), nil
	case string:
		return edn.NewString(token), nil
	case json.Number:
		return number(string(token)), nil
	case json.Delim:
		if token == ']' || token == '}' {
			return edn.Value{}, nil
		}
		var items []edn.Value
		for {
			item, err := decode(d)
			if err != nil {
				return edn.Value{}, err
			}
			if !item.Present() {
				break
			}
			items = append(items, item)
		}
		if token == '[' {
			return edn.NewVector(items...), nil
		}
		return edn.NewMap(lastOfEach(items)...), nil
	}
	return edn.NewNil(), nil
}

// number converts a JSON number.
func number(text string) edn.Value {
	if n, ok := edn.ParseInteger(text); ok {
		return n.Value()
	}
	f, _ := strconv.ParseFloat(text, 64) // infinite beyond the range of floats, as in Java
	return edn.NewFloat(f)
}

// lastOfEach removes pairs whose key occurs again later.
func lastOfEach(pairs []edn.Value) []edn.Value {
	places := make(map[string]int, len(pairs)/2)
	kept := pairs[:0]
	for i := 0; i+1 < len(pairs); i += 2 {
		key := pairs[i].Text()
		if at, again := places[key]; again {
			kept[at+1] = pairs[i+1]
			continue
		}
		places[key] = len(kept)
		kept = append(kept, pairs[i], pairs[i+1])
	}
	return kept
}

// readInteger parses an integer of any size; name is its field, for errors.
func readInteger(name string, text []byte) (edn.Integer, error) {
	n, ok := edn.ParseInteger(text)
	if !ok {
		return edn.Integer{}, fmt.Errorf("%s: want an integer, got %s", name, told(text))
	}
	return n, nil
}

// told describes an unexpected JSON text for an error.
func told(text []byte) string {
	if len(text) == 0 {
		return "nothing"
	}
	kind := map[byte]string{'"': "the string ", '[': "the array ", '{': "the object "}[text[0]]
	if kind == "" && bytes.ContainsAny(text, ".eE") && (text[0] == '-' || text[0]-'0' <= 9) {
		kind = "the fraction "
	}
	return kind + clip(text)
}

// readLogs parses the messages in the answer to a poll, sorted by key. If a key occurs
// twice, the last value counts.
func readLogs(msgs []byte) ([]history.Log, error) {
	if len(msgs) == 0 || msgs[0] != '{' {
		return nil, fmt.Errorf("msgs: want an object, got %s", told(msgs))
	}
	logs, places := []history.Log{}, map[string]int{}
	for key, value := range wire.Members(msgs) {
		log, err := readLog(string(key), value)
		if err != nil {
			return nil, fmt.Errorf("msgs: %s: %w", clip(key), err)
		}
		if place, again := places[log.Key]; again {
			logs[place] = log
			continue
		}
		places[log.Key] = len(logs)
		logs = append(logs, log)
	}
	slices.SortFunc(logs, func(a, b history.Log) int { return compareNumbers(a.Key, b.Key) })
	return logs, nil
}

// readLog parses the pairs [offset, message] of a key. As in Maelstrom, null is empty.
func readLog(key string, pairs []byte) (history.Log, error) {
	log := history.Log{Key: key}
	if string(pairs) == "null" {
		return log, nil
	}
	if pairs[0] != '[' {
		return log, fmt.Errorf("want an array of [offset, message], got %s", told(pairs))
	}
	for pair := range wire.Elements(pairs) {
		var ints [2]int64
		if both, ok := wire.Ints(ints[:0], pair); ok && len(both) == 2 { // nearly all are
			log.Entries = append(log.Entries, history.Entry{Offset: edn.NewInteger(both[0]), Message: history.NewDatum(both[1])})
			continue
		}
		parts := firstElements(pair, 3)
		if len(parts) != 2 {
			return log, fmt.Errorf("want [offset, message], got %s", told(pair))
		}
		offset, err := readInteger("offset", parts[0])
		if err != nil {
			return log, err
		}
		log.Entries = append(log.Entries, history.Entry{Offset: offset, Message: history.DatumOf(fromJSON(parts[1]))})
	}
	return log, nil
}

// firstElements returns the first n elements of an array.
func firstElements(array []byte, n int) [][]byte {
	var parts [][]byte
	for part := range wire.Elements(array) {
		if parts = append(parts, part); len(parts) == n {
			break
		}
	}
	return parts
}

// checkOffsets checks that object has an integer for each key.
func checkOffsets(object []byte) error {
	if len(object) == 0 || object[0] != '{' {
		return fmt.Errorf("offsets: want an object, got %s", told(object))
	}
	for key, value := range wire.Members(object) {
		if _, err := readInteger(clip(key), value); err != nil {
			return fmt.Errorf("offsets: %w", err)
		}
	}
	return nil
}
