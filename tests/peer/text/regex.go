package main

import (
	"fmt"
	"regexp"
	"strings"
)

// Patterns of which only the error matters.
var regexBad = []string{
	"(?i", "(?", "(?P<n", "(?P<n>", "(?P<a b>c)", "(?<=a)", "(?=a)", "(?!a)", "(?<", "(?<a", "(?P", "(?P=n)", "(?P>n)", "(?i-", "(?-)",
	"(?--i)a", "(?iz)", "(?#c)", "(?>a)", `\8`, `\1`, `\9`, `\E`, `\C`, `\q`, `\Z`, `\c`, "[a", "[a-", `[a-\d]`, "[z-a]", "[[:foo:]]", "[[:alpha:]",
	`\p{Foo}`, `\pX`, `\p{`, `\p`, `\P`, `\`, `[\`, `\x{110000}`, `\x{`, `\xz`, `\x1`, `\x{}`, `\x{g}`, "a**", "a{2}{3}", "a{1001}", "a{2,1}", "a{1,1001}",
	"(a{100}){100}", "((a{10}){10}){11}", "(a{10,}){200}", "a{99999999999}", "a{1,99999999999}", "*", "+?", "(*)", "|*", "a|*", "(|*)", "(?:+)", "(", ")", "a)b", "(a", "(a(b)",
	"((a)", "a(?i", "(?i)(?s", "\xff", "[\xff]", "(?P<\xff>a)", "(?s-)", "x{2}?{3}", "a*??", "a+*", "a?+", "a??+", `\x{41`, "[b-a]", `[\x{42}-\x41]`, "[]", "[^]", "[^", "[a-]b-[",
	"a{,2}{3}", "a{1}{,2}*", "(?P<>a)", "(?P<1a>x)", "(?P<é>x)", "[[:^foo:]]", `[\p{Foo}]`, `[\q]`, `a\`, "(?m", "(?i:a", "(?:a", "a{0,1001}",
	`\Q`, `\Qa\E*`, `\Qab\E*`, "^*", "$+", `\b?`, "(?i)*", "a(?i)*", "a*(?i)*", "a{01}", "a{1,02}", "a{,2}", "a{", "a{1", "a{1,", "a{1,2", "a{a}", "a{ 1}", "{", "}", "]", "a]", "x{2}y{3}",
	"(?U)a**", "(?s)", "(?i)", "()", "(|)", "||", "[[:word:]]", `\pL`, `\p{L}`, `\p{Greek}`, `\p{^Greek}`, `\P{^Greek}`, `\p{greek}`, `\p{Letter}`, `\p{any}`, `\p{ASCII}`, `\p{Assigned}`,
	"(?P<n>a)(?P<n>b)", "(?<n>a)", `\_`, `\-`, `\/`, `\"`, `\a\f\n\r\t\v`, `\123`, `\07`, `\0`, `\18`, `\x7F`, `\x{10FFFF}`,
}

var regexTexts = []string{
	"", "a", "b", "ab", "abc", "abcabc", "aaa", "aab", "foo.bar", "foo-bar_baz", "a\nb\nc", "line one\nline two\r\n", "x=1, y=22, z=333", "2024-01-31T12:00:00Z",
	"Hello, World", "héllo wörld", "日本語 text", "\xff\xfea\xff", "ſK K", "σς Σ", "key: value\nother: thing\n", "192.168.0.1:8080", "user@example.com, x@y.z",
	"ABCabc123_", "  lead and trail  ", "{{ .Values.x }}", "a.b.c/d:e@sha256:0123456789abcdef", "tést\tTAB", "aXbXc", "((()))",
}

var regexGood = []string{
	"", "a", "abc", "a|b", "a|ab", "ab|a", "(a)(b)?", "(a|ab)(c|bcd)?", "a*", "a+", "a?", "a*?", "a+?", "a??", "(a*)*", "(a*)+", "(a|b)*", "(|a)*", "(|a)+", "(a|)*?", "(a+|b)*?c", "(a*?)*",
	".", ".*", ".+", ".*?", "(?s).", "(?s).*", "^", "$", "^$", "(?m)^", "(?m)$", "(?m)^.*$", "(?m)^(\\w+): *(.*)$", `\A\w`, `\w\z`, `\b`, `\B`, `\b\w+\b`, `\w+`, `\W+`, `\d+`, `\D+`, `\s+`, `\S+`,
	`(\w+)=(\d+)`, `(?P<key>\w+)=(?P<value>\d+)`, "[abc]", "[^abc]", "[a-c]+", "[^\\n]+", "[[:alpha:]]+", "[[:^alpha:]]+", "[[:space:]]", "[-a]", "[a-]", "[]a]", "[^]a]", `[\]a]`, `[\w.]+`, `[^\w\s]`, `[\d-x]`,
	"(?i)abc", "(?i)[a-c]+", "(?i)k", "(?i)s", "(?i)σ", "(?i)[^k]", "(?i)hello", "(?i:h)ELLO", "(?i)wÖrld", `(?i)\pLu+`, `\p{Lu}`, `\p{Lu}+`, `\pL+`, `\PL+`, `\p{Greek}+`, `\p{Han}+`, `\p{Latin}+`, `[\p{Lu}\d]+`, `[^\pL]`,
	"é", "[é-ö]", "ö+", `\x{fffd}`, `\xff`, `[^a]`, `日本?`, `\x61`, `\141`, `\Qa.b\E`, `\Q((\E+`, "a{2}", "a{2,}", "a{0,1}", "a{1,2}?", "(ab){2}", "(a){0}b", "(?:ab)+", "(?:a|b|c){2,3}", "a{2,3}b", "x{0}", "(a{0,2}){2}",
	"(?U)a+", "(?U)a+?", "(?U).*b", "(?Us).*b", "(?im)^B", "(?i)(?-i)A", "(?i-s)a.", "((((a))))", "(a)|(b)", "(a)|b|(c)", "(a(b(c)))", "([a-z]+)([0-9]*)", `(\d+)\.(\d+)\.(\d+)\.(\d+)(:\d+)?`,
	`(\d{4})-(\d{2})-(\d{2})`, `^(\d{4})-(\d{2})-(\d{2})T`, `([^@\s]+)@([^\s,]+)`, "^ +| +$", `^\s+|\s+$`, `[.:/@]`, `sha256:[0-9a-f]{8}`, `(?:[a-z]+\.)*[a-z]`, `\{\{.*?\}\}`, `[A-Z]+|[a-z]+|\d+`, `X|$`, `(?:)`, `()`, `a()b`, `(^|X)([a-c])`, `\b`,
	`[a-z]+$`, `o\b`, `\Bo`, `[^[:space:]]+`, `\.`, `(?m)^line`, `(?m)two$`, `two$`, `\r?\n`, "[\\x00-\\x{10FFFF}]", `\pN`, `[[:upper:]][[:lower:]]*`, `[ſ]`, `(?i)ſ`, `K`,
}

var regexReplaces = []struct{ re, with string }{
	{"a", "b"}, {"a*", "-"}, {"", "-"}, {"(a)(b)?", "$2$1"}, {`(\w+)=(\d+)`, "$2=$1"}, {`(\w+)=(\d+)`, "${2}x${1}"}, {`(\w+)=(\d+)`, "$1x"}, {`(?P<k>\w+)=(?P<v>\d+)`, "$v:${k}"}, {`(?P<k>\w+)=(?P<v>\d+)`, "$kx"},
	{"a", "$$"}, {"a", "$"}, {"a", "$0$0"}, {"a", "${0"}, {"a", "${}"}, {"a", "$-"}, {"a", "$5"}, {"a", "$01"}, {"a", "${0}x"}, {"[^a-zA-Z0-9]+", "-"}, {`^\s+|\s+$`, ""}, {"(?m)^", "> "}, {"(?m)$", ";"}, {`\b`, "|"}, {"(?i)[aeiou]", "<$0>"}, {"b*", "x"},
	{"a|", "y"}, {"é|ö", "e"}, {`(?P<n>a)|(?P<n>b)`, "[$n]"}, {"$", "END"}, {"^", "BEGIN"}, {"a", "${é}"}, {"a", "$é"}, {"(a)", "$1_$1"}, {"(a)", "${1}_$1"}, {".", "$0."}, {"\xc3", "x"},
}

func regexRows() {
	for _, p := range regexBad {
		_, err := regexp.Compile(p)
		row("compile", p, errText(err))
	}
	deep := func(n int) string { return strings.Repeat("(", n) + "a" + strings.Repeat(")", n) }
	for _, n := range []int{999, 1000} {
		_, err := regexp.Compile(deep(n))
		row("compile", deep(n), errText(err))
	}
	for i, p := range regexGood {
		re := regexp.MustCompile(p)
		for j, text := range regexTexts {
			// All pairs of the first ones, then a spread that keeps the file small.
			if (i+j)%4 != 0 && j > 4 {
				continue
			}
			var b strings.Builder
			for k, m := range re.FindAllStringSubmatchIndex(text, -1) {
				if k > 0 {
					b.WriteByte('|')
				}
				b.WriteString(strings.Trim(fmt.Sprint(m), "[]"))
			}
			row("find", p, text, b.String())
		}
	}
	for _, r := range regexReplaces {
		re, err := regexp.Compile(r.re)
		if err != nil {
			continue
		}
		for _, text := range regexTexts {
			row("replace", r.re, text, r.with, re.ReplaceAllString(text, r.with), re.ReplaceAllLiteralString(text, r.with))
		}
	}
	for _, p := range []string{"", "a", "b*", ",", ", *", "a|b", `\s+`, "[.:/@]", "X", "(a)", "$", "^", "\n", "z*"} {
		re := regexp.MustCompile(p)
		for i, text := range regexTexts {
			for _, n := range []int{-1, 0, 1, 2, 3} {
				if n < 0 || (i+n)%3 == 0 {
					row(append([]string{"split", p, text, fmt.Sprint(n)}, re.Split(text, n)...)...)
				}
			}
		}
	}
	for _, text := range append(regexTexts, `\.+*?()|[]{}^$`, "-/&~#") {
		row("quote", text, regexp.QuoteMeta(text))
	}
}
