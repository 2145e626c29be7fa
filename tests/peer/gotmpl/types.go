package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Person is what {"$go": "person"} in a data line becomes; the C test has the same type.
type Person struct {
	Name   string
	Age    int
	Tags   []string
	Extra  interface{}
	hidden int
}

func (p Person) Greet(greeting string) string { return greeting + ", " + p.Name }
func (p Person) Sum(first int, more ...int) int {
	for _, m := range more {
		first += m
	}
	return first
}
func (p Person) Fail() (string, error) { return "", errors.New("it failed") }

// Version has a String method, as semver's.
type Version struct{ Major, Minor int }

func (v Version) String() string { return fmt.Sprintf("v%d.%d", v.Major, v.Minor) }

// Named map and list types with methods, as Helm's Values and VersionSet.
type Values map[string]interface{}

func (v Values) Upper(key string) string { return strings.ToUpper(fmt.Sprint(v[key])) }

type Set []string

func (s Set) Has(key string) bool {
	for _, k := range s {
		if k == key {
			return true
		}
	}
	return false
}

func strs(v interface{}) []string {
	out := []string{}
	for _, s := range v.([]interface{}) {
		out = append(out, s.(string))
	}
	return out
}

// typed replaces {"$go": TYPE, "v": VALUE} by a value of the Go type; all else stays what encoding/json made of it.
func typed(v interface{}) interface{} {
	switch v := v.(type) {
	case []interface{}:
		for i := range v {
			v[i] = typed(v[i])
		}
	case map[string]interface{}:
		kind, ok := v["$go"].(string)
		if !ok {
			for k := range v {
				v[k] = typed(v[k])
			}
			return v
		}
		x := v["v"]
		n, _ := x.(float64)
		switch kind {
		case "int":
			return int(n)
		case "int8":
			return int8(n)
		case "int16":
			return int16(n)
		case "int32":
			return int32(n)
		case "int64":
			return int64(n)
		case "uint":
			return uint(n)
		case "uint8":
			return uint8(n)
		case "uint16":
			return uint16(n)
		case "uint32":
			return uint32(n)
		case "uint64":
			return uint64(n)
		case "float32":
			return float32(n)
		case "duration":
			return time.Duration(n)
		case "month":
			return time.Month(n)
		case "weekday":
			return time.Weekday(n)
		case "bytes":
			return []byte(x.(string))
		case "strings":
			return strs(x)
		case "set":
			return Set(strs(x))
		case "ints":
			out := []int{}
			for _, e := range x.([]interface{}) {
				out = append(out, int(e.(float64)))
			}
			return out
		case "mapstring":
			out := map[string]string{}
			for k, e := range x.(map[string]interface{}) {
				out[k] = e.(string)
			}
			return out
		case "maps":
			out := []map[string]interface{}{}
			for _, e := range x.([]interface{}) {
				out = append(out, typed(e).(map[string]interface{}))
			}
			return out
		case "values":
			return Values(typed(x).(map[string]interface{}))
		case "nilmap":
			return map[string]interface{}(nil)
		case "nillist":
			return []interface{}(nil)
		case "person", "*person":
			p := &Person{Name: "Ann", Age: 42, Tags: []string{"a", "b"}, Extra: map[string]interface{}{"k": 1.5}, hidden: 7}
			if kind == "person" {
				return *p
			}
			return p
		case "version":
			return Version{1, 22}
		case "error":
			return errors.New(x.(string))
		}
		panic("unknown type " + kind)
	}
	return v
}
