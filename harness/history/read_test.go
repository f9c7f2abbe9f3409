package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gossipbench/harness/edn"
)

func TestRead(t *testing.T) {
	const text = `{:index 0, :time 84500842, :type :invoke, :process 0, :f :read, :value nil}
#jepsen.history.Op{:index 1, :time 93345181, :type :ok, :process 0, :f :read, :value [3 -1], :final? true}
{:type :info, :process :nemesis, :f :start-partition, :value :majority} ; a time and an index are missing
{:index 7, :time 9, :type :fail, :process 3, :f :cas, :value [0 [1 nil]], :error [:precondition-failed "want 1"], :poll-ms 5}
#_{:discarded :op} {:value "Please echo 14", :f :echo, :process 12, :type :info, :time 1, :index 8, :error :net-timeout}
`
	v := func(s string) edn.Value {
		v, err := edn.Parse("want", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	want := []Op{
		{Index: 0, Time: 84500842, Type: Invoke, Process: 0, F: "read"},
		{Index: 1, Time: 93345181, Type: OK, Process: 0, F: "read", Value: []int64{3, -1}, Final: true},
		{Index: 2, Type: Info, Process: Nemesis, F: "start-partition", Value: v(":majority")},
		{Index: 7, Time: 9, Type: Fail, Process: 3, F: "cas", Value: v("[0 [1 nil]]"), Error: "precondition-failed: want 1",
			Extra: []edn.Value{v(":error"), v(`[:precondition-failed "want 1"]`), v(":poll-ms"), v("5")}},
		{Index: 8, Time: 1, Type: Info, Process: 12, F: "echo", Value: "Please echo 14", Error: "net-timeout",
			Extra: []edn.Value{v(":error"), v(":net-timeout")}},
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]io.Reader{
		"plain":        strings.NewReader(text),
		"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"compressed":   bytes.NewReader(zipped.Bytes()),
	} {
		var got []Op
		for in := NewReader(name, r); ; {
			op, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, op)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	torn := NewReader("torn.gz", bytes.NewReader(zipped.Bytes()[:zipped.Len()-9]))
	var err error
	for err == nil {
		_, err = torn.Read()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("torn: got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if _, again := torn.Read(); again != err {
		t.Errorf("torn, again: got %v, want %v", again, err)
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{:index 0, :type :ok}\n[1]", "h:2:1: unexpected a vector, want an op such as {:index 0, :type :invoke, …}"},
		{"#jepsen.history.Op", "h:1:19: unexpected end of input, want an op such as {:index 0, :type :invoke, …}"},
		{"{:index 4, :process 1}", "h:1:22: unexpected }, want :type of the op of index 4"},
		{"{:type :maybe}", "h:1:8: unexpected :maybe, want :invoke, :ok, :fail or :info for :type"},
		{"{:type 3}", "h:1:8: unexpected an integer, want :invoke, :ok, :fail or :info for :type"},
		{"{:index :a}", "h:1:9: unexpected a keyword, want an integer for :index"},
		{"{:time 1.5}", "h:1:8: unexpected a float, want an integer for :time"},
		{"{:process -2}", "h:1:11: unexpected an integer, want a number from 0 on or :nemesis for :process"},
		{"{:process :checker}", "h:1:11: unexpected :checker, want a number from 0 on or :nemesis for :process"},
		{"{:f [1]}", "h:1:5: unexpected a vector, want a keyword for :f"},
		{"{:final? 1}", "h:1:10: unexpected an integer, want true or false for :final?"},
		{"{:value }", "h:1:9: unexpected }, want a value"},
		{"{:value [1 2}", "h:1:13: unexpected }, want a value"},
		{"{:value [1 :a}", "h:1:14: unexpected }, want a value"},
		{"{:type :ok, 5 6}", "h:1:13: unexpected an integer, want a key of an op such as :type, or }"},
		{"{:type :ok", "h:1:11: unexpected end of input, want a key of an op such as :type, or }"},
		{manyKeys(257), "h:1:2066: more than 256 keys that no op has"},
		{"\x1f\x8bnot gzip", "h: gzip: invalid header"},
	} {
		r := NewReader("h", strings.NewReader(tt.in))
		var err error
		for err == nil {
			_, err = r.Read()
		}
		if err.Error() != tt.want {
			t.Errorf("%.60s\n got %v\nwant %s", tt.in, err, tt.want)
		}
	}
}

// manyKeys returns an op with n keys of four characters.
func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString("{:type :ok ")
	for i := range n {
		fmt.Fprintf(&b, ":k%03d 1 ", i)
	}
	return b.String() + "}"
}

// TestReadInConstantMemory reads 40 MB of reads with 1,000 values each. Garbage may not
// accumulate: memory in use after each collection stays below 4 MB.
func TestReadInConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 40 MB")
	}
	line := "{:index 1, :time 2, :type :ok, :process 3, :f :read, :value [" + strings.Repeat("123 ", 1000) + "], :unknown {:a \"b\"}}\n"
	r := NewReader("h", &endless{line: line, left: 10_000})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; ; i++ {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if i%2500 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc+4<<20 {
				t.Fatalf("after %d ops: %d bytes more in use than before", i, now.HeapAlloc-before.HeapAlloc)
			}
		}
	}
}

// endless yields a line over and over.
type endless struct {
	line string
	left int
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = e.line
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestWrite checks the lines of our own backends against Maelstrom's form.
func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		op   Op
		want string
	}{
		{Op{Index: 3, Time: 2 * time.Second, Process: 1, F: "broadcast", Value: int64(7)},
			`{:index 3, :time 2000000000, :type :invoke, :process 1, :f :broadcast, :value 7}`},
		{Op{Type: OK, F: "read", Value: []int64{}, Final: true},
			`{:index 0, :time 0, :type :ok, :process 0, :f :read, :value [], :final? true}`},
		{Op{Type: Fail, F: "read", Error: "timeout"},
			`{:index 0, :time 0, :type :fail, :process 0, :f :read, :value nil, :error :net-timeout}`},
		{Op{Type: Fail, F: "cas", Value: "x\n", Error: "error 22: want 1: or 2"},
			`{:index 0, :time 0, :type :fail, :process 0, :f :cas, :value "x\n", :error [:precondition-failed "want 1: or 2"]}`},
		{Op{Type: Info, F: "add", Value: 2, Error: "error 1000: odd"},
			`{:index 0, :time 0, :type :info, :process 0, :f :add, :value 2, :error [:unknown "odd"]}`},
		{Op{Type: Info, F: "add", Value: []string{"n1"}, Error: "malformed answer: no value"},
			`{:index 0, :time 0, :type :info, :process 0, :f :add, :value ["n1"], :error "malformed answer: no value"}`},
		{Op{Type: Info, Process: Nemesis, F: "stop-partition", Value: edn.NewKeyword("network-healed")},
			`{:index 0, :time 0, :type :info, :process :nemesis, :f :stop-partition, :value :network-healed}`},
	} {
		var b strings.Builder
		w := NewWriter(&b)
		if err := w.Write(tt.op); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(b.String(), "\n"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	w := NewWriter(brokenWriter{})
	err := w.Write(Op{Value: strings.Repeat("x", 10_000)})
	if err == nil {
		err = w.Flush()
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("a full disk: got %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// BenchmarkRead measures the reading of ops. Compare its MB/s with BenchmarkTokens, which
// runs only the tokenizer on the same bytes.
func BenchmarkRead(b *testing.B) {
	data := recordedHistory(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader("history.edn", bytes.NewReader(data))
		for {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	data := recordedHistory(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s := edn.NewScanner("history.edn", bytes.NewReader(data))
		for {
			kind, err := s.Next()
			if err != nil {
				b.Fatal(err)
			}
			if kind == edn.Absent {
				break
			}
		}
	}
}

// recordedHistory returns the text of a recorded history.
func recordedHistory(b *testing.B) []byte {
	b.Helper()
	f, err := os.Open("../../../shared/data/reference/flood-grid/1/history.edn.gz")
	if err != nil {
		b.Skip(err)
	}
	defer f.Close()
	plain, err := Plain(f.Name(), f)
	if err != nil {
		b.Fatal(err)
	}
	data, err := io.ReadAll(plain)
	if err != nil {
		b.Fatal(err)
	}
	return data
}
