package server

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
)

// Memory is a Disk in memory.
type Memory map[string][]byte

// Get implements Disk.
func (m Memory) Get(key string) ([]byte, bool) {
	value, ok := m[key]
	return value, ok
}

// Put implements Disk.
func (m Memory) Put(key string, value []byte) { m[key] = bytes.Clone(value) }

// Delete implements Disk.
func (m Memory) Delete(key string) { delete(m, key) }

// Keys implements Disk.
func (m Memory) Keys() []string { return slices.Sorted(maps.Keys(m)) }

// Life counts the lives of a node on its disk, and returns the number of the
// current one, from 0 on. A node calls it once, in Start.
func Life(disk Disk) uint64 {
	text, _ := disk.Get("life")
	life, _ := strconv.ParseUint(string(text), 10, 64)
	disk.Put("life", strconv.AppendUint(nil, life+1, 10))
	return life
}
