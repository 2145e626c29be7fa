{{ define "n" }}root{{ end }}
