package wire_test

import (
	"fmt"

	"gossipbench/node/wire"
)

// A node parses a request and writes the reply.
func Example() {
	line := []byte(`{"src":"c1","dest":"n0","body":{"type":"echo","msg_id":7,"echo":"hi"}}`)
	var m wire.Message
	if err := m.Parse(line); err != nil {
		fmt.Println(err)
		return
	}
	fields := wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo"))
	reply := wire.AppendMessage(nil, m.Dest, m.Src, "echo_ok", m.Answer(), fields)
	fmt.Print(string(reply))
	// Output: {"src":"n0","dest":"c1","body":{"type":"echo_ok","in_reply_to":7,"echo":"hi"}}
}
