# shellcheck shell=bash
# Sourced by the scripts beside it. Checks a package as far as the system's own tools can, and starts its program.

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd -P)
data=${GEMMA_DATA:-/var/lib/gemma}
# A deployed version lies in the data folder it belongs to.
if [ -e "$here/cli" ]; then data=$(dirname "$(dirname "$here")"); fi
signers=${GEMMA_ALLOWED_SIGNERS:-/etc/gemma/allowed_signers}
unsigned=
# Tells the program who signed; empty where that is not known.
signed_by=()

. "$(dirname "${BASH_SOURCE[0]}")/data-folder.sh"
. "$(dirname "${BASH_SOURCE[0]}")/installed.sh"
. "$(dirname "${BASH_SOURCE[0]}")/run-log.sh"

# What exit statuses tell; support/exit-status.ts has the same.
declare -rA exit_status=([failed]=1 [usage]=2 [refused]=3 [untrusted]=4 [oldServes]=5 [busy]=6 [absent]=7)

say() {
  printf '%s\n' "$*" >&2
  log_line "$*"
}

runtime=
# However a run ends but by SIGKILL.
at_exit() {
  local status=$?
  [ -z "$runtime" ] || rm -rf "$runtime"
  end_log "$status"
}
trap at_exit EXIT
# For the exit status to be that of the signal where no program is waited for.
stop_at_signals() {
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}
stop_at_signals

# Says what was asked for in the end.
answer() {
  printf '%s\n' "$*"
  log_line "$*"
}

# Says what is wrong, after the name of the exit status that tells it.
die() {
  say "${*:2}"
  exit "${exit_status[$1]}"
}

# Whether the person at the terminal answers a question with yes.
agreed() {
  local answer
  [ -t 0 ] && read -r -p "$1 [y/N] " answer && [[ $answer =~ ^[yY]([eE][sS])?$ ]]
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die refused "This host has no $tool: install it with the system's packages"
  done
}

# Options that scripts share; sets how many words were taken, 0 for another option.
# shellcheck disable=SC2034 # The scripts read it.
shared_option() {
  taken=2
  case $1 in
    --allow-unsigned)
      unsigned=yes
      taken=1
      ;;
    --data | --allowed-signers) [ $# -ge 2 ] || die usage "$1 needs a value" ;;&
    --data) data=$2 ;;
    --allowed-signers) signers=$2 ;;
    *) taken=0 ;;
  esac
}

check_platform() {
  [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] ||
    die refused "This host is $(uname -s) $(uname -m), and the package is for Linux x86_64"
  need awk flock head mktemp realpath sha256sum stat tar
  # The programs run in other folders.
  data=$(realpath -m "$data")
}

# A link would lead out of the package, and a pipe would never end.
require_file() {
  [ -e "$here/$1" ] || [ -L "$here/$1" ] || die untrusted "$1 is missing in $here: copy the package again"
  if [ -L "$here/$1" ] || [ ! -f "$here/$1" ]; then die untrusted "$1 in $here is a link, or no file at all: copy the package again"; fi
}

# Read once and kept: what is checked and what is used are the same, whatever the disk says the next time.
read_manifest() {
  local limit=$((64 * 1024 * 1024))
  require_file manifest.json
  [ "$(stat -c %s "$here/manifest.json")" -le "$limit" ] ||
    die untrusted "manifest.json in $here has more than 64 MiB, as no manifest has: copy the package again"
  # The shell would take away the end of the last line, and complains of bytes of zero.
  { manifest=$(head -c "$limit" "$here/manifest.json" && printf .) || manifest=; } 2>/dev/null
  [ -n "$manifest" ] || die untrusted "manifest.json in $here cannot be read: copy the package again"
  manifest=${manifest%.}
}

# Lines of the manifest about its files; its layout is fixed, a key a line.
listed_files() { printf '%s' "$manifest" | awk '/^  [^ ]/ { inside = $0 == "  \"files\": {" } inside'; }

# The hexadecimal sha256 that the manifest has for a file.
listed_hash() {
  listed_files | awk -v file="    \"$1\": {" \
    '$0 == file { found = 1; next } found && /"sha256"/ { gsub(/[",]/, "", $2); print $2; found = 0 }'
}

# The files that Node is cut into, in order.
listed_parts() { listed_files | awk '/^    "tools\/node\.[0-9]+": \{$/ { gsub(/[ ":{]/, ""); print }'; }

# Copies a file of the package and compares the copy with what the manifest says, so that what is used is what was checked.
copy_file() {
  local expected actual
  expected=$(listed_hash "$1")
  [ -n "$expected" ] || die untrusted "The manifest does not list $1: copy the package again"
  require_file "$1"
  cp "$here/$1" "$2" || die refused "$1 cannot be copied to ${2%/*}: make sure that the disk of the package can be read and that there is space"
  actual=$(sha256sum <"$2")
  [ "${actual%% *}" = "$expected" ] || die untrusted "$1 is damaged: its sha256 is ${actual%% *}, not $expected; copy it again"
}

# Every name in the list of allowed signers, a line each.
listed_principals() { awk '!/^[[:space:]]*(#|$)/ { gsub(/"/, "", $1); gsub(/,/, "\n", $1); print $1 }' "$signers"; }

# A package must not vouch for itself, so the list of keys has to be the host's own.
check_signature() {
  local principal principals
  read_manifest
  if [ ! -e "$here/manifest.json.sig" ]; then
    [ -n "$unsigned" ] || die untrusted "The package is not signed. Who made it cannot be checked; --allow-unsigned takes it all the same"
    say "WARNING: the package is not signed; nothing shows who made it"
    return
  fi
  if [ ! -r "$signers" ]; then
    [ -n "$unsigned" ] ||
      die untrusted "There is no list of allowed signers at $signers: put it there, or name it with --allowed-signers; --allow-unsigned goes on without"
    say "WARNING: the signature is not checked, as there is no list of allowed signers at $signers"
    return
  fi
  case $(realpath "$signers") in
    "$here"/*) die untrusted "$signers came with the package, which must not vouch for itself: use the host's own list" ;;
  esac
  need ssh-keygen
  # Text without a letter of nothing in it, which every second one of UTF-16 is.
  [ "$(tr -d '\0' <"$signers" | wc -c)" -eq "$(wc -c <"$signers")" ] ||
    die untrusted "$signers is not in UTF-8 but in UTF-16, as some editors save text: save it as UTF-8; the package was not used"
  principals=$(ssh-keygen -Y find-principals -f "$signers" -s "$here/manifest.json.sig" 2>/dev/null) &&
    [ -n "$principals" ] || die untrusted "The package is signed with a key that $signers does not list; it was not used"
  # ssh-keygen finds the first line with the key alone, and it may be there again for another purpose, time or name.
  while read -r principal; do
    if ssh-keygen -Y verify -q -f "$signers" -I "$principal" -n gemma-package -s "$here/manifest.json.sig" \
      < <(printf '%s' "$manifest") >/dev/null 2>&1; then
      say "Signed by $principal"
      signed_by=(--signer "$principal")
      return
    fi
  done < <(printf '%s\n' "$principals" && listed_principals)
  die untrusted "The signature of ${principals//$'\n'/, } does not fit: manifest.json was changed after it was signed, or $signers does not allow that key for gemma-package; the package was not used"
}

# One run at a time; the lock goes with the last process that holds it, however the others end.
lock_data() {
  require_writable
  exec 9>"$data/lock"
  # Node hands no descriptor on to its children by itself.
  export GEMMA_LOCK_FD=9
  flock -n 9 && return
  say "Another run is at work on $data; waiting for it"
  flock -w 600 9 || die busy "Another run is still at work on $data; try again later"
}

stop_child() {
  stopped=${stopped:-$1}
  kill -TERM "$child" 2>/dev/null || true
}

# Runs a program and waits for it to its end; whoever stops this script stops the program, which ends what it is at.
run_node() {
  local child status stopped=
  "$@" <&0 &
  child=$!
  # Ctrl-C comes to both; Pulumi is asked once all the same.
  trap 'stop_child INT' INT
  trap 'stop_child TERM' TERM
  trap 'stop_child HUP' HUP
  while :; do
    status=0
    wait "$child" || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  stop_at_signals
  # Whoever waits is told the signal that came here, whichever the program was sent.
  if [ -n "$stopped" ] && [ "$status" -ne 0 ]; then status=$((128 + $(kill -l "$stopped"))); fi
  return "$status"
}

# Bytes of what is copied to start from; parts of Node after the first lie beside it for as long as they are added.
runtime_bytes() {
  listed_files | awk -v own_node="$1" '
    /^    "/ { name = $1; gsub(/[":]/, "", name) }
    /^      "size"/ {
      if (name ~ /^tools\/(deploy|hash-worker)\.mjs$/) sum += $2
      if (name ~ /^tools\/node\.[0-9]+$/ && own_node == "") {
        sum += $2
        if (parts++ && $2 > longest) longest = $2
      }
    }
    END { printf "%.0f\n", sum + longest }'
}

# The Node that is unpacked here already, when it is the one of the package.
unpacked_node() {
  local digest actual file
  digest=$(printf '%s' "$manifest" | awk '
    /^  [^ ]/ { inside = $0 == "  \"tools\": {" }
    /^    "/ { node = $1 == "\"node\":" }
    inside && node && /^      "digest"/ { gsub(/[",]|sha256:/, "", $2); print $2 }')
  file=$data/tools/${digest:0:12}/node
  is_ours && [ -n "$digest" ] && [ -O "$file" ] && [ -x "$file" ] || return 0
  actual=$(sha256sum <"$file")
  [ "${actual%% *}" != "$digest" ] || printf '%s\n' "$file"
}

# Why a folder has no room for so many bytes and a few files; nothing when it has.
lacking_room() {
  local free inodes
  [ -w "$1" ] || { echo "$1 cannot be written" && return; }
  # Blocks that are free, by their size.
  free=$(($(stat -f -c '%a * %S' "$1")))
  inodes=$(stat -f -c '%d of %c' "$1")
  # File systems that make inodes as they need them tell of none at all.
  if [ "$inodes" != "0 of 0" ] && [ "${inodes%% *}" -lt 10 ]; then echo "$1 has ${inodes%% *} inodes free"; fi
  [ "$free" -ge "$2" ] || echo "$1 has $(megabytes "$free") free"
}

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MiB", bytes / 1048576 }'; }

# Checks and unpacks are told apart by name, as checks may run beside a deployment, which clears up after a killed one.
# Puts Node and the program where they can be run: the package may lie on a disk that allows no programs.
start_runtime() {
  local part place parts bytes lacking reasons=''
  node=$(unpacked_node)
  bytes=$(($(runtime_bytes "$node") + $(printf '%s' "$manifest" | wc -c)))
  for place in "$data" "${TMPDIR:-/tmp}" ''; do
    [ -n "$place" ] || die refused "There is no room to start from, which takes $(megabytes "$bytes"): $reasons; free space there, or name another folder with --data"
    # No check leaves anything in a folder of others, were it killed.
    [ "$place" != "$data" ] || is_usable || continue
    lacking=$(lacking_room "$place" "$bytes")
    [ -n "$lacking" ] || break
    reasons=${reasons:+$reasons, }${lacking//$'\n'/, }
  done
  runtime=$(mktemp -d "$place/$1.XXXXXX")
  # Held to the end of the last process that uses the folder; what has the mark and is not held is a killed run's.
  exec 8<"$runtime"
  flock -s 8 || true
  put_mark "$runtime"
  printf '%s' "$manifest" >"$runtime/manifest.json"
  parts=$(listed_parts)
  if [ -n "$node" ]; then
    :
  elif [ -n "$parts" ]; then
    for part in $parts; do
      if [ -e "$runtime/node" ]; then
        copy_file "$part" "$runtime/part"
        cat "$runtime/part" >>"$runtime/node"
      else
        copy_file "$part" "$runtime/node"
      fi
    done
    rm -f "$runtime/part"
    chmod 755 "$runtime/node"
    node=$runtime/node
  elif [ -x "$data/current/bin/node" ]; then
    node=$data/current/bin/node
  else
    die refused "This package has only what changed since an earlier one, and this host has no version: bring the complete package"
  fi
  check_node
  for part in deploy.mjs hash-worker.mjs; do copy_file "tools/$part" "$runtime/$part"; done
}

# Says why Node cannot be run, as there is more than one reason: the disk, or what the host's system lacks.
check_node() {
  local reason library status=0
  reason=$("$node" --version 2>&1 >/dev/null) || status=$?
  [ "$status" -ne 0 ] || return 0
  case $status:$reason in
    126:*) die refused "$node cannot be run: ${node%/*} may be on a disk that allows no programs; name another folder with --data" ;;
    *GLIBC_*)
      library=$(grep -o 'GLIBC_[0-9.]*' <<<"$reason" | sort -u -V | tail -n 1)
      die refused "Node needs glibc ${library#GLIBC_} or newer, and this host has $(getconf GNU_LIBC_VERSION 2>/dev/null || echo another): use a newer release of its system"
      ;;
    *"shared libraries: "*)
      library=${reason#*shared libraries: }
      die refused "Node needs ${library%%:*}, which this host does not have: install it with the system's packages"
      ;;
    127:*) die refused "Node needs glibc, and this host has another C library: use a system with glibc" ;;
    *) die refused "$node cannot be run: ${reason:-it ended with status $status}" ;;
  esac
}

# Not exec, so that the runtime is removed afterwards.
run_program() { run_node "$node" "$runtime/deploy.mjs" --package "$here" --manifest "$runtime/manifest.json" --data "$data" "$@"; }
