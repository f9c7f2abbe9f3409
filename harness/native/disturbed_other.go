//go:build unix && !linux

package native

import "time"

// runDelays is not known here.
func runDelays(int) map[string]time.Duration { return nil }

// readProcessors is not known here.
func readProcessors() processors { return processors{} }
