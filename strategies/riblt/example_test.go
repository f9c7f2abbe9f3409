package riblt_test

import (
	"fmt"

	"gossipbench/strategies/riblt"
)

// Two nodes have a thousand items each, and differ in two. One node finds both from
// the symbols of the other.
func Example() {
	key := riblt.Key{K0: 1, K1: 2}
	mine, theirs := riblt.NewEncoder(key), riblt.NewEncoder(key)
	for item := range uint64(1000) {
		mine.Add(item)
		theirs.Add(item)
	}
	mine.Add(1007)
	theirs.Add(2009)

	d := riblt.NewDecoder(key)
	for i := 0; !d.Done(); i++ {
		sent := theirs.Symbols(i + 1)[i] // crosses the network
		d.Add(mine.Symbols(i + 1)[i].Minus(sent))
	}
	fmt.Println("only here:", d.Plus())
	fmt.Println("only there:", d.Minus())
	fmt.Println("fewer than 20 symbols:", d.Taken() < 20)
	// Output:
	// only here: [1007]
	// only there: [2009]
	// fewer than 20 symbols: true
}
