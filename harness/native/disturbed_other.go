//go:build unix && !linux

package native

import "time"

// runDelays is unknown on this system.
func runDelays(int) map[string]time.Duration { return nil }

// readProcessors is unknown on this system.
func readProcessors() processors { return processors{} }
