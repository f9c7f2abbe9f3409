package ring

import (
	"hash/fnv"
	"slices"
	"strconv"
)

// circle maps logs to their writers: each node has points on a circle of hashes,
// and a key belongs to the node of the next point. It depends only on the names of
// the nodes, so all nodes agree.
type circle []point

type point struct {
	hash uint64
	node string
}

func newCircle(nodes []string, points int) circle {
	var c circle
	for _, node := range nodes {
		for i := range points {
			c = append(c, point{hash(node + "/" + strconv.Itoa(i)), node})
		}
	}
	slices.SortFunc(c, func(a, b point) int {
		switch {
		case a.hash < b.hash || a.hash == b.hash && a.node < b.node:
			return -1
		case a == b:
			return 0
		}
		return 1
	})
	return c
}

// owner returns the node to which a key belongs.
func (c circle) owner(key string) string {
	at := hash(key)
	i, _ := slices.BinarySearchFunc(c, at, func(p point, at uint64) int {
		if p.hash < at {
			return -1
		}
		return 1
	})
	return c[i%len(c)].node
}

// hash is FNV-1a with the finalizer of MurmurHash3, since the high bits of FNV-1a
// hardly differ for short texts.
func hash(text string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(text))
	h := f.Sum64()
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
