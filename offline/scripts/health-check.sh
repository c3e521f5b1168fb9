#!/usr/bin/env bash
# Has the deployed model answer, step by step; the exit status tells whether it did.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/env.sh"
cd "$GEMMA_VERSION/program"
exec node commands/health.ts "$GEMMA_STACK"
