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
  need rpm rpm
  need dpkg dpkg
  if ! "$tools/golangci-lint" version 2>/dev/null | grep -q "${golangci#v}"; then
    GOBIN=$tools go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci"
  fi
}

# fuzz SECONDS: runs every fuzz target of every module for so long.
fuzz() {
  local dir pkg target
  for dir in $modules; do
    (cd "$dir" && go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | while read -r pkg; do
      [ -n "$pkg" ] || continue
      go test -list '^Fuzz' "$pkg" | grep '^Fuzz' | while read -r target; do
        echo "-- $pkg $target"
        go test -run '^$' -fuzz "^$target\$" -fuzztime "${1}s" "$pkg" </dev/null || exit 1
      done || exit 1
    done) || return 1
  done
}
