package workload

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// logs is Maelstrom's workload kafka: clients send messages 1, 2, 3, … to the
// logs of keys, and poll those that are assigned to them. One op in 64 is left for
// later and assigns its key to the client; of the assigns, one in three also has all
// keys of which not all has been polled. Each client crashes now and then. After the
// recovery every thread crashes, is assigned all keys from their beginning on and
// polls until it has seen all that was sent, for 10 s at most.
//
// A client goes on from where it was with a key that it keeps, and begins a new one
// at 0: it asks for the committed offsets, but looks for a key beside them, where
// none ever is. It commits what it polled, and has gone on by then. Where an op's
// outcome is unknown, but of an assign, the client is closed.
//
// Source: workload/kafka.clj in Maelstrom; jepsen.tests.kafka in Jepsen.
var logs = Protocol{
	Setup: noSetup, Idempotent: func(f string) bool { return f == "assign" },
	Generator: func(t trial.Trial, threads int) *Generator {
		o := &logOps{
			keys: newKeys(t.KeyCount, t.MaxWritesPerKey), crash: crashes{interval: crashInterval / time.Duration(threads)},
			sent: places{}, polled: places{}, known: places{},
			final: t.Rand("final polls"), targets: make([]places, threads), polling: make([]time.Duration, threads),
		}
		o.drawn.key, o.drawn.value = -1, 0
		return &Generator{Mix: o.mix, Completed: o.learn, Final: o.finish}
	},
	Session: func() Session { return &logSession{positions: places{}} },
	Checker: checker.NewLogs,
	Stores:  true,
}

// What Jepsen's tests of logs do how often.
//
// Source: sub-p, poll-unseen, crash-client-gen and final-polls in
// jepsen.tests.kafka; time-limit in workload/kafka.clj.
const (
	assignShare   = 1.0 / 64 // of the ops
	unseenShare   = 1.0 / 3  // of the assigns
	crashInterval = 30 * time.Second
	pollInterval  = 200 * time.Millisecond // between final polls, on average
	finalLimit    = 10 * time.Second
)

// logOps draws the ops. It knows of the logs what ops that ended well have shown.
type logOps struct {
	keys  *keys
	drawn struct{ key, value int64 } // the op that an assign was put before; key −1 if there is none
	crash crashes
	// The highest offsets by key: that was sent to, and that was polled, of the
	// keys where not all has been polled; and that either was, of all.
	sent, polled, known places

	final    *rand.Rand
	deadline time.Duration   // of the final ops; 0 before the first
	targets  []places        // of each thread: the highest offsets that it has not polled
	polling  []time.Duration // of each thread: when its last final op began
}

// crashes are times at which a client crashes, at intervals uniform in
// [0, 2·interval), the first at once: then each op may be one, and is with even
// chance. Source: stagger, any and soonest-op-map in jepsen.generator.
type crashes struct {
	interval, next time.Duration
}

func (c *crashes) due(r *rand.Rand, now time.Duration) bool {
	if now < c.next || r.Float64() < 0.5 {
		return false
	}
	c.next = now + time.Duration(r.Float64()*float64(2*c.interval))
	return true
}

func (o *logOps) mix(r *rand.Rand, now time.Duration, _ int) Ask {
	if o.crash.due(r, now) {
		return Ask{F: "crash"}
	}
	if o.drawn.key < 0 {
		o.drawn.key, o.drawn.value = o.keys.draw(r)
	}
	key, value := name(o.drawn.key), o.drawn.value
	if r.Float64() < assignShare {
		assigned := []string{key}
		if r.Float64() < unseenShare {
			for unseen := range o.sent {
				if unseen != key {
					assigned = append(assigned, unseen)
				}
			}
		}
		slices.SortFunc(assigned, compareNumbers)
		return Ask{F: "assign", Value: assigned}
	}
	o.drawn.key = -1
	if value == 0 {
		return Ask{F: "poll", Value: history.Poll{}}
	}
	return Ask{F: "send", Value: history.Send{Key: key, Message: history.NewDatum(value)}}
}

func name(key int64) string { return strconv.FormatInt(key, 10) }

// learn takes what an op shows of the logs.
func (o *logOps) learn(op history.Op) {
	if op.Type != history.OK {
		return
	}
	for key, offset := range highest(op) {
		last := o.polled
		if op.F == "send" {
			last = o.sent
		}
		o.known.reach(key, offset)
		last.reach(key, offset)
		sent, isSent := o.sent[key]
		if polled, isPolled := o.polled[key]; !isSent || isPolled && polled.Compare(sent) >= 0 {
			delete(o.sent, key)
			delete(o.polled, key)
		}
	}
}

// places are offsets by key.
type places map[string]edn.Integer

// reach takes an offset of a key, unless a higher one is there.
func (p places) reach(key string, offset edn.Integer) {
	if before, known := p[key]; !known || offset.Compare(before) > 0 {
		p[key] = offset
	}
}

// highest returns the highest offset of each key that an op sent to or polled.
func highest(op history.Op) places {
	offsets := places{}
	switch v := op.Value.(type) {
	case history.Send:
		offsets[v.Key] = v.Offset
	case history.Poll:
		for _, log := range v.Logs {
			for _, entry := range log.Entries {
				offsets.reach(log.Key, entry.Offset)
			}
		}
	}
	return offsets
}

// finish implements Generator.Final.
func (o *logOps) finish(thread int, now time.Duration, last *history.Op) (ask Ask, at time.Duration, more bool) {
	if o.deadline == 0 {
		o.deadline = now + finalLimit
	}
	at = now
	switch {
	case last == nil:
		o.targets[thread] = maps.Clone(o.known)
		ask = Ask{F: "crash"}
	case last.F == "crash":
		keys := slices.SortedFunc(maps.Keys(o.known), compareNumbers)
		ask = Ask{F: "assign", Value: keys, Extra: fromBeginning()}
	default:
		ask = Ask{F: "poll", Value: history.Poll{}}
	}
	if last != nil && last.F == "poll" {
		at = o.polling[thread] + time.Duration(o.final.Float64()*float64(2*pollInterval))
		if last.Type == history.OK {
			for key, offset := range highest(*last) {
				if target, waits := o.targets[thread][key]; waits && offset.Compare(target) >= 0 {
					delete(o.targets[thread], key)
				}
			}
		}
	}
	at = max(at, now)
	o.polling[thread] = at
	ask.Final = true
	return ask, at, len(o.targets[thread]) > 0 && at < o.deadline
}

// fromBeginning marks an assign after which a client polls from offset 0.
func fromBeginning() []edn.Value {
	return []edn.Value{edn.NewKeyword("seek-to-beginning?"), edn.NewBool(true)}
}

// logSession is a client that polls.
type logSession struct {
	ask       Ask
	request   string // the type of the last request
	positions places // of the keys assigned: the offset to be polled next
	poll      history.Poll
}

// Begin implements Session. Neither a crash needs a request, nor an assign from
// the beginning on.
func (s *logSession) Begin(ask Ask) Request {
	s.ask = ask
	var r Request
	switch v := ask.Value.(type) {
	case []string:
		if len(ask.Extra) > 0 {
			s.positions = places{}
			for _, key := range v {
				s.positions[key] = edn.Integer{}
			}
			break
		}
		fields := append(wire.Fields(nil).Key("keys"), '[')
		for i, key := range v {
			if i > 0 {
				fields = append(fields, ',')
			}
			fields = wire.AppendText(fields, key)
		}
		r = Request{Type: "list_committed_offsets", Fields: append(fields, ']'), Keys: []string{"offsets"}}
	case history.Poll:
		r = Request{Type: "poll", Fields: offsets(s.positions), Keys: []string{"msgs"}}
	case history.Send:
		r = Request{Type: "send", Fields: wire.Fields(nil).Text("key", v.Key).Raw("msg", []byte(v.Message.String())), Keys: []string{"offset"}}
	}
	s.request = r.Type
	return r
}

// offsets is a field offsets: an object by key.
func offsets(of places) wire.Fields {
	fields := append(wire.Fields(nil).Key("offsets"), '{')
	for i, key := range slices.Sorted(maps.Keys(of)) {
		if i > 0 {
			fields = append(fields, ',')
		}
		fields = append(wire.AppendText(fields, key), ':')
		fields = of[key].Append(fields)
	}
	return append(fields, '}')
}

// Heard implements Session.
func (s *logSession) Heard(body []byte) (*Request, any, error) {
	switch s.request {
	case "send":
		offset, err := readInteger("offset", wire.Field(body, "offset"))
		v := s.ask.Value.(history.Send)
		v.Offset, v.Placed = offset, true
		return nil, v, err
	case "list_committed_offsets":
		return nil, s.ask.Value, s.assign(wire.Field(body, "offsets"))
	case "poll":
		if err := s.polled(wire.Field(body, "msgs")); err != nil {
			return nil, nil, err
		}
		commit := places{}
		for _, log := range s.poll.Logs {
			for _, entry := range log.Entries {
				commit.reach(log.Key, edn.Integer{}) // none below 0: see txn-offsets
				commit.reach(log.Key, entry.Offset)
			}
		}
		if len(commit) > 0 {
			s.request = "commit_offsets"
			return &Request{Type: s.request, Fields: offsets(commit)}, nil, nil
		}
	}
	return nil, s.poll, nil
}

// assign takes the keys that the client is to poll. The committed offsets must be
// there, and are not used: a key that it does not keep begins at 0.
func (s *logSession) assign(committed []byte) error {
	if err := checkOffsets(committed); err != nil {
		return err
	}
	positions := places{}
	for _, key := range s.ask.Value.([]string) {
		positions[key] = s.positions[key]
	}
	s.positions = positions
	return nil
}

// maxKeys bounds the keys that a client is shown: each of its polls asks for all of
// them. Chosen, far above the keys of any trial.
const maxKeys = 10_000

// polled reads the messages of an answer, sorted by key. The client goes on behind
// them, whatever becomes of the commit.
func (s *logSession) polled(msgs []byte) error {
	logs, err := readLogs(msgs)
	if err != nil {
		return err
	}
	for _, log := range logs {
		s.positions.reach(log.Key, edn.Integer{})
		for _, entry := range log.Entries {
			s.positions.reach(log.Key, entry.Offset.Plus(edn.NewInteger(1)))
		}
	}
	if len(s.positions) > maxKeys {
		return fmt.Errorf("msgs: want at most %d keys in all polls of a client", maxKeys)
	}
	s.poll = history.Poll{Logs: logs}
	return nil
}

// compareNumbers compares keys that are numbers, as texts, by their size.
func compareNumbers(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	}
	return 1
}
