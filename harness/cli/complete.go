package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// SettingNames are the names of all settings and parameters.
func SettingNames() []string {
	var names []string
	for _, d := range trial.Settings() {
		names = append(names, d.Name)
	}
	for _, workload := range strategies.Workloads {
		for _, s := range strategies.Of(workload) {
			for _, d := range s.Params {
				if !slices.Contains(names, d.Name) {
					names = append(names, d.Name)
				}
			}
		}
	}
	return names
}

// LevelNames are the names of all that a trial has a level of.
func LevelNames() []string {
	return append(SettingNames(), trial.SeedKey, trial.ReplicateKey)
}

// MetricNames are the names of all metrics and of their families.
func MetricNames() []string {
	var names []string
	for _, m := range trial.Metrics {
		family, _, _ := strings.Cut(m.Name, ".")
		if !slices.Contains(names, family) {
			names = append(names, family)
		}
		if m.Name != family {
			names = append(names, m.Name)
		}
	}
	return names
}

// Complete lets a shell complete the values of a flag.
func Complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}

// OneOf checks the value of a flag that knows few.
func OneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return Usage("%s: want one of %s, got %q", flag, strings.Join(known, ", "), value)
}
