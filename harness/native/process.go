package native

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	procs "gossipbench/harness/process"
	"gossipbench/node/wire"
)

// Bounds on what a node may print. Chosen, far above what the harness can
// measure: a node that passes one is broken, or beyond this machine.
const (
	maxLine     = 8 << 20   // bytes of one line on stdout
	floodLines  = 100_000   // lines on stdout within floodWindow
	floodBytes  = 128 << 20 // bytes on stdout within floodWindow
	floodWindow = time.Second
	maxWaiting  = 32 << 20 // bytes that wait for a node to read its stdin
	batchSize   = 256      // messages that a reader hands over at once
	arenaSize   = 64 << 10 // bytes of lines in one piece of memory
	drainTime   = 200 * time.Millisecond
)

// process is one run of a node's program. Goroutines of its own read what it
// prints, write what it is sent, and wait for its end; they tell the trial by
// events.
type process struct {
	node     int // index
	name     string
	cmd      *exec.Cmd
	stdin    *os.File
	rawStdin syscall.RawConn
	stdout   *os.File
	stderr   *os.File
	out      lines            // last of stdout
	err      lines            // last of stderr
	closed   atomic.Bool      // its stdout has ended
	half     atomic.Bool      // what it printed last has no end yet
	log      *log             // of stderr; nil where nothing is kept
	tell     func(event) bool // the trial; false where it does not listen any more
	quit     <-chan struct{}  // closed when the trial does not listen any more

	ended               chan struct{}  // closed when the process has ended and been waited for
	outDone             chan struct{}  // closed when stdout has been read to its end
	errDone             chan struct{}  // and stderr
	threads             sync.WaitGroup // of the goroutines
	isStarted, released bool           // the goroutines have begun; and ended

	mu      sync.Mutex
	waiting []byte // for the node to read
	writing bool   // the goroutine of write is at it
	wake    chan struct{}

	// The trial alone uses the rest.
	up       bool          // it hears the network
	isReady  bool          // it has been set up
	dirty    bool          // something waits to be flushed
	doomed   bool          // it was struck down
	replaced bool          // another process is to take its place
	heard    time.Duration // when it last printed anything
	printed  struct {
		since        time.Duration
		lines, bytes int // within the window
		total        int64
	}
}

// event is what a process tells the trial.
type event struct {
	from     *process
	messages []wire.Message // it printed; none of them is changed any more
	bytes    int            // of their lines
	ended    bool
	wrong    string // what it did wrong: "printed …"
	started  bool   // it was, after a fault, or else err says why not
	err      error
}

// start runs command as a process of the node, in a folder. It must be called on a thread
// that outlives the process; see spawner.
func (p *process) start(command []string, folder string, env []string) error {
	p.ended, p.outDone, p.errDone = make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.wake = make(chan struct{}, 1)
	var ends [3]*os.File // of the child
	var mine [3]*os.File
	for i := range ends {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ends[:i], mine[:i])
			return err
		}
		ends[i], mine[i] = w, r
		if i == 0 {
			ends[i], mine[i] = r, w
		}
	}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = ends[0], ends[1], ends[2]
	p.cmd.Env = env
	p.cmd.Dir = folder
	p.cmd.SysProcAttr = procs.OwnGroup()
	p.stdin, p.stdout, p.stderr = mine[0], mine[1], mine[2]
	var err error
	if p.rawStdin, err = p.stdin.SyscallConn(); err != nil {
		closeAll(ends[:], mine[:])
		return err
	}
	err = procs.Start(p.cmd)
	closeAll(ends[:])
	if err != nil {
		closeAll(mine[:])
		return err
	}
	p.isStarted = true
	for _, f := range []func(){p.readOut, p.readErr, p.write, p.wait} {
		p.threads.Go(f)
	}
	return nil
}

func closeAll(lists ...[]*os.File) {
	for _, files := range lists {
		for _, f := range files {
			_ = f.Close() // a pipe's end: nothing is lost
		}
	}
}

func (p *process) ready() { p.isReady = true }

// readOut reads the messages that the node prints. When nobody heeds them any
// more it still keeps the last lines.
func (p *process) readOut() {
	defer close(p.outDone)
	heeded := true
	r := wire.NewLineReader(watched{p.stdout, &p.half}, maxLine)
	var b batch
	for {
		line, err := r.Next()
		if line != nil {
			p.out.add(line)
		}
		switch {
		case err == nil:
			err = b.add(line)
			if err != nil {
				b.wrong = fmt.Sprintf("printed a line that is no message: %v: %s", err, clip(line))
			}
		case errors.Is(err, wire.ErrTooLong):
			b.wrong = fmt.Sprintf("printed a %v: %s", err, clip(line))
		case errors.Is(err, io.ErrUnexpectedEOF):
			b.wrong = "printed half a line and no more: " + clip(line)
		default:
			p.endOut()
			return
		}
		if b.wrong != "" || len(b.messages) >= batchSize || !r.Buffered() {
			heeded = heeded && p.tell(event{from: p, messages: b.messages, bytes: b.bytes, wrong: b.wrong})
			b.messages, b.bytes, b.wrong = nil, 0, ""
		}
	}
}

// watched notes whether the last thing that was read is half a line.
type watched struct {
	io.Reader
	half *atomic.Bool
}

func (w watched) Read(to []byte) (int, error) {
	n, err := w.Reader.Read(to)
	if n > 0 {
		w.half.Store(to[n-1] != '\n')
	}
	return n, err
}

// endOut makes sure that a node without a stdout ends.
func (p *process) endOut() {
	p.closed.Store(true)
	select {
	case <-p.ended:
	case <-p.quit:
	case <-time.After(time.Second):
		p.tell(event{from: p, wrong: "closed its stdout and kept running"})
	}
}

// batch gathers messages. Their text lies in arenas that are never written
// over: a message lives as long as the network holds it.
type batch struct {
	messages []wire.Message
	bytes    int
	wrong    string
	arena    []byte
}

func (b *batch) add(line []byte) error {
	if len(line) > cap(b.arena)-len(b.arena) {
		b.arena = make([]byte, 0, max(arenaSize, len(line)))
	}
	start := len(b.arena)
	b.arena = append(b.arena, line...)
	var m wire.Message
	if err := m.Parse(b.arena[start:len(b.arena):len(b.arena)]); err != nil {
		return err
	}
	if b.messages == nil {
		b.messages = make([]wire.Message, 0, 8)
	}
	b.messages = append(b.messages, m)
	b.bytes += len(line) + 1
	return nil
}

// readErr keeps the last lines of stderr, and all of them in the log.
func (p *process) readErr() {
	defer close(p.errDone)
	r := wire.NewLineReader(p.stderr, maxLine)
	for {
		line, err := r.Next()
		if line != nil {
			p.err.add(line)
			p.log.write(line)
		}
		if err != nil && !errors.Is(err, wire.ErrTooLong) {
			return
		}
	}
}

// send gives the node a line; flush makes it go. It reports whether there was
// room.
func (p *process) send(line func([]byte) []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = line(p.waiting)
	return len(p.waiting) <= maxWaiting
}

// flush writes what waits, as far as it goes without waiting for the node; the
// goroutine of write does the rest. So the trial never waits for a node, and
// yet needs no other goroutine as long as nodes read.
func (p *process) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing || len(p.waiting) == 0 {
		return
	}
	n := 0
	_ = p.rawStdin.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), p.waiting) // what fails now fails again
		return true
	})
	if n = max(n, 0); n == len(p.waiting) {
		p.waiting = p.waiting[:0]
		return
	}
	p.waiting = p.waiting[n:]
	p.writing = true
	p.wake <- struct{}{} // has room, since nobody was writing
}

// write writes what flush could not. It ends with the node.
func (p *process) write() {
	for {
		select {
		case <-p.wake:
		case <-p.ended:
			return
		}
		for text := p.next(); len(text) > 0; text = p.next() {
			if _, err := p.stdin.Write(text); err != nil {
				p.endIn()
				return
			}
		}
	}
}

// next returns what waits; nothing ends the writing.
func (p *process) next() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.waiting
	p.waiting = nil
	p.writing = len(text) > 0
	return text
}

// endIn makes sure that a node whose stdin is closed ends.
func (p *process) endIn() {
	select {
	case <-p.ended:
	case <-p.quit:
	case <-time.After(time.Second):
		p.tell(event{from: p, wrong: closedStdin})
	}
}

const closedStdin = "closed its stdin and kept running"

// deaf reports whether the node has closed its stdin. It spoils what else is
// being written.
func (p *process) deaf() bool {
	_ = p.stdin.SetWriteDeadline(time.Now().Add(drainTime))
	_, err := p.stdin.Write([]byte{'\n'})
	return errors.Is(err, syscall.EPIPE)
}

// wait tells when the process has ended, after all that it printed.
func (p *process) wait() {
	_ = procs.Wait(p.cmd) // ProcessState tells it all
	close(p.ended)
	select {
	case <-p.outDone:
	case <-time.After(drainTime): // a child of its own holds stdout open
	}
	p.tell(event{from: p, ended: true})
}

// status says how the process ended.
func (p *process) status() string { return p.cmd.ProcessState.String() }
