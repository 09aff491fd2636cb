#!/bin/sh
# What each program links (DT_NEEDED of the ELF file and of the libraries it needs): who talks to
# strangers must not hold a decoder, who holds the keys must not talk TLS.
# usage: elf.sh BUILD/src
set -eu
src=$1
codecs='libav|libsw|libopus|libx264|libx265|libvpx|libfdk'
tls='libssl|libgnutls|libcurl|libnghttp2|libsrtp'
fails=0
count=0

# program, what it must not need, in words
refuse() {
	count=$((count + 1))
	if [ ! -x "$src/$1" ]; then
		echo "not ok $count - $1 is missing"
		fails=$((fails + 1))
		return
	fi
	needed=$(readelf -d "$src/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
	whole=$(ldd "$src/$1" | awk '{print $1}')
	found=$(printf '%s\n%s\n' "$needed" "$whole" | sort -u | grep -E "^($2)" || true)
	if [ -n "$found" ]; then
		echo "not ok $count - $1 links no $3 but:" $found
		fails=$((fails + 1))
	else
		echo "ok $count - $1 links no $3"
	fi
}

echo 1..22
refuse vault/ward-vault "$tls|$codecs" "TLS and no codec"
refuse cam/ward-cam-rtsp "$codecs" codec
refuse front/ward-front "$codecs" codec
refuse rtc/ward-rtc "$codecs" codec
refuse warden/ward-warden "$tls|$codecs|libcrypto" "TLS and no codec"
refuse warden/ward-dial "$tls|$codecs|libcrypto" "TLS and no codec"
refuse transcode/ward-transcode "$tls|libcrypto" TLS
refuse cam/ward-cam-rtsp 'libsqlite|libyaml|libjansson' "store and no configuration"
refuse front/ward-front 'libsqlite|libyaml' "store and no configuration"
refuse rtc/ward-rtc 'libsqlite|libyaml|libjansson|libnghttp2' "store and no HTTP"
refuse vault/ward-vault 'libyaml|libjansson|libexpat|libxml' "parser of text formats"
refuse transcode/ward-transcode 'libsqlite|libyaml' "store and no configuration"
refuse transcode/ward-talk "$tls|libcrypto" TLS
refuse transcode/ward-talk 'libsqlite|libyaml' "store and no configuration"
refuse ear/ward-ear "$tls|libcrypto" TLS
refuse ear/ward-ear "libsqlite|libyaml" "store and no configuration"
refuse thumb/ward-thumb "$tls|libcrypto" TLS
refuse thumb/ward-thumb 'libsqlite|libyaml' "store and no configuration"
refuse convert/ward-convert "$tls|libcrypto" TLS
refuse convert/ward-convert 'libsqlite|libyaml' "store and no configuration"
refuse eye/ward-eye "$tls|libcrypto" TLS
refuse eye/ward-eye "libsqlite|libyaml" "store and no configuration"
exit $((fails > 0))
