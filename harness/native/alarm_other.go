//go:build unix && !linux

package native

import "time"

// alarm calls a function at a set time, up to a millisecond late.
type alarm struct{ timer *time.Timer }

func newAlarm(ring func()) (*alarm, error) {
	return &alarm{time.AfterFunc(time.Hour, ring)}, nil
}

// set lets the alarm ring once, after d, instead of at the earlier set time. It may ring
// too early.
func (a *alarm) set(d time.Duration) { a.timer.Reset(d) }

// close stops the alarm.
func (a *alarm) close() { a.timer.Stop() }
