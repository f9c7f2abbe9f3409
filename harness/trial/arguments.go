package trial

import "strings"

// argumentsForm takes what splits into arguments, and leaves it as it is.
func argumentsForm(text string) (canonical, want string) {
	if err := CheckText(text); err != nil {
		return "", "text without control characters"
	}
	if _, ok := SplitArguments(text); !ok {
		return "", "arguments in which every quote is closed, and no \\ is the end"
	}
	return text, ""
}

// SplitArguments parts text into arguments as a shell does that expands
// nothing: at spaces, but for those that stand in quotes or behind a backslash.
// In single quotes a backslash is one; in double quotes it is one but before a
// double quote and a backslash. It reports false where a quote is not closed.
func SplitArguments(text string) (arguments []string, ok bool) {
	var argument strings.Builder
	begun := false // an argument has, though it may be empty: ''
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
