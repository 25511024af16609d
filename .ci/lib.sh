# Shared by .ci/run and .ci/nightly. Sourced from the root of the checkout.
export FETTLE_TESTDATA_REQUIRED=1
export FETTLE_TESTDATA=${FETTLE_TESTDATA:-$PWD/../shared/data}
export GOFLAGS=${GOFLAGS:-}
tools=${XDG_CACHE_HOME:-$HOME/.cache}/fettle/bin
golangci=v2.15.0
modules=$(awk '$1 !~ /^#/ && NF==2 {print $1}' modules.txt)
begun=$SECONDS

step() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - begun))"; }

# need PROGRAM PACKAGE: installs a Debian package unless the program is there.
need() {
  command -v "$1" >/dev/null && return
  [ -n "${updated:-}" ] || { apt-get update -qq && updated=1; }
  apt-get install -y -qq "$2" >/dev/null
}

programs() {
  need xz xz-utils
  need zstd zstd
  need rpm rpm
  need dpkg dpkg
  if ! "$tools/golangci-lint" version 2>/dev/null | grep -q "${golangci#v}"; then
    GOBIN=$tools go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci"
  fi
}

# targets: every fuzz target as folder of its module, package and name.
targets() {
  local dir pkg
  for dir in $modules; do
    for pkg in $(cd "$dir" && go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
      (cd "$dir" && go test -list '^Fuzz' "$pkg") | awk -v dir="$dir" -v pkg="$pkg" '/^Fuzz/ {print dir, pkg, $1}'
    done
  done
}

# fuzz AMOUNT: runs every fuzz target for so long (300s) or so often (3000x), two
# at a time. Shrinking an input that is merely new gets two seconds, not the sixty
# that would be most of the time. On a busy machine the tool itself may fail at the
# end of the time with a bare "context deadline exceeded" (golang/go#75804):
# nothing was found then, because what is found is written down or panics.
fuzz() {
  export amount=$1
  targets | xargs -P 2 -L 1 bash -c '
    cd "$0" && out=$(go test -run "^$" -fuzz "^$2\$" -fuzztime "$amount" -fuzzminimizetime 2s -parallel 1 "$1" 2>&1)
    status=$?
    echo "-- $1 $2: $(tail -n 1 <<<"$out")"
    if [ $status -ne 0 ] && [ "$(grep -A1 -e "^--- FAIL" <<<"$out" | tail -n 1)" = "    context deadline exceeded" ] &&
      ! grep -qE "Failing input|failure while testing seed|panic|hung or terminated" <<<"$out"; then
      echo "-- $1 $2: the end of the time came while an input was run; nothing was found"
    elif [ $status -ne 0 ]; then
      echo "$out"
      exit 1
    fi'
}
