#!/bin/sh
# Writes what an artefact is made of, read from the packages that lie in it: CycloneDX 1.6, JSON, no network, no Python.
# https://cyclonedx.org/docs/1.6/json/
# sbom.sh ARTEFACT NAME [FOLDER...]: the artefact's folder, the function's name, further folders a part of which goes in.
set -eu
LC_ALL=C
export LC_ALL
artefact=$1
name=$2
shift 2
list() {
	for folder in "$artefact" "$@"; do
		for found in "$folder"/*.dist-info; do
			[ -d "$found" ] || continue
			stem=$(basename "$found" .dist-info)
			package=$(printf '%s' "${stem%-*}" | tr 'A-Z_.' 'a-z--')
			printf '%s %s\n' "$package" "${stem##*-}"
		done
	done | sort -u
}
{
	printf '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,\n'
	printf ' "metadata": {"component": {"type": "application", "bom-ref": "%s", "name": "backdrop-%s"}},\n' "$name" "$name"
	printf ' "components": ['
	list "$@" | {
		between=''
		while read -r package version; do
			address="pkg:pypi/$package@$version"
			printf '%s\n  {"type": "library", "bom-ref": "%s", "name": "%s", "version": "%s", "purl": "%s"}' \
				"$between" "$address" "$package" "$version" "$address"
			between=','
		done
	}
	printf '\n ]}\n'
} > "$artefact/sbom.cdx.json"
