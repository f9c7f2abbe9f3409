package ring

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kafka"
	"gossipbench/strategies/server"
)

// poll is a client's poll of logs that one peer writes.
type poll struct {
	positions []kafka.Position
	until     time.Duration
	answer    func([]kafka.Run, *wire.Error)
}

// ask asks the peer to answer a poll, or reads lin-kv.
func (n *node) ask(p *peer, q poll) {
	if n.env.Now() < p.spared {
		n.logs.Poll(q.positions, q.until, q.answer)
		return
	}
	p.polls = append(p.polls, q)
	n.inquire(p)
}

// inquire sends waiting polls to a peer, by the same rule as flow.
func (n *node) inquire(p *peer) {
	for len(p.polls) > 0 && (p.polling == 0 || len(p.polls) >= n.batch) {
		size := min(len(p.polls), n.batch)
		batch := p.polls[:size:size]
		p.polls = p.polls[size:]
		p.polling++
		n.env.Call(p.name, "poll", kafka.Offsets(join(batch)), kafka.Wait, func(reply server.Message, err *wire.Error) {
			p.polling--
			if err == nil {
				p.mute = false
				n.deal(batch, kafka.ReadRuns(reply.Body))
				n.inquire(p)
				return
			}
			p.spared = n.env.Now() + kafka.Wait
			batch = append(batch, p.polls...)
			p.polls = nil
			for _, q := range batch {
				n.logs.Poll(q.positions, q.until, q.answer)
			}
		})
	}
}

// join returns the positions of all polls, with the lowest offset of each key.
func join(batch []poll) []kafka.Position {
	var all []kafka.Position
	places := map[string]int{}
	for _, q := range batch {
		for _, at := range q.positions {
			if i, has := places[at.Key]; has {
				all[i].Offset = min(all[i].Offset, at.Offset)
				continue
			}
			places[at.Key] = len(all)
			all = append(all, at)
		}
	}
	return all
}

// deal distributes the answer among the polls.
func (n *node) deal(batch []poll, runs []kafka.Run) {
	of := map[string]kafka.Run{}
	for _, r := range runs {
		of[r.Key] = r
	}
	for _, q := range batch {
		var part []kafka.Run
		short := false
		for _, at := range q.positions {
			r := of[at.Key]
			skip := max(0, at.Offset) - r.First
			if skip < 0 || skip >= int64(len(r.Messages)) {
				short = short || len(r.Messages) == kafka.MostPolled // the answer ended before this poll's part
				continue
			}
			part = append(part, kafka.Run{Key: at.Key, First: r.First + skip, Messages: r.Messages[skip:]})
		}
		if short {
			n.logs.Poll(q.positions, q.until, q.answer)
			continue
		}
		q.answer(part, nil)
	}
}
