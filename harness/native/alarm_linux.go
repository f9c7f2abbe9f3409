package native

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm calls a function at a set time, about 0.1 ms late. Go's own timers are late by
// half a millisecond on average, because the runtime's poller waits in whole
// milliseconds; over the 24 links of a line of 25 nodes that adds up.
type alarm struct {
	file *os.File // a timerfd
	fd   int
	done chan struct{}
}

func newAlarm(ring func()) (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	a := &alarm{file: os.NewFile(uintptr(fd), "timerfd"), fd: fd, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		var expirations [8]byte
		for {
			if _, err := a.file.Read(expirations[:]); err != nil {
				return
			}
			ring()
		}
	}()
	return a, nil
}

// set lets the alarm ring once, after d, instead of at the earlier set time. It may ring
// too early.
func (a *alarm) set(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(d, 1)))}
	_ = unix.TimerfdSettime(a.fd, 0, &spec, nil) // cannot fail: the times are legal
}

// close stops the alarm. It returns after ring has returned.
func (a *alarm) close() {
	_ = a.file.Close()
	<-a.done
}
