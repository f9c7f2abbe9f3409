package history

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// Bounds on the unpacked size of a compressed history. Chosen: recorded histories unpack
// to 4 to 28 times their size, reads that return the same 5,000 values again and again to
// 126 times; gzip can reach 1,032 times. Only tests change them.
var (
	freePlain int64 = 64 << 20 // bytes, whatever the packed size
	maxRatio  int64 = 200      // bytes per packed byte, beyond that
)

// Plain returns the text of a history, unpacked if it is compressed by gzip. Reading
// fails if the history unpacks to much more than any real one does. The error that Plain
// returns contains name.
func Plain(name string, r io.Reader) (io.Reader, error) {
	packed := &counted{r: r}
	b := bufio.NewReader(packed)
	if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952, section 2.3.1
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &unpacked{packed: packed, z: z}, nil
}

// counted counts the bytes read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacked reads a compressed history up to its bounds.
type unpacked struct {
	packed *counted
	z      *gzip.Reader
	n      int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	u.n += int64(n)
	if u.n > freePlain && u.n/maxRatio > u.packed.n {
		return 0, fmt.Errorf("%d bytes of it unpack to more than %d, which no history does; want one that is unpacked already", u.packed.n, u.n)
	}
	return n, err
}
