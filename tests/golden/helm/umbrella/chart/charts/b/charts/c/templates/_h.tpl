{{ define "n" }}c{{ end }}
