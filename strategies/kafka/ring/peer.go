package ring

import (
	"encoding/json"
	"slices"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kafka"
	"gossipbench/strategies/server"
)

// peer is what a node knows about another node.
type peer struct {
	name    string
	waiting []send
	out     int    // sends in flight that are not overdue
	life    uint64 // the peer's last known life
	// mute is true if a send is overdue and no answer has arrived since. A mute
	// peer gets no messages to append, only an empty send that checks whether it
	// runs.
	mute    bool
	polls   []poll
	polling int           // polls in flight
	spared  time.Duration // its logs are read from lin-kv until then
}

// send is a message for a log that a peer writes.
type send struct {
	key     string
	message json.RawMessage
	until   time.Duration
	answer  func(offset int64, err *wire.Error)
}

// What a writer answers instead of an offset.
const (
	refused = -1 // the message is not in the log and never will be
	unknown = -2 // the outcome is unknown
)

// flow sends waiting messages to a peer. As in Nagle's algorithm (RFC 896), a
// message is sent at once if nothing is in flight. Otherwise it waits for the
// answer, or until a request is full.
func (n *node) flow(p *peer) {
	// Fail messages that would be late before the peer can answer; they were never
	// sent.
	for len(p.waiting) > 0 && n.env.Now() >= p.waiting[0].until-kafka.Wait {
		late := p.waiting[0]
		p.waiting = p.waiting[1:]
		late.answer(0, &wire.Error{Code: wire.TemporarilyUnavailable, Text: p.name + ", which writes the log, does not answer"})
	}
	for len(p.waiting) > 0 && (p.out == 0 || !p.mute && len(p.waiting) >= n.batch) {
		size := min(len(p.waiting), n.batch)
		if p.mute {
			size = 0
		}
		batch := p.waiting[:size:size]
		p.waiting = p.waiting[size:]
		n.hand(p, batch)
	}
}

// hand sends a batch to its writer:
//
//	sends {sends: [[key, message]…], life} → sends_ok {offsets: […], life}
//
// Life is the writer's; it is omitted for the first life.
func (n *node) hand(p *peer, batch []send) {
	fields := append(wire.Fields(nil).Key("sends"), '[')
	timeout := kafka.Wait
	for i, s := range batch {
		if i > 0 {
			fields = append(fields, ',')
		} else {
			timeout = s.until - n.env.Now()
		}
		fields = append(wire.AppendText(append(fields, '['), s.key), ',')
		fields = append(append(fields, s.message...), ']')
	}
	fields = appendLife(append(fields, ']'), p.life)
	p.out++
	overdue := false
	alarm := n.env.After(kafka.Wait, func() {
		overdue, p.mute = true, true
		p.out--
		n.flow(p)
	})
	n.env.Call(p.name, "sends", fields, timeout, func(reply server.Message, err *wire.Error) {
		n.env.Cancel(alarm)
		if !overdue {
			p.out--
		}
		p.mute = err != nil
		var offsets []int64
		if err == nil {
			offsets, _ = wire.Ints(offsets, wire.Field(reply.Body, "offsets"))
			p.life = readLife(reply.Body)
		}
		for i, s := range batch {
			switch {
			case i < len(offsets) && offsets[i] >= 0:
				s.answer(offsets[i], nil)
			case i < len(offsets) && offsets[i] == refused, err != nil && err.Code.Definite():
				s.answer(0, &wire.Error{Code: wire.TemporarilyUnavailable, Text: p.name + ", which writes the log, could not"})
			default:
				s.answer(0, &wire.Error{Code: wire.Timeout, Text: "nobody knows whether " + p.name + ", which writes the log, did"})
			}
		}
		n.flow(p)
	})
}

func appendLife(fields wire.Fields, life uint64) wire.Fields {
	if life > 0 {
		fields = fields.Uint("life", life)
	}
	return fields
}

func readLife(body []byte) uint64 {
	life, _ := wire.Uint(wire.Field(body, "life"))
	return life
}

// sends appends the messages that another node has sent, once. If they are for
// another life of this node, that life may have appended them.
func (n *node) sends(m server.Message) {
	if n.peers[m.Src] == nil {
		server.Fail(n.env, m, wire.NotSupported, "sends: only nodes of the cluster may say so")
		return
	}
	if !n.once.First(m) {
		return // the first copy is answered
	}
	mine := readLife(m.Body) == n.life
	until := n.env.Now() + kafka.Patience
	var offsets []int64
	left := 1
	one := func() {
		if left--; left == 0 {
			fields := wire.AppendInts(wire.Fields(nil).Key("offsets"), offsets)
			n.env.Reply(m, "sends_ok", appendLife(fields, n.life))
		}
	}
	for element := range wire.Elements(wire.Field(m.Body, "sends")) {
		i := len(offsets)
		offsets = append(offsets, unknown)
		pair := slices.Collect(wire.Elements(element))
		if !mine {
			continue
		}
		key, ok := "", len(pair) == 2
		if ok {
			key, ok = wire.Text(pair[0])
		}
		if !ok {
			offsets[i] = refused
			continue
		}
		left++
		n.logs.Append(key, pair[1], until, func(offset int64, err *wire.Error) {
			switch {
			case err == nil:
				offsets[i] = offset
			case err.Code.Definite():
				offsets[i] = refused
			}
			one()
		})
	}
	one()
}
