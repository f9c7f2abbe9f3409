package trial

import "strings"

// Suffix is the unit that stands behind a number of the metric; "" where it is a
// count or a share, or where the name tells it.
func (m Metric) Suffix() string {
	switch {
	case m.Unit == "ms", m.Unit == "s" && m.Name != "seconds", m.Unit == "bytes" && !strings.Contains(m.Name, "bytes"), strings.HasSuffix(m.Unit, "/s"):
		return m.Unit
	}
	return ""
}

// Label is the metric's name, with its unit where the name does not tell it:
// "stable-latency.p50 (ms)".
func (m Metric) Label() string {
	if unit := m.Suffix(); unit != "" {
		return m.Name + " (" + unit + ")"
	}
	return m.Name
}
