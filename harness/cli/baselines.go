package cli

import (
	"os"
	"path/filepath"
	"regexp"
)

// BaselinesFolder is where baselines lie, a folder each, beside results/: so
// that they can be committed, and no run or import touches them.
const BaselinesFolder = "baselines"

var baselineName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// IsBaselineName reports whether a baseline may have that name.
func IsBaselineName(name string) bool { return baselineName.MatchString(name) }

// FindBaseline returns the baseline of a name.
func FindBaseline(name string) (Place, bool) {
	p := PlaceAt(filepath.Join(BaselinesFolder, name))
	return p, IsBaselineName(name) && p.there()
}

// BaselineNames are the names of all baselines, sorted.
func BaselineNames() []string {
	entries, _ := os.ReadDir(BaselinesFolder) // without the folder there are none
	var names []string
	for _, entry := range entries {
		if _, found := FindBaseline(entry.Name()); found {
			names = append(names, entry.Name())
		}
	}
	return names
}
