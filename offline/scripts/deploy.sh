#!/usr/bin/env bash
# Deploys this package on a host in a closed network. GUIDE.en.md and GUIDE.ko.md say more.
set -euo pipefail

usage="usage: deploy.sh [--check [--json]] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]
                 [--allow-older] [--discard-changes]
       deploy.sh --rollback [--data DIR]
       deploy.sh --uninstall [--purge] [--data DIR]

  --check              only look whether this host is ready; --json for programs
  --data DIR           where state, passphrase and versions are kept (/var/lib/gemma)
  --allowed-signers F  keys that may sign packages, in OpenSSH's format (/etc/gemma/allowed_signers)
  --allow-unsigned     take a package whose maker cannot be checked
  --allow-older        take a package that is older than the version that serves
  --discard-changes    take a package that undoes what was changed here in the configuration
  --rollback           go back to the version before, from what is on this host
  --uninstall          remove containers, networks and images; --purge state and passphrase as well"

. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/bootstrap.sh"

mode=deploy
json=
purge=
older=
discard=
while [ $# -gt 0 ]; do
  case $1 in
    --check) mode=check ;;
    --rollback) mode=rollback ;;
    --uninstall) mode=uninstall ;;
    --json) json=--json ;;
    --purge) purge=--purge ;;
    --allow-older) older=$1 ;;
    --discard-changes) discard=$1 ;;
    -h | --help)
      printf '%s\n' "$usage"
      exit
      ;;
    *)
      shared_option "$@"
      [ "$taken" -gt 0 ] || die "$1 is not known
$usage"
      shift "$taken"
      continue
      ;;
  esac
  shift
done

check_platform
case $mode in
  rollback)
    lock_data
    run_installed rollback --data "$data"
    ;;
  uninstall)
    lock_data
    run_installed uninstall --data "$data" $purge
    ;;
  check)
    check_signature
    start_runtime check
    run_program --mode check $json $older $discard
    ;;
  deploy)
    [ -e "$here/tools" ] || die "This is the deployed version's own script: start the deploy.sh of a package, or use --rollback or --uninstall"
    check_signature
    lock_data
    rm -rf "$data"/runtime.*
    start_runtime runtime
    run_program --mode deploy $older $discard
    ;;
esac
