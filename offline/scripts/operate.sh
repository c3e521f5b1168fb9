#!/usr/bin/env bash
# Runs one of the operator's commands on the deployed service: measures, explains, mends it.
set -euo pipefail

commands="test-api load tune doctor drift report support-bundle backup"
usage="usage: operate.sh COMMAND [OPTIONS]

  test-api        has every endpoint that clients may use answer, and looks at each answer
  load            measures how fast the service answers 1, 2, 4 ... clients
  tune            proposes values for this host
  doctor          finds out what is wrong, and what to do; --fix does what is safe
  drift           tells whether what runs is what was deployed
  report          writes the figures of the last days as one page for a browser
  support-bundle  packs what helpers elsewhere need, without secrets, prompts and answers
  backup          copies state, passphrase and configuration to a folder

COMMAND --help tells its options. GUIDE.en.md and GUIDE.ko.md say more."

. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/env.sh"
# A power cut may have left nothing of the settings.
if [ ! -d "${GEMMA_VERSION-}/program" ] || [ -z "${GEMMA_STACK-}" ]; then
  printf '%s\n' "The settings in $(dirname "${BASH_SOURCE[0]}")/env.sh are damaged: start the deploy.sh of the package again, which mends them" >&2
  exit 1
fi
case " $commands " in
  *" ${1:-none} "*) ;;
  *)
    printf '%s\n' "$usage" >&2
    case ${1-} in -h | --help) exit ;; *) exit 2 ;; esac
    ;;
esac
command=$1
shift
# Where the operator stands, so that files go where they are named.
export GEMMA_CALLED_FROM=$PWD
cd "$GEMMA_VERSION/program"
exec node "commands/$command.ts" "$GEMMA_STACK" --data "$(dirname "$(dirname "$GEMMA_VERSION")")" "$@"
