package service

import (
	"bytes"
	"maps"
	"slices"
)

// Memory is a Disk that is as lasting as whoever holds it.
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
