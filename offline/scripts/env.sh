# shellcheck shell=bash
# Source this for plain Pulumi on the deployed version: `source env.sh; pulumi up -s prod`.
. "${GEMMA_DATA:-/var/lib/gemma}/current/env.sh"
