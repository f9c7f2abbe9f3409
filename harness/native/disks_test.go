package native

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/node/durable"
	"gossipbench/node/wire"
)

// stores makes ids, and keeps 3 bytes on its disk: what was deleted is no
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
	for last := 1; ; last++ {
		if m := n.next(); string(m.Type) == "generate" {
			n.reply(m, "generate_ok", wire.Fields(nil).Text("id", fmt.Sprint(n.name, "-", last)))
		} else {
			n.serve(m)
		}
	}
}

// TestDisks: three nodes have 3 bytes each on disk in the end, and no service has
// anything.
func TestDisks(t *testing.T) {
	t.Parallel()
	tr := quick("stores")
	tr.Workload = "unique-ids"
	r, err := New(Options{}).Run(context.Background(), tr)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Metrics; r.Outcome != trial.Valid || m["store-bytes"] != 9 || m["store-bytes.disks"] != 9 {
		t.Errorf("got %s, store-bytes %v and on disks %v, want valid, 9 and 9", r.Outcome, m["store-bytes"], m["store-bytes.disks"])
	}
}
