package native

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"gossipbench/node/wire"
)

// programs are the nodes for tests, by the strategy that selects them. Each is correct
// except in one respect, and in all but the first only n1 is incorrect.
var programs = map[string]func(*node){
	"honest":   honest,
	"hands on": handsOn,
	"stores":   stores,

	"dies":         badly(onAsk, func(n *node, _ wire.Message) { n.die("about to die", 3) }),
	"dies at once": func(n *node) { n.die("no strategy", 2) },
	"garbage":      badly(onAsk, func(n *node, _ wire.Message) { n.print("debug: got a value\n") }),
	"truncated":    badly(onAsk, func(n *node, _ wire.Message) { n.print(`{"src":"n1","dest":"n0","body":{"type":` + "\n") }),
	"stranger":     badly(onAsk, func(n *node, _ wire.Message) { n.print(`{"src":"n1","dest":"n9","body":{"type":"rumor"}}` + "\n") }),
	"has no src":   badly(onAsk, func(n *node, _ wire.Message) { n.print(`{"dest":"n0","body":{"type":"rumor"}}` + "\n") }),
	"has no dest":  badly(onAsk, func(n *node, _ wire.Message) { n.print(`{"src":"n1","dest":null,"body":{"type":"rumor"}}` + "\n") }),
	"has more keys": badly(onAsk, func(n *node, _ wire.Message) {
		n.print(`{"src":"n1","dest":"n0","body":{"type":"rumor"},"id":7,"ttl":3}` + "\n")
	}),
	"asks in the name of nobody": badly(onAsk, func(n *node, _ wire.Message) {
		n.print(`{"src":"c99","dest":"n0","body":{"type":"read","msg_id":1}}` + "\n")
	}),
	"nests deep": badly(onAsk, func(n *node, _ wire.Message) {
		n.print(`{"src":"n1","dest":"n0","body":{"type":"rumor","x":%s"%s"%s}}`+"\n", strings.Repeat("[", 9000), strings.Repeat("x", 4<<20), strings.Repeat("]", 9000))
	}),
	"ends no line":        badly(onAsk, func(n *node, m wire.Message) { n.answerWithout(m); n.readOn() }),
	"has two on a line":   badly(onAsk, func(n *node, m wire.Message) { n.answerWithout(m); n.serve(m) }),
	"ends no line at all": badly(onInit, func(n *node, m wire.Message) { n.name = "n1"; n.answerWithout(m) }),
	"answers by text": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n1","dest":"%s","body":{"type":"read_ok","messages":[],"in_reply_to":"%d"}}`+"\n", m.Src, m.MsgID)
	}),
	"answers init by text": badly(onInit, func(n *node, m wire.Message) {
		n.print(`{"src":"n1","dest":"%s","body":{"type":"init_ok","in_reply_to":"%d"}}`+"\n", m.Src, m.MsgID)
	}),
	"asks for too much": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n1","dest":"lin-kv","body":{"type":"write","msg_id":1,"key":1,"value":"%s"}}`+"\n", strings.Repeat(`\\`, 2<<20))
		n.print("%s", strings.Repeat(`{"src":"n1","dest":"lin-kv","body":{"type":"read","msg_id":2,"key":1}}`+"\n", 1000))
		n.readOn()
	}),
	"has no end": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n1"`)
		for {
			n.print("%s", strings.Repeat(" ", 1<<20))
		}
	}),
	"liar": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n0","dest":"n2","body":{"type":"rumor","values":[]}}` + "\n")
		n.serve(m)
	}),
	"asks services oddly": badly(onAsk, asksOddly),
	"half and dies":       badly(onAsk, func(n *node, _ wire.Message) { n.print(`{"src":"n1",`); n.die("", 0) }),
	"half and hangs": badly(onAsk, func(n *node, _ wire.Message) {
		n.print(`{"src":"n1",`)
		n.readOn()
	}),
	"long lines": badly(onAsk, func(n *node, _ wire.Message) {
		n.print(`{"src":"n1","dest":"n0","body":{"type":"rumor","text":"%s"}}`+"\n", strings.Repeat("x", 10<<20))
	}),
	"floods": badly(onAsk, func(n *node, _ wire.Message) {
		line := strings.Repeat(`{"src":"n1","dest":"n0","body":{"type":"rumor","values":[]}}`+"\n", 1000)
		for {
			n.print("%s", line)
		}
	}),
	"floods stderr": badly(onInit, func(n *node, m wire.Message) {
		lines := strings.Repeat(strings.Repeat("too much to say ", 1<<6)+"\n", 1<<4)
		for range 1<<10 + 1<<8 {
			fmt.Fprint(os.Stderr, lines)
		}
		n.serve(m)
	}),
	"answers never": badly(onInit, func(n *node, _ wire.Message) { n.readOn() }),
	"reads never":   func(*node) { hang() },
	"answers wrong": badly(onInit, func(n *node, m wire.Message) { n.name = "n1"; n.reply(m, "ok", nil) }),
	"refuses": badly(onTopology, func(n *node, m wire.Message) {
		n.reply(m, "error", wire.Fields(nil).Int("code", 10).Text("text", "topology? never heard of it"))
	}),
	"answers the topology with it": badly(onTopology, func(n *node, m wire.Message) {
		n.reply(m, "topology_ok", wire.Fields(nil).Raw("topology", wire.Field(m.Body, "topology")))
	}),
	"answers twice": badly(onAsk, func(n *node, m wire.Message) { n.serve(m); n.reply(m, "read_ok", nil) }),
	"answers the unasked": badly(onAsk, func(n *node, m wire.Message) {
		m.MsgID = 77
		n.reply(m, "read_ok", nil)
	}),
	"answers nobody": badly(onAsk, func(n *node, m wire.Message) { m.Src = []byte("c999"); n.reply(m, "read_ok", nil) }),
	"answers nothing": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n1","dest":"%s","body":{"type":"read_ok"}}`+"\n", m.Src)
	}),
	"answers without a body": badly(onAsk, func(n *node, m wire.Message) {
		n.print(`{"src":"n1","dest":"%s"}`+"\n", m.Src)
	}),
	"stops reading": badly(onAsk, func(*node, wire.Message) { hang() }),
	"drowns": badly(onAsk, func(n *node, m wire.Message) {
		n.serve(m)
		hang()
	}, func(n *node, m wire.Message) { // n0 sends it more than it can take
		for range 3 {
			n.print(`{"src":"n0","dest":"n1","body":{"type":"rumor","text":"%s"}}`+"\n", strings.Repeat("x", 2<<20))
		}
		n.serve(m)
	}),
	"falls silent": badly(onAsk, func(n *node, _ wire.Message) { n.readOn() }),
	"closes stdout": badly(onAsk, func(n *node, _ wire.Message) {
		os.Stdout.Close()
		n.readOn()
	}),
	"closes stdin":            badly(onAsk, func(*node, wire.Message) { os.Stdin.Close(); hang() }),
	"answers nobody but init": answering(0),
	"answers once":            answering(1),
	"ignores SIGTERM": func(n *node) {
		signal.Ignore(syscall.SIGTERM)
		honest(n)
		hang()
	},
	"leaves children":  children(&syscall.SysProcAttr{}),
	"leaves strangers": children(&syscall.SysProcAttr{Setsid: true}),
	"leaves a daemon": func(n *node) {
		daemon := exec.Command("env", "-i", "setsid", "sh", "-c", "sleep 1234 & exit")
		if err := daemon.Run(); err != nil {
			panic(err)
		}
		honest(n)
	},

	"looks round": func(n *node) {
		here, err := os.Getwd()
		if err != nil || os.TempDir() != here || os.Getenv("GOSSIPBENCH_TEST_SECRET") != "" {
			n.die(fmt.Sprintf("in %s, %v, with TMPDIR %s and secret %q", here, err, os.TempDir(), os.Getenv("GOSSIPBENCH_TEST_SECRET")), 3)
		}
		if err := os.WriteFile("looked", nil, 0o600); err != nil {
			n.die(err.Error(), 3)
		}
		honest(n)
	},

	"malformed": badly(onRead, func(n *node, m wire.Message) {
		n.reply(m, "read_ok", wire.Fields(nil).Raw("messages", []byte("[]")).Int("count", 0))
	}),
	"loses": func(n *node) {
		for n.serveNext() {
			n.values = nil
		}
	},
	"is late": badly("broadcast", func() func(*node, wire.Message) {
		slept := false
		return func(n *node, m wire.Message) {
			if !slept {
				time.Sleep(700 * time.Millisecond)
			}
			slept = true
			n.serve(m)
		}
	}()),
}

// answerWithout answers without the newline.
func (n *node) answerWithout(m wire.Message) {
	line := wire.AppendMessage(nil, n.name, m.Src, string(m.Type)+"_ok", m.Answer(), nil)
	n.print("%s", line[:len(line)-1])
}

// asksOddly sends requests to services with ids of all kinds, and in the name of others.
// It answers its own request once the services have returned its ids.
func asksOddly(n *node, m wire.Message) {
	for _, id := range []string{`"a\u00e9"`, `[1,{"b":null}]`, `123456789012345678901234567890`, `1.50`, `true`} {
		n.print(`{"src":"n1","dest":"lin-kv","body":{"type":"write","msg_id":%s,"key":1,"value":2}}`+"\n", id)
		answer := n.next()
		for string(answer.Src) != "lin-kv" { // a client's request, which it handles too
			n.serve(answer)
			answer = n.next()
		}
		if answer.OtherReply != id {
			n.die("in_reply_to is "+answer.OtherReply+", want "+id, 1)
		}
	}
	n.print(`{"src":"n1","dest":"n2","body":{"type":"note","text":"` + "\t\x01" + `"}}` + "\n")
	n.print(`{"src":"%s","dest":"lin-tso","body":{"type":"ts","msg_id":"x"}}`+"\n", m.Src)
	n.print(`{"src":"lin-kv","dest":"n2","body":{"type":4,"in_reply_to":[]}}` + "\n")
	n.serve(m)
}

func honest(n *node) {
	for n.serveNext() {
	}
}

// Messages at which nodes misbehave.
const (
	onInit     = "init"
	onTopology = "topology"
	onRead     = "read"
	onAsk      = "read or broadcast" // there is at least the final read
)

// badly is correct except for what n1 does at messages of a type, and n0 if there is a
// second program.
func badly(typ string, wrongs ...func(*node, wire.Message)) func(*node) {
	return func(n *node) {
		for {
			m := n.next()
			name := n.name
			if typ == onInit {
				name, _ = wire.Text(wire.Field(m.Body, "node_id"))
			}
			hit := string(m.Type) == typ || typ == onAsk && (string(m.Type) == onRead || string(m.Type) == "broadcast")
			switch {
			case hit && name == "n1":
				wrongs[0](n, m)
			case hit && name == "n0" && len(wrongs) > 1:
				wrongs[1](n, m)
			default:
				n.serve(m)
			}
		}
	}
}

// answering answers every request, if not as the workload requires. After its set-up n1
// answers only that many.
func answering(often int) func(*node) {
	return func(n *node) {
		for {
			switch m := n.next(); {
			case string(m.Type) == onInit || string(m.Type) == onTopology:
				n.serve(m)
			case n.name != "n1" || often > 0:
				often--
				n.reply(m, string(m.Type)+"_ok", nil)
			}
		}
	}
}

// children lets each node start a program that outlives it.
func children(attr *syscall.SysProcAttr) func(*node) {
	return func(n *node) {
		child := exec.Command("sh", "-c", `trap "" TERM; exec sleep 1000`)
		child.SysProcAttr = attr
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		honest(n)
	}
}

// die ends the program.
func (n *node) die(words string, status int) {
	fmt.Fprintln(os.Stderr, words)
	os.Exit(status)
}

// readOn only reads.
func (n *node) readOn() {
	for {
		n.next()
	}
}

// hang does nothing forever.
func hang() {
	for {
		time.Sleep(time.Hour)
	}
}
