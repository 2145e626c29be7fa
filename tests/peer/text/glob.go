package main

import (
	"fmt"
	"path"

	"github.com/gobwas/glob"
)

func globRows() {
	names := []string{"", "a", "b", "ab", "abc", "a/b", "a/b/c", "a.txt", "dir/a.txt", "dir/sub/a.txt", "x.yaml", "x.yml", "é", "[a]", "a-b", "-", "*", "a*b", "{a,b}", "a,b", "config.json", ".hidden", "b.yaml", "files/b.yaml", "]", "\xff"}
	for _, p := range []string{"", "*", "?", "a*", "*a", "*.txt", "*/b", "a/*", "a/?", "[ab]", "[^a]", "[a-c]", "[a-", "[", "[]a]", "[a", "a[", "\\*", "a\\*b", "\\", "*\\", "a**b", "**", "*/*", "??", "[é]", "é", "[-]", "[a-]", "[\\-]", "[^", "a[^", "x.y*ml", "a*b*c", "[a-c]*", "*[", "b[", "[c-a]", "ab[", "?", "[!a]", "*.*", "\\[a\\]", "[\\]]"} {
		for _, n := range names {
			ok, err := path.Match(p, n)
			row("path", p, n, fmt.Sprint(ok), errText(err))
		}
	}
	for _, p := range []string{"", "*", "**", "?", "a*", "*a", "*.txt", "**.txt", "**/a.txt", "dir/*", "dir/**", "dir/*.txt", "{a,b}", "{a,b}*", "*.{yaml,yml}", "**.{yaml,yml}", "{a*,b?}", "{,a}", "[ab]", "[!a]", "[a-c]", "[!a-c]", "[a-c]*", "\\*", "a\\*b", "\\{a,b\\}",
		"a/**/c", "*/*", "?b", "??", "{a/b,x}*", "{{a,b},abc}", "a{b,{c,/b}}", "files/*", "{dir,files}/**", "*.json", ".*", "a?b", "é", "?*", "[a-]", "[-a]", "[ab-d]", "[a-cx]", "[a\\-c]", "[a-\\c]", "[!!a]", "[^a]", "a{b", "{a,{b}", "}}", "a,b}", "{a[}]}", "\\", "a\\", "*a*", "**a", "a**", "**?", "[]]", "a,b", "[[]a[]]", "*{.txt,.yaml}", "**/b*", "{a,b", "[a", "[", "a}", "[c-a]", "[abc", "{", "}", "[!]"} {
		g, err := glob.Compile(p, '/')
		if err != nil {
			row("glob", p, "", "error", err.Error())
			continue
		}
		for _, n := range names[1:] { // the library has quirks with the empty name, which no file has
			row("glob", p, n, fmt.Sprint(g.Match(n)), "")
		}
	}
}
