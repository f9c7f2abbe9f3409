package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a real browser.
type tab struct {
	*testing.T
	ctx       context.Context
	downloads string
	mu        sync.Mutex
	said      []string // what the browser's console says, and what the page asks of a network
}

// open starts a browser with an empty tab; the test is skipped where there is none.
func open(t *testing.T) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no browser: want chromium or google-chrome in $PATH")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 1000))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{T: t, ctx: ctx, downloads: t.TempDir()}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	if _, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: b.downloads}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) hear(event any) {
	note := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			note += fmt.Sprintf("console.%s: %s%s ", e.Type, arg.Value, arg.Description)
		}
	case *runtime.EventExceptionThrown:
		note = e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			note += ": " + thrown.Description
		}
	case *log.EventEntryAdded:
		note = fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if scheme, _, _ := strings.Cut(e.Request.URL, ":"); !slices.Contains([]string{"file", "data", "blob", "about"}, scheme) {
			note = "the page asks for " + e.Request.URL
		}
	}
	if note != "" {
		b.mu.Lock()
		b.said = append(b.said, note)
		b.mu.Unlock()
	}
}

// quiet checks that the browser had nothing to complain about.
func (b *tab) quiet() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, note := range b.said {
		b.Errorf("the browser says: %s", note)
	}
	b.said = nil
}

// soon is the context of one step, which takes too long where it takes seconds.
func (b *tab) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, time.Minute)
}

// call sends the browser a command of its protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.Helper()
	ctx, stop := b.soon()
	defer stop()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		b.Fatal(err)
	}
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, stop := b.soon()
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// eval evaluates an expression in the page, which may be a promise.
func eval[V any](b *tab, expression string) V {
	b.Helper()
	ctx, stop := b.soon()
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[V](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return value
}

// show opens a page from a file and waits until its charts are drawn. It returns
// after how many milliseconds that was, by the browser's clock.
func (b *tab) show(page string) float64 {
	b.Helper()
	path := filepath.Join(b.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o666); err != nil {
		b.Fatal(err)
	}
	b.run(chromedp.Navigate("file://" + filepath.ToSlash(path)))
	eval[any](b, "gossipbench.ready.then(() => null)")
	ms, err := strconv.ParseFloat(eval[string](b, "document.documentElement.dataset.ready"), 64)
	if err != nil {
		b.Fatal(err)
	}
	return ms
}

// keep keeps a picture of the whole page for eyes: go test -artifacts.
func (b *tab) keep(name string) {
	b.Helper()
	action := chromedp.FullScreenshot(100)
	if name == "selected" { // a page that grows loses what is marked
		action = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name+".png"), picture, 0o666); err != nil {
		b.Fatal(err)
	}
}

// downloaded waits for a file that the page saves, and returns it.
func (b *tab) downloaded(name string) string {
	b.Helper()
	for range 800 {
		if text, err := os.ReadFile(filepath.Join(b.downloads, name)); err == nil && len(text) > 0 {
			return string(text)
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.quiet()
	b.Fatalf("%s was not downloaded", name)
	return ""
}
