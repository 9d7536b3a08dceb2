# shellcheck shell=bash
# dev/lib.sh: what dev/run, dev/test, dev/bench and .ci/action-install share. Sourced by them, with bash.
#
# `top` is the source tree. Scripts stay in the caller's folder, so that relative paths in their
# arguments mean what the caller meant.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian's own Python: the modules of dev/packages.txt are not seen by any other.
# shellcheck disable=SC2034  # for those who source this
python=/usr/bin/python3

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# wanted_packages PATTERN [SECTION]: the names in dev/packages.txt whose lines match, without their "?".
wanted_packages() {
	sed -n "/^# ${2-}/,/^\$/{s/#.*//;p}" "$top/dev/packages.txt" | tr -s '[:space:]' '\n' |
		grep -- "$1" | tr -d '?' | sort -u
}

# Of the names on stdin those that are not installed.
missing_packages() {
	local names
	mapfile -t names
	comm -23 <(printf '%s\n' "${names[@]}") \
		<(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${names[@]}" 2>/dev/null |
			awk 'substr($1, 2, 1) == "i" { print $2 }' | sort -u)
}

# Of the names on stdin those that this release has.
known_packages() {
	local name
	while read -r name; do
		! apt-cache show -- "$name" >/dev/null 2>&1 || printf '%s\n' "$name"
	done
}

# install_packages [SECTION]: installs what dev/packages.txt names and is missing; without anything
# missing no apt is called.
install_packages() {
	if ! command -v dpkg-query >/dev/null; then
		echo "no dpkg here: the packages of dev/packages.txt must be there already" >&2
		return
	fi
	local missing newer
	mapfile -t missing < <(wanted_packages '[^?]$' "${1-}" | missing_packages)
	[ ${#missing[@]} != 0 ] || return 0

	local sudo=()
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
			die "there is neither root nor sudo to install what is missing: ${missing[*]}"
		sudo=(sudo)
	fi
	echo "installing: ${missing[*]}" >&2
	local log apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
	log=$(mktemp)
	if ! { "${apt[@]}" update &&
		mapfile -t newer < <(wanted_packages '?$' "${1-}" | missing_packages | known_packages) &&
		"${apt[@]}" install -y --no-install-recommends "${missing[@]}" "${newer[@]}"; } \
		>"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		die "apt-get could not install: ${missing[*]}"
	fi
	rm -f "$log"
	# The package starts a web server on port 80; only the program is wanted here.
	if [ -d /run/systemd/system ] && printf '%s\n' "${missing[@]}" | grep -qx nginx; then
		"${sudo[@]}" systemctl disable --now nginx >/dev/null 2>&1 || true
	fi
}

# build_tree DIR [MESON-OPTION...]: sets up once, which it says (all of it takes a minute or several), and
# compiles what changed; silent else, unless it fails.
build_tree() {
	local dir=$1
	shift
	[ -f "$dir/build.ninja" ] || echo "building in $dir" >&2
	local log
	log=$(mktemp)
	if ! { [ -f "$dir/build.ninja" ] || meson setup "$dir" "$top" "$@"; } >"$log" 2>&1 ||
		! ninja -C "$dir" >>"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		die "the build in $dir failed"
	fi
	grep -E 'warning:' "$log" >&2 || true
	rm -f "$log"
}
