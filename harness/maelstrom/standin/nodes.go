package standin

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// patience bounds the time in which a node must answer, as in Maelstrom.
const patience = 10 * time.Second

// node is a process of the node under test.
type node struct {
	id    string
	cmd   *exec.Cmd
	stdin io.Writer
	lines chan string // of its standard output
	ended chan struct{}

	mu     sync.Mutex
	stdout []string
	stderr []string
}

type cluster []*node

// startNodes starts all nodes, in the system's temporary folder, and waits for the
// answers to init and, in broadcast, to topology. The error is the message with which the
// test crashes.
func startNodes(opts options, folder string, log *testLog) (cluster, error) {
	var all cluster
	var ids []string
	for i := range opts.nodes() {
		ids = append(ids, fmt.Sprintf("n%d", i))
	}
	for _, id := range ids {
		n, err := startNode(id, opts, filepath.Join(folder, "node-logs", id+".log"))
		if err != nil {
			return all, fmt.Errorf("java.io.IOException: Cannot run program %q (in directory %q): %v", opts.text["--bin"], os.TempDir(), err)
		}
		all = append(all, n)
		log.info("jepsen node "+id, fmt.Sprintf("maelstrom.process: launching %s %q", opts.text["--bin"], opts.args))
	}
	for i, n := range all {
		if err := n.ask(fmt.Sprintf("c%d", i), "init", map[string]any{"node_id": n.id, "node_ids": ids}); err != nil {
			return all, err
		}
	}
	if opts.text["-w"] != "broadcast" {
		return all, nil
	}
	for i, n := range all { // always a line: no node checks it
		topology := map[string]any{}
		for j, id := range ids {
			neighbors := []string{}
			if j > 0 {
				neighbors = append(neighbors, ids[j-1])
			}
			if j+1 < len(ids) {
				neighbors = append(neighbors, ids[j+1])
			}
			topology[id] = neighbors
		}
		if err := n.ask(fmt.Sprintf("c%d", len(ids)+i), "topology", map[string]any{"topology": topology}); err != nil {
			return all, err
		}
	}
	return all, nil
}

func startNode(id string, opts options, logFile string) (*node, error) {
	n := &node{id: id, lines: make(chan string, 100), ended: make(chan struct{})}
	n.cmd = exec.Command(opts.text["--bin"], opts.args...)
	n.cmd.Dir = os.TempDir()
	stdin, err := n.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	n.stdin = stdin
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := n.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		defer close(n.lines)
		n.read(stdout, &n.stdout, func(line string) {
			select {
			case n.lines <- line:
			default: // nobody reads any more
			}
		})
	})
	readers.Go(func() {
		defer log.Close()
		n.read(stderr, &n.stderr, func(line string) { fmt.Fprintln(log, line) })
	})
	go func() {
		readers.Wait()
		n.cmd.Wait()
		close(n.ended)
	}()
	return n, nil
}

// read keeps the last 32 lines of a stream, as Maelstrom does.
func (n *node) read(r io.Reader, last *[]string, each func(string)) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			n.mu.Lock()
			*last = append(*last, line)
			*last = (*last)[max(0, len(*last)-32):]
			n.mu.Unlock()
			each(line)
		}
		if err != nil {
			return
		}
	}
}

// ask sends a request and waits for its answer. If the node has ended, ask returns at
// once the error that Maelstrom would return after ten seconds.
func (n *node) ask(client, kind string, body map[string]any) error {
	body["type"], body["msg_id"] = kind, 1
	text, err := json.Marshal(map[string]any{"id": 0, "src": client, "dest": n.id, "body": body})
	if err != nil {
		return err
	}
	silent := fmt.Sprintf("clojure.lang.ExceptionInfo: Expected node %s to respond to an %s message, but node did not respond.", n.id, kind)
	if _, err := n.stdin.Write(append(text, '\n')); err != nil {
		<-n.ended
		return errors.New(silent)
	}
	timeout := time.After(patience)
	for {
		select {
		case line, open := <-n.lines:
			if !open {
				<-n.ended
				return errors.New(silent)
			}
			var answer struct {
				Dest string `json:"dest"`
				Body struct {
					Type string `json:"type"`
				} `json:"body"`
			}
			if json.Unmarshal([]byte(line), &answer) == nil && answer.Dest == client {
				if answer.Body.Type != kind+"_ok" {
					return fmt.Errorf("clojure.lang.ExceptionInfo: Expected an %s_ok message, but node responded with %s", kind, line)
				}
				return nil
			}
		case <-timeout:
			return errors.New(silent)
		}
	}
}

// report returns the message about the node's end.
func (n *node) report() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return crashReport(n.id, n.cmd.ProcessState.ExitCode(), n.stdout, n.stderr)
}

// crashed returns the report of the first node that ended by itself.
func (c cluster) crashed() string {
	for _, n := range c {
		select {
		case <-n.ended:
			return n.report()
		default:
		}
	}
	return ""
}

// kill kills all nodes.
func (c cluster) kill() {
	for _, n := range c {
		n.cmd.Process.Kill()
	}
}
