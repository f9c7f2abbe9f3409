package native

import (
	"context"
	"os"
	"slices"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/node/durable"
	"gossipbench/node/wire"
)

// stores answers echo, and keeps 3 bytes on its disk: what was deleted is no
// longer there, though it may be in the files.
func stores(n *node) {
	disk, err := durable.Open(os.Args[slices.Index(os.Args, "--data")+1], durable.Options{})
	if err != nil {
		panic(err)
	}
	disk.Put("key", []byte("as long as this"))
	disk.Put("k", []byte{1, 2})
	disk.Delete("key")
	if err := disk.Sync(); err != nil {
		panic(err)
	}
	for {
		if m := n.next(); string(m.Type) == "echo" {
			n.reply(m, "echo_ok", wire.Fields(nil).Raw("echo", wire.Field(m.Body, "echo")))
		} else {
			n.serve(m)
		}
	}
}

// TestDisks: three nodes have 3 bytes each on disk in the end, and no service has
// anything.
func TestDisks(t *testing.T) {
	t.Parallel()
	trial := quick("stores")
	trial.Workload = "echo"
	r, err := New(Options{}).Run(context.Background(), trial)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Metrics; r.Outcome != experiment.Valid || m["store-bytes"] != 9 || m["store-bytes.disks"] != 9 {
		t.Errorf("got %s, store-bytes %v and on disks %v, want valid, 9 and 9", r.Outcome, m["store-bytes"], m["store-bytes.disks"])
	}
}
