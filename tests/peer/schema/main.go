// Answers each line {"schema": …, "value": …} of standard input (both JSON texts) with {"schema", "value", "out"}: what helm 3.19.0 prints of it,
// through the validator that it links and with its settings. Rows whose answer depends on the random order of Go's maps are left out.
// tests/golden/validate/schema.jsonl is made so; tests/unit/validate/test_json_schema.c replays it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type row struct {
	Schema string `json:"schema"`
	Value  string `json:"value"`
	Out    string `json:"out"`
}

const url = "file:///values.schema.json"

type nothing struct{}

func (nothing) Load(url string) (interface{}, error) {
	path := strings.TrimPrefix(url, "file://")
	return nil, fmt.Errorf("open %s: no such file or directory", path)
}

func answer(r row) string {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(r.Schema)))
	if err != nil {
		return err.Error()
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{"file": nothing{}, "http": nothing{}, "https": nothing{}, "urn": nothing{}})
	if err := c.AddResource(url, schema); err != nil {
		return err.Error()
	}
	validator, err := c.Compile(url)
	if err != nil {
		return err.Error()
	}
	var value interface{}
	if err := json.Unmarshal([]byte(r.Value), &value); err != nil {
		panic(err)
	}
	if err := validator.Validate(value); err != nil {
		return strings.TrimPrefix(err.Error(), "jsonschema validation failed with '"+url+"#'\n") + "\n"
	}
	return ""
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
		r.Out = answer(r)
		stable := true
		for i := 0; i < 10 && stable; i++ {
			stable = answer(r) == r.Out
		}
		if stable {
			out.Encode(r)
		}
	}
}
