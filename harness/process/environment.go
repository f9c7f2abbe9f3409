package process

import (
	"os"
	"slices"
	"strings"
)

// Passed are the environment variables of the harness that a node gets, sorted; a name
// that ends in * is a prefix. Programs need them to start and to find their libraries, in
// the languages in which nodes are written. Nodes get no other variables, which may be
// secrets. The user can name more in the variable More, separated by commas.
var Passed = []string{
	"ASDF_*", "BUNDLE_*", "CLASSPATH", "CONDA_*", "DOTNET_*", "DYLD_*", "ELIXIR_*", "ERL_*", "GEM_*", "GHC*", "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK",
	"HOME", "JAVA_*", "JDK_JAVA_OPTIONS", "JVM_OPTS", "LANG", "LANGUAGE", "LC_*", "LD_LIBRARY_PATH", "LD_PRELOAD", "LEIN_*", "LOGNAME",
	"MAELSTROM*", "MIX_*", "NIX_*", "NODE_*", "NVM_*", "OCAML*", "PATH", "PERL5LIB", "PYENV_*", "PYTHON*", "RBENV_*", "RUBY*", "RUST_*", "SHELL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV",
}

// More is the environment variable that names more variables for nodes.
const More = "GOSSIPBENCH_ENV"

// Environment returns the variables of the harness that a node gets.
func Environment() []string {
	names := slices.Concat(Passed, strings.Split(os.Getenv(More), ","))
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !slices.ContainsFunc(names, func(passed string) bool {
			prefix, any := strings.CutSuffix(strings.TrimSpace(passed), "*")
			return name == prefix || any && prefix != "" && strings.HasPrefix(name, prefix)
		})
	})
}
