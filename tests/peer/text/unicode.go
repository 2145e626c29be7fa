package main

import (
	"fmt"
	"hash/fnv"
	"sort"
	"strings"
	"unicode"
)

// One row a property: a digest over all code points, four bytes of result each.
func unicodeRows() {
	digest := func(name string, f func(rune) rune) {
		h := fnv.New64a()
		for r := rune(0); r <= unicode.MaxRune; r++ {
			v := uint32(f(r))
			h.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
		}
		row(name, fmt.Sprintf("%016x", h.Sum64()))
	}
	is := func(name string, f func(rune) bool) {
		digest(name, func(r rune) rune {
			if f(r) {
				return 1
			}
			return 0
		})
	}
	digest("upper", unicode.ToUpper)
	digest("lower", unicode.ToLower)
	digest("title", unicode.ToTitle)
	digest("fold", unicode.SimpleFold)
	is("is_letter", unicode.IsLetter)
	is("is_upper", unicode.IsUpper)
	is("is_lower", unicode.IsLower)
	is("is_digit", unicode.IsDigit)
	is("is_number", unicode.IsNumber)
	is("is_space", unicode.IsSpace)
	is("is_punct", unicode.IsPunct)
	is("is_symbol", unicode.IsSymbol)
	is("is_mark", unicode.IsMark)
	is("is_graphic", unicode.IsGraphic)
	is("is_print", unicode.IsPrint)
	var names []string
	tables := map[string]*unicode.RangeTable{}
	for _, m := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts} {
		for name, t := range m {
			names = append(names, name)
			tables[name] = t
		}
	}
	sort.Strings(names)
	for _, name := range names {
		n := 0
		sum := 0
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if unicode.Is(tables[name], r) {
				n++
				sum += int(r)
			}
		}
		row("set", name, fmt.Sprint(n), fmt.Sprint(sum))
	}
	for _, s := range []string{"", "abc", "ABC", "straße", "ΑΣ", "ǆ", "x\xffY", "y\xff", "ıİ", "ŉ"} {
		row("str", s, strings.ToUpper(s), strings.ToLower(s))
	}
	for _, s := range []string{"", "  ", " a ", "\u00a0x\u2003", "\xffa\xff", "\u3000", "a\u0085", "\xc2", "x\xa0"} {
		row("trim", s, strings.TrimSpace(s))
	}
}
