#!/bin/bash
# Ten charts from a server that answers each request 50 ms late: vendor against ten runs of helm pull; then nothing to do; then an index of 60 MB.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CACHE_HOME=$work/cache
unset RAIBID_MIRROR http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
mkdir -p "$HOME" "$work/repo" "$work/p/charts"
cd "$work"
printf 'apiVersion: v1\nentries:\n' >repo/index.yaml
printf 'requires:\n' >requires
for i in $(seq 10); do
	mkdir -p "c$i/templates"
	printf 'apiVersion: v2\nname: c%s\nversion: 1.0.0\n' "$i" >"c$i/Chart.yaml"
	head -c 60000 /dev/urandom | base64 >"c$i/templates/NOTES.txt"
	tar czf "repo/c$i-1.0.0.tgz" "c$i"
	printf '  c%s:\n  - {apiVersion: v2, name: c%s, version: 1.0.0, urls: [c%s-1.0.0.tgz], digest: %s}\n' "$i" "$i" "$i" \
		"$(sha256sum "repo/c$i-1.0.0.tgz" | cut -d' ' -f1)" >>repo/index.yaml
	printf -- '- {chart: r/c%s, version: 1.0.0}\n' "$i" >>requires
done
exec 3> >(exec python3 "$src/tests/tools/http_server.py" "$work/repo" --latency 50 >"$work/port")
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")/files
{
	printf 'version: 1\ndirectory: vendor\nrepositories:\n- {name: r, url: "%s"}\n' "$url"
	cat requires
} >p/charts/chartfile.yaml
cat >ours <<S
#!/bin/sh
cd "$work/p" && rm -rf charts/vendor charts/charts.lock .raibid "$XDG_CACHE_HOME" && exec "$RAIBID_RUN" --step vendor
S
cat >theirs <<S
#!/bin/sh
rm -rf "$work/pulled" && mkdir "$work/pulled"
for i in 1 2 3 4 5 6 7 8 9 10; do helm pull c\$i --repo "$url" --version 1.0.0 --untar -d "$work/pulled" || exit 1; done
S
chmod +x ours theirs
if command -v helm >/dev/null; then
	"$src/tests/bench/compare" '10 charts, 50 ms a request' "$work/ours" "$work/theirs"
else
	"$src/tests/bench/compare" '10 charts, 50 ms a request' "$work/ours" -
fi
cd p
"$work/ours" >/dev/null 2>&1
"$src/tests/bench/compare" --cwd "$work/p" 'vendor, nothing to do' "$RAIBID_RUN --step vendor" -
python3 - "$work/repo/index.yaml" <<'P'
import sys
with open(sys.argv[1], "a") as f:
    for c in range(300):
        f.write("  other%d:\n" % c)
        for v in range(500):
            f.write("  - annotations:\n      category: Infrastructure\n    apiVersion: v2\n    created: \"2024-03-08T13:51:24Z\"\n    dependencies:\n"
                    "    - name: common\n      repository: oci://registry.example.com/charts\n      version: 2.x.x\n    description: A chart with a long "
                    "description, as they all have one\n    digest: %064x\n    name: other%d\n    urls:\n    - o-%d.tgz\n    version: 1.%d.0\n" % (v, c, v, v))
P
"$src/tests/bench/compare" '10 charts, an index of 60 MB' "$work/ours" -
exec 3>&-
