{{ define "inc" }}{{ .b }}{{ .nope.x }}{{ end }}{{ define "rec" }}{{ include "rec" . }}{{ end }}{{ define "dots" }}{{ fail "in: dots" }}{{ end }}
