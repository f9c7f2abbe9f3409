package raft

import (
	"encoding/base64"
	"strconv"

	"gossipbench/node/wire"
	core "gossipbench/strategies/raft"
)

// kinds are the types on the wire of the core's messages.
var kinds = []string{
	core.Vote: "vote", core.VoteReply: "vote_reply", core.PreVote: "pre_vote", core.PreVoteReply: "pre_vote_reply",
	core.Append: "append", core.Install: "install", core.AppendReply: "append_reply",
}

// encode appends the non-zero fields of a message. An entry is an array of its term
// and its command, which is an object or null. Entries have no index, since it
// follows from the message's.
func encode(f wire.Fields, m core.Message) wire.Fields {
	f = f.Uint("term", m.Term)
	for _, field := range []struct {
		key   string
		value uint64
	}{{"index", m.Index}, {"log_term", m.LogTerm}, {"conflict", m.Conflict}, {"commit", m.Commit}, {"round", m.Round}} {
		if field.value != 0 {
			f = f.Uint(field.key, field.value)
		}
	}
	if m.Refused {
		f = f.Raw("refused", []byte("true"))
	}
	if len(m.Entries) > 0 {
		f = f.Key("entries")
		for i, e := range m.Entries {
			separator := byte(',')
			if i == 0 {
				separator = '['
			}
			f = append(f, separator, '[')
			f = strconv.AppendUint(f, e.Term, 10)
			f = append(f, ',')
			if len(e.Command) == 0 {
				f = append(f, "null"...)
			} else {
				f = append(f, e.Command...)
			}
			f = append(f, ']')
		}
		f = append(f, ']')
	}
	if m.Snapshot != nil {
		f = f.Uint("snapshot_index", m.Snapshot.Index).Uint("snapshot_term", m.Snapshot.Term)
		f = f.Text("snapshot", base64.StdEncoding.EncodeToString(m.Snapshot.State))
	}
	return f
}

// decode parses the fields of a message. It ignores unknown fields.
func decode(body []byte) (m core.Message, ok bool) {
	var snapshot core.Snapshot
	numbers := map[string]*uint64{
		"term": &m.Term, "index": &m.Index, "log_term": &m.LogTerm, "conflict": &m.Conflict, "commit": &m.Commit, "round": &m.Round,
		"snapshot_index": &snapshot.Index, "snapshot_term": &snapshot.Term,
	}
	var entries []byte
	ok = true
	for key, value := range wire.Members(body) {
		good := true
		switch number := numbers[string(key)]; {
		case number != nil:
			*number, good = wire.Uint(value)
		case string(key) == "refused":
			m.Refused = string(value) == "true"
		case string(key) == "entries":
			entries = value
		case string(key) == "snapshot":
			text, isText := wire.Text(value)
			state, err := base64.StdEncoding.DecodeString(text)
			snapshot.State = state
			_, malformed := decodeMachine(state)
			good = isText && err == nil && malformed == nil
			m.Snapshot = &snapshot
		}
		ok = ok && good
	}
	index := m.Index
	for element := range wire.Elements(entries) {
		index++
		e, good := decodeEntry(index, element)
		m.Entries = append(m.Entries, e)
		ok = ok && good
	}
	return m, ok
}

func decodeEntry(index uint64, element []byte) (e core.Entry, ok bool) {
	parts := 0
	ok = true
	for part := range wire.Elements(element) {
		switch parts++; {
		case parts == 1:
			e.Term, ok = wire.Uint(part)
		case string(part) != "null":
			e.Command = part
			_, command := parseCommand(part)
			ok = ok && command
		}
	}
	e.Index = index
	return e, ok && parts == 2
}
