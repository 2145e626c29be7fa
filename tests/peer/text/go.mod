module text

go 1.22

require github.com/Masterminds/semver/v3 v3.4.0

require github.com/gobwas/glob v0.2.3
