package durable

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// castagnoli is the polynomial of CRC-32C, which processors support.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the head of a segment: magic, whether it is whole, the number of its
// first record, how many records its merge wrote, and a checksum.
type header struct {
	first uint64
	whole bool   // it has the whole map, and replaces the segments before it
	count uint64 // of records that its merge wrote, which must be there
}

const (
	magic      = "durable1"
	headerSize = 8 + 1 + 8 + 8 + 4
)

func (h header) append(to []byte) []byte {
	begin := len(to)
	to = append(to, magic...)
	if h.whole {
		to = append(to, 1)
	} else {
		to = append(to, 0)
	}
	to = binary.LittleEndian.AppendUint64(to, h.first)
	to = binary.LittleEndian.AppendUint64(to, h.count)
	return binary.LittleEndian.AppendUint32(to, crc32.Checksum(to[begin:], castagnoli))
}

func parseHeader(b []byte) (header, error) {
	if string(b[:8]) != magic {
		return header{}, fmt.Errorf("want a segment that begins with %q, got %q", magic, b[:8])
	}
	want, got := crc32.Checksum(b[:headerSize-4], castagnoli), binary.LittleEndian.Uint32(b[headerSize-4:])
	if want != got {
		return header{}, fmt.Errorf("want a header of checksum %08x, got %08x", want, got)
	}
	return header{whole: b[8] == 1, first: binary.LittleEndian.Uint64(b[9:]), count: binary.LittleEndian.Uint64(b[17:])}, nil
}

// record is a change of the map. Its head is the checksum of the rest of the head,
// the record's number, the lengths of key and value (all ones for a deletion), and
// the checksum of key and value, which follow the head.
type record struct {
	number  uint64
	key     string
	value   []byte
	deleted bool
}

const (
	headSize = 4 + 8 + 4 + 4 + 4
	deleted  = 1<<32 - 1
)

func recordSize(key string, value []byte) int64 {
	return headSize + int64(len(key)) + int64(len(value))
}

func (r record) append(to []byte) []byte {
	begin := len(to)
	length := uint32(len(r.value))
	if uint64(len(r.key)) >= deleted || uint64(len(r.value)) >= deleted {
		panic("durable: a key or value of 4 GiB")
	}
	if r.deleted {
		length = deleted
	}
	to = append(to, 0, 0, 0, 0)
	to = binary.LittleEndian.AppendUint64(to, r.number)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(r.key)))
	to = binary.LittleEndian.AppendUint32(to, length)
	to = append(to, 0, 0, 0, 0)
	to = append(to, r.key...)
	to = append(to, r.value...)
	body := crc32.Checksum(to[begin+headSize:], castagnoli)
	binary.LittleEndian.PutUint32(to[begin+20:], body)
	binary.LittleEndian.PutUint32(to[begin:], crc32.Checksum(to[begin+4:begin+headSize], castagnoli))
	return to
}

// parseRecord parses the first record of b and returns its size. If the record is
// incomplete, size exceeds the length of b, and r is empty.
func parseRecord(b []byte) (r record, size int64, err error) {
	if len(b) < headSize {
		return record{}, headSize, nil
	}
	if want, got := crc32.Checksum(b[4:headSize], castagnoli), binary.LittleEndian.Uint32(b); want != got {
		return record{}, 0, fmt.Errorf("want a record's head of checksum %08x, got %08x", want, got)
	}
	keyLength, valueLength := int64(binary.LittleEndian.Uint32(b[12:])), int64(binary.LittleEndian.Uint32(b[16:]))
	r = record{number: binary.LittleEndian.Uint64(b[4:]), deleted: valueLength == deleted}
	if r.deleted {
		valueLength = 0
	}
	size = headSize + keyLength + valueLength
	if size > int64(len(b)) {
		return record{}, size, nil
	}
	body := b[headSize:size]
	if want, got := crc32.Checksum(body, castagnoli), binary.LittleEndian.Uint32(b[20:]); want != got {
		return record{}, 0, fmt.Errorf("want record %d of checksum %08x, got %08x", r.number, got, want)
	}
	r.key, r.value = string(body[:keyLength]), body[keyLength:]
	return r, size, nil
}
