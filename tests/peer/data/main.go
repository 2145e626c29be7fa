// Answers each line {"op": …, "in": …} of standard input with {"op", "in", "out", "err"}: what Go's JSON and YAML libraries make of the
// input. The versions are those of helm 3.19.0 and tk 0.38.0. tests/golden/data/rows.jsonl is made so; tests/golden/data/filter.c gives our answers.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	helmv3 "go.yaml.in/yaml/v3"
	yamlv2 "gopkg.in/yaml.v2"
	yamlv3 "gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

type row struct {
	Op  string `json:"op"`
	In  string `json:"in"`
	Out string `json:"out"`
	Err string `json:"err"`
}

func yamlMap(in []byte, unmarshal func([]byte, interface{}, ...sigs.JSONOpt) error) ([]byte, error) {
	m := map[string]interface{}{}
	if err := unmarshal(in, &m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

func yamlAll(in []byte) ([]byte, error) {
	all := []interface{}{}
	for d := yamlv3.NewDecoder(bytes.NewReader(in)); ; {
		var v interface{}
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			return json.Marshal(all)
		} else if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

type encoder interface {
	SetIndent(int)
	Encode(interface{}) error
	Close() error
}

func encode(v interface{}, indent int, b *bytes.Buffer, e encoder) ([]byte, error) {
	e.SetIndent(indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	err := e.Close()
	return b.Bytes(), err
}

var fromYAML = map[string]func([]byte) ([]byte, error){
	"y2j": func(in []byte) ([]byte, error) {
		out, err := sigs.YAMLToJSON(in)
		if err != nil {
			err = fmt.Errorf("error converting YAML to JSON: %w", err)
		}
		return out, err
	},
	"unm": func(in []byte) ([]byte, error) { return yamlMap(in, sigs.Unmarshal) },
	"uns": func(in []byte) ([]byte, error) { return yamlMap(in, sigs.UnmarshalStrict) },
	"v3":  yamlAll,
}

var fromJSON = map[string]func(interface{}) ([]byte, error){
	"j2j":  json.Marshal,
	"j2ji": func(v interface{}) ([]byte, error) { return json.MarshalIndent(v, "", "  ") },
	"j2y":  func(v interface{}) ([]byte, error) { return sigs.Marshal(v) },
	"j2v2": yamlv2.Marshal,
	"j2v3": func(v interface{}) ([]byte, error) {
		var b bytes.Buffer
		return encode(v, 4, &b, yamlv3.NewEncoder(&b))
	},
	"j2v3_2": func(v interface{}) ([]byte, error) {
		var b bytes.Buffer
		return encode(v, 2, &b, helmv3.NewEncoder(&b))
	},
}

func answer(op string, in []byte) (out []byte, err error) {
	if f := fromYAML[op]; f != nil {
		return f(in)
	}
	var v interface{}
	if err := json.Unmarshal(in, &v); err != nil {
		return nil, err
	}
	return fromJSON[op](v)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		text, err := answer(r.Op, []byte(r.In))
		if r.Out, r.Err = string(text), ""; err != nil {
			r.Err = err.Error()
		}
		if err := out.Encode(r); err != nil {
			panic(err)
		}
	}
}
