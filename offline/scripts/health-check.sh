#!/usr/bin/env bash
# Has the deployed model answer, step by step; the exit status tells whether it did.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/env.sh"
# A power cut may have left nothing of the settings.
if [ ! -d "${GEMMA_VERSION-}/program" ] || [ -z "${GEMMA_STACK-}" ]; then
  printf '%s\n' "The settings in $(dirname "${BASH_SOURCE[0]}")/env.sh are damaged: start the deploy.sh of the package again, which mends them" >&2
  exit 1
fi
cd "$GEMMA_VERSION/program"
exec node commands/health.ts "$GEMMA_STACK" --data "$(dirname "$(dirname "$GEMMA_VERSION")")"
