package native

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
)

// TestProxies: in every workload a node may pass a client's request on unchanged,
// including its sender, as Maelstrom's demo/python/raft.py does. It may answer twice,
// late, and in place of another node, use ids of any kind with services, and use integers
// beyond 64 bits where nodes choose them.
func TestProxies(t *testing.T) {
	for i, name := range slices.Sorted(maps.Keys(workload.Protocols)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := muteTrial(name, "hands on")
			tr.Nodes, tr.Rate, tr.TimeLimit, tr.Concurrency = 3, 100, 2*time.Second, "2n"
			if i%2 == 0 {
				tr.Network, tr.Latency = "ideal", 2*time.Millisecond
			}
			patient(t, func() error {
				result, err := New(Options{}).Run(context.Background(), tr)
				if err != nil {
					return err
				}
				if warned := strings.Join(result.Warnings, "; "); result.Outcome != trial.Valid || strings.Contains(warned, "malformed") {
					return fmt.Errorf("got %s, %v, %s", result.Outcome, result.Reasons, warned)
				}
				return nil
			})
		})
	}
}

// handsOn lets n0 do all work in the memory of one process; the others pass requests on
// to it.
func handsOn(n *node) {
	all := &database{workload: os.Args[3], registers: map[string]string{}, logs: map[string][]string{}}
	for {
		m := n.next()
		switch {
		case string(m.Type) == onInit || string(m.Type) == onTopology:
			n.serve(m)
		case m.Src[0] != 'c': // a second answer of a service, or a message of another node
		case n.name != "n0":
			n.print("%s", wire.AppendEnvelope(nil, m.Src, "n0", m.Body))
		default:
			answer := string(wire.AppendMessage(nil, n.name, m.Src, all.do(&m), m.Answer(), all.fields))
			n.print(`{"src":"n0","dest":"%s","body":{"type":"hello"}}`+"\n", m.Src)
			n.print(`{"src":"n2","dest":"%s","body":{"type":"%s_ok","in_reply_to":"%d"}}`+"\n", m.Src, m.Type, m.MsgID)
			n.print("%s%s%s", all.last, answer, answer) // the answer to the last client is late by now
			n.print(`{"src":"n0","dest":"lin-tso","body":{"type":"ts","msg_id":{"of":"%s"}}}`+"\n", m.Src)
			n.print(`{"src":"n0","dest":"lin-kv","body":{"type":"read_ok","in_reply_to":%d,"value":1}}`+"\n", m.MsgID)
			all.last = answer
		}
	}
}

// database is the state of n0.
type database struct {
	workload  string
	elements  []int64
	sum       int64
	ids       int
	registers map[string]string   // JSON by JSON; for txn-list-append each element follows a comma
	logs      map[string][]string // messages by key
	fields    wire.Fields         // of the next answer
	last      string
}

// do executes a request and returns the type of the answer.
func (d *database) do(m *wire.Message) string {
	typ := string(m.Type)
	field := func(name string) []byte { return wire.Field(m.Body, name) }
	d.fields = nil
	switch typ {
	case "echo":
		d.fields = d.fields.Raw("echo", field("echo"))
	case "generate":
		d.ids++
		d.fields = d.fields.Raw("id", fmt.Appendf(nil, "%d%030d", 1+d.ids%9, d.ids))
	case "broadcast", "add":
		if delta, ok := wire.Int(field("delta")); ok {
			d.sum += delta
		}
		for _, name := range []string{"message", "element"} {
			if v, ok := wire.Int(field(name)); ok {
				d.elements = append(d.elements, v)
			}
		}
	case "read":
		return d.read(field("key"))
	case "write":
		d.registers[string(field("key"))] = string(field("value"))
	case "cas":
		if value, known := d.registers[string(field("key"))]; !known || value != string(field("from")) {
			d.fields = (&wire.Error{Code: wire.PreconditionFailed, Text: "another"}).Fields()
			return "error"
		}
		d.registers[string(field("key"))] = string(field("to"))
	case "txn":
		d.fields = d.fields.Raw("txn", d.txn(field("txn")))
	default:
		d.kafka(typ, field)
	}
	return typ + "_ok"
}

func (d *database) read(key []byte) string {
	switch d.workload {
	case "broadcast":
		d.fields = wire.AppendInts(d.fields.Key("messages"), d.elements)
	case "g-set":
		d.fields = wire.AppendInts(d.fields.Key("value"), d.elements)
	case "lin-kv":
		value, known := d.registers[string(key)]
		if !known {
			d.fields = (&wire.Error{Code: wire.KeyDoesNotExist, Text: "none"}).Fields()
			return "error"
		}
		d.fields = d.fields.Raw("value", []byte(value))
	default:
		d.fields = d.fields.Int("value", d.sum)
	}
	return "read_ok"
}

func (d *database) txn(asked []byte) []byte {
	var done []string
	for mop := range wire.Elements(asked) {
		parts := slices.Collect(wire.Elements(mop))
		key, value := string(parts[1]), string(parts[2])
		held, known := d.registers[key]
		switch {
		case string(parts[0]) == `"w"`:
			d.registers[key] = value
		case string(parts[0]) == `"append"`:
			d.registers[key] = held + "," + value
		case !known:
			value = "null"
		case d.workload == "txn-list-append":
			value = "[" + held[1:] + "]"
		default:
			value = held
		}
		done = append(done, fmt.Sprintf("[%s,%s,%s]", parts[0], key, value))
	}
	return []byte("[" + strings.Join(done, ",") + "]")
}

// kafka uses offsets far beyond 64 bits, with gaps.
func (d *database) kafka(typ string, field func(string) []byte) {
	offset := func(i int) string { return fmt.Sprintf("1%030d", 1000*i) }
	switch typ {
	case "send":
		key, _ := wire.Text(field("key"))
		d.fields = d.fields.Raw("offset", []byte(offset(len(d.logs[key]))))
		d.logs[key] = append(d.logs[key], string(field("msg")))
	case "poll":
		msgs := []byte("{")
		for key, from := range wire.Members(field("offsets")) {
			if len(msgs) > 1 {
				msgs = append(msgs, ',')
			}
			var pairs []string
			for i, message := range d.logs[string(key)] {
				if at := offset(i); len(at) > len(from) || at >= string(from) {
					pairs = append(pairs, "["+at+","+message+"]")
				}
			}
			msgs = fmt.Appendf(msgs, "%q:[%s]", key, strings.Join(pairs, ","))
		}
		d.fields = d.fields.Raw("msgs", append(msgs, '}'))
	case "list_committed_offsets":
		d.fields = d.fields.Raw("offsets", []byte("{}"))
	}
}

// FuzzLines: a line that a node prints is routed or reported as an error, memory is
// bounded by its size, and the trial continues for the others.
func FuzzLines(f *testing.F) {
	for _, line := range []string{
		`{"src":"n0","dest":"c0","body":{"type":"echo_ok","echo":"x","in_reply_to":1}}`, `{"src":"c0","dest":"n1","body":{"type":"echo","msg_id":1}}`,
		`{"src":"c1","dest":"lin-kv","body":{"type":"write","msg_id":[1],"key":null}}`, `{"src":"seq-kv","dest":"c0","body":{"in_reply_to":"1"}}`,
		`{"src":"n0","dest":"c9","body":{}}`, `{"src":"n0","dest":"n1","body":{},"ttl":1}`, "\xef\xbb\xbf{}", "{'src'", "", "{\"src\":\"n0\",\"dest\":\"n1\",\"body\":{\"a\":\"\t\"}}", `[`, `{"body":NaN}`,
	} {
		f.Add([]byte(line))
	}
	trial := quick("")
	trial.Workload, trial.Latency = "echo", 0
	f.Fuzz(func(t *testing.T, line []byte) {
		folder := &folder{}
		r, err := New(Options{}).newRun(t.Context(), trial, nil, folder)
		if err != nil {
			t.Fatal(err)
		}
		defer r.alarm.close()
		defer r.scratch.Remove()
		for i := range r.nodes {
			r.nodes[i] = r.newProcess(i)
		}
		answers := 0
		c := r.newClient(0)
		r.newClient(1)
		r.call(c, "echo", nil, time.Hour, func(_, _ network.Endpoint, _ []byte) {}, func(*wire.Message) { answers++ })
		var b batch
		if err := b.add(line); err != nil {
			if what := mistake(line, err); what == "" || len(what) > 300 {
				t.Fatalf("%q: got %q", line, what)
			}
			return
		}
		wrong := r.route(r.nodes[0], &b.messages[0])
		if len(wrong) > 4*maxClip {
			t.Fatalf("%q: got %d bytes: %s", line, len(wrong), wrong)
		}
		if r.router.Run(); r.router.InFlight() != 0 {
			t.Fatalf("%q: %d bytes are on their way in a network without latency", line, r.router.InFlight())
		}
		if answers > 1 || len(r.nodes[0].inVain()) > 4*maxClip {
			t.Fatalf("%q: %d answers, %s", line, answers, r.nodes[0].inVain())
		}
	})
}
