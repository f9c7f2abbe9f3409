package trial

import "strings"

// argumentsForm accepts text that SplitArguments can split, and returns it unchanged.
func argumentsForm(text string) (canonical, want string) {
	if err := CheckText(text); err != nil {
		return "", "text without control characters"
	}
	if _, ok := SplitArguments(text); !ok {
		return "", "arguments in which every quote is closed, and no \\ is the end"
	}
	return text, ""
}

// SplitArguments splits text into arguments as a POSIX shell without expansions does: at
// spaces that are neither quoted nor escaped by a backslash. In single quotes a backslash
// is literal; in double quotes it is literal unless a double quote or a backslash
// follows. ok is false if a quote is not closed or if text ends in a backslash.
func SplitArguments(text string) (arguments []string, ok bool) {
	var argument strings.Builder
	begun := false // an argument has begun; it may be empty: ''
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote != '\'':
			if i++; i == len(text) {
				return nil, false
			}
			if quote == '"' && text[i] != '"' && text[i] != '\\' {
				argument.WriteByte('\\')
			}
			argument.WriteByte(text[i])
			begun = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			argument.WriteByte(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			if begun {
				arguments = append(arguments, argument.String())
				argument.Reset()
				begun = false
			}
		default:
			argument.WriteByte(c)
			begun = true
		}
	}
	if begun {
		arguments = append(arguments, argument.String())
	}
	return arguments, quote == 0
}
