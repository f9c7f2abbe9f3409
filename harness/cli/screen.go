package cli

import (
	"os"

	"golang.org/x/term"

	"gossipbench/harness/plain"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
)

// Terminal returns the file that a stream is, where that is a terminal.
func Terminal(stream any) (*os.File, bool) {
	if guarded, ok := stream.(plain.Writer); ok {
		stream = guarded.W
	}
	if p, ok := stream.(*printed); ok {
		stream = p.to
	}
	file, ok := stream.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// Screen says how tables are written to stdout.
func (w *World) Screen() texttab.Screen {
	file, is := Terminal(w.Stdout)
	width := 0
	if is {
		width, _, _ = term.GetSize(int(file.Fd())) // 0, without end, where nobody knows
	}
	color := w.color == "always"
	if w.color == "auto" {
		color = is && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	screen := texttab.Screen{Terminal: is, Width: width}
	if color {
		screen.Colors = table.Colors
	}
	return screen
}

// FileScreen says how tables are written to a file.
func (w *World) FileScreen() texttab.Screen {
	if w.color == "always" {
		return texttab.Screen{Colors: table.Colors}
	}
	return texttab.Screen{}
}
