{{ define "n" }}lib{{ end }}{{ define "m" }}m{{ end }}
