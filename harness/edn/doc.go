// Package edn reads and writes EDN, the notation in which Jepsen keeps what it
// found: results.edn, a map with all verdicts, and history.edn, an op a line.
//
// Parse reads a file of one value into a tree, and the tree is asked by path:
//
//	results, err := edn.Parse("results.edn", data)
//	p50, ok := results.At("workload", "stable-latencies").Get(edn.NewFloat(0.5)).Int()
//	if results.At("valid?").Is("unknown") { … }
//
// A path that leads nowhere yields a Value of kind Absent, which may be asked
// further, so only the last answer needs a check. Decoder reads one value after
// another from a stream, in memory that the largest of them decides. Scanner
// yields bare tokens, for readers that know what comes.
//
// It reads what Clojure's own reader of EDN reads (clojure.edn in Clojure 1.12),
// which is more than the specification has: ##NaN, ##Inf, ratios, hexadecimal
// numbers as in #object[java.lang.Thread 0x1f "main"], keywords that begin with
// a digit, symbols with any character that ends no token. Maps and sets keep
// the order of the text. Tags are kept and never interpreted; so are the
// prefixes of namespaced maps, #:ns{…}.
//
// It does not promise to find every mistake: a map may have a key twice (Get
// finds the first) and a set an element twice. Regular expressions, #"…", and
// metadata, ^…, which Clojure prints but cannot read as EDN, are errors.
//
// Reading takes time linear in the input and never panics. A value may be
// nested MaxDepth deep, may have MaxValues values within it and be MaxBytes
// long; more is an error.
//
// Append writes a value on one line, as Clojure's pr does; AppendPretty breaks it
// into the lines that Brandon Bloom's fipp makes, with which Jepsen writes
// results.edn. A results.edn that is read and written again is the same file.
//
// Sources: github.com/edn-format/edn; EdnReader.java in Clojure; for the layout
// src/fipp/engine.cljc and edn.cljc in github.com/brandonbloom/fipp.
package edn
