package report

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
)

// challenge are made-up results of a sweep like that of challenge 3e, with so
// many fanouts: more fanout costs messages and buys latency, by a law with a
// little chance in it. The first gossip setting loses a value once.
func challenge(fanouts, replicates int) Part {
	var all []trial.Result
	add := func(settings string, messages, latency float64) {
		for seed := range uint64(replicates) {
			random := rand.New(rand.NewPCG(seed, uint64(len(all))))
			chance := func(x float64) float64 { return x * (1 + 0.06*random.Float64()) }
			r := result(settings, seed+1, "msgs-per-op", chance(messages), "stable-latency.p50", chance(latency), "stable-latency.max", chance(1.8*latency),
				"delivery-latency.max", chance(2*latency), "op-latency.p50", chance(12), "lost", 0, "busiest-node-share", chance(0.1))
			r.Made = trial.Provenance{Commit: "0123456789abcdef", Go: "go1.26", OS: "linux/amd64", CPU: "made up", Cores: 2, Backend: "sim"}
			all = append(all, r)
		}
	}
	add("strategy=flood topology=tree4 delivery=ack-retry", 12, 350)
	add("strategy=flood topology=grid delivery=ack-retry", 28, 440)
	for fanout := 1; fanout <= fanouts; fanout++ {
		for _, interval := range []int{50, 100, 200, 400} {
			for _, peers := range []string{"mixed", "random"} {
				latency := 160 + 5*float64(interval)/float64(fanout)
				if peers == "mixed" {
					latency *= 1.08
				}
				add(fmt.Sprintf("strategy=gossip fanout=%d interval=%dms peers=%s payload=delta", fanout, interval, peers), 390*float64(fanout)/float64(interval), latency)
			}
		}
	}
	all[2*replicates].Outcome, all[2*replicates].Metrics["lost"] = trial.Invalid, 1
	e := experiment.Experiment{Name: "challenge", Question: "Which strategy meets the challenge with the fewest messages?"}
	for _, want := range []struct{ metric, text string }{{"msgs-per-op", "< 20"}, {"stable-latency.p50", "< 1000ms"}, {"stable-latency.max", "< 2000ms"}} {
		m, _ := trial.FindMetric(want.metric)
		t, err := trial.ParseTarget(m, want.text)
		if err != nil {
			panic(err)
		}
		e.Targets = append(e.Targets, t)
	}
	return Part{Experiment: e, Results: all}
}

// TestPageInABrowser reads a page as a person does.
func TestPageInABrowser(t *testing.T) {
	b := open(t)
	b.show(write1(t, Options{}, challenge(4, 5)))
	b.quiet()
	b.keep("light")
	if got := eval[int](b, "document.querySelectorAll('figure .canvas svg').length"); got != 3 {
		t.Errorf("%d charts are drawn, want 3", got)
	}
	t.Run("rows", b.rowsAreTheProgram)
	t.Run("sort", b.sorts)
	t.Run("filter", b.filters)
	t.Run("select", b.selects)
	t.Run("download", b.downloadsAll)
	t.Run("dark", b.turnsDark)
	t.Run("access", b.isAccessible)
	t.Run("print", b.prints)
	t.Run("fit", b.fits)
	t.Run("two", b.showsTwo)
	t.Run("evil", b.showsText)
	b.quiet()
}

// showsTwo: two experiments on one page, of which one has so many factors that
// its settings have names and no columns of levels.
func (b *tab) showsTwo(t *testing.T) {
	var many []trial.Result
	for i := range 32 {
		settings := "strategy=gossip"
		for f := range 5 {
			settings += fmt.Sprintf(" p%d=%d", f, i>>f&1)
		}
		for seed := range uint64(2) {
			many = append(many, result(settings+fmt.Sprintf(" p5=%d nodes=%d", i&1, 5+i&2), seed+1, "msgs-per-op", i+1, "stable-latency.p50", 100-i+int(seed)))
		}
	}
	b.show(write1(t, Options{Title: "two of them"}, challenge(2, 3), Part{Experiment: experiment.Experiment{Name: "many"}, Results: many}))
	b.keep("two")
	if got := eval[int](b, "document.querySelectorAll('figure .canvas svg').length"); got != 6 {
		t.Errorf("%d charts are drawn, want 6", got)
	}
	s, err := newStudy(challenge(2, 3), replayed)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range s.Ranked() {
		if got, want := eval[string](b, fmt.Sprintf("gossipbench.studies[0].label(%d)", i)), s.Name(x); got != want {
			t.Errorf("the scripts name a setting %q, the program %q", got, want)
		}
	}
	rows := strings.ReplaceAll(cells, "table.results", "#s2 table.results")
	before := eval[[][]string](b, rows)
	eval[any](b, "gossipbench.studies[1].table.update() ?? null")
	if after := eval[[][]string](b, rows); len(before) != 32 || !slices.EqualFunc(before, after, slices.Equal) {
		t.Errorf("rows\n program %q\n scripts %q", before, after)
	}
	b.run(chromedp.Click(chromedp.CSS("#s2 .chips button")))
	if one, two := eval[int](b, "gossipbench.studies[0].chosen().length"), eval[int](b, "gossipbench.studies[1].chosen().length"); one != 18 || two != 16 {
		t.Errorf("a filter of the second experiment leaves %d and %d settings, want 18 and 16", one, two)
	}
}

const cells = `[...document.querySelectorAll("table.results tbody tr")].map((r) => [...r.cells].map((c) => c.textContent.trim()))`

// rowsAreTheProgram: the rows that the program wrote into the page are those that
// its scripts write, and so is the front.
func (b *tab) rowsAreTheProgram(t *testing.T) {
	before := eval[[][]string](b, cells)
	eval[any](b, "gossipbench.studies[0].table.update() ?? null")
	after := eval[[][]string](b, cells)
	if len(before) != 34 {
		t.Errorf("%d rows, want 34", len(before))
	}
	for i := range before {
		if !slices.Equal(before[i], after[i]) {
			t.Errorf("row %d\n program %q\n scripts %q", i, before[i], after[i])
		}
	}
	same := eval[bool](b, `(() => { const s = gossipbench.studies[0], f = s.pareto([...s.front.keys()], s.byName.get(s.cost), s.byName.get(s.delay)); return s.front.every((on, i) => on === f.has(i)); })()`)
	if !same {
		t.Error("the front of the scripts is not that of the program")
	}
	picked := eval[string](b, "document.querySelector('.advice .pick').textContent")
	if named := eval[string](b, "gossipbench.studies[0].label(gossipbench.studies[0].pick.indexOf(true))"); named != picked {
		t.Errorf("the scripts name the recommended setting %q, the program %q", named, picked)
	}
}

// column is what the table shows in a column, by its place.
func (b *tab) column(at int) []string {
	b.Helper()
	return eval[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("table.results tbody tr")].map((r) => r.cells[%d].firstChild.textContent)`, at))
}

func (b *tab) sorts(t *testing.T) {
	const at = 7 // msgs-per-op: strategy, topology, fanout, interval, peers, n, targets
	numbers := func() []float64 {
		var xs []float64
		for _, text := range b.column(at) {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				x = -1 // a dash
			}
			xs = append(xs, x)
		}
		return xs
	}
	head := fmt.Sprintf("table.results thead th:nth-child(%d)", at+1)
	first := b.column(at)
	b.run(chromedp.Click(head + " button"))
	if xs := numbers(); !slices.IsSorted(xs) {
		t.Errorf("after a click the column is %v", xs)
	}
	if got := eval[string](b, fmt.Sprintf("document.querySelector(%q).getAttribute('aria-sort')", head)); got != "ascending" {
		t.Errorf("aria-sort = %q, want ascending", got)
	}
	b.run(chromedp.KeyEvent("\r")) // the button kept the focus
	if xs := numbers(); !slices.IsSortedFunc(xs, func(a, b float64) int { return int(b*1000) - int(a*1000) }) {
		t.Errorf("after the enter key the column is %v", xs)
	}
	if got := eval[string](b, "document.getElementById('said').textContent"); got != "Sorted by msgs-per-op, descending" {
		t.Errorf("a screen reader hears %q", got)
	}
	b.run(chromedp.KeyEvent("\r"))
	if got := b.column(at); !slices.Equal(got, first) {
		t.Errorf("after the third time the column is %v, want the page's order %v", got, first)
	}
}

// chosen is how many settings the page says are chosen, and how many rows its
// table has.
func (b *tab) chosen() (said string, rows int) {
	b.Helper()
	return eval[string](b, "document.querySelector('.filters .count').textContent"), eval[int](b, "document.querySelectorAll('table.results tbody tr').length")
}

func (b *tab) want(t *testing.T, what string, n int) {
	t.Helper()
	if said, rows := b.chosen(); said != fmt.Sprintf("%d of 34 configurations", n) || rows != n {
		t.Errorf("%s: %s, and %d rows; want %d", what, said, rows, n)
	}
}

func (b *tab) filters(t *testing.T) {
	press := func(text string) {
		b.run(chromedp.Click(fmt.Sprintf(`//div[@class="filters"]//button[normalize-space()=%q]`, text)))
	}
	press("flood")
	b.want(t, "flood", 2)
	press("gossip") // both: all
	b.want(t, "both strategies", 34)
	press("400ms")
	b.want(t, "400ms", 8)
	press("random")
	b.want(t, "400ms and random", 4)
	if got := eval[string](b, "document.querySelector('.filters [aria-pressed=true]').textContent"); got != "400ms" {
		t.Errorf("the first button that is pressed is %q", got)
	}
	press("Show all")
	b.want(t, "all", 34)
	b.run(chromedp.SendKeys(chromedp.CSS(".filters input[type=search]"), "fanout 4"))
	b.want(t, "fanout 4", 8)
	press("Show all")
	press("only those that keep all targets")
	passing := slices.Compact(b.column(6))
	if !slices.Equal(passing, []string{"pass"}) {
		t.Errorf("verdicts of those that keep all targets: %q", passing)
	}
	press("Show all")
}

// selects drags over the scatter, and clicks into the chart of a factor.
func (b *tab) selects(t *testing.T) {
	levels := "gossipbench.studies[0].charts[1].view.data('settings')"
	all := eval[int](b, levels+".length")
	b.drag(t, `figure[data-chart="scatter"] svg g.background, figure[data-chart="scatter"] svg .background`)
	waitFor(b, "gossipbench.studies[0].brush !== null")
	waitFor(b, levels+".length < "+strconv.Itoa(all))
	marked := eval[int](b, "gossipbench.studies[0].chosen().length")
	if marked == 0 || marked >= 34 {
		t.Errorf("%d settings are marked, want some", marked)
	}
	b.want(t, "marked in the scatter", marked)
	b.keep("selected")
	b.run(chromedp.Click(chromedp.CSS(".filters .marked")))
	b.want(t, "nothing marked", 34)

	scatter := "gossipbench.studies[0].charts[0].view.data('settings')"
	eval[bool](b, `document.querySelector('figure[data-chart="levels"] .mark-symbol path').dispatchEvent(new MouseEvent('click', {bubbles: true}))`)
	waitFor(b, scatter+".length < 34")
	level := eval[string](b, "document.querySelector('.filters [aria-pressed=true]').textContent")
	if n := eval[int](b, fmt.Sprintf("%s.filter((r) => !r.setting.includes(%q)).length", scatter, level)); n != 0 {
		t.Errorf("%d settings of the scatter are not at level %s, which was clicked", n, level)
	}
	eval[any](b, "document.querySelector('.filters .reset').click() ?? null")
	b.want(t, "all", 34)
}

// drag drags a mouse over the left half of the first element that fits.
func (b *tab) drag(t *testing.T, selector string) {
	t.Helper()
	b.run(chromedp.ScrollIntoView(chromedp.CSS(`figure[data-chart="scatter"]`)))
	box := eval[[]float64](b, fmt.Sprintf("(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()", selector))
	x, y, w, h := box[0], box[1], box[2], box[3]
	b.run(chromedp.DragAndDropXY(x+0.2*w, y+0.1*h, x+0.55*w, y+0.8*h))
}

// waitFor waits until an expression is true.
func waitFor(b *tab, expression string) {
	b.Helper()
	for range 1000 {
		if eval[bool](b, expression) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatalf("never came true: %s", expression)
}

func (b *tab) downloadsAll(t *testing.T) {
	// A browser stops a page that saves more than ten files in a moment.
	press := func(parent, text string) {
		time.Sleep(150 * time.Millisecond)
		b.run(chromedp.Click(chromedp.Search(fmt.Sprintf(`//%s//button[normalize-space()=%q]`, parent, text))))
	}
	for _, chart := range []string{"scatter", "levels", "trials"} {
		figure := fmt.Sprintf(`figure[@data-chart="%s"]`, chart)
		press(figure, "SVG")
		if got := b.downloaded("challenge-" + chart + ".svg"); !strings.HasPrefix(got, "<svg") {
			t.Errorf("%s: the SVG begins with %.40q", chart, got)
		}
		press(figure, "PNG")
		if got := b.downloaded("challenge-" + chart + ".png"); !strings.HasPrefix(got, "\x89PNG") {
			t.Errorf("%s: the PNG begins with %.10q", chart, got)
		}
		press(figure, "CSV")
		rows, err := csv.NewReader(strings.NewReader(b.downloaded("challenge-" + chart + ".csv"))).ReadAll()
		if err != nil || len(rows) < 20 {
			t.Errorf("%s: the CSV has %d rows: %v", chart, len(rows), err)
		}
		press(figure, "JSON")
		var data []map[string]any
		if err := json.Unmarshal([]byte(b.downloaded("challenge-"+chart+".json")), &data); err != nil || len(data) != len(rows)-1 {
			t.Errorf("%s: the JSON has %d rows, the CSV %d: %v", chart, len(data), len(rows)-1, err)
		}
		press(figure, "Vega-Lite")
		var spec struct {
			Schema   string           `json:"$schema"`
			Datasets map[string][]any `json:"datasets"`
			Layer    []any            `json:"layer"`
		}
		if err := json.Unmarshal([]byte(b.downloaded("challenge-"+chart+".vl.json")), &spec); err != nil || len(spec.Layer) == 0 || len(spec.Datasets) == 0 || !strings.Contains(spec.Schema, "vega-lite") {
			t.Errorf("%s: the specification is %+v: %v", chart, spec, err)
		}
	}
	press(`div[@class="tabletools"]`, "These configurations as CSV")
	rows, err := csv.NewReader(strings.NewReader(b.downloaded("challenge-configurations.csv"))).ReadAll()
	if err != nil || len(rows) != 35 {
		t.Errorf("the settings are %d rows: %v", len(rows), err)
	}
	press(`div[@class="tabletools"]`, "Their trials as CSV")
	rows, err = csv.NewReader(strings.NewReader(b.downloaded("challenge-all-trials.csv"))).ReadAll()
	if err != nil || len(rows) != 34*5+1 {
		t.Errorf("the trials are %d rows: %v", len(rows), err)
	}
}

const ground = "getComputedStyle(document.body).backgroundColor"

func (b *tab) turnsDark(t *testing.T) {
	if got := eval[string](b, ground); got != "rgb(255, 255, 255)" {
		t.Errorf("the ground is %s by day", got)
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	waitFor(b, ground+" === 'rgb(20, 23, 27)'")
	waitFor(b, `[...document.querySelectorAll("figure")].every((f) => f.querySelector("svg")?.style.backgroundColor === "rgb(20, 23, 27)")`)
	if got := eval[int](b, `[...document.querySelectorAll("figure .mark-symbol.role-legend-symbol path")].filter((p) => ["#000", "#000000", "black"].includes(p.getAttribute("fill"))).length`); got > 0 {
		t.Errorf("%d symbols of legends are black by night", got)
	}
	b.keep("dark")
	b.run(chromedp.Click(chromedp.CSS("#theme")))
	waitFor(b, ground+" === 'rgb(255, 255, 255)'")
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// isAccessible checks what a screen reader depends on.
func (b *tab) isAccessible(t *testing.T) {
	for what, expression := range map[string]string{
		"buttons without a name":               `[...document.querySelectorAll("button")].filter((b) => !b.textContent.trim() && !b.ariaLabel)`,
		"heads of columns without their scope": `[...document.querySelectorAll("th")].filter((h) => !h.scope)`,
		"pictures without a text":              `[...document.querySelectorAll("[role=img]")].filter((e) => (e.ariaLabel ?? "").length < 40)`,
		"fields without a label":               `[...document.querySelectorAll("select, input")].filter((e) => !e.ariaLabel && !e.closest("label") && !e.closest("fieldset"))`,
		"levels of headings that are left out": `[...document.querySelectorAll("h1, h2, h3")].filter((h, i, all) => i > 0 && h.tagName[1] > Number(all[i - 1].tagName[1]) + 1)`,
		"identifiers that are there twice":     `[...document.querySelectorAll("[id]")].filter((e, i, all) => all.findIndex((o) => o.id === e.id) !== i)`,
	} {
		if got := eval[[]string](b, expression+".map((e) => e.outerHTML.slice(0, 120))"); len(got) > 0 {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// fits: on a telephone the page has the width of the screen, and what is wider
// scrolls by itself.
func (b *tab) fits(t *testing.T) {
	b.run(chromedp.EmulateViewport(390, 800))
	if got := eval[int](b, "document.documentElement.scrollWidth"); got > 390 {
		t.Errorf("the page is %d wide on a screen of 390", got)
	}
	b.keep("telephone")
	b.run(chromedp.EmulateViewport(1280, 1000))
}

func (b *tab) prints(t *testing.T) {
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	for _, selector := range []string{".bar", ".filters", ".downloads", ".tabletools"} {
		if got := eval[string](b, fmt.Sprintf("getComputedStyle(document.querySelector(%q)).display", selector)); got != "none" {
			t.Errorf("%s is printed", selector)
		}
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// showsText: markup in a level is text in the charts, the table and what a chart
// tells of the point below the mouse.
func (b *tab) showsText(t *testing.T) {
	const evil = `<img src=x onerror="document.title='evil'">`
	var all []trial.Result
	for i, level := range []string{evil, "</script>", "{{.}}", "datum['x']"} {
		r := result("strategy=gossip", uint64(i+1), "msgs-per-op", i+1, "stable-latency.p50", 10-i)
		r.Trial.Params["name"] = level
		r.Warnings = []string{evil}
		all = append(all, r)
	}
	b.show(write1(t, Options{Title: evil}, Part{Experiment: experiment.Experiment{Name: evil, Question: evil}, Results: all}))
	point := eval[[]float64](b, `(() => { const p = document.querySelector('figure[data-chart="levels"] .mark-symbol path'); p.scrollIntoView({block: "center", behavior: "instant"}); const r = p.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
	b.run(chromedp.MouseEvent(chromedp.MouseMoved, point[0]-30, point[1]-30), chromedp.MouseEvent(chromedp.MouseMoved, point[0], point[1]))
	waitFor(b, `document.querySelector("#vg-tooltip-element.visible")?.textContent.includes("configuration") ?? false`)
	if got := eval[string](b, `document.querySelector("#vg-tooltip-element").textContent`); !strings.Contains(got, evil) {
		t.Errorf("the mouse is told %q", got)
	}
	if got := eval[int](b, "document.images.length"); got != 0 {
		t.Errorf("the page has %d pictures that a level brought in", got)
	}
	if got := eval[string](b, "document.title"); got != evil {
		t.Errorf("the title is %q", got)
	}
}

// TestPageWithoutScripts: what matters is there without them.
func TestPageWithoutScripts(t *testing.T) {
	b := open(t)
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(write1(t, Options{}, challenge(4, 5))), 0o666); err != nil {
		t.Fatal(err)
	}
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate("file://" + filepath.ToSlash(path)))
	text, err := chromedp.Run(b.ctx, chromedp.Text("body"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RECOMMENDATION", "Runner-up", "need JavaScript", "keeps all 3 targets"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page without scripts does not say %q", want)
		}
	}
	b.quiet()
}

// timed is off as a rule: a busy machine must not fail a test.
var timed = flag.Bool("timed", false, "fail where a page of ten thousand trials takes two seconds to open")

// TestTenThousandTrials: a page of so many trials is small, and opens at once.
func TestTenThousandTrials(t *testing.T) {
	b := open(t)
	page := write1(t, Options{}, challenge(250, 5))
	if len(page) > 5_000_000 {
		t.Errorf("the page has %d bytes, want at most 5,000,000", len(page))
	}
	least := 0.0
	for range 5 { // other programs may take the processor
		if ms := b.show(page); least == 0 || ms < least {
			least = ms
		}
		if least < 2000 {
			break
		}
	}
	b.quiet()
	t.Logf("%d bytes, open after %.0f ms", len(page), least)
	if *timed && least >= 2000 {
		t.Errorf("the page is open after %.0f ms, want less than 2000", least)
	}
	b.keep("large")
}
