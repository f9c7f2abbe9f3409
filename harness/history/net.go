package history

// Count counts messages sent, messages received, and distinct messages of both.
type Count struct{ Send, Recv, Msg int }

// Net counts the messages of a trial. Clients counts messages from or to a client;
// Servers counts the others. Services are servers, and init messages count.
//
// Source: src/maelstrom/net/checker.clj.
type Net struct{ All, Clients, Servers Count }
