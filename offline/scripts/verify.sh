#!/usr/bin/env bash
# Checks the signature and every file of this package; changes nothing.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/bootstrap.sh"

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      printf '%s\n' 'usage: verify.sh [--allowed-signers FILE] [--allow-unsigned] [--data DIR]' '' \
        'Exit status: 0 verified; 1 failed; 2 wrong usage; 3 it cannot be run here; 4 not trusted, or damaged'
      exit
      ;;
  esac
  shared_option "$@"
  [ "$taken" -gt 0 ] || die usage "$1 is not known; verify.sh --help says what is"
  shift "$taken"
done

check_platform
check_signature
start_runtime check
run_program --mode verify "${signed_by[@]}"
