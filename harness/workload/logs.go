package workload

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
	"gossipbench/node/wire"
)

// logs is Maelstrom's workload kafka: clients send messages 1, 2, 3, … to the
// logs of keys, and poll those that are assigned to them. One op in 64 assigns
// another key to its client, every four seconds or so one is assigned all keys
// that have messages nobody has polled, and now and then a client crashes. After
// the recovery every thread crashes, is assigned all keys from their beginning on
// and polls until it has seen all that was sent.
//
// A client goes on from where it was with a key that it keeps; with a new one,
// behind the committed offset. It commits what it polled.
//
// Source: workload/kafka.clj in Maelstrom; jepsen.tests.kafka. How often clients
// crash and are assigned unseen keys is as in the recorded histories.
var logs = Protocol{
	Setup: noSetup, Idempotent: func(f string) bool { return f != "send" },
	Generator: logOps,
	Session:   func() Session { return &logSession{positions: map[string]int64{}} },
	Checker:   history.NewLogs,
	Stores:    true,
}

const (
	assignShare    = 1.0 / 64 // of the ops; sub-p in jepsen.tests.kafka
	unseenInterval = 4        // s, on average, for all threads together
	crashInterval  = 30       // s, on average, for each thread
	// maxFinalPolls bounds the final polls of a thread. Chosen.
	maxFinalPolls = 20
)

// progress is how far the log of a key has come, as far as clients know: the
// offsets behind the last that was sent, and the last that was polled.
type progress struct{ sent, polled int64 }

func logOps(t experiment.Trial, threads int) *Generator {
	keys := newKeys(t.KeyCount, t.MaxWritesPerKey)
	known := map[string]*progress{}
	finals := make([]finalPolls, threads)
	ofRate := func(seconds float64) float64 { return 1 / max(1, seconds*t.Rate) }
	return &Generator{
		Mix: func(r *rand.Rand, _ int) Ask {
			switch x := r.Float64(); {
			case x < ofRate(crashInterval/float64(threads)):
				return Ask{F: "crash"}
			case x < ofRate(crashInterval/float64(threads))+ofRate(unseenInterval):
				if unseen := unseen(known); len(unseen) > 0 {
					return Ask{F: "assign", Value: unseen}
				}
			}
			if r.Uint64()&1 == 0 {
				key := name(keys.draw(r))
				if r.Float64() < assignShare {
					return Ask{F: "assign", Value: []string{key}}
				}
				return Ask{F: "poll", Value: history.Poll{}}
			}
			key, value := keys.write(r)
			return Ask{F: "send", Value: history.Send{Key: name(key), Message: value, Offset: -1}}
		},
		Completed: func(op history.Op) { learn(known, op) },
		Final: func(thread int, last *history.Op) (Ask, bool) {
			return finals[thread].next(known, last)
		},
	}
}

func name(key int64) string { return strconv.FormatInt(key, 10) }

// learn takes what an op shows of the logs.
func learn(known map[string]*progress, op history.Op) {
	of := func(key string) *progress {
		if known[key] == nil {
			known[key] = &progress{}
		}
		return known[key]
	}
	switch v := op.Value.(type) {
	case history.Send: // an unknown one may have come to be, too
		p := of(v.Key)
		if op.Type == history.OK {
			p.sent = max(p.sent, v.Offset+1)
		}
	case history.Poll:
		for _, log := range v.Logs {
			if n := len(log.Entries); n > 0 {
				p := of(log.Key)
				p.polled = max(p.polled, log.Entries[n-1].Offset+1)
			}
		}
	}
}

// unseen returns the keys of which not all has been polled.
func unseen(known map[string]*progress) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if p := known[key]; p.polled < p.sent {
			all = append(all, key)
		}
	}
	return all
}

// finalPolls is how far a thread has come after the recovery.
type finalPolls struct {
	polls int
	seen  map[string]int64 // by key, the offset behind the last polled
}

func (f *finalPolls) next(known map[string]*progress, last *history.Op) (Ask, bool) {
	switch {
	case last == nil:
		f.seen = map[string]int64{}
		return Ask{F: "crash", Final: true}, true
	case last.F == "crash":
		return Ask{F: "assign", Value: slices.Sorted(maps.Keys(known)), Extra: fromBeginning(), Final: true}, true
	case last.F == "poll":
		poll, _ := last.Value.(history.Poll)
		for _, log := range poll.Logs {
			if n := len(log.Entries); n > 0 {
				f.seen[log.Key] = max(f.seen[log.Key], log.Entries[n-1].Offset+1)
			}
		}
		if f.polls == maxFinalPolls || f.complete(known) {
			return Ask{}, false
		}
	case last.Type != history.OK: // not assigned: once more
		if f.polls == maxFinalPolls {
			return Ask{}, false
		}
		f.polls++
		return Ask{F: "assign", Value: slices.Sorted(maps.Keys(known)), Extra: fromBeginning(), Final: true}, true
	}
	f.polls++
	return Ask{F: "poll", Value: history.Poll{}, Final: true}, true
}

func (f *finalPolls) complete(known map[string]*progress) bool {
	for key, p := range known {
		if f.seen[key] < p.sent {
			return false
		}
	}
	return true
}

// fromBeginning marks an assign after which a client polls from offset 0.
func fromBeginning() []edn.Value {
	return []edn.Value{edn.NewKeyword("seek-to-beginning?"), edn.NewBool(true)}
}

// logSession is a client that polls.
type logSession struct {
	ask       Ask
	request   string           // the type of the last request
	positions map[string]int64 // of the keys assigned: the offset to be polled next
	poll      history.Poll
	next      map[string]int64 // positions behind poll
}

// Begin implements Session. A crash needs no request.
func (s *logSession) Begin(ask Ask) Request {
	s.ask = ask
	var r Request
	switch v := ask.Value.(type) {
	case []string:
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
		r = Request{Type: "send", Fields: wire.Fields(nil).Text("key", v.Key).Int("msg", v.Message), Keys: []string{"offset"}}
	}
	s.request = r.Type
	return r
}

// offsets is a field offsets: an object by key.
func offsets(of map[string]int64) wire.Fields {
	fields := append(wire.Fields(nil).Key("offsets"), '{')
	for i, key := range slices.Sorted(maps.Keys(of)) {
		if i > 0 {
			fields = append(fields, ',')
		}
		fields = append(wire.AppendText(fields, key), ':')
		fields = strconv.AppendInt(fields, of[key], 10)
	}
	return append(fields, '}')
}

// Heard implements Session.
func (s *logSession) Heard(body []byte) (*Request, any, error) {
	switch s.request {
	case "send":
		offset, err := readInt("offset", body)
		v := s.ask.Value.(history.Send)
		v.Offset = offset
		return nil, v, err
	case "list_committed_offsets":
		return nil, s.ask.Value, s.assign(wire.Field(body, "offsets"))
	case "poll":
		if err := s.polled(wire.Field(body, "msgs")); err != nil {
			return nil, nil, err
		}
		commit := map[string]int64{}
		for _, log := range s.poll.Logs {
			if len(log.Entries) > 0 {
				commit[log.Key] = s.next[log.Key] - 1
			}
		}
		if len(commit) > 0 {
			s.request = "commit_offsets"
			return &Request{Type: s.request, Fields: offsets(commit)}, nil, nil
		}
	case "commit_offsets":
		s.positions = s.next
	}
	return nil, s.poll, nil
}

// assign takes the keys that the client is to poll.
func (s *logSession) assign(committed []byte) error {
	if len(committed) == 0 || committed[0] != '{' {
		return fmt.Errorf("offsets: want an object, got %s", clip(committed))
	}
	positions := map[string]int64{}
	for _, key := range s.ask.Value.([]string) {
		positions[key] = s.positions[key]
		if _, kept := s.positions[key]; !kept && len(s.ask.Extra) == 0 {
			if offset, ok := wire.Int(wire.Field(committed, key)); ok {
				positions[key] = offset + 1
			}
		}
	}
	s.positions = positions
	return nil
}

// polled reads the messages of an answer, sorted by key. The client goes on behind
// them once they are committed: a poll that fails before shows nobody what it
// brought, and must not skip it.
func (s *logSession) polled(msgs []byte) error {
	if len(msgs) == 0 || msgs[0] != '{' {
		return fmt.Errorf("msgs: want an object, got %s", clip(msgs))
	}
	s.poll, s.next = history.Poll{Logs: []history.Log{}}, maps.Clone(s.positions)
	for key, value := range wire.Members(msgs) {
		log := history.Log{Key: string(key)}
		for element := range wire.Elements(value) {
			pair, ok := wire.Ints(make([]int64, 0, 2), element)
			if !ok || len(pair) != 2 {
				return fmt.Errorf("msgs: %s: want [offset, message], got %s", key, clip(element))
			}
			log.Entries = append(log.Entries, history.Entry{Offset: pair[0], Message: pair[1]})
		}
		if n := len(log.Entries); n > 0 {
			s.next[log.Key] = log.Entries[n-1].Offset + 1
		}
		s.poll.Logs = append(s.poll.Logs, log)
	}
	slices.SortFunc(s.poll.Logs, func(a, b history.Log) int { return compareNumbers(a.Key, b.Key) })
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
