package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed assets
var assets embed.FS

// asset returns a file of the page. They are part of the program.
func asset(name string) string {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// scripts are the page's, in the order in which they run.
var scripts = []string{"vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "data.js", "charts.js", "table.js", "page.js"}

// page is what the template is filled with.
type page struct {
	Title    string
	Policy   string // what the browser lets the page do
	Style    template.CSS
	Studies  []view
	Versus   []comparison // of two studies, where there are two
	Single   bool
	Licences string
}

var layout = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"plus": func(a, b int) int { return a + b },
}).ParseFS(assets, "assets/page.html"))

// write puts the page together: the template's part, then each study's data,
// then the scripts.
func write(w io.Writer, studies []*study, o Options) error {
	p := page{Title: o.Title, Policy: policy(), Style: template.CSS(asset("page.css")), Single: len(studies) == 1, Licences: asset("LICENSES.txt")}
	if p.Title == "" {
		var names []string
		for _, s := range studies {
			names = append(names, s.Experiment.Name)
		}
		p.Title = listed(names)
	}
	results := 0
	for i, s := range studies {
		results += len(s.Results)
		p.Studies = append(p.Studies, s.view(id(i), o))
	}
	if len(studies) == 2 && studies[0].Results[0].Trial.Workload == studies[1].Results[0].Trial.Workload {
		p.Versus = append(p.Versus, versus(studies[0], studies[1]))
	}
	var markup bytes.Buffer
	if err := layout.Execute(&markup, p); err != nil {
		return err
	}
	limit := cmp.Or(o.Limit, DefaultLimit) - markup.Len()
	for _, name := range scripts {
		limit -= len(asset(name))
	}
	var data bytes.Buffer
	for i, s := range studies {
		const apology, least = 1000, 20_000 // for what is left out; and what a study without charts would not be worth
		share := int(float64(limit) * float64(len(s.Results)) / float64(results))
		text, left := s.fit(max(share-apology, least))
		p.Studies[i].LeftOut = left
		fmt.Fprintf(&data, "<script type=\"application/json\" id=\"%s-data\">%s</script>\n", id(i), text)
	}
	var b bytes.Buffer
	if err := layout.Execute(&b, p); err != nil {
		return err
	}
	b.Write(data.Bytes())
	for _, name := range scripts {
		fmt.Fprintf(&b, "<script>%s</script>\n", asset(name))
	}
	b.WriteString("</body>\n</html>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// id is that of a study's element.
func id(study int) string { return fmt.Sprintf("s%d", study+1) }

// policy is the page's Content-Security-Policy: it runs its own scripts, known
// by their hashes, and asks nothing of any network.
//
// Source: W3C, Content Security Policy Level 3, section 2.3.1 for hash-source.
func policy() string {
	var b strings.Builder
	b.WriteString("default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; script-src")
	for _, name := range scripts {
		sum := sha256.Sum256([]byte(asset(name)))
		b.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return b.String()
}
