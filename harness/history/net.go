package history

// Count counts messages: how many were sent, how many were received, and how
// many distinct ones were either.
type Count struct{ Send, Recv, Msg int }

// Net counts the messages of a trial. Those of Clients have a client at one end,
// those of Servers have none; services count as servers, and init counts.
//
// Source: src/maelstrom/net/checker.clj.
type Net struct{ All, Clients, Servers Count }
