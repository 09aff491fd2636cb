#!/bin/sh
# Go's own verifier and Ward agree on logs of several sizes, and both notice a changed byte.
# usage: golog.sh GOLOG_MAKE GOLOG_SOURCE
set -eu
command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/cache" GOFLAGS=
go build -o "$work/golog" "$2"

for count in 1 2 255 256 257 600 70000; do
	vkey=$("$1" "$work/$count" "$count" "$work/proofs")
	"$work/golog" "$work/$count" "$vkey" "$work/proofs"
done

must_fail() {
	if "$work/golog" "$work/600" "$vkey" 2>"$work/why"; then
		echo "not noticed: $1" >&2
		exit 1
	fi
	echo "noticed: $1: $(cat "$work/why")"
}
change() {
	cp "$work/600/$1" "$work/kept"
	printf '\001' | dd of="$work/600/$1" bs=1 seek=7 conv=notrunc 2>/dev/null
	must_fail "$1"
	cp "$work/kept" "$work/600/$1"
}
change checkpoint
change tile/0/000
change tile/0/002.p/88
change tile/1/000.p/2
change tile/entries/001
"$work/golog" "$work/600" "$vkey"
