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

// logs is Maelstrom's workload kafka: clients send messages 1, 2, 3, … to logs, by key,
// and poll the keys assigned to them. One op in 64 is postponed and replaced by an assign
// of its key; one assign in three also has all keys with unpolled messages. Each client
// crashes now and then. After the recovery every thread crashes, is assigned all keys
// from the beginning, and polls until it has seen everything that was sent, for at most
// 10 s.
//
// A client keeps its position in a key that stays assigned, and begins a new key at 0: it
// requests the committed offsets but, as in Maelstrom, looks for the key in the wrong
// place and never finds one. It advances its position before it commits what it polled.
// After an op other than assign whose outcome is unknown, the client is closed.
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

// Frequencies in Jepsen's tests of logs.
//
// Source: sub-p, poll-unseen, crash-client-gen and final-polls in jepsen.tests.kafka;
// time-limit in workload/kafka.clj.
const (
	assignShare   = 1.0 / 64 // of the ops
	unseenShare   = 1.0 / 3  // of the assigns
	crashInterval = 30 * time.Second
	pollInterval  = 200 * time.Millisecond // mean time between final polls
	finalLimit    = 10 * time.Second
)

// logOps draws the ops. It knows the logs from the results of successful ops.
type logOps struct {
	keys  *keys
	drawn struct{ key, value int64 } // the op that an assign postponed; key −1 if there is none
	crash crashes
	// The highest offsets by key: sent and polled ones of keys with unpolled messages,
	// and known ones of all keys.
	sent, polled, known places

	final    *rand.Rand
	deadline time.Duration   // of the final ops; 0 before the first one
	targets  []places        // by thread: the highest offsets that it has not polled
	polling  []time.Duration // by thread: when its last final op began
}

// crashes are the times at which clients crash. Intervals are uniform in [0, 2·interval),
// and the first time is 0. Once the time has come, each op is a crash with probability
// one half. Source: stagger, any and soonest-op-map in jepsen.generator.
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

// learn records the offsets in a completed op.
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

// reach records an offset of a key, unless a higher one is there.
func (p places) reach(key string, offset edn.Integer) {
	if before, known := p[key]; !known || offset.Compare(before) > 0 {
		p[key] = offset
	}
}

// highest returns the highest offset of each key in an op.
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

// fromBeginning returns the mark of an assign after which a client polls from offset 0.
func fromBeginning() []edn.Value {
	return []edn.Value{edn.NewKeyword("seek-to-beginning?"), edn.NewBool(true)}
}

// logSession is the state of a kafka client.
type logSession struct {
	ask       Ask
	request   string // type of the last request
	positions places // next offset to poll of each assigned key
	poll      history.Poll
}

// Begin implements Session. A crash needs no request, nor does an assign from the
// beginning.
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

// offsets returns the field "offsets": an object by key.
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
				commit.reach(log.Key, edn.Integer{}) // at least 0: see txn-offsets
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

// assign sets the keys that the client polls. The committed offsets must be valid, but
// are not used: a new key begins at 0.
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

// maxKeys bounds the keys of a client, since each of its polls names all of them. Chosen,
// far above the keys of any trial.
const maxKeys = 10_000

// polled parses the messages of an answer, sorted by key. The client's position moves
// past them, whatever the outcome of the commit.
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

// compareNumbers compares keys that are decimal numbers by size.
func compareNumbers(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	}
	return 1
}
