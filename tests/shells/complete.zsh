#!/usr/bin/env zsh
# Prints what zsh offers for a command line, one match a line: an interactive zsh on a terminal of its own is given the
# line and a tab, and tells what its completion system takes.
#
#   tests/shells/complete.zsh 'iommusim hu'
#
# The command is the first of that name in PATH.
zmodload zsh/zpty
TERM=dumb zpty shell zsh -f -i
zpty -w shell "source ${0:A:h}/interactive.zsh"
zpty -r shell output '*READY*'
zpty -w -n shell $1$'\t'
zpty -r shell output '*COMPLETED*'
print -rl -- ${${(M)${(f)${output//$'\r'/}}:#*match:?*}##*match:}
zpty -d shell
