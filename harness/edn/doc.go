// Package edn reads and writes EDN, the notation of Jepsen's files: results.edn, a map
// with all verdicts, and history.edn, one op a line.
//
// Parse reads a file of one value into a tree, which is queried by path:
//
//	results, err := edn.Parse("results.edn", data)
//	p50, ok := results.At("workload", "stable-latencies").Get(edn.NewFloat(0.5)).Int()
//	if results.At("valid?").Is("unknown") { … }
//
// A path that does not exist gives a Value of kind Absent, which can be queried further,
// so only the last result needs a check. Decoder reads one value after another from a
// stream, in memory bounded by the largest value. Scanner returns tokens, for readers
// that know what comes.
//
// The package reads what Clojure's own reader of EDN reads (clojure.edn in Clojure 1.12),
// which is more than the specification: ##NaN, ##Inf, ratios, hexadecimal numbers as in
// #object[java.lang.Thread 0x1f "main"], keywords that begin with a digit, symbols with
// any character that does not end a token. Maps and sets keep the order of the text.
// Tags are kept and not interpreted; so are the prefixes of namespaced maps, #:ns{…}.
//
// Some mistakes are not detected: a map may have a key twice (Get finds the first), and
// a set an element twice. Regular expressions, #"…", and metadata, ^…, which Clojure
// prints but cannot read as EDN, are errors.
//
// Reading takes linear time and never panics. A value may be nested MaxDepth deep,
// contain MaxValues values and have MaxBytes bytes; more is an error.
//
// Append writes a value on one line, as Clojure's pr does. AppendPretty breaks it into
// lines as Brandon Bloom's fipp does, with which Jepsen writes results.edn: reading and
// writing a results.edn gives the same bytes.
//
// Sources: github.com/edn-format/edn; EdnReader.java in Clojure; for the layout
// src/fipp/engine.cljc and edn.cljc in github.com/brandonbloom/fipp.
package edn
