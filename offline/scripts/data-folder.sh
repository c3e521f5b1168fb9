# shellcheck shell=bash
# Sourced by bootstrap.sh. Tells what in a data folder is this service's own: nothing else is ever removed.

# In each folder that is this service's own; the name alone counts, as a power cut may leave a file empty.
mark=.gemma-own

# On a full disk it is empty.
put_mark() { echo "This folder is the service gemma's, which removes what it has put here, and nothing else." 2>/dev/null >"$1/$mark" || [ -f "$1/$mark" ]; }

# Whether the data folder was claimed, kept by a version from before there was a mark, or filled from a backup of one.
is_ours() {
  [ -f "$data/$mark" ] && return
  [ -d "$data/state/.pulumi" ] && [ -f "$data/passphrase" ] && return
  [ -d "$data/state" ] && [ -d "$data/tools" ] && [ -d "$data/versions" ] && [ -f "$data/lock" ]
}

# Whether a folder has programs of a run: it is marked, or has nothing but what one from before there was a mark may have.
is_runtime() {
  [ -d "$1" ] && [ ! -L "$1" ] || return
  [ -f "$1/$mark" ] && return
  (
    shopt -s nullglob dotglob
    for entry in "$1"/*; do
      [[ ${entry##*/} =~ ^(node|part|deploy\.mjs|hash-worker\.mjs)$ ]] || exit 1
    done
  )
}

# Names what is in the data folder beside what a new disk, a purge or a run that was killed at once leaves there.
strangers() {
  (
    shopt -s nullglob dotglob
    for entry in "$data"/*; do
      case ${entry##*/} in
        lost+found) continue ;;
        lock) [ -s "$entry" ] || continue ;;
        runtime.?????? | check.??????) if is_runtime "$entry"; then continue; fi ;;
      esac
      printf '%s\n' "${entry##*/}"
    done
  )
}

# A few names in one line.
listed() { awk 'NR <= 3 { line = line (NR > 1 ? ", " : "") $0 } END { print line (NR > 3 ? ", …" : "") }'; }

# Whether the data folder may become this service's, or is.
is_usable() { is_ours || [ -z "$(strangers)" ]; }

require_folder() {
  [ ! -e "$data" ] || [ -d "$data" ] || die refused "$data is not a folder: name another one with --data; nothing was changed"
}

# What a disk lacks that versions and the passphrase need, as FAT, exFAT and many shares do; nothing when it has both.
lacking_rights() {
  local probe
  # Where there is no room at all, that is told elsewhere; a killed run's is removed with its other programs.
  probe=$(mktemp -d "$data/check.XXXXXX" 2>/dev/null) || return 0
  put_mark "$probe" || true
  [ "$(stat -c %a "$probe")" = 700 ] || echo "its files are open to others, whatever their mode"
  LC_ALL=C ln -s "$mark" "$probe/link" 2>/dev/null || echo "it has no symbolic links"
  rm -rf "$probe"
}

require_writable() {
  [ ! -w "$data" ] || return 0
  case $(LC_ALL=C touch "$data/lock" 2>&1) in
    *"Read-only file system"*) die refused "$data is on a disk that is mounted read-only: mount it for writing, or name another folder with --data; nothing was changed" ;;
  esac
  die refused "$data cannot be written: run as root, or name another folder with --data"
}

# Makes the data folder this service's own.
claim_data() {
  require_folder
  is_usable ||
    die refused "$data holds what is not this service's ($(strangers | listed)): name a new or an empty folder with --data; nothing was changed"
  local reason made=
  [ -d "$data" ] || made=yes
  reason=$(umask 077 && LC_ALL=C mkdir -p "$data" 2>&1) ||
    die refused "$data cannot be made (${reason##*: }): run as root, or name another folder with --data"
  require_writable
  reason=$(lacking_rights)
  if [ -n "$reason" ]; then
    [ -z "$made" ] || rmdir "$data"
    die refused "$data is on a disk that cannot hold the service's data: ${reason//$'\n'/, and }. Name a folder on a file system of Linux with --data; nothing was changed"
  fi
  [ -f "$data/$mark" ] || put_mark "$data"
}

# Removes programs of runs that were killed; the lock is held, so that no deployment runs beside, but checks may.
clear_runtimes() {
  local folder
  for folder in "$data"/runtime.??????; do
    if is_runtime "$folder"; then rm -rf "$folder"; fi
  done
  for folder in "$data"/check.??????; do
    if [ -f "$folder/$mark" ]; then flock -n "$folder" rm -rf "$folder" || true; fi
  done
}

# Removes what this service has put into the data folder; the mark goes last, so that a purge that was killed can go on.
purge_data() {
  (
    shopt -s nullglob dotglob
    for entry in "$data"/{versions,tools}/*; do
      [[ ${entry##*/} =~ ^[0-9a-f]{12}(\.partial)?$ ]] || continue
      # Nobody is to take half of it for a version.
      if [ "$entry" = "${entry%.partial}" ]; then
        rm -rf "$entry.partial"
        mv "$entry" "$entry.partial"
      fi
      rm -rf "${entry%.partial}.partial"
    done
    for entry in "$data"/{runtime,check}.??????; do
      if is_runtime "$entry"; then rm -rf "$entry"; fi
    done
  )
  rm -rf "$data"/{state/.pulumi,passphrase,current,current.new,previous,previous.new}
  rm -rf "$data"/plugins/resource-*
  rm -f "$data"/{deployed.json,health.json,place}{,.partial}
  list_logs | while read -r entry; do rm -f "$entry"; done
  rmdir "$data"/{logs,plugins,state,tools,versions} 2>/dev/null || true
  rm -f "$data/$mark"
  local left
  left=$(strangers | listed)
  if [ -z "$left" ]; then answer "$data is empty."; else answer "$data stays, with what is not this service's: $left."; fi
}
