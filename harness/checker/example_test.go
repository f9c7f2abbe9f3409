package checker_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
)

// A value is acknowledged, and a later read does not show it: it is lost.
func Example() {
	r := history.NewReader("history.edn", strings.NewReader(`
{:index 0, :time 0, :type :invoke, :process 0, :f :broadcast, :value 7}
{:index 1, :time 1000000, :type :ok, :process 0, :f :broadcast, :value 7}
{:index 2, :time 2000000, :type :invoke, :process 1, :f :read, :value nil}
{:index 3, :time 3000000, :type :ok, :process 1, :f :read, :value []}
`))
	var set checker.SetFull
	for {
		op, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		set.Add(op)
	}
	verdict := set.Result()
	fmt.Println(verdict.Valid(), "of", verdict.Attempts, "values", len(verdict.Lost), "lost")
	// Output: invalid of 1 values 1 lost
}
