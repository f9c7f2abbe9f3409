// Package kafka is shared by the strategies of Maelstrom's workload kafka: it
// parses and answers requests, and stores logs and committed offsets in the service
// lin-kv.
//
// A log is stored in segments of a fixed number of messages, each under its own
// key. So reads and writes of a long log move only its end. The offsets of a log
// are 0, 1, 2, … without gaps: the offset of a message determines its place, and
// the existing segments determine the end of the log.
//
// Source: doc/workloads.md of Maelstrom, kafka; segments after Kreps, Narkhede and
// Rao, "Kafka: a Distributed Messaging System for Log Processing", NetDB 2011,
// section 3.1.
package kafka

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/server"
)

const (
	// Patience is how long a node tries to answer. A client of Maelstrom waits five
	// seconds, so it receives the answer.
	Patience = 4 * time.Second
	// Wait is the timeout of one request. Chosen: enough for latencies of some
	// hundred milliseconds.
	Wait = time.Second
	// MostPolled is the most messages of a log in one poll. Chosen: as many as fit
	// a reasonable line.
	MostPolled = 1000
)

// ReadSend parses a send. If it is malformed, ReadSend answers with an error and
// returns false.
func ReadSend(env server.Env, m server.Message) (key string, message json.RawMessage, ok bool) {
	key, ok = wire.Text(wire.Field(m.Body, "key"))
	message = wire.Field(m.Body, "msg")
	if !ok || message == nil {
		server.Fail(env, m, wire.MalformedRequest, "send: want a text key and a field msg, got %.80q", m.Body)
		return "", nil, false
	}
	return key, message, true
}

// Position is an offset in the log of Key.
type Position struct {
	Key    string
	Offset int64
}

// ReadPositions parses the offsets of a request. If they are malformed, it answers
// with an error and returns false.
func ReadPositions(env server.Env, m server.Message) ([]Position, bool) {
	text := wire.Field(m.Body, "offsets")
	ok := len(text) > 0 && text[0] == '{'
	var all []Position
	for key, value := range wire.Members(text) {
		offset, integer := wire.Int(value)
		ok = ok && integer
		all = append(all, Position{string(key), offset})
	}
	if !ok {
		server.Fail(env, m, wire.MalformedRequest, "%s: want an object of integer offsets, got %.80q", m.Type, text)
		return nil, false
	}
	return all, true
}

// ReadKeys parses the keys of a request. If they are malformed, it answers with an
// error and returns false.
func ReadKeys(env server.Env, m server.Message) ([]string, bool) {
	text := wire.Field(m.Body, "keys")
	ok := len(text) > 0 && text[0] == '['
	var all []string
	for element := range wire.Elements(text) {
		key, isText := wire.Text(element)
		ok = ok && isText
		all = append(all, key)
	}
	if !ok {
		server.Fail(env, m, wire.MalformedRequest, "%s: want a list of keys, got %.80q", m.Type, text)
		return nil, false
	}
	return all, true
}

// Run is a part of a log that starts at the offset First.
type Run struct {
	Key      string
	First    int64
	Messages []json.RawMessage
}

// Offsets returns the field offsets of a request or an answer.
func Offsets(positions []Position) wire.Fields {
	fields := append(wire.Fields(nil).Key("offsets"), '{')
	for i, p := range positions {
		if i > 0 {
			fields = append(fields, ',')
		}
		fields = append(wire.AppendText(fields, p.Key), ':')
		fields = strconv.AppendInt(fields, p.Offset, 10)
	}
	return append(fields, '}')
}

// AnswerSend answers a send with its offset or an error.
func AnswerSend(env server.Env, m server.Message, offset int64, err *wire.Error) {
	if err != nil {
		refuse(env, m, err)
		return
	}
	env.Reply(m, "send_ok", wire.Fields(nil).Int("offset", offset))
}

// AnswerPoll answers a poll with its messages or an error. It omits empty runs.
func AnswerPoll(env server.Env, m server.Message, runs []Run, err *wire.Error) {
	if err != nil {
		refuse(env, m, err)
		return
	}
	fields := append(wire.Fields(nil).Key("msgs"), '{')
	for _, r := range runs {
		if len(r.Messages) == 0 {
			continue
		}
		if fields[len(fields)-1] != '{' {
			fields = append(fields, ',')
		}
		fields = append(wire.AppendText(fields, r.Key), ":["...)
		for i, message := range r.Messages {
			if i > 0 {
				fields = append(fields, ',')
			}
			fields = strconv.AppendInt(append(fields, '['), r.First+int64(i), 10)
			fields = append(append(append(fields, ','), message...), ']')
		}
		fields = append(fields, ']')
	}
	env.Reply(m, "poll_ok", append(fields, '}'))
}

// ReadRuns parses the answer to a poll.
func ReadRuns(body []byte) []Run {
	var runs []Run
	for key, list := range wire.Members(wire.Field(body, "msgs")) {
		r := Run{Key: string(key)}
		for element := range wire.Elements(list) {
			pair := slices.Collect(wire.Elements(element))
			if len(pair) != 2 {
				continue
			}
			if len(r.Messages) == 0 {
				r.First, _ = wire.Int(pair[0])
			}
			r.Messages = append(r.Messages, pair[1])
		}
		runs = append(runs, r)
	}
	return runs
}

// AnswerList answers a list_committed_offsets with the offsets or an error.
func AnswerList(env server.Env, m server.Message, positions []Position, err *wire.Error) {
	if err != nil {
		refuse(env, m, err)
		return
	}
	env.Reply(m, "list_committed_offsets_ok", Offsets(positions))
}

func refuse(env server.Env, m server.Message, err *wire.Error) {
	server.Fail(env, m, err.Code, "%s", err.Text)
}

// all returns a function that must be called n times. At the last call it calls
// then with the first error.
func all(n int, then func(*wire.Error)) (one func(*wire.Error)) {
	var first *wire.Error
	if n == 0 {
		then(nil)
	}
	return func(err *wire.Error) {
		if first == nil {
			first = err
		}
		if n--; n == 0 {
			then(first)
		}
	}
}

// store returns a client of the service that holds logs and committed offsets.
func store(env server.Env) kv.Store { return kv.Store{Env: env, Name: "lin-kv", Wait: Wait} }
