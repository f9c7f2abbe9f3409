//go:build unix && !linux

package native

import "time"

// alarm rings at a time that its owner sets, up to a millisecond late.
type alarm struct {
	C     chan struct{}
	timer *time.Timer
}

func newAlarm() (*alarm, error) {
	a := &alarm{C: make(chan struct{}, 1)}
	a.timer = time.AfterFunc(time.Hour, func() {
		select {
		case a.C <- struct{}{}:
		default:
		}
	})
	return a, nil
}

// set has the alarm ring once, after d, and not when it was to ring before. It
// may ring too early.
func (a *alarm) set(d time.Duration) { a.timer.Reset(d) }

// close ends the alarm.
func (a *alarm) close() { a.timer.Stop() }
