package edn

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// TestRead checks the kind of each form, and how it is written again.
func TestRead(t *testing.T) {
	for _, tt := range []struct {
		in   string
		kind Kind
		out  string // empty if it equals in
	}{
		{"nil", Nil, ""},
		{"true", Bool, ""},
		{"false", Bool, ""},
		{"truer", Symbol, ""},
		{"0", Int, ""},
		{"-0", Int, "0"},
		{"+17", Int, "17"},
		{"9223372036854775807", Int, ""},
		{"-9223372036854775808", Int, ""},
		{"9223372036854775808", BigInt, "9223372036854775808N"}, // as in Clojure
		{"12N", BigInt, ""},
		{"0x7a52f2a2", Int, ""}, // the hash in #object[…]
		{"-0x1F", Int, ""},
		{"017", Int, ""},
		{"36rZz", Int, ""},
		{"1.5", Float, ""},
		{"1.0E-4", Float, ""},
		{"1e+3", Float, ""},
		{"1.", Float, ""},
		{"##NaN", Float, ""},
		{"##Inf", Float, ""},
		{"##-Inf", Float, ""},
		{"2.50M", Decimal, ""},
		{"3M", Decimal, ""},
		{"-22/7", Ratio, ""},
		{`""`, String, ""},
		{`"a \"b\"\n\t\\ \/ \u00e9 \101"`, String, `"a \"b\"\n\t\\ / é A"`},
		{`"\ud83d\ude00 \ud83d!"`, String, `"😀 ` + "\uFFFD" + `!"`}, // a surrogate pair, and half of one
		{"\"two\nlines\"", String, `"two\nlines"`},
		{`\a`, Char, ""},
		{`\newline`, Char, ""},
		{`\n`, Char, ""},
		{`\u03bb`, Char, `\λ`},
		{`\o101`, Char, `\A`},
		{`\o2`, Char, `\u0002`},
		{`\(`, Char, ""},
		{`\,`, Char, ""},
		{`\\`, Char, ""},
		{"sym", Symbol, ""},
		{"-", Symbol, ""},
		{"+a.b/c'd#e", Symbol, ""},
		{"clojure.core$binding_conveyor_fn$fn__7213", Symbol, ""},
		{":valid?", Keyword, ""},
		{":msgs-per-op", Keyword, ""},
		{":jepsen.nemesis/start!", Keyword, ""},
		{":0.5", Keyword, ""},
		{"()", List, ""},
		{"(1 (2) [])", List, ""},
		{"[1,2 3]", Vector, "[1 2 3]"},
		{"[ ]", Vector, "[]"},
		{"{}", Map, ""},
		{"{0 12, 0.5 380, [1 {}] #{a}, nil nil}", Map, ""},
		{"{:z 1, :a 2, :m 3}", Map, ""}, // in the order of the text
		{`#{"n1" "n0"}`, Set, ""},
		{`#inst "2024-01-01T00:00:00.000-00:00"`, Tagged, ""},
		{"#jepsen.history.Op{:index 2}", Tagged, ""},
		{"#jepsen.history.Op {:index 2}", Tagged, "#jepsen.history.Op{:index 2}"},
		{`#object[java.lang.Thread 0x1f "Thread[main,5,main]"]`, Tagged, ""},
		{"#a #b c", Tagged, ""},
		{"#a #{b}", Tagged, ""}, // #a#{b} would be one tag
		{"#:jepsen{:a 1}", Tagged, ""},
		{"; a comment\n 1 ; another", Int, "1"},
		{"#_ #_ 1 [2] 3", Int, "3"}, // the inner one discards 1, the outer one [2]
		{"[1 #_2 #_(3 #_4 {}) 5 #_6]", Vector, "[1 5]"},
		{"{:a #_1 2}", Map, "{:a 2}"},
	} {
		v, err := Parse("test", []byte(tt.in))
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		want := tt.out
		if want == "" {
			want = tt.in
		}
		if v.Kind() != tt.kind || v.String() != want {
			t.Errorf("Parse(%q)\n got %s %s\nwant %s %s", tt.in, v.Kind(), v, tt.kind, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{:valid? true\n :stable-latencies }", "f:2:20: unexpected }, want a value for :stable-latencies"},
		{"", "f:1:1: unexpected end of input, want a value"},
		{"  ; only a comment", "f:1:19: unexpected end of input, want a value"},
		{"{:a 1", "f:1:6: unexpected end of input, want a key or }"},
		{"{:a", "f:1:4: unexpected end of input, want a value for :a"},
		{"[1 2)", "f:1:5: unexpected ), want a value or ]"},
		{"é\n", ""},
		{"[é é ]]", "f:1:7: unexpected ], want the end of the input"}, // columns count characters
		{"[\"é\n\" )", "f:2:3: unexpected ), want a value or ]"},
		{"1 2", "f:1:3: unexpected 2, want the end of the input"},
		{"[1 #_]", "f:1:6: unexpected ], want a value after #_"},
		{"(#tag )", "f:1:7: unexpected ), want a value for #tag"},
		{`["ab`, `f:1:2: a string without its closing "`},
		{`"a\qb"`, `f:1:3: unexpected \q, want an escape such as \n, \" or \u00e9`},
		{`"\u12"`, `f:1:2: unexpected \u12", want \u and four hexadecimal digits`},
		{`"\777"`, `f:1:2: unexpected \777, want an octal escape of at most \377`},
		{`\ud800`, `f:1:1: unexpected \ud800, want a character`},
		{`\foo`, `f:1:1: unexpected \foo, want a character`},
		{`\ a`, `f:1:1: a backslash without its character`},
		{`\`, `f:1:1: a backslash without its character`},
		{":", "f:1:1: unexpected :, want a keyword's name after one colon"},
		{"::a", "f:1:1: unexpected ::a, want a keyword's name after one colon"},
		{"12abc", "f:1:1: unexpected 12abc, want a number"},
		{"08", "f:1:1: unexpected 08, want a number"},
		{"1/0", "f:1:1: unexpected 1/0, want a number"},
		{"+-1", ""}, // a symbol in Clojure
		{"-1-", "f:1:1: unexpected -1-, want a number"},
		{"0x", "f:1:1: unexpected 0x, want a number"},
		{"37r1", "f:1:1: unexpected 37r1, want a number"},
		{"1.2.3", "f:1:1: unexpected 1.2.3, want a number"},
		{"1e", "f:1:1: unexpected 1e, want a number"},
		{"##nan", "f:1:1: unexpected ##nan, want a tag, #{, #_, ##NaN, ##Inf or ##-Inf"},
		{`#"regex"`, `f:1:1: unexpected #", want a tag, #{, #_, ##NaN, ##Inf or ##-Inf`},
		{"#", "f:1:1: unexpected end of input after #, want a tag"},
		{"^{:a 1} b", "f:1:1: unexpected ^, want a value"},
		{"[1 \x00]", "f:1:4: unexpected byte 0x00, want EDN"},
		{strings.Repeat("[", MaxDepth+1), "f:1:1101: nested more than 1100 deep"},
		{strings.Repeat("#_", MaxDepth+1), "f:1:2201: nested more than 1100 deep"},
		{strings.Repeat("#a ", MaxDepth+1), "f:1:3301: nested more than 1100 deep"},
		{"{" + strings.Repeat("x", 100) + "}", "f:1:102: unexpected }, want a value for " + strings.Repeat("x", 40) + "…"},
	} {
		_, err := Parse("f", []byte(tt.in))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Parse(%.60q)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// TestBounds: a value beyond the bounds is an error.
func TestBounds(t *testing.T) {
	d := NewDecoder("f", strings.NewReader("[1 2 3]\n[1 2 3 4]"))
	d.maxValues = 3
	if _, err := d.Decode(); err != nil {
		t.Errorf("3 values of at most 3: %v", err)
	}
	if _, err := d.Decode(); err == nil || err.Error() != "f:2:8: more than 3 values within one" {
		t.Errorf("4 values of at most 3: got %v", err)
	}
	d = NewDecoder("f", strings.NewReader("[10 20]\n[10 20 300 400]"))
	d.maxBytes = 8
	if _, err := d.Decode(); err != nil {
		t.Errorf("7 bytes of at most 8: %v", err)
	}
	if _, err := d.Decode(); err == nil || err.Error() != "f:2:12: a value of more than 8 bytes" {
		t.Errorf("15 bytes of at most 8: got %v", err)
	}
}

func TestDecoder(t *testing.T) {
	const in = "{:a 1}\n#_ignored [2] \"three\" ; end\n"
	for name, r := range map[string]io.Reader{
		"at once":        strings.NewReader(in),
		"byte by byte":   iotest.OneByteReader(strings.NewReader(in)),
		"end with data":  iotest.DataErrReader(strings.NewReader(in)),
		"in half pieces": iotest.HalfReader(strings.NewReader(in)),
	} {
		d := NewDecoder("f", r)
		var got []string
		for {
			v, err := d.Decode()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, v.String())
		}
		if strings.Join(got, " ") != `{:a 1} [2] "three"` {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestDecoderFailure: values before a failure of the reader are valid, and the failure
// keeps its cause, which distinguishes a torn file from a short one.
func TestDecoderFailure(t *testing.T) {
	d := NewDecoder("f.gz", io.MultiReader(strings.NewReader("1 2 "), iotest.ErrReader(io.ErrUnexpectedEOF)))
	for range 2 {
		if _, err := d.Decode(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Decode(); !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "f.gz: unexpected EOF" {
		t.Errorf("got %v, want f.gz: unexpected EOF", err)
	}
	d = NewDecoder("f", stuck{})
	if _, err := d.Decode(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that reads nothing: got %v, want %v", err, io.ErrNoProgress)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestLongTokens: a token or comment may be longer than the buffer, and errors after it
// have the right position.
func TestLongTokens(t *testing.T) {
	long := strings.Repeat("é", bufferSize)
	in := ";" + long + "\n\"" + long + "\"\n" + long + " :" + long + "\n  ;" + long + "\n)"
	d := NewDecoder("f", iotest.OneByteReader(strings.NewReader(in)))
	for _, want := range []int{len(long) + 2, len(long), len(long) + 1} {
		v, err := d.Decode()
		if err != nil {
			t.Fatal(err)
		}
		if got := len(v.String()); got != want {
			t.Errorf("%s: got %d bytes, want %d", v.Kind(), got, want)
		}
	}
	if _, err := d.Decode(); err == nil || err.Error() != "f:5:1: unexpected ), want a value" {
		t.Errorf("got %v, want the error at 5:1", err)
	}
}

func TestAccessors(t *testing.T) {
	v, err := Parse("results.edn", []byte(`{:valid? :unknown, :net #T{:servers {:msg-count 48, :msgs-per-op 14.877451}},
		:workload {:stable-latencies {0 1, 0.5 380}, :ratio 3/4, :big 12N, :huge 123456789012345678901N, :lost (3 4)}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !v.At("valid?").Is("unknown") || v.At("valid?").Is("true") {
		t.Errorf(":valid? is %s, want :unknown", v.At("valid?"))
	}
	if n, ok := v.At("net", "servers", "msg-count").Int(); n != 48 || !ok { // looks through the tag
		t.Errorf("msg-count: got %d, %v, want 48", n, ok)
	}
	if f, ok := v.At("net", "servers", "msgs-per-op").Float(); f != 14.877451 || !ok {
		t.Errorf("msgs-per-op: got %v, %v, want 14.877451", f, ok)
	}
	latencies := v.At("workload", "stable-latencies")
	if n, ok := latencies.Get(NewFloat(0.5)).Int(); n != 380 || !ok {
		t.Errorf("0.5: got %d, %v, want 380", n, ok)
	}
	if got := latencies.Get(NewFloat(0)); got.Present() {
		t.Errorf("0.0: got %s, but the key is the integer 0", got)
	}
	if f, ok := v.At("workload", "ratio").Float(); f != 0.75 || !ok {
		t.Errorf("ratio: got %v, %v, want 0.75", f, ok)
	}
	if n, ok := v.At("workload", "big").Int(); n != 12 || !ok {
		t.Errorf("big: got %d, %v, want 12", n, ok)
	}
	if n, ok := v.At("workload", "huge").Int(); ok {
		t.Errorf("huge: got %d, but it does not fit", n)
	}
	if lost := v.At("workload", "lost"); lost.Len() != 2 || !Equal(lost.Items()[1], NewInt(4)) {
		t.Errorf("lost: got %s, want (3 4)", lost)
	}
	nowhere := v.At("workload", "lost", "found").Get(NewInt(1))
	if _, ok := nowhere.Int(); ok || nowhere.Present() || nowhere.String() != "absent" {
		t.Errorf("a path that leads nowhere: got %s", nowhere)
	}
}

// TestEqual has Clojure's results.
func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"1", "1N", true},
		{"31", "0x1f", true},
		{"1", "1.0", false},
		{"0.0", "-0.0", true},
		{"1.50", "1.5", true},
		{"##NaN", "##NaN", true}, // unlike in Clojure, where nothing equals NaN
		{"(1 2)", "[1 2]", true},
		{"[1 2]", "[2 1]", false},
		{"{:a 1, :b [2]}", "{:b (2), :a 1}", true},
		{"#{1 2}", "#{2 1}", true},
		{"#{:a 1}", "{:a 1}", false},
		{"[]", "{}", false},
		{"a", ":a", false},
		{`"a"`, "a", false},
		{"f1.0", "1.0", false},
		{"#a 1", "#b 1", false},
		{"nil", "false", false},
		{`\a`, `a`, false},
	} {
		if got := Equal(parse(t, tt.a), parse(t, tt.b)); got != tt.want {
			t.Errorf("Equal(%s, %s): got %v", tt.a, tt.b, got)
		}
	}
}

// TestCompare checks an ascending chain.
func TestCompare(t *testing.T) {
	chain := []string{
		"nil", "false", "true", "-1", "0.5", "2/3", "1", "7", "10", "12345678901234567890N", `"10"`, `"9"`, `\a`, "a", ":a", ":b",
		"[9]", `[1 0 "n0"]`, `[1 0 "n1"]`, "(1 1 0)", "{}", "#{}", "#a 1",
	}
	for i, a := range chain {
		for j, b := range chain {
			got := Compare(parse(t, a), parse(t, b))
			if want := min(1, max(-1, i-j)); got != want {
				t.Errorf("Compare(%s, %s): got %d, want %d", a, b, got, want)
			}
		}
	}
}

func parse(t *testing.T, in string) Value {
	t.Helper()
	v, err := Parse(in, []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAppendFloat has the results of Java's Double.toString and Float.toString.
func TestAppendFloat(t *testing.T) {
	for _, tt := range []struct {
		f    float64
		bits int
		want string
	}{
		{0, 64, "0.0"},
		{math.Copysign(0, -1), 64, "-0.0"},
		{1, 32, "1.0"},
		{2.5, 64, "2.5"},
		{0.001, 64, "0.001"},
		{0.0001, 64, "1.0E-4"},
		{1234567, 64, "1234567.0"},
		{1e7, 64, "1.0E7"},
		{12345678.9, 64, "1.23456789E7"},
		{-1.5e-300, 64, "-1.5E-300"},
		{14.877451, 32, "14.877451"},
		{0.1, 32, "0.1"}, // as a float, 0.1 has no more digits
		{math.Inf(1), 64, "##Inf"},
		{math.Inf(-1), 32, "##-Inf"},
		{math.NaN(), 64, "##NaN"},
	} {
		if got := string(AppendFloat(nil, tt.f, tt.bits)); got != tt.want {
			t.Errorf("AppendFloat(%v, %d): got %s, want %s", tt.f, tt.bits, got, tt.want)
		}
	}
}

// TestPretty checks fipp's line width: 70 columns, without what follows the closing
// bracket.
func TestPretty(t *testing.T) {
	sixty := strings.Repeat("x", 60)
	for _, tt := range []struct{ in, want string }{
		{"[" + sixty + " 1234567]", "[" + sixty + " 1234567]"},     // 1 + 60 + 1 + 7 + 1 = 70
		{"[" + sixty + " 12345678]", "[" + sixty + "\n 12345678]"}, // 71
		{"{:a [" + sixty + " 123], :b 1}", "{:a [" + sixty + " 123],\n :b 1}"},
		{"{:a [" + sixty + " 1234], :b 1}", "{:a [" + sixty + "\n     1234],\n :b 1}"},
		{"#tag{:a " + sixty + ", :b 1}", "#tag{:a " + sixty + ",\n     :b 1}"},
		{"#{" + sixty + " 12345678}", "#{" + sixty + "\n  12345678}"},
		{"(\"" + strings.Repeat("😀", 32) + "\" 1)", "(\"" + strings.Repeat("😀", 32) + "\" 1)"}, // two units each: 1 + 66 + 1 + 1 + 1 = 70
		{"(\"" + strings.Repeat("😀", 32) + "\" 12)", "(\"" + strings.Repeat("😀", 32) + "\"\n 12)"},
	} {
		if got := string(AppendPretty(nil, parse(t, tt.in))); got != tt.want {
			t.Errorf("AppendPretty(%s)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// TestScannerAllocatesNothing: after its scratch space exists, the scanner allocates
// nothing per token.
func TestScannerAllocatesNothing(t *testing.T) {
	line := `{:index 12, :f :read, :value [1 -2 3.5 "a" "b\n" \c nil sym #t 0x1f 22/7]}` + "\n"
	s := NewScanner("f", strings.NewReader(strings.Repeat(line, 4000)))
	perLine := testing.AllocsPerRun(1000, func() {
		for range 24 {
			if _, err := s.Next(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if perLine != 0 {
		t.Errorf("got %v allocations a line, want none", perLine)
	}
}
