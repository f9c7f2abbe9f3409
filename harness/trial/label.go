package trial

import "strings"

// Suffix returns the unit to print behind a number of the metric. It is empty for counts
// and shares, and if the name says the unit.
func (m Metric) Suffix() string {
	switch {
	case m.Unit == "ms", m.Unit == "s" && m.Name != "seconds", m.Unit == "bytes" && !strings.Contains(m.Name, "bytes"), strings.HasSuffix(m.Unit, "/s"):
		return m.Unit
	}
	return ""
}

// Label returns the metric's name with its unit, unless the name says the unit:
// "stable-latency.p50 (ms)".
func (m Metric) Label() string {
	if unit := m.Suffix(); unit != "" {
		return m.Name + " (" + unit + ")"
	}
	return m.Name
}
