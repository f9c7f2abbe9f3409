// Package wire is Maelstrom's protocol: one JSON object a line, an envelope around
// a body. Nodes and the programs that run them use it.
//
//	{"src":"c1","dest":"n0","body":{"type":"echo","msg_id":1,"echo":"hi"}}
//
// The parser allocates nothing and uses no reflection: a Message refers to the
// parts of its line, and callers get the fields of its body by name. It accepts
// what encoding/json accepts, within the bounds of Maelstrom's parser: arrays and
// objects nest at most MaxDepth deep, and a number has at most MaxDigits
// characters. Unknown keys are ignored, such as the "id" that Maelstrom adds to an
// envelope. If a key is repeated, the last one counts. Null counts as no value.
//
// Sources: doc/protocol.md of Maelstrom, https://github.com/jepsen-io/maelstrom;
// for the bounds StreamReadConstraints of Jackson 2.17, which Maelstrom uses
// through cheshire 5.13.0.
package wire

import (
	"fmt"
	"strconv"
)

// Message is a parsed line. Its slices refer to the line, unless a name had
// escapes. A missing part is nil.
type Message struct {
	Src, Dest []byte
	Body      []byte // a JSON object, unchanged
	Type      []byte // of the body; nil if it is not a string
	Strange   []byte // the first key of the envelope other than src, dest, body and id
	IDs
}

// IDs connect a reply with its request. An id may be any JSON value; most are
// integers.
type IDs struct {
	MsgID     int64 // the sender's number, if Request
	InReplyTo int64 // the request's MsgID, if Reply
	Request   bool  // there is a msg_id
	Reply     bool  // there is an in_reply_to
	// OtherMsgID is the text of a msg_id that is not an integer of 64 bits, else
	// empty; MsgID is 0 then. OtherReply is the same for in_reply_to.
	OtherMsgID, OtherReply string
}

// Answer returns the ids of a reply to a request with these ids.
func (ids IDs) Answer() IDs {
	return IDs{InReplyTo: ids.MsgID, OtherReply: ids.OtherMsgID, Reply: ids.Request}
}

// Parse parses a line in one pass. It checks the whole line, so a line that it
// accepts is valid JSON. A line without src, dest or body is accepted. After an
// error m is meaningless.
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

// ParseBody parses a body without its envelope.
func (m *Message) ParseBody(body []byte) error {
	*m = Message{}
	s := scanner{text: body}
	return s.end(m.body(&s))
}

// body scans the value of the key body.
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

// Name is a type for src and dest.
type Name interface{ ~string | ~[]byte }

// AppendEnvelope appends a line with its newline that carries body from src to
// dest. Body must be JSON on a single line, such as Message.Body.
func AppendEnvelope[S, D Name](line []byte, src S, dest D, body []byte) []byte {
	line = appendHead(line, src, dest)
	line = append(line, body...)
	return append(line, "}\n"...)
}

// AppendMessage appends a line with its newline that carries a body with these
// parts from src to dest.
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

// Code is the reason in an error reply. Codes from 1000 on are free for users.
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

// Definite reports whether an error with this code means that the request had no
// effect and never will. After any other error it may have had one.
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

// ReadError parses the body of an error reply. Without a valid code it is a Crash,
// so the outcome of the request is unknown.
func ReadError(body []byte) *Error {
	e := &Error{Code: Crash}
	if code, ok := Int(Field(body, "code")); ok {
		e.Code = Code(code)
	}
	e.Text, _ = Text(Field(body, "text"))
	return e
}
