package history

import (
	"maps"
	"slices"
	"time"
)

// behind is how long a poll's client had not seen what stood in a log.
type behind struct {
	time, lag time.Duration
	process   int
	key       string
}

// worstLag returns the first of the longest, a key with nothing behind what its
// client has seen counting as none.
func (l *logged) worstLag() behind {
	var worst behind
	seen := map[int]map[string]int64{} // by process and key, the offset behind
	for _, a := range l.acts {
		if a.op.Type != OK {
			continue
		}
		keys := seen[a.op.Process]
		if a.assigns != nil {
			next := map[string]int64{}
			for _, key := range a.assigns {
				next[key] = keys[key]
			}
			seen[a.op.Process] = next
			continue
		}
		if a.op.F == "send" {
			continue
		}
		if keys == nil {
			keys = map[string]int64{}
			seen[a.op.Process] = keys
		}
		for _, s := range a.sends {
			keys[s.Key] = max(keys[s.Key], s.Offset+1)
		}
		for _, log := range a.polled {
			keys[log.Key] = max(keys[log.Key], 0)
			for _, e := range log.Entries {
				keys[log.Key] = max(keys[log.Key], e.Offset+1)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			now := behind{time: a.asked, process: a.op.Process, key: key}
			if log := l.logs[key]; log != nil && keys[key] < int64(len(log.expired)) {
				now.lag = max(0, a.asked-log.expired[keys[key]])
			}
			if worst.key == "" || now.lag > worst.lag {
				worst = now
			}
		}
	}
	return worst
}
