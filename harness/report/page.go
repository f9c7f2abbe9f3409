package report

import (
	"bytes"
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
	Versus   []comparison // of each study but the first with the first
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
		p.Title = studies[0].Experiment.Name
	}
	limit := o.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	limit -= len(p.Style) + len(p.Licences)
	for _, name := range scripts {
		limit -= len(asset(name))
	}
	results := 0
	for _, s := range studies {
		results += len(s.Results)
	}
	var data bytes.Buffer
	for i, s := range studies {
		id := fmt.Sprintf("s%d", i+1)
		v := s.view(id, o.Catalog)
		const markup = 250_000 // of a study, at the most: a hundred rows and what is not valid
		text, left := s.fit(max(limit*len(s.Results)/results-markup, 0))
		v.LeftOut = left
		p.Studies = append(p.Studies, v)
		if i > 0 {
			p.Versus = append(p.Versus, compare(studies[0], s))
		}
		fmt.Fprintf(&data, "<script type=\"application/json\" id=\"%s-data\">%s</script>\n", id, text)
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
