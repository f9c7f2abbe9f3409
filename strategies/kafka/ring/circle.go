package ring

import (
	"hash/fnv"
	"slices"
	"strconv"
)

// circle says who writes which log: the circle of hashes on which each node has
// points, and a key belongs to the node whose point comes next. It follows from
// the names of the nodes alone, so all of them agree.
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

// hash spreads texts over the circle: FNV-1a, whose high bits hardly tell short
// texts apart, and the finalizer of MurmurHash3.
func hash(text string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(text))
	h := f.Sum64()
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
