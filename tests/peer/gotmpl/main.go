// Fills in what Go's text/template (with sprig) makes of the cases in golden files: go run . FILE... rewrites each FILE in
// place. README.md says how the files look.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// A value after a keyword is the rest of the line, or a JSON string where it begins with a double quote.
func unquote(s string) string {
	if strings.HasPrefix(s, `"`) {
		var out string
		if err := json.Unmarshal([]byte(s), &out); err == nil {
			return out
		}
	}
	return s
}

func quote(s string) string {
	plain := s != "" && !strings.HasPrefix(s, `"`) && strings.TrimSpace(s) == s
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xfffd || r == 0x2028 || r == 0x2029 {
			plain = false
		}
	}
	if plain {
		return s
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

type file struct{ name, text string }

type state struct {
	data  interface{}
	opts  []string
	files []file
}

func (st *state) run(text string) (out string, err error) {
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	set := template.New("set")
	core := false
	for _, o := range st.opts {
		if o == "core" {
			core = true
		} else {
			set.Option(o)
		}
	}
	if !core {
		set.Funcs(funcs)
	}
	for _, f := range append(st.files, file{"t", text}) {
		if _, err := set.New(f.name).Parse(f.text); err != nil {
			return "", err
		}
	}
	var buf bytes.Buffer
	err = set.ExecuteTemplate(&buf, "t", st.data)
	return buf.String(), err
}

func convert(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var out strings.Builder
	var st state
	raw := []byte("null")
	for i, line := range strings.Split(strings.TrimSuffix(string(src), "\n"), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "want", "fail":
			continue // made anew
		case "data":
			raw = []byte(rest)
			if !json.Valid(raw) {
				return fmt.Errorf("%s:%d: bad data", path, i+1)
			}
		case "opt":
			st.opts = strings.Fields(rest)
		case "file":
			name, text, _ := strings.Cut(rest, " ")
			st.files = append(st.files, file{name, unquote(text)})
		case "tmpl":
			// Functions may change their data (sprig's set): each case gets its own.
			var v interface{}
			if err := json.Unmarshal(raw, &v); err != nil {
				return err
			}
			st.data = typed(v)
			got, err := st.run(unquote(rest))
			fmt.Fprintln(&out, line)
			if err != nil {
				fmt.Fprintf(&out, "fail %s\n", quote(err.Error()))
			} else {
				fmt.Fprintf(&out, "want %s\n", quote(got))
			}
			st.files = nil
			continue
		case "", "#":
		default:
			return fmt.Errorf("%s:%d: unknown keyword %q", path, i+1, word)
		}
		fmt.Fprintln(&out, line)
	}
	return os.WriteFile(path, []byte(out.String()), 0o644)
}

func main() {
	for _, path := range os.Args[1:] {
		if err := convert(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
