#!/usr/bin/env bash
# Prints what bash offers for a command line, one match a line, by the function that it would call.
#
#   tests/shells/complete.bash 'iommusim hu'
#
# The command is the first of that name in PATH.
source <(iommusim completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
read -ra COMP_WORDS <<< "$1"
[[ $1 != *' ' ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function=$(complete -p iommusim | sed -E 's/.*-F ([^ ]+) .*/\1/')
"$function" iommusim "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
