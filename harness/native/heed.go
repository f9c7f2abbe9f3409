package native

import (
	"fmt"
	"strconv"
	"time"

	"gossipbench/harness/network"
	"gossipbench/node/wire"
)

// heed handles an event of a process.
func (r *run) heed(e event) {
	p := e.from
	if e.started {
		r.restarted(p, e.err)
		return
	}
	for i := range e.messages {
		if wrong := r.route(p, &e.messages[i]); wrong != "" {
			r.fail(p.misbehaved(wrong).under(ignored))
		}
		if r.checkHeld(); r.err != nil || r.ctx.Err() != nil {
			return
		}
	}
	p.heard = r.now()
	switch {
	case p.doomed:
	case e.wrong != "":
		r.fail(p.misbehaved(e.wrong).under(e.maelstrom))
	case e.ended:
		r.fail(p.misbehaved("ended by itself: " + p.status()))
	case p.flooded(r.now(), len(e.messages), e.bytes):
		r.fail(p.misbehaved(fmt.Sprintf("flooded: it printed %d lines, %d bytes, within %v", p.printed.lines, p.printed.bytes, floodWindow)).under(unbounded))
	}
}

// flooded counts what a process printed, and reports whether it is too much.
func (p *process) flooded(now time.Duration, lines, bytes int) bool {
	if now-p.printed.since > floodWindow {
		p.printed.since, p.printed.lines, p.printed.bytes = now, 0, 0
	}
	p.printed.lines += lines
	p.printed.bytes += bytes
	p.printed.total += int64(bytes)
	return p.printed.lines > floodLines || p.printed.bytes > floodBytes
}

// route sends a message that a process printed. It returns what is wrong with the
// message, or "". As in Maelstrom, src may be any existing node, service or client, so a
// node can pass a client's request on. Source: validate-msg in src/maelstrom/net.clj, and
// its Message.
func (r *run) route(p *process, m *wire.Message) (wrong string) {
	switch {
	case m.Src == nil:
		return "printed a message without src: " + clip(m.Body)
	case m.Dest == nil:
		return "printed a message without dest: " + clip(m.Body)
	case m.Strange != nil:
		return fmt.Sprintf("printed a message with the key %q beside src, dest and body, which Maelstrom refuses: %s", clip(m.Strange), clip(m.Body))
	}
	src, ok := r.find(m.Src)
	if !ok {
		return fmt.Sprintf("printed a message from %q, which does not exist: %s", clip(m.Src), clip(m.Body))
	}
	dest, ok := r.find(m.Dest)
	if !ok {
		return fmt.Sprintf("printed a message to %q, which does not exist: %s", clip(m.Dest), clip(m.Body))
	}
	if m.Body == nil {
		if r.router.Number(dest) >= 0 {
			p.skip(noBody, "sent %s a message without a body, which answers nothing", r.router.Name(dest))
		}
		return "" // Maelstrom ignores it, too
	}
	r.talks[p.node].spoke = r.talks[p.node].spoke || r.threads != nil
	cause := network.Endpoint(p.node)
	if r.router.Number(dest) >= 0 {
		r.router.Pass(network.Message{Src: src, Dest: dest, Cause: cause})
		r.hear(p, dest, m)
		return ""
	}
	r.router.SendFor(cause, src, dest, m.Body)
	return ""
}

// find returns the endpoint of that name, and whether it exists.
func (r *run) find(name []byte) (network.Endpoint, bool) {
	e, ok := r.router.Find(name)
	return e, ok && r.router.Number(e) < len(r.clients)
}

// arrive delivers a message to a node, and returns false if the node is down. It also
// delivers a service's answer to a client in whose name a node sent a request.
func (r *run) arrive(m network.Message) bool {
	if r.router.Number(m.Dest) >= 0 {
		var answer wire.Message
		if err := answer.ParseBody(m.Body); err == nil {
			r.hear(r.nodes[m.Cause], m.Dest, &answer)
		}
		return true
	}
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

// post delivers a client's message to its node at once, before messages in flight.
func (r *run) post(src, dest network.Endpoint, body []byte) {
	r.hand(r.nodes[dest], r.router.Pass(network.Message{Src: src, Dest: dest, Body: body}))
}

// hand writes a message to a process.
func (r *run) hand(p *process, m network.Message) {
	waiting := p.send(len(m.Body)+100, func(line []byte) []byte {
		line = append(line, `{"id":`...)
		line = strconv.AppendInt(line, m.ID, 10)
		comma := len(line)
		line = wire.AppendEnvelope(line, r.router.Name(m.Src), p.name, m.Body)
		line[comma] = ',' // replaces the opening brace of the envelope
		return line
	})
	if !p.dirty {
		p.dirty = true
		r.dirty = append(r.dirty, p)
	}
	p.owe(m.Cause, len(m.Body), waiting)
	switch {
	case waiting > r.maxWaiting && !p.isBehind:
		p.isBehind = true
		r.behind = append(r.behind, p)
	case waiting > flushAt:
		p.flush() // write early, while other messages are handled
	}
}

// flush writes to the nodes what was handed to them.
func (r *run) flush() {
	for _, p := range r.dirty {
		p.dirty = false
		p.flush()
	}
	r.dirty = r.dirty[:0]
}

// hearAll returns an error if a node did not answer its final read although the read came
// in time. Such a node is broken, even if the others make up for it.
func (r *run) hearAll() error {
	for _, c := range r.clientOf {
		p := r.nodes[c.node]
		if !c.mute || r.now()-c.arrived < r.trial.RPCTimeout/2 {
			continue
		}
		return p.misbehaved(p.silence(r.now(), r.trial.RPCTimeout)).under(unnoticed)
	}
	return nil
}
