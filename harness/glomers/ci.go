package glomers

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Formats are the names of the forms that programs of continuous integration read.
var Formats = []string{"junit", "github"}

// Write writes judgements in one of Formats. The name is that of the set.
func Write(w io.Writer, format, name string, all []Judgement) error {
	switch format {
	case "junit":
		return writeJUnit(w, name, all)
	case "github":
		return writeGitHub(w, name, all)
	}
	return fmt.Errorf("no such format: %q", format)
}

// suite is JUnit's XML as most programs read it.
//
// Source: https://github.com/testmoapp/junitxml.
type suite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Time     string   `xml:"time,attr"`
	Cases    []tested `xml:"testcase"`
}

type tested struct {
	Class   string  `xml:"classname,attr"`
	Name    string  `xml:"name,attr"`
	Time    string  `xml:"time,attr"`
	Failure *broken `xml:"failure"`
	Error   *broken `xml:"error"`
	Out     string  `xml:"system-out,omitempty"`
}

type broken struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, name string, all []Judgement) error {
	s := suite{Name: name, Tests: len(all)}
	total := 0.0
	for _, j := range all {
		c := tested{Class: name, Name: j.Label(), Out: j.Limits(), Time: "0"}
		if j.Result != nil {
			total += j.Result.Made.Seconds
			c.Time = fmt.Sprintf("%.3f", j.Result.Made.Seconds)
		}
		if j.Verdict != Pass {
			b := &broken{Message: append(j.Why[:len(j.Why):len(j.Why)], string(j.Verdict))[0], Type: string(j.Verdict), Text: strings.Join(j.Why, "\n")}
			if j.Verdict == Fail {
				s.Failures++
				c.Failure = b
			} else {
				s.Errors++
				c.Error = b
			}
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = fmt.Sprintf("%.3f", total)
	text, err := xml.MarshalIndent(s, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	return err
}

// writeGitHub writes a line for each test that is no pass, and one for all.
//
// Source: GitHub, Workflow commands for GitHub Actions, "Setting an error message";
// the characters that are escaped: actions/toolkit, packages/core/src/command.ts.
func writeGitHub(w io.Writer, name string, all []Judgement) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, j := range all {
		level := "error"
		switch j.Verdict {
		case Pass:
			continue
		case Unknown:
			level = "warning"
		}
		fmt.Fprintf(&b, "::%s title=%s::%s\n", level, property.Replace(j.Label()+": "+string(j.Verdict)), data.Replace(cmp.Or(strings.Join(j.Why, "\n"), string(j.Verdict))))
	}
	fmt.Fprintf(&b, "::notice title=%s::%s\n", property.Replace(name), data.Replace(Summary(all)))
	_, err := io.WriteString(w, b.String())
	return err
}

// Label names a run: "3d Efficient Broadcast, Part I (seed 1)".
func (j *Judgement) Label() string {
	return fmt.Sprintf("%s %s (seed %d)", j.Challenge.Name, j.Title, j.Trial.Seed)
}

// Summary counts verdicts: "of 15 tests 13 pass, 2 fail".
func Summary(all []Judgement) string {
	n := map[Verdict]int{}
	for _, j := range all {
		n[j.Verdict]++
	}
	parts := []string{fmt.Sprintf("%d pass", n[Pass])}
	for _, v := range []struct {
		verdict Verdict
		said    string
	}{{Fail, "%d fail"}, {Unknown, "%d unknown"}, {NotRun, "%d not run"}} {
		if n[v.verdict] > 0 {
			parts = append(parts, fmt.Sprintf(v.said, n[v.verdict]))
		}
	}
	tests := "tests"
	if len(all) == 1 {
		tests = "test"
	}
	return fmt.Sprintf("of %d %s %s", len(all), tests, strings.Join(parts, ", "))
}
