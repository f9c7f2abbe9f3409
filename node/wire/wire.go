// Package wire is Maelstrom's protocol: one JSON object a line, an envelope
// round a body. Nodes speak it, and so does whoever runs nodes.
//
//	{"src":"c1","dest":"n0","body":{"type":"echo","msg_id":1,"echo":"hi"}}
//
// Reading is done by a scanner that allocates nothing and uses no reflection: a
// Message is the parts of a line where they lie, and the fields of its body are
// pulled out by name. What it accepts is what encoding/json accepts, within the
// bounds of the reader that Maelstrom uses: arrays and objects nest MaxDepth deep at
// most, and a number has MaxDigits characters at most. Keys that it does not know
// are skipped, the "id" that Maelstrom adds to an envelope among them. Where a key
// stands twice the last one counts, and null counts as no value.
//
// Sources: doc/protocol.md of Maelstrom, https://github.com/jepsen-io/maelstrom; for
// the bounds StreamReadConstraints of Jackson 2.17, which Maelstrom has by way of
// cheshire 5.13.0.
package wire

import (
	"fmt"
	"strconv"
)

// Message is one line, taken apart. Its slices lie in the line, unless a name
// had to be freed of escapes, and are nil for what the line does not have.
type Message struct {
	Src, Dest []byte
	Body      []byte // a JSON object as it was written
	Type      []byte // of the body; nil also where it is no string
	Strange   []byte // the first key of the envelope but src, dest, body and id
	IDs
}

// IDs tie a reply to its request. An id may be any JSON value; most are integers.
type IDs struct {
	MsgID     int64 // given by who sent a request; any number, where Request
	InReplyTo int64 // the request's MsgID, where Reply
	Request   bool  // there is a msg_id
	Reply     bool  // there is an in_reply_to
	// OtherMsgID is the msg_id as it was written where it is no integer of 64
	// bits, and else empty; MsgID is 0 then. OtherReply is the same of
	// in_reply_to.
	OtherMsgID, OtherReply string
}

// Answer returns the ids of a reply to the request that has these.
func (ids IDs) Answer() IDs {
	return IDs{InReplyTo: ids.MsgID, OtherReply: ids.OtherMsgID, Reply: ids.Request}
}

// Parse takes line apart, in one pass. It sees the whole line, so that a line
// it takes is JSON to the last byte; a line without src, dest or body is legal.
// After an error m is of no use.
func (m *Message) Parse(line []byte) error {
	*m = Message{}
	s := scanner{text: line}
	ok := s.open('{') && s.members(1, func(key []byte) bool {
		switch string(key) {
		case "src":
			return s.name("src", &m.Src)
		case "dest":
			return s.name("dest", &m.Dest)
		case "body":
			return m.body(&s)
		case "id":
		default:
			if m.Strange == nil {
				m.Strange = key
			}
		}
		return s.value(1)
	})
	return s.end(ok)
}

// ParseBody takes a body apart that came without its envelope.
func (m *Message) ParseBody(body []byte) error {
	*m = Message{}
	s := scanner{text: body}
	return s.end(m.body(&s))
}

// body reads the value of the key body.
func (m *Message) body(s *scanner) bool {
	m.Body, m.Type, m.IDs = nil, nil, IDs{}
	if s.null() {
		return true
	}
	start := s.pos
	if s.next() != '{' {
		return s.fail("body to be an object")
	}
	ok := s.open('{') && s.members(2, func(key []byte) bool {
		switch string(key) {
		case "type":
			m.Type = nil
			if s.next() == '"' {
				return s.name("type", &m.Type)
			}
		case "msg_id":
			return s.id(&m.MsgID, &m.OtherMsgID, &m.Request)
		case "in_reply_to":
			return s.id(&m.InReplyTo, &m.OtherReply, &m.Reply)
		}
		return s.value(2)
	})
	m.Body = s.text[start:s.pos:s.pos]
	return ok
}

// Name is what a src or dest may be held in.
type Name interface{ ~string | ~[]byte }

// AppendEnvelope appends the line, newline included, that carries body from
// src to dest. Body must be JSON on a single line, as Message.Body is.
func AppendEnvelope[S, D Name](line []byte, src S, dest D, body []byte) []byte {
	line = appendHead(line, src, dest)
	line = append(line, body...)
	return append(line, "}\n"...)
}

// AppendMessage appends the line, newline included, that carries a body of
// these parts from src to dest.
func AppendMessage[S, D Name](line []byte, src S, dest D, typ string, ids IDs, fields Fields) []byte {
	line = appendHead(line, src, dest)
	line = append(line, `{"type":`...)
	line = AppendText(line, typ)
	if ids.Request {
		line = appendID(append(line, `,"msg_id":`...), ids.MsgID, ids.OtherMsgID)
	}
	if ids.Reply {
		line = appendID(append(line, `,"in_reply_to":`...), ids.InReplyTo, ids.OtherReply)
	}
	line = append(line, fields...)
	return append(line, "}}\n"...)
}

func appendID(line []byte, n int64, other string) []byte {
	if other != "" {
		return append(line, other...)
	}
	return strconv.AppendInt(line, n, 10)
}

func appendHead[S, D Name](line []byte, src S, dest D) []byte {
	line = AppendText(append(line, `{"src":`...), src)
	line = AppendText(append(line, `,"dest":`...), dest)
	return append(line, `,"body":`...)
}

// Code is the reason of an error reply. Codes from 1000 on are free for users.
type Code int

// Maelstrom's codes.
const (
	Timeout                Code = 0
	NodeNotFound           Code = 1
	NotSupported           Code = 10
	TemporarilyUnavailable Code = 11
	MalformedRequest       Code = 12
	Crash                  Code = 13
	Abort                  Code = 14
	KeyDoesNotExist        Code = 20
	KeyAlreadyExists       Code = 21
	PreconditionFailed     Code = 22
	TxnConflict            Code = 30
)

// Definite reports whether an error of this code says that the request had no
// effect and never will have. After any other error it may have had one.
func (c Code) Definite() bool {
	switch c {
	case NodeNotFound, NotSupported, TemporarilyUnavailable, MalformedRequest, Abort,
		KeyDoesNotExist, KeyAlreadyExists, PreconditionFailed, TxnConflict:
		return true
	}
	return false
}

// Error is the content of a reply of type "error".
type Error struct {
	Code Code
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("error %d: %s", e.Code, e.Text) }

// Fields returns the fields of an error reply.
func (e *Error) Fields() Fields {
	return Fields(nil).Int("code", int64(e.Code)).Text("text", e.Text)
}

// ReadError returns the content of the body of an error reply. One without a
// legal code is a Crash: nobody knows what became of the request.
func ReadError(body []byte) *Error {
	e := &Error{Code: Crash}
	if code, ok := Int(Field(body, "code")); ok {
		e.Code = Code(code)
	}
	e.Text, _ = Text(Field(body, "text"))
	return e
}
