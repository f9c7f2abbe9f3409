package native

// Departures lists all differences between this backend and Maelstrom in the treatment of
// nodes, for authors of nodes. Sources: validate-msg and Message in
// src/maelstrom/net.clj; recv! in client.clj; parse-msg, io-thread and stop-node! in
// process.clj; handle in service.clj; the schemas in workload/*.clj.
const Departures = `A node prints one JSON object a line: src, dest and body, and perhaps an integer
id. As under Maelstrom, src may be any node, service or client that there is, so
that a request can be handed on as it came; msg_id may be any JSON value, and
comes back in in_reply_to as it was; integers may be of any size; a client skips
what does not answer the request it waits for: a second answer, a late one, one
without in_reply_to, or with "1" where msg_id was 1. An answer with a key too
many, a key too few or a value of the wrong type ends its op as info, with the
reason among the warnings.

Stricter than Maelstrom, on purpose: there such a test may pass, here the trial is
an error that names the node.

  A line that is no message: no JSON, no src or dest, another key beside them, a
  body that is no object, a src or dest that there is not, more than 1,000 levels,
  a number of more than 1,000 characters. Maelstrom logs one warning and ignores
  all that the node prints from then on. (A second message on a line, and a last
  line without its newline, it takes no notice of.)
  A node that ends by itself, or closes its stdin or stdout. Maelstrom notices an
  end, after the test.
  A node that never answers a client, and one that does not answer its final read,
  though it had time for it. Maelstrom takes no notice. Other ops without an answer
  are a warning.
  A process that a node leaves behind, in its group or out of it, and a node that
  ignores the end of its stdin and SIGTERM. Maelstrom kills the node alone, at once.
  A line of more than 8 MB; more than 100,000 lines or 128 MB within a second; more
  than 128 MB that a node's messages, and the answers of services to its requests,
  have on their way or waiting to be read; more than 32 MB that wait for a node that
  reads nothing for 2 s. Maelstrom has no such bounds but its memory.

Stricter, as to an op: the answer to a transaction must be that transaction, with
the values of its reads filled in (Maelstrom judges whatever transaction comes);
and a client of kafka takes at most 10,000 keys.

More lenient: a late answer to a client that has given up is skipped (Maelstrom has
closed some clients by then, and ignores the node from then on). lin-kv, seq-kv and
lww-kv answer a request of a type that they do not know by error 10 (there it has
no answer), and show no more than the beginning of the values of a refused
compare-and-set.`

// How Maelstrom reacts to what is an error here.
const (
	ignored   = "which ignores what the node prints from then on"
	unnoticed = "which takes no notice"
	unbounded = "which has no such bound"
)

// under sets how Maelstrom reacts to the misbehavior.
func (m *Misbehavior) under(maelstrom string) *Misbehavior {
	m.Maelstrom = maelstrom
	return m
}
