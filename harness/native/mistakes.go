package native

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// mistake says what is wrong with a line that is not a message, by a common name if there
// is one. err is the reader's error.
func mistake(line []byte, err error) string {
	text := bytes.TrimSpace(line)
	starts := func(s string) bool { return bytes.HasPrefix(text, []byte(s)) }
	switch {
	case len(text) == 0:
		return "it is empty"
	case starts("\xef\xbb\xbf"):
		return "it begins with a byte order mark (BOM), which UTF-8 does without"
	case bytes.IndexByte(text, 0) >= 0:
		return "it has zero bytes, as UTF-16 has, want UTF-8"
	case starts("{'"):
		return `it has single quotes, which JSON does not know: want {"src":…`
	case starts("["):
		return "it is an array, want one message a line"
	case string(text) == "{" || string(text) == "}":
		return "it is part of a message, want each message whole on one line"
	case !starts("{"):
		return "it is text, which belongs on stderr, want a message such as {\"src\":…"
	}
	if strings.Contains(err.Error(), `want the end of the line, got "{`) {
		return "a second message stands on the same line, want a newline behind each"
	}
	for _, name := range []string{"NaN", "Infinity", "None", "True", "False", "undefined"} {
		if strings.Contains(err.Error(), `got "`+name) {
			return fmt.Sprintf("%s is no JSON: %v", name, err)
		}
	}
	return err.Error()
}

// startError says why a program could not be started if err alone would mislead: the
// system names the program if its interpreter is missing.
func startError(program string, err error) error {
	missing, format := errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOEXEC)
	if !missing && !format {
		return err
	}
	file, opened := os.Open(program)
	if opened != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	head := make([]byte, maxClip)
	n, _ := bufio.NewReader(file).Read(head)
	head, _, _ = bytes.Cut(head[:n], []byte{'\n'})
	first := string(head)
	switch {
	case strings.HasPrefix(first, "\xef\xbb\xbf"):
		return fmt.Errorf("%s begins with a byte order mark (BOM), before its #!: save it as UTF-8 without one", program)
	case strings.HasPrefix(first, "#!") && strings.HasSuffix(first, "\r"):
		return fmt.Errorf("the first line of %s ends in CRLF, so that the system looks for the interpreter %q: save it with Unix line ends, such as by dos2unix",
			program, strings.TrimPrefix(first, "#!"))
	case strings.HasPrefix(first, "#!") && missing:
		interpreter, _, _ := strings.Cut(strings.TrimSpace(first[2:]), " ")
		return fmt.Errorf("the interpreter that the first line of %s names does not exist: %s", program, clip([]byte(interpreter)))
	case strings.HasPrefix(first, "#!"):
		return err
	case format && n == 0:
		return fmt.Errorf("%s is empty", program)
	case format:
		return fmt.Errorf("%s is no program for this system, and has no first line such as #!/usr/bin/env python3: %w", program, err)
	}
	return err
}
