package history

import (
	"time"

	"gossipbench/harness/edn"
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
	seen := map[int]map[string]edn.Integer{} // by process and key, the offset behind
	for _, a := range l.acts {
		if a.op.Type != OK {
			continue
		}
		keys := seen[a.op.Process]
		if a.assigns != nil {
			next := map[string]edn.Integer{}
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
			keys = map[string]edn.Integer{}
			seen[a.op.Process] = keys
		}
		a.advance(keys)
		if now := l.lagOf(a, keys); now.key != "" && (worst.key == "" || now.lag > worst.lag) {
			worst = now
		}
	}
	return worst
}

// advance moves the offsets by key to behind what the op has shown.
func (a act) advance(keys map[string]edn.Integer) {
	reach := func(key string, offset edn.Integer) {
		if keys[key].Compare(offset) <= 0 {
			keys[key] = offset.Plus(edn.NewInteger(1))
		}
	}
	for _, s := range a.sends {
		if s.Placed {
			reach(s.Key, s.Offset)
		}
	}
	for _, log := range a.polled {
		if _, known := keys[log.Key]; !known {
			keys[log.Key] = edn.Integer{}
		}
		for _, e := range log.Entries {
			reach(log.Key, e.Offset)
		}
	}
}

// lagOf returns the longest lag of a poll's keys, of equal ones that of the least.
func (l *logged) lagOf(a act, keys map[string]edn.Integer) behind {
	worst := behind{time: a.asked, process: a.op.Process}
	for key, offset := range keys {
		lag := time.Duration(0)
		if log := l.logs[key]; log != nil {
			if since, ok := log.since(offset); ok {
				lag = max(0, a.asked-since)
			}
		}
		if worst.key == "" || lag > worst.lag || lag == worst.lag && key < worst.key {
			worst.key, worst.lag = key, lag
		}
	}
	return worst
}
