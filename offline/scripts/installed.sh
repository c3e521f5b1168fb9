# shellcheck shell=bash
# Sourced by bootstrap.sh. What is done with the versions that are in a data folder.

# Versions that were unpacked, the one that was made last first; others have another name until all of it is there.
versions_by_age() {
  local version made
  for version in "$data"/versions/*/; do
    version=${version%/}
    [[ ${version##*/} =~ ^[0-9a-f]{12}$ ]] || continue
    made=$(grep -m 1 '^  "created": ' "$version/manifest.json" 2>/dev/null || true)
    printf '%s\t%s\n' "$made" "$version"
  done | sort -r | cut -f 2-
}

# The first file of a tree that is not as it was unpacked, as far as a list in it says; those of earlier versions of the program have none.
damaged_in() {
  local found
  [ -e "$1/.sha256" ] || return 0
  if [ "$(tail -n 1 "$1/.sha256")" != "# end" ]; then
    printf '%s\n' "$1/.sha256"
    return
  fi
  found=$(cd "$1" && LC_ALL=C sha256sum --check --quiet .sha256 2>/dev/null | sed -n '1s/: FAILED.*//p' || true)
  [ -z "$found" ] || printf '%s\n' "$1/$found"
}

# The first file of a version that a power cut, or the disk, has not left as it was unpacked.
damaged_file() {
  local part tree found
  for part in manifest.json bin/node; do
    [ -s "$1/$part" ] || { printf '%s\n' "$1/$part" && return; }
  done
  [ -e "$1/.sha256" ] || return 0
  for part in . bin/node cli program/node_modules pulumi/plugins; do
    tree=$(realpath -e "$1/$part" 2>/dev/null) || { printf '%s\n' "$1/$part" && return; }
    case $part in
      bin/node | program/node_modules) tree=${tree%/*} ;;
    esac
    found=$(damaged_in "$tree")
    [ -z "$found" ] || { printf '%s\n' "$found" && return; }
  done
}

# The version that serves; after an uninstallation, or before a first one has passed its gate, the newest, if it can be a whole one.
installed_version() {
  local version newest=
  if [ -e "$data/current" ]; then
    printf '%s\n' "$data/current"
    return
  fi
  while read -r version; do
    newest=${newest:-$version}
    if [ -z "$(damaged_file "$version")" ]; then
      newest=$version
      break
    fi
  done < <(versions_by_age)
  printf '%s\n' "$newest"
}

# The first 12 hexadecimal digits of a text's sha256, as support/hashing.ts has them.
short_hash() { printf '%s' "$1" | sha256sum | cut -c 1-12; }

# Takes down what has the labels of this folder's stacks, for which no program of a version is needed.
remove_labelled() {
  local state label ids image own images=
  for state in "$data/state" "$data/trial/state"; do
    label=label=io.chatgemma.state=$(short_hash "$state")
    images+=$(docker ps --all --format '{{.Image}}' --filter "$label")$'\n'
    ids=$(docker ps --all --quiet --filter "$label")
    [ -z "$ids" ] || xargs docker rm --force --volumes >/dev/null <<<"$ids"
    ids=$(docker network ls --quiet --filter "$label")
    [ -z "$ids" ] || xargs docker network rm >/dev/null <<<"$ids"
  done
  images+=$(grep -ho '"name": "localhost/gemma/[^"]*"' "$data"/versions/*/manifest.json 2>/dev/null | cut -d '"' -f 4 || true)
  for image in $(grep '^localhost/gemma/' <<<"$images" | sort -u); do
    # Names by which this folder and others keep it; engine/image-owners.ts gives them.
    own=$(short_hash "$data")-$(short_hash "$image")
    docker rmi "localhost/gemma/used-by:$own" >/dev/null 2>&1 || true
    if docker images --format '{{.Tag}}' localhost/gemma/used-by | grep -q -- "-${own#*-}\$"; then
      say "The image $image stays in the engine: another data folder or a checkout on this host uses it as well"
    elif docker image inspect "$image" >/dev/null 2>&1; then
      docker rmi "$image" >/dev/null || say "The image $image stays in the engine"
    fi
  done
  rm -rf "$data"/{current,previous}
  [ ! -f "$data/trial/$mark" ] || rm -rf "$data/trial"
  answer "Containers, networks and images are removed."
}

# Has a version run one of its commands in its own folder.
run_version() {
  local version=$1 command=$2
  shift 2
  cd "$version/program" || die refused "$version/program cannot be entered"
  PATH="$version/bin:$PATH" run_node "$version/bin/node" "commands/$command.ts" "$@"
}

run_installed() {
  local command=$1 version damaged
  version=$(installed_version)
  [ -n "$version" ] || [ -e "$data/state" ] || die absent "There is nothing of this service in $data"
  damaged=$(damaged_file "${version:-$data/versions}")
  if [ -n "$damaged" ]; then
    [ "$command" = uninstall ] || die refused "$damaged is damaged, and nothing was changed: start the deploy.sh of the package again, which mends it"
    say "$damaged is damaged; what has the labels of $data is removed without the program"
    remove_labelled
    return
  fi
  run_version "$version" "$@"
}

# Tells what is deployed here, and changes nothing; as far as Docker knows it where the program of the version cannot be run.
show_status() {
  local version damaged
  if [ -e "$data" ] && { [ ! -r "$data" ] || [ ! -x "$data" ]; }; then
    list_labelled
    die refused "$data cannot be read: run as root, or as the user who deployed"
  fi
  version=$(installed_version)
  [ -n "$version" ] || die absent "Nothing is deployed in $data"
  damaged=$(damaged_file "$version")
  if [ -n "$damaged" ]; then
    list_labelled
    die failed "$damaged is damaged: start the deploy.sh of the package again, which mends it"
  fi
  if [ ! -e "$version/program/commands/status.ts" ]; then
    list_labelled
    die failed "The version in $version is of before --status; this is what Docker knows of it"
  fi
  run_version "$version" status --data "$data" "$@"
}

# Containers with the labels of this folder's service.
list_labelled() {
  docker ps --all --filter "label=io.chatgemma.state=$(short_hash "$data/state")" \
    --format 'table {{.Names}}\t{{.Status}}\t{{.Image}}\t{{.Ports}}' >&2 || true
}
