package table

// CompareLevels orders levels of a factor as a person would: what is missing,
// numbers and durations by size, texts by letters.
func CompareLevels(a, b string) int { return compareLevels(a, b) }
