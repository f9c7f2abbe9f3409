package param

import (
	"strconv"
	"time"
)

// Values are parameters by name, each in the canonical form of its Decl.
type Values map[string]string

// Int returns the parameter of that name. Like the other getters it panics if the
// parameter is missing or malformed, which Resolve rules out.
func (v Values) Int(name string) int {
	n, err := strconv.Atoi(v.Text(name))
	must(name, err)
	return n
}

// Float returns the parameter of that name.
func (v Values) Float(name string) float64 {
	x, err := strconv.ParseFloat(v.Text(name), 64)
	must(name, err)
	return x
}

// Duration returns the parameter of that name.
func (v Values) Duration(name string) time.Duration {
	t, err := time.ParseDuration(v.Text(name))
	must(name, err)
	return t
}

// Bool returns the parameter of that name.
func (v Values) Bool(name string) bool { return v.Text(name) == "true" }

// Text returns the parameter of that name as it is written.
func (v Values) Text(name string) string {
	s, ok := v[name]
	if !ok {
		panic("param: no value for " + name)
	}
	return s
}

func must(name string, err error) {
	if err != nil {
		panic("param: " + name + ": " + err.Error())
	}
}
