// Package sim is the backend of virtual time: it runs the strategies' own code,
// one trial on one goroutine, as fast as the events can be computed, and the
// same seed gives the same result.
package sim
