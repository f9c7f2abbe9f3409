package raft

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	core "gossipbench/strategies/raft"
	"gossipbench/strategies/server"
)

// disk stores the core's durable state, one key for each entry. If the machine
// fails in the middle of a save, a prefix of it is durable, in the order of
// core.Save.
type disk struct{ server.Disk }

const (
	lifeKey     = "life"
	stateKey    = "state"
	snapshotKey = "snapshot"
	entryPrefix = "entry/"
)

// entryKey returns the key of an entry. Keys sort by index.
func entryKey(index uint64) string { return fmt.Sprintf(entryPrefix+"%016x", index) }

// begin counts the lives of the node, and returns their number.
func (d disk) begin() (uint64, error) {
	life := uint64(1)
	if b, there := d.Get(lifeKey); there {
		r := reader{rest: b}
		life += r.number()
		if err := r.end(); err != nil {
			return 0, fmt.Errorf("disk: %s: %w", lifeKey, err)
		}
	}
	d.Put(lifeKey, binary.AppendUvarint(nil, life))
	return life, nil
}

// save stores a Save.
func (d disk) save(s *core.Save) {
	state := binary.AppendUvarint(binary.AppendUvarint(nil, s.State.Term), uint64(s.State.Vote+1))
	if old, _ := d.Get(stateKey); !bytes.Equal(old, state) {
		d.Put(stateKey, state)
	}
	if s.Truncate > 0 {
		last := s.Truncate
		for d.has(last) {
			last++
		}
		for index := last - 1; index >= s.Truncate; index-- {
			d.Delete(entryKey(index))
		}
	}
	if s.Snapshot != nil {
		to := binary.AppendUvarint(binary.AppendUvarint(nil, s.Snapshot.Index), s.Snapshot.Term)
		d.Put(snapshotKey, append(to, s.Snapshot.State...))
		last := entryKey(s.Snapshot.Index)
		for _, key := range d.Keys() {
			if strings.HasPrefix(key, entryPrefix) && key <= last {
				d.Delete(key)
			}
		}
	}
	for _, e := range s.Entries {
		d.Put(entryKey(e.Index), append(binary.AppendUvarint(nil, e.Term), e.Command...))
	}
}

func (d disk) has(index uint64) bool {
	_, there := d.Get(entryKey(index))
	return there
}

// load returns the durable state.
func (d disk) load() (core.Saved, error) {
	var saved core.Saved
	if b, there := d.Get(stateKey); there {
		r := reader{rest: b}
		saved.State = core.State{Term: r.number(), Vote: core.NodeID(r.number()) - 1}
		if err := r.end(); err != nil {
			return saved, fmt.Errorf("disk: %s: %w", stateKey, err)
		}
	}
	var begin uint64
	if b, there := d.Get(snapshotKey); there {
		r := reader{rest: b}
		saved.Snapshot = &core.Snapshot{Index: r.number(), Term: r.number()}
		if r.bad {
			return saved, fmt.Errorf("disk: %s: %w", snapshotKey, r.end())
		}
		saved.Snapshot.State = r.rest
		if _, err := decodeMachine(r.rest); err != nil {
			return saved, fmt.Errorf("disk: %s: %w", snapshotKey, err)
		}
		begin = saved.Snapshot.Index
	}
	for _, key := range d.Keys() {
		var index uint64
		text, isEntry := strings.CutPrefix(key, entryPrefix)
		if !isEntry {
			continue
		}
		if _, err := fmt.Sscanf(text, "%x", &index); err != nil {
			return saved, fmt.Errorf("disk: %s: want the key of an entry", key)
		}
		if index <= begin {
			continue // the snapshot has it; its deletion was interrupted
		}
		b, _ := d.Get(key)
		term, size := binary.Uvarint(b)
		if size <= 0 {
			return saved, fmt.Errorf("disk: %s: want an entry with its term", key)
		}
		e := core.Entry{Index: index, Term: term, Command: b[size:]}
		if len(e.Command) > 0 {
			if _, ok := parseCommand(e.Command); !ok {
				return saved, fmt.Errorf("disk: %s: want a command, got %.80q", key, e.Command)
			}
		}
		saved.Entries = append(saved.Entries, e)
	}
	return saved, nil
}
