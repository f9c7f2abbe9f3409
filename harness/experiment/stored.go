package experiment

import (
	"os"
	"strings"
)

// ranWith begins the comment of Source that tells the flags.
const ranWith = "# run with: "

// LoadStored reads the experiment file that lies beside results, with the flags
// that changed it, which its last line tells. Blanks within their values may be
// fewer than they were.
func LoadStored(path string, catalog Catalog) (Experiment, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Experiment{}, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	told, changed := strings.CutPrefix(lines[len(lines)-1], ranWith)
	if !changed {
		return Parse(path, text, catalog, Flags{})
	}
	return Parse(path, text, catalog, flagsOf(told))
}

// flagsOf reads what Flags.String wrote.
func flagsOf(text string) Flags {
	var f Flags
	var set func(string) // the value of the flag that is being read
	var value []string
	end := func() {
		if set != nil {
			set(strings.Join(value, " "))
		}
		value = nil
	}
	for word := range strings.FieldsSeq(text) {
		var next func(string)
		switch word {
		case "--set":
			next = func(v string) { f.Set = append(f.Set, v) }
		case "-P":
			next = func(v string) { f.Vary = append(f.Vary, v) }
		case "--replicates":
			next = func(v string) { f.Replicates = v }
		case "--seed":
			next = func(v string) { f.Seed = v }
		default:
			value = append(value, word)
			continue
		}
		end()
		set = next
	}
	end()
	return f
}
