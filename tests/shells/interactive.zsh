# The shell that complete.zsh types into.
autoload -Uz compinit && compinit -u -D
source =(iommusim completion zsh)
bindkey '^I' complete-word
compadd() {
    local -a matches
    builtin compadd -O matches "$@"
    print -rl -- match:$^matches
    builtin compadd "$@"
}
tell_end() { print COMPLETED }
comppostfuncs=(tell_end)
PROMPT=READY
