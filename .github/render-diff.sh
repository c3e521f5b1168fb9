#!/usr/bin/env bash
# Prints, as Markdown, what the working tree changes in what each stack declares, compared with a revision.
#
#   .github/render-diff.sh BASE_REV
#
# Every stack with a Pulumi.<stack>.yaml in the working tree is rendered twice, without Docker and without Pulumi's CLI:
# there, and in a temporary worktree of BASE_REV. An existing node_modules is used as it is.
# Exit status 1: a stack breaks a rule in the working tree; the message is in the Markdown and on stderr.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: .github/render-diff.sh BASE_REV" >&2
  exit 2
fi

head=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
cd "$head"
base_commit=$(git rev-parse --verify --quiet "$1^{commit}") || {
  echo "$1 is not a revision of this repository; name a branch, a tag or a commit" >&2
  exit 2
}

work=$(mktemp -d)
base=$work/base
trap 'git worktree remove --force "$base" 2>/dev/null || true; rm -rf "$work"' EXIT

# Longer than any fence that a configured text is likely to contain.
fence='~~~~~~~~~~'

# Packages of the working tree; the same ones serve the base when its lock file is the same.
install_head() {
  [ -d node_modules ] || npm ci >&2
}

install_base() {
  if cmp --silent package-lock.json "$base/package-lock.json"; then
    ln -s "$head/node_modules" "$base/node_modules"
  else
    (cd "$base" && npm ci >&2)
  fi
}

# Renders stack $2 of the project in folder $1 to $3.yaml; what it complains about goes to $3.err.
render() {
  (cd "$1" && npm run --silent render "$2") >"$3.yaml" 2>"$3.err"
}

# Whether the base can render at all: it may be older than the render script.
base_renders() {
  [ -f "$base/package.json" ] && [ -n "$(cd "$base" && npm --silent pkg get scripts.render | tr -d '{}')" ]
}

block() {
  printf '%s%s\n' "$fence" "$1"
  cat "$2"
  printf '%s\n\n' "$fence"
}

install_head
git worktree add --quiet --detach "$base" "$base_commit" >&2
old=no
if base_renders; then
  install_base
  old=yes
fi

printf '## Rendered stacks\n\nWhat this change does to the declared resources and outputs, compared with %s.\n\n' \
  "$(git rev-parse --short "$base_commit")"

failed=0
for file in Pulumi.*.yaml; do
  [ -e "$file" ] || continue
  stack=${file#Pulumi.}
  stack=${stack%.yaml}
  printf '### %s\n\n' "$stack"

  if ! render "$head" "$stack" "$work/head-$stack"; then
    failed=1
    cat "$work/head-$stack.err" >&2
    printf 'This stack cannot be rendered:\n\n'
    block text "$work/head-$stack.err"
    continue
  fi

  : >"$work/base-$stack.yaml"
  if [ "$old" = no ]; then
    printf 'The base has no render script; everything is shown as new.\n\n'
  elif [ ! -f "$base/$file" ]; then
    printf 'The base does not have this stack; everything is shown as new.\n\n'
  elif ! render "$base" "$stack" "$work/base-$stack"; then
    printf 'The base cannot render this stack; everything is shown as new. It says:\n\n'
    block text "$work/base-$stack.err"
    : >"$work/base-$stack.yaml"
  fi

  status=0
  diff --unified=3 --label "base/$stack" --label "head/$stack" \
    "$work/base-$stack.yaml" "$work/head-$stack.yaml" >"$work/$stack.diff" || status=$?
  case $status in
    0) printf 'No difference.\n\n' ;;
    1) block diff "$work/$stack.diff" ;;
    *) exit "$status" ;;
  esac
done

exit "$failed"
