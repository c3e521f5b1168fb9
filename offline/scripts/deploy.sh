#!/usr/bin/env bash
# Deploys this package on a host in a closed network. GUIDE.en.md and GUIDE.ko.md say more.
set -euo pipefail

usage="usage: deploy.sh [--check [--json]] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]
                 [--allow-older] [--discard-changes] [--skip-trial]
       deploy.sh --restore FOLDER [--check] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]
       deploy.sh --status [--json] [--data DIR]
       deploy.sh --rollback [--data DIR]
       deploy.sh --uninstall [--purge] [--data DIR]

  --check              only look whether this host is ready; --json for programs
  --restore FOLDER     first lay state, passphrase and configuration from a backup that operate.sh backup has written
  --status             tell what is deployed and how it is; --json for programs
  --data DIR           where state, passphrase and versions are kept (/var/lib/gemma)
  --allowed-signers F  keys that may sign packages, in OpenSSH's format (/etc/gemma/allowed_signers)
  --allow-unsigned     take a package whose maker cannot be checked
  --allow-older        take a package that is older than the version that serves
  --discard-changes    take a package that undoes what was changed here in the configuration
  --skip-trial         put the new version in its place without trying it beside the old one first
  --rollback           go back to the version before, from what is on this host
  --uninstall          remove containers, networks and images; --purge state and passphrase as well

Exit status: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 refused, or the host is not ready; 4 the package is
not trusted, or is damaged; 5 the new version failed, and the old one serves; 6 another run is at work; 7 nothing of
this service is there; 128 and the signal's number when it was stopped. GUIDE.en.md and GUIDE.ko.md say more."

. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/bootstrap.sh"

mode=deploy
json=
purge=
older=
discard=
skip=
restore=()
foreign=()
options=$*
while [ $# -gt 0 ]; do
  case $1 in
    --check) mode=check ;;
    --status) mode=status ;;
    --rollback) mode=rollback ;;
    --uninstall) mode=uninstall ;;
    --json) json=--json ;;
    --purge) purge=yes ;;
    --allow-older) older=$1 ;;
    --discard-changes) discard=$1 ;;
    --skip-trial) skip=$1 ;;
    -h | --help)
      printf '%s\n' "$usage"
      exit
      ;;
    --restore)
      [ $# -ge 2 ] || die usage "$1 needs a value"
      # The programs run in other folders.
      restore=("$1" "$(realpath -m "$2")")
      shift
      ;;
    *)
      shared_option "$@"
      [ "$taken" -gt 0 ] || die usage "$1 is not known
$usage"
      shift "$taken"
      continue
      ;;
  esac
  shift
done

check_platform
case $mode in
  status) show_status $json ;;
  rollback)
    [ -n "$(installed_version)" ] || die absent "There is nothing of this service in $data"
    start_log rollback "$options, from version $(basename "$(realpath "$(installed_version)")")"
    lock_data
    run_installed rollback --data "$data"
    ;;
  uninstall)
    [ -n "$(installed_version)" ] || is_ours || die absent "There is nothing of this service in $data"
    start_log uninstall "$options, of version $(basename "$(realpath "$(installed_version)")")"
    lock_data
    # A purge that was killed may have left no version; nothing of it was in the engine by then.
    if [ -z "$purge" ] || compgen -G "$data/versions/????????????" >/dev/null; then run_installed uninstall --data "$data"; fi
    # The folder it is in may go.
    cd /
    if [ -n "$purge" ] || agreed "Remove what is this service's in $data too, with state, passphrase and versions?"; then
      purge_data
    else
      answer "$data is kept, with state and passphrase; --purge removes it."
    fi
    ;;
  check)
    check_signature
    require_folder
    start_runtime check
    # Beside what else stands in the way.
    is_usable || foreign=(--strangers "$(strangers | listed)")
    run_program --mode check $json $older $discard "${restore[@]}" "${foreign[@]}"
    ;;
  deploy)
    [ -e "$here/tools" ] || die usage "This is the deployed version's own script: start the deploy.sh of a package, or use --status, --rollback or --uninstall"
    check_signature
    claim_data
    start_log deploy "$options, of version $(short_hash "$manifest") in $here, signed by ${signed_by[1]:-nobody who is known}"
    lock_data
    clear_runtimes
    start_runtime runtime
    run_program --mode deploy "${signed_by[@]}" "${restore[@]}" $older $discard $skip
    ;;
esac
