package cli

import (
	"os"
	"strconv"
	"strings"

	"gossipbench/harness/experiment"
)

// Title is the heading of an experiment's table.
func Title(e experiment.Experiment) string {
	if e.Question == "" {
		return e.Name
	}
	return e.Name + ": " + strings.TrimSpace(e.Question)
}

// Short writes a number with four digits.
func Short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// Exists reports whether there is a file or a folder at path.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
