package native

import (
	"fmt"
	"strconv"
	"time"

	"gossipbench/harness/router"
	"gossipbench/node/wire"
)

// heed takes what a process tells.
func (r *run) heed(e event) {
	p := e.from
	if e.started {
		r.restarted(p, e.err)
		return
	}
	for i := range e.messages {
		if wrong := r.route(p, &e.messages[i]); wrong != "" {
			r.fail(p.misbehaved(wrong))
			return
		}
	}
	p.heard = r.now()
	switch {
	case p.doomed:
	case e.wrong != "":
		r.fail(p.misbehaved(e.wrong))
	case e.ended:
		r.fail(p.misbehaved("ended by itself: " + p.status()))
	case p.flooded(r.now(), len(e.messages), e.bytes):
		r.fail(p.misbehaved(fmt.Sprintf("flooded: it printed %d lines, %d bytes, within %v", p.printed.lines, p.printed.bytes, floodWindow)))
	case r.router.InFlight() > maxInFlight:
		most := r.mostPrinted()
		r.fail(most.misbehaved(fmt.Sprintf("overwhelmed the network, which holds more than %d bytes: it printed %d", maxInFlight, most.printed.total)))
	}
}

// maxInFlight bounds the bytes that the network holds. Chosen.
const maxInFlight = 256 << 20

// flooded counts what a process printed, and reports whether it was too much.
func (p *process) flooded(now time.Duration, lines, bytes int) bool {
	if now-p.printed.since > floodWindow {
		p.printed.since, p.printed.lines, p.printed.bytes = now, 0, 0
	}
	p.printed.lines += lines
	p.printed.bytes += bytes
	p.printed.total += int64(bytes)
	return p.printed.lines > floodLines || p.printed.bytes > floodBytes
}

func (r *run) mostPrinted() *process {
	most := r.nodes[0]
	for _, p := range r.nodes {
		if p.printed.total > most.printed.total {
			most = p
		}
	}
	return most
}

// route sends a message that a process printed on its way. It returns what is
// wrong with it, or "".
func (r *run) route(p *process, m *wire.Message) (wrong string) {
	if string(m.Src) != p.name {
		return fmt.Sprintf("printed a message from %q, which it is not: %s", m.Src, clip(m.Body))
	}
	dest, ok := r.router.Find(m.Dest)
	if !ok {
		return fmt.Sprintf("printed a message to %q, which does not exist: %s", m.Dest, clip(m.Body))
	}
	if m.Body == nil {
		return "" // Maelstrom, too, says nothing
	}
	r.talks[p.node].spoke = r.talks[p.node].spoke || r.threads != nil
	if r.router.Number(dest) >= 0 {
		r.router.Pass(router.Message{Src: router.Endpoint(p.node), Dest: dest})
		return r.hear(dest, m)
	}
	r.router.Send(router.Endpoint(p.node), dest, m.Body)
	return ""
}

// arrive delivers a message to a node, unless that is down.
func (r *run) arrive(m router.Message) bool {
	p := r.nodes[m.Dest]
	if !p.up {
		return false
	}
	now := r.now()
	if r.router.Number(m.Src) >= 0 {
		r.clients[r.router.Number(m.Src)].arrived = now
	}
	if r.spread != nil {
		r.spread.arrive(p.node, r.router.Number(m.Src) < 0, m.Body, now)
	}
	r.hand(p, m)
	return true
}

// post hands a client's message to its node past all others.
func (r *run) post(src, dest router.Endpoint, body []byte) {
	r.hand(r.nodes[dest], r.router.Pass(router.Message{Src: src, Dest: dest, Body: body}))
}

// hand writes a message to a process.
func (r *run) hand(p *process, m router.Message) {
	room := p.send(func(line []byte) []byte {
		line = append(line, `{"id":`...)
		line = strconv.AppendInt(line, m.ID, 10)
		comma := len(line)
		line = wire.AppendEnvelope(line, r.router.Name(m.Src), p.name, m.Body)
		line[comma] = ',' // instead of its opening brace
		return line
	})
	if !p.dirty {
		p.dirty = true
		r.dirty = append(r.dirty, p)
	}
	if !room && !p.doomed {
		r.fail(p.misbehaved(fmt.Sprintf("does not read its stdin, or too slowly: more than %d bytes wait for it; %s has printed most, %d bytes",
			maxWaiting, r.mostPrinted().name, r.mostPrinted().printed.total)))
	}
}

// flush has the nodes read what has been handed to them.
func (r *run) flush() {
	for _, p := range r.dirty {
		p.dirty = false
		p.flush()
	}
	r.dirty = r.dirty[:0]
}

// hearAll makes sure that each node has answered its final read, if that came in
// time for an answer. One that has not is broken, even where the others make up for
// it.
func (r *run) hearAll() error {
	for _, c := range r.clientOf {
		p := r.nodes[c.node]
		if !c.mute || r.now()-c.arrived < r.trial.RPCTimeout/2 {
			continue
		}
		return p.misbehaved(p.silence(r.now(), r.trial.RPCTimeout))
	}
	return nil
}
