# shellcheck shell=bash
# Sourced by bootstrap.sh. Keeps what a run says in a file of its own; support/run-log.ts adds what the program says.

log_count=20

# Names of logs, the oldest first; nothing else in that folder is this service's.
list_logs() {
  (
    shopt -s nullglob
    for file in "$data"/logs/*.log; do
      [[ ${file##*/} =~ ^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}-){2}[0-9]{2}Z-(deploy|rollback|uninstall)\.log$ ]] && printf '%s\n' "$file"
    done
    true
  )
}

# A disk that is full, or may not be written, is no reason to fail.
log_line() {
  [ ! -f "${GEMMA_LOG-}" ] || printf '%s\n' "$*" 2>/dev/null >>"$GEMMA_LOG" || true
}

# Begins the log of a run: what it does, then its options.
start_log() {
  local old
  local file
  file=$data/logs/$(date -u +%Y-%m-%dT%H-%M-%SZ)-$1.log
  (umask 077 && mkdir -p "$data/logs" && : >>"$file") 2>/dev/null || return 0
  export GEMMA_LOG=$file
  log_line "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
  list_logs | head -n "-$log_count" | while read -r old; do rm -f "$old"; done
}

# Ends the log; what a failed run has said is to be found again.
end_log() {
  [ -f "${GEMMA_LOG-}" ] || return 0
  log_line "$(date -u +%Y-%m-%dT%H:%M:%SZ) exit status $1"
  [ "$1" -eq 0 ] || printf 'The log of this run is %s\n' "$GEMMA_LOG" >&2
}
