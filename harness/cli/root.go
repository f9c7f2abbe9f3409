package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gossipbench/strategies/param"
)

// Root returns the command of which the verbs are part.
func (w *World) Root() *cobra.Command {
	root := &cobra.Command{
		Use:   "harness",
		Short: "Run experiments on gossip strategies, and read what came out",
		Long: `Harness runs experiments on gossip strategies: on real node processes, on
Maelstrom itself, or in virtual time, and turns the results into tables.

Exit status:` + exitsTopic() + `

Where the system has not even the memory to start a program, Go's runtime says so
(fatal error: …) and exits with 2 of its own: with an unknown trial the last line
on stderr begins with harness:.`,
		Example: `  harness run experiments/quickstart.yaml
  harness run --set strategy=flood -P topology=tree4,grid,line
  harness table quickstart --row fanout --col interval --metric msgs-per-op`,
		SilenceUsage:       true,
		SilenceErrors:      true,
		Args:               cobra.ArbitraryArgs,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // so that a wrong verb is named, not its flags
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && len(w.Args) > 0 {
			return Usage("unknown flag: %s, see harness --help", w.Args[0])
		}
		if len(args) == 0 {
			return cmd.Help()
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return Usage("no such verb: %q, did you mean %s?", args[0], near[0])
		}
		return Usage("no such verb: %q, see harness --help", args[0])
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return Usage("%w, %s", err, flagHint(cmd, err))
	})
	root.PersistentFlags().StringVar(&w.color, "color", "auto", "colors on the terminal: auto (no where NO_COLOR is set), always or never")
	root.PersistentFlags().BoolVar(&w.disturbed, "disturbed", false, "count trials in real time that other work on their machine disturbed")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		return OneOf("--color", w.color, []string{"auto", "always", "never"})
	}
	w.addVerbs(root)
	for _, topic := range w.Topics() {
		root.AddCommand(topic)
	}
	return root
}

// addVerbs adds the verbs, in the order of their groups. Cobra has two of its own,
// which stand in the last.
func (w *World) addVerbs(root *cobra.Command) {
	cobra.EnableCommandSorting = false
	for _, g := range w.Groups {
		root.AddGroup(&cobra.Group{ID: g.Title, Title: g.Title + ":"})
		root.SetHelpCommandGroupID(g.Title)
		root.SetCompletionCommandGroupID(g.Title)
		for _, verb := range g.Verbs {
			cmd := verb(w)
			cmd.GroupID = g.Title
			check := cmd.Args
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if check != nil {
					if err := check(cmd, args); err != nil {
						return Usage("%s: %w, see %s --help", cmd.Name(), err, cmd.CommandPath())
					}
				}
				return nil
			}
			if cmd.Name() == "help" {
				root.SetHelpCommand(cmd)
				continue
			}
			root.AddCommand(cmd)
		}
	}
}

// flagHint says what could have been meant by a flag that a verb does not have.
func flagHint(cmd *cobra.Command, err error) string {
	see := "see " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return see
	}
	name := unknown.GetSpecifiedName()
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := param.Nearest(name, known); near != "" {
		return "did you mean --" + near + "?"
	}
	if cmd.Flags().Lookup("set") != nil && slices.Contains(SettingNames(), name) {
		return fmt.Sprintf("did you mean --set %s=…?", name)
	}
	return see
}
