package reconcile

import (
	"gossipbench/strategies/broadcasttest"
	"testing"
)

func TestScripts(t *testing.T) { broadcasttest.RunScripts(t, Spec) }
