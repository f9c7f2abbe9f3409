//go:build unix && !linux

package native

import "time"

// alarm calls a function at a time that its owner sets, up to a millisecond
// late.
type alarm struct{ timer *time.Timer }

func newAlarm(ring func()) (*alarm, error) {
	return &alarm{time.AfterFunc(time.Hour, ring)}, nil
}

// set has the alarm ring once, after d, and not when it was to ring before. It
// may ring too early.
func (a *alarm) set(d time.Duration) { a.timer.Reset(d) }

// close ends the alarm.
func (a *alarm) close() { a.timer.Stop() }
