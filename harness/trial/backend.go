package trial

// The backends: what runs the cluster.
const (
	Sim       = "sim"       // virtual time
	Native    = "native"    // our own processes, in real time
	Maelstrom = "maelstrom" // Maelstrom itself
)

// Virtual reports whether the trial runs in virtual time: equal seeds give equal results,
// on each machine.
func (t *Trial) Virtual() bool { return t.Backend == Sim }
