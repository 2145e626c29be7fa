// text prints the golden rows of tests/golden/text from Go's own packages and the libraries that Helm uses:
//
//	go run . regex > ../../golden/text/regex.tsv
//
// A row's fields are separated by tabs; tab, newline, backslash and bytes that are not printable ASCII are written \xNN.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

var out = bufio.NewWriter(os.Stdout)

func quote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '\\' {
			fmt.Fprintf(&b, "\\x%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func row(fields ...string) {
	for i, f := range fields {
		if i > 0 {
			out.WriteByte('\t')
		}
		out.WriteString(quote(f))
	}
	out.WriteByte('\n')
}

func errText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func main() {
	defer out.Flush()
	areas := map[string]func(){"time": timeRows, "semver": semverRows, "glob": globRows, "regex": regexRows, "unicode": unicodeRows}
	areas[os.Args[1]]()
}
