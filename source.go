// Package gossipbench holds the sources from which the module's own programs are
// built, so that a result can say which code made it: see harness/code.
package gossipbench

import "embed"

// Source is the Go files of the strategies, of the node and of the harness's
// packages, and go.mod, as they were when this program was compiled. The
// compiler puts them there, so that no step can be forgotten and go run has them
// too.
//
//go:embed go.mod strategies/*.go strategies/*/*.go strategies/*/*/*.go node/*/*.go harness/*/*.go harness/*/*/*.go
var Source embed.FS
