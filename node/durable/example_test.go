package durable_test

import (
	"fmt"
	"os"

	"gossipbench/node/durable"
)

func Example() {
	dir, err := os.MkdirTemp("", "durable")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	store, err := durable.Open(dir, durable.Options{})
	if err != nil {
		fmt.Println(err) // with file and offset if a file is damaged
		return
	}
	store.Put("term", []byte("3"))
	store.Put("vote", []byte("n1"))
	if err := store.Sync(); err != nil { // both are durable from here on
		fmt.Println(err)
		return
	}
	store.Put("term", []byte("4")) // killed before Sync

	again, err := durable.Open(dir, durable.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	term, _ := again.Get("term")
	fmt.Printf("%q, term %s\n", again.Keys(), term)
	// Output: ["term" "vote"], term 3
}
