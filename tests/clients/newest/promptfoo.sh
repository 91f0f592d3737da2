#!/usr/bin/env bash
# promptfoo is a program: one evaluation with a provider for each model, at its defaults (temperature 0).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
{
  echo 'prompts: ["Say it. [[sim:text=fine]]"]'
  echo 'providers:'
  tr , '\n' <<<"$MODELS" | sed 's/.*/  - "openai:chat:&"/'
  echo 'tests: [{assert: [{type: contains, value: fine}]}]'
} >"$folder/promptfooconfig.yaml"
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR=$folder/state PROMPTFOO_CACHE_ENABLED=false
bin=$1/node_modules/.bin/promptfoo
version=$("$bin" --version | tail -1)
code=0
"$bin" eval -c "$folder/promptfooconfig.yaml" -o "$folder/out.json" --no-table --no-progress-bar >"$folder/log" 2>&1 || code=$?
[ -s "$folder/out.json" ] || { tail -5 "$folder/log"; echo "FAIL promptfoo $version"; exit 1; }
python3 - "$folder/out.json" "$version" <<'P'
import json, sys
results = json.load(open(sys.argv[1]))["results"]["results"]
for r in results:
    name, why = r["provider"]["id"], (r.get("error") or r.get("response", {}).get("error") or "")
    print(f"{'ok  ' if r['success'] else 'FAIL'} promptfoo {sys.argv[2]} eval {name} {why[:300]}".rstrip())
print(f"sum  promptfoo {sys.argv[2]} {sum(r['success'] for r in results)} of {len(results)}")
P
exit $((code != 0))
