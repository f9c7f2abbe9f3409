//go:build unix && !linux

package native

import (
	"os"
)

// unread is not known here.
func unread(*os.File) int { return 0 }
