package edn_test

import (
	"fmt"

	"gossipbench/harness/edn"
)

func ExampleParse() {
	results, err := edn.Parse("results.edn", []byte("{:valid? true, :workload {:stable-latencies {0 2, 0.5 350, 1 579}}}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	valid, _ := results.At("valid?").Bool()
	median, _ := results.At("workload", "stable-latencies").Get(edn.NewFloat(0.5)).Int()
	fmt.Println(valid, median, results.At("net", "servers").Present())

	_, err = edn.Parse("results.edn", []byte("{:valid? true,\n :stable-latencies }"))
	fmt.Println(err)
	// Output:
	// true 350 false
	// results.edn:2:20: unexpected }, want a value for :stable-latencies
}
