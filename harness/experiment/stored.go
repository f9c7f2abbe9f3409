package experiment

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"gossipbench/harness/files"
)

// ranWith began the last line of the experiment files that earlier versions laid
// beside results: a comment with the flags that had changed the file.
const ranWith = "# run with: "

// LoadStored reads the experiment file that lies beside results: what was run,
// flags applied.
func LoadStored(path string, catalog Catalog) (Experiment, error) {
	text, err := files.Read(path)
	if err != nil {
		return Experiment{}, err
	}
	flags, err := flagsOf(text)
	if err != nil {
		return Experiment{}, err
	}
	return Parse(path, text, catalog, flags)
}

// LoadStoredFile is LoadStored without the flags of earlier versions.
func LoadStoredFile(path string, catalog Catalog) (Experiment, error) {
	text, err := files.Read(path)
	if err != nil {
		return Experiment{}, err
	}
	return Parse(path, text, catalog, Flags{})
}

// flagsOf reads the flags that earlier versions wrote into the last line. Arguments
// of a node stood there without quotes and may look like flags, so where there are
// any, nobody knows what was run.
func flagsOf(text []byte) (Flags, error) {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	told, changed := strings.CutPrefix(lines[len(lines)-1], ranWith)
	var f Flags
	if !changed {
		return f, nil
	}
	var set func(string) // the value of the flag that is being read
	var value []string
	end := func() {
		if set != nil {
			set(strings.Join(value, " "))
		}
		value = nil
	}
	for word := range strings.FieldsSeq(told) {
		if strings.HasPrefix(word, "args=") {
			return f, errors.New("the flags of an earlier version cannot be read: they hold a node's arguments")
		}
		var next func(string)
		switch word {
		case setFlag:
			next = func(v string) { f.Set = append(f.Set, v) }
		case varyFlag:
			next = func(v string) { f.Vary = append(f.Vary, v) }
		case replicatesFlag:
			next = func(v string) { f.Replicates = v }
		case seedFlag:
			next = func(v string) { f.Seed = v }
		default:
			value = append(value, word)
			continue
		}
		end()
		set = next
	}
	end()
	return f, nil
}

// nameOf is the name of a file's experiment. It names a folder, so it must not lead
// out of where that is, nor hide.
func nameOf(path string) (string, error) {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if !isName(name) {
		return "", Mistakes{fmt.Sprintf("%s: the file's name is the experiment's, whose results get a folder of that name: want one such as fanout.yaml", strconv.Quote(path))}
	}
	return name, nil
}

// isName reports whether a text can name a file that leads nowhere else, hides from
// nobody and is taken for no flag.
func isName(text string) bool {
	return text != "" && text[0] != '.' && text[0] != '-' && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == '/' || r == '\\' })
}
