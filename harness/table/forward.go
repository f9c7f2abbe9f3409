package table

import "gossipbench/harness/query"

// Names that package report has for what moved to query.
var (
	Caption    = query.Caption
	Filtered   = query.Filtered
	Metrics    = query.Metrics
	Parameters = query.Parameters
	Unrun      = query.Unrun
)
