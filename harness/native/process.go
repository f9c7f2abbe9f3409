package native

import (
	"bytes"
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

// Bounds on what a node may print. Chosen, far above what the harness can measure: a node
// beyond them is broken, or too much for this machine.
const (
	maxLine     = 8 << 20   // bytes of a line on stdout
	floodLines  = 100_000   // lines on stdout within floodWindow
	floodBytes  = 128 << 20 // bytes on stdout within floodWindow
	floodWindow = time.Second
	flushAt     = 64 << 10 // bytes for a node from which they are written at once
	batchSize   = 256      // messages that a reader passes on together
	arenaSize   = 64 << 10 // bytes of a piece of memory for lines
	drainTime   = 200 * time.Millisecond
)

// process is one run of a node's program. Its goroutines read what it prints, write what
// it is sent, and wait for its end; they report events to the trial.
type process struct {
	node     int // index
	name     string
	cmd      *exec.Cmd
	stdin    *os.File
	rawStdin syscall.RawConn
	stdout   *os.File
	stderr   *os.File
	out      lines            // last lines of stdout
	err      lines            // last lines of stderr
	closed   atomic.Bool      // its stdout has ended
	half     halfLine         // its last line, if incomplete
	log      *log             // of stderr; nil if nothing is kept
	tell     func(event) bool // reports an event to the trial; false if the trial no longer listens
	quit     <-chan struct{}  // closed when the trial no longer listens

	ended               chan struct{}  // closed when the process has ended and was waited for
	outDone             chan struct{}  // closed when stdout has been read to its end
	errDone             chan struct{}  // closed when stderr has been read to its end
	threads             sync.WaitGroup // of the goroutines
	isStarted, released bool           // the goroutines have started; have ended

	mu      sync.Mutex
	waiting [][]byte      // for the node to read
	size    int           // bytes in waiting, and bytes that the goroutine of write still has to write
	total   *atomic.Int64 // sum of size over all processes of the trial; nil once this process does not count
	writing bool          // the goroutine of write is active
	wake    chan struct{}
	moved   atomic.Int64 // when stdin last accepted bytes, in ns since 1970

	// Only the trial uses the rest.
	up         bool          // it receives messages
	isReady    bool          // it has been set up
	dirty      bool          // something waits to be flushed
	doomed     bool          // it was killed by a fault
	replaced   bool          // another process will replace it
	heard      time.Duration // when it last printed something
	owed       debt          // bytes that wait for it, by cause
	isBehind   bool          // too much waits for it
	skipped    skipped       // messages to clients that answered nothing
	unanswered bool          // a client got no answer from it in time
	printed    struct {
		since        time.Duration
		lines, bytes int // within the window
		total        int64
	}
}

// event is an event of a process, for the trial.
type event struct {
	from      *process
	messages  []wire.Message // printed messages; they are not changed any more
	bytes     int            // length of their lines
	ended     bool
	wrong     string // what it did wrong: "printed …"
	maelstrom string // how Maelstrom reacts to that
	started   bool   // it was started again after a fault; err is the error, if any
	err       error
}

// start runs command as the node's process, in a folder. It must be called on a thread
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
		return startError(command[0], err)
	}
	p.isStarted = true
	p.moved.Store(time.Now().UnixNano())
	for _, f := range []func(){p.readOut, p.readErr, p.write, p.wait} {
		p.threads.Go(f)
	}
	return nil
}

func closeAll(lists ...[]*os.File) {
	for _, files := range lists {
		for _, f := range files {
			_ = f.Close() // the end of a pipe: nothing is lost
		}
	}
}

func (p *process) ready() { p.isReady = true }

// readOut reads the messages that the node prints. When the trial no longer listens, it
// continues to keep the last lines.
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
				b.wrong, b.maelstrom = "printed a line that is no message: "+mistake(line, err)+": "+clip(line), ignored
			}
		case errors.Is(err, wire.ErrTooLong):
			b.wrong, b.maelstrom = fmt.Sprintf("printed a %v: %s", err, clip(line)), unbounded
		case errors.Is(err, io.ErrUnexpectedEOF):
			b.wrong = "printed half a line and no more: " + clip(line)
		default:
			p.endOut()
			return
		}
		if b.wrong != "" || len(b.messages) >= batchSize || !r.Buffered() {
			heeded = heeded && p.tell(event{from: p, messages: b.messages, bytes: b.bytes, wrong: b.wrong, maelstrom: b.maelstrom})
			b.messages, b.bytes, b.wrong = nil, 0, ""
		}
	}
}

// halfLine is the beginning of a process's last line, if the line has no end yet.
type halfLine struct {
	mu   sync.Mutex
	text []byte
}

func (h *halfLine) add(text []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		h.text, text = h.text[:0], text[i+1:]
	}
	h.text = append(h.text, text[:min(len(text), maxClip+1-len(h.text))]...)
}

// String returns the text for an error; "" if there is none.
func (h *halfLine) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return clip(h.text)
}

// watched copies what is read to half.
type watched struct {
	io.Reader
	half *halfLine
}

func (w watched) Read(to []byte) (int, error) {
	n, err := w.Reader.Read(to)
	if n > 0 {
		w.half.add(to[:n])
	}
	return n, err
}

// endOut reports an error if a node does not end after its stdout was closed.
func (p *process) endOut() {
	p.closed.Store(true)
	select {
	case <-p.ended:
	case <-p.quit:
	case <-time.After(time.Second):
		p.tell(event{from: p, wrong: "closed its stdout and kept running", maelstrom: unnoticed})
	}
}

// batch collects messages. Their text lies in arenas that are never overwritten: a
// message lives as long as the network holds it.
type batch struct {
	messages  []wire.Message
	bytes     int
	wrong     string
	maelstrom string
	arena     []byte
}

func (b *batch) add(line []byte) error {
	if len(line) > cap(b.arena)-len(b.arena) {
		b.arena = make([]byte, 0, max(arenaSize, len(line)))
	}
	start := len(b.arena)
	b.arena = append(b.arena, line...)
	var m wire.Message
	if err := m.Parse(b.arena[start:len(b.arena):len(b.arena)]); err != nil {
		escaped, any := wire.EscapeControls(line)
		if !any || m.Parse(escaped) != nil {
			return err
		}
	}
	if b.messages == nil {
		b.messages = make([]wire.Message, 0, 8)
	}
	b.messages = append(b.messages, m)
	b.bytes += len(line) + 1
	return nil
}

// readErr keeps the last lines of stderr, and writes all of them to the log.
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

// send queues a line of about that size for the node; flush writes it. It returns how
// many bytes wait for the node.
func (p *process) send(about int, line func([]byte) []byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.waiting) - 1
	if last < 0 || cap(p.waiting[last])-len(p.waiting[last]) < about {
		p.waiting = append(p.waiting, make([]byte, 0, max(about, arenaSize)))
		last++
	}
	before := len(p.waiting[last])
	p.waiting[last] = line(p.waiting[last])
	p.count(len(p.waiting[last]) - before)
	return p.size
}

// count adds n to the bytes that wait for the node; negative if they were written.
func (p *process) count(n int) {
	p.size += n
	if p.total != nil {
		p.total.Add(int64(n))
	}
	if n < 0 {
		p.moved.Store(time.Now().UnixNano())
	}
}

// pending returns how many bytes wait for the node.
func (p *process) pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}

// forget stops counting what waits for a killed node.
func (p *process) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total.Add(int64(-p.size))
	p.total, p.waiting = nil, nil
}

// flush writes what waits, as far as that does not block; the goroutine of write does the
// rest. So the trial never waits for a node, and needs no other goroutine while nodes
// read.
func (p *process) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.writing {
		text := p.first()
		if len(text) == 0 {
			return
		}
		n := 0
		_ = p.rawStdin.Write(func(fd uintptr) bool {
			n, _ = syscall.Write(int(fd), text) // an error will occur again
			return true
		})
		if n = max(n, 0); n > 0 {
			p.count(-n)
		}
		if p.waiting[0] = text[n:]; n == len(text) {
			p.waiting[0] = text[:0]
		} else {
			p.writing = true
			p.wake <- struct{}{} // never blocks, since no one was writing
		}
	}
}

// first returns the first piece of what waits. An empty piece is kept, with its memory,
// if it is the only one.
func (p *process) first() []byte {
	for len(p.waiting) > 1 && len(p.waiting[0]) == 0 {
		p.waiting = p.waiting[1:]
	}
	if len(p.waiting) == 0 {
		return nil
	}
	return p.waiting[0]
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
			for len(text) > 0 {
				n, err := p.stdin.Write(text[:min(len(text), flushAt)])
				if err != nil {
					p.endIn()
					return
				}
				text = text[n:]
				p.took(n)
			}
		}
	}
}

// next returns the next piece of what waits. If there is none, writing ends.
func (p *process) next() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.first()
	if p.writing = len(text) > 0; p.writing {
		p.waiting = p.waiting[1:]
	}
	return text
}

// took records that the node's stdin has accepted n bytes.
func (p *process) took(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(-n)
}

// endIn reports an error if a node does not end after its stdin was closed.
func (p *process) endIn() {
	select {
	case <-p.ended:
	case <-p.quit:
	case <-time.After(time.Second):
		p.tell(event{from: p, wrong: closedStdin, maelstrom: unnoticed})
	}
}

const closedStdin = "closed its stdin and kept running"

// deaf reports whether the node has closed its stdin. It disturbs other writes in
// progress.
func (p *process) deaf() bool {
	_ = p.stdin.SetWriteDeadline(time.Now().Add(drainTime))
	_, err := p.stdin.Write([]byte{'\n'})
	return errors.Is(err, syscall.EPIPE)
}

// wait reports the end of the process, after everything that it printed.
func (p *process) wait() {
	_ = procs.Wait(p.cmd) // ProcessState has the error
	close(p.ended)
	select {
	case <-p.outDone:
	case <-time.After(drainTime): // its child holds stdout open
	}
	p.tell(event{from: p, ended: true})
}

// status returns how the process ended.
func (p *process) status() string { return p.cmd.ProcessState.String() }
