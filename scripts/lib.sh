# Shared by the scripts: where the project is, and how missing packages are installed.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }

root_run=()
[ "$(id -u)" -eq 0 ] || root_run=(sudo)

# refresh_packages [WANTED...]: the package lists, once; a marker file, since subshells ask too.
apt_marker=$(mktemp -u)
refresh_packages() {
  [ -e "$apt_marker" ] && return 0
  if [ ${#root_run[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
    say "error: ${*:-packages} needed: run as root, or install sudo"
    exit 1
  fi
  "${root_run[@]}" apt-get -qq update
  touch "$apt_marker"
}
trap 'rm -f "$apt_marker"' EXIT

# need REASON PACKAGE...: installs what is missing, and says why.
need() {
  local reason=$1 missing=() p
  shift
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${missing[*]} ($reason)"
  refresh_packages "${missing[@]}"
  "${root_run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# Debian 12's own Boost is 1.74, too old; where there is no 1.81, the system's own is newer.
boost_package() {
  if dpkg-query -W libboost1.81-dev >/dev/null 2>&1; then echo libboost1.81-dev; return; fi
  refresh_packages
  if [ -n "$(apt-cache search --names-only '^libboost1.81-dev$')" ]; then echo libboost1.81-dev; else echo libboost-dev; fi
}

need_build() {
  need "compiler and build tools" g++ cmake ninja-build pkg-config ccache mold git ca-certificates
  need "libraries of the gateway" "$(boost_package)" libssl-dev nlohmann-json3-dev libsimdjson-dev libspdlog-dev \
    libsqlite3-dev libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libre2-dev libsystemd-dev libmimalloc-dev
  need "time zones of budgets (time_zone)" tzdata
}

# Debian's Node, unless the machine has one already (whose package may not go together with Debian's npm).
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need "the OpenAI SDK for Node" nodejs npm
}

# The runtime of sanitizers and fuzzer is a package of its own, named after clang's version.
need_fuzz() {
  need "fuzz targets" clang
  need "runtime of the fuzz targets" "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
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
