module text

go 1.22

