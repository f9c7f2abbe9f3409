package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the project, from that of this package.
const root = ".."

// page is a text that people read.
type page struct {
	name string // its path from the root, with slashes
	text string
}

// pages are those of the root and of docs/, and the findings in results/.
func pages(t *testing.T) []page {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, filepath.Join(root, "results", "README.md"))
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(p string, _ os.DirEntry, err error) error {
		if filepath.Ext(p) == ".md" {
			paths = append(paths, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []page
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page{filepath.ToSlash(name), string(text)})
	}
	return all
}

// block is what stands between two fences of a document.
type block struct {
	language string
	comment  string // of the HTML comment on the line above, which a reader does not see
	line     int    // of the first line of text, from 1
	text     string
}

// blocks returns the fenced blocks of a document, and its other lines with the
// fenced ones left empty.
func (d page) blocks() (all []block, prose []string) {
	var open *block
	indent, last := "", ""
	for i, line := range strings.Split(d.text, "\n") {
		fence := strings.TrimLeft(line, " ")
		switch {
		case open == nil && strings.HasPrefix(fence, "```"):
			indent = line[:len(line)-len(fence)]
			open = &block{language: strings.TrimPrefix(fence, "```"), line: i + 2}
			if inner, ok := strings.CutPrefix(last, "<!-- "); ok {
				open.comment = strings.TrimSuffix(inner, " -->")
			}
			prose = append(prose, "")
		case open == nil:
			prose = append(prose, line)
		case strings.HasPrefix(fence, "```"):
			all = append(all, *open)
			open = nil
			prose = append(prose, "")
		default:
			open.text += strings.TrimPrefix(line, indent) + "\n"
			prose = append(prose, "")
		}
		last = strings.TrimSpace(line)
	}
	return all, prose
}

var (
	linked  = regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|href)="([^"]+)"`)
	quoted  = regexp.MustCompile("`[^`]*`")
	heading = regexp.MustCompile(`^#{1,6} +(.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names under which the headings of a document are found, as
// GitHub makes them.
func (d page) anchors() map[string]bool {
	all := map[string]bool{}
	_, prose := d.blocks()
	for _, line := range prose {
		if m := heading.FindStringSubmatch(line); m != nil {
			all[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
		}
	}
	return all
}

// TestLinks: what a document links to is there, and every document under docs/ is
// found from the README.
func TestLinks(t *testing.T) {
	byName := map[string]page{}
	for _, d := range pages(t) {
		byName[d.name] = d
	}
	found := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if found[name] {
			return
		}
		found[name] = true
		d := byName[name]
		_, prose := d.blocks()
		for i, line := range prose {
			for _, m := range linked.FindAllStringSubmatch(quoted.ReplaceAllString(line, ""), -1) {
				target := m[1] + m[2]
				if strings.Contains(target, "://") {
					continue
				}
				file, anchor, _ := strings.Cut(target, "#")
				to := name
				if file != "" {
					to = path.Join(path.Dir(name), file)
				}
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
					t.Errorf("%s:%d: link to %s: there is no %s", name, i+1, target, to)
					continue
				}
				other, is := byName[to]
				if is && anchor != "" && !other.anchors()[anchor] {
					t.Errorf("%s:%d: link to %s: %s has no such heading", name, i+1, target, to)
				}
				if is {
					follow(to)
				}
			}
		}
	}
	follow("README.md")
	for name := range byName {
		if strings.HasPrefix(name, "docs/") && !found[name] {
			t.Errorf("%s: no way of links leads there from README.md", name)
		}
		follow(name)
	}
}

// TestReadmeIsShort: somebody who comes by reads it to the end.
func TestReadmeIsShort(t *testing.T) {
	about, err := os.Stat(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(6 << 10); about.Size() > most {
		t.Errorf("README.md has %d bytes, want at most %d: what is more belongs into docs/", about.Size(), most)
	}
}
