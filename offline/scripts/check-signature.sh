#!/usr/bin/env bash
# Checks the signature of the version, or of the package, that this script is of; changes nothing.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/bootstrap.sh"

while [ $# -gt 0 ]; do
  shared_option "$@"
  [ "$taken" -gt 0 ] || die usage "$1 is not known; check-signature.sh takes --allowed-signers FILE alone"
  shift "$taken"
done
check_signature
