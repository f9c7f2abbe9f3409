//go:build unix && !linux

package native

import (
	"os"
)

// unread is unknown on this system.
func unread(*os.File) int { return 0 }
