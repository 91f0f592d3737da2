# Shared by the scripts: where the project is, and how missing packages are installed.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }

# need REASON PACKAGE...: installs what is missing, and says why.
need() {
  local reason=$1 missing=() p
  shift
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${missing[*]} ($reason)"
  local run=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "error: ${missing[*]} needed: run as root, or install sudo"; exit 1; }
    run=(sudo)
  fi
  if [ -z "${apt_updated:-}" ]; then
    "${run[@]}" apt-get -qq update
    apt_updated=1
  fi
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

need_build() {
  need "compiler and build tools" g++ cmake ninja-build pkg-config ccache mold git ca-certificates
  need "libraries of the gateway" libboost1.81-dev libssl-dev nlohmann-json3-dev libsimdjson-dev libspdlog-dev \
    libsqlite3-dev libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libsystemd-dev
}

# Debian's Node, unless the machine has one already (whose package may not go together with Debian's npm).
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need "the OpenAI SDK for Node" nodejs npm
}

venv=build/venv
venv_ready() {
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r tests/integration/requirements.txt
}

# Heavy compilers need about 1 GB each; two at once unless the machine is large.
jobs() {
  local cores mem
  cores=$(nproc)
  mem=$(awk '/MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
  [ "$mem" -lt "$cores" ] && cores=$mem
  [ "$cores" -lt 1 ] && cores=1
  echo "$cores"
}

build() {  # build PRESET [TARGET...]
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$(jobs)" ${1:+--target "$@"}
}
