#!/bin/sh
# Writes C source on stdout: for each script named, a string of the prelude board.lua and the script itself, and another one
# with node_holds.lua in between.
# Usage: embed-scripts.sh <folder of the .lua files> <name>...
set -eu

folder=$1
shift

# A file as the lines of one string literal.
literal() {
  "${AWK:-awk}" '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "    \"%s\\n\"\n", $0 }' "$1"
}

echo '/* Made by embed-scripts.sh from lua/: change it there. */'
echo '#include "store/scripts.h"'
# A string of the files, with a blank line between them.
variable() {
  printf '\nconst char %s[] =\n' "$1"
  shift
  for file in "$@"; do
    literal "$folder/$file.lua"
    printf '%s\n' '    "\n"'
  done
  echo '    ;'
}

for name in "$@"; do
  variable "bo_script_$name" board "$name"
  variable "bo_script_${name}_node" board node_holds "$name"
done
