package riblt

// Encoder makes the coded symbols of a set that may grow. An item costs about 2 ln
// m steps for m symbols, whether it is added before or after them.
type Encoder struct {
	key     Key
	symbols []Symbol
	window  window // all items, by their next symbol
}

// NewEncoder returns the encoder of an empty set.
func NewEncoder(key Key) *Encoder { return &Encoder{key: key} }

// Add adds an item, which must be new.
func (e *Encoder) Add(item uint64) {
	s := e.key.source(item)
	for end := uint64(len(e.symbols)); s.next < end; s.advance() {
		e.symbols[s.next].apply(&s, 1)
	}
	e.window.push(s)
}

// Symbols returns the first n symbols. They change when an item is added, so
// callers that keep them must copy them.
func (e *Encoder) Symbols(n int) []Symbol {
	for index := len(e.symbols); index < n; index++ {
		var symbol Symbol
		for len(e.window) > 0 && e.window[0].next == uint64(index) {
			s := &e.window[0]
			symbol.apply(s, 1)
			s.advance()
			e.window.sink()
		}
		e.symbols = append(e.symbols, symbol)
	}
	return e.symbols[:n:n]
}

// Made returns the number of symbols made so far.
func (e *Encoder) Made() int { return len(e.symbols) }

// window is a heap of sources; the first has the lowest next.
type window []source

func (w *window) push(s source) {
	h := append(*w, s)
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent].next <= h[i].next {
			break
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
	*w = h
}

// sink restores the heap after the first source has advanced.
func (w window) sink() {
	for i := 0; ; {
		least := 2*i + 1
		if least >= len(w) {
			return
		}
		if right := least + 1; right < len(w) && w[right].next < w[least].next {
			least = right
		}
		if w[i].next <= w[least].next {
			return
		}
		w[i], w[least] = w[least], w[i]
		i = least
	}
}
