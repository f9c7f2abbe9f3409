package reconcile

import (
	"testing"

	"gossipbench/strategies/gossiptest"
)

func TestScripts(t *testing.T) { gossiptest.RunScripts(t, Spec) }
