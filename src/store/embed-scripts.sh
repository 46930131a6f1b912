#!/bin/sh
# Writes C source on stdout: for each script named, a string of the prelude board.lua and the script itself.
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
for name in "$@"; do
  echo
  echo "const char bo_script_$name[] ="
  literal "$folder/board.lua"
  printf '%s\n' '    "\n"'
  literal "$folder/$name.lua"
  echo '    ;'
done
