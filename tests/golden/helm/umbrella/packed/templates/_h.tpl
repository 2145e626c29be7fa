{{ define "n" }}p{{ end }}
