# Completion of iommusim for bash. To have it in every shell:
#   iommusim completion bash > ~/.local/share/bash-completion/completions/iommusim
_iommusim() {
    local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} found
    found=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2> /dev/null)
    # Options are offered where one is begun; elsewhere names, and files where there are none.
    [[ $word == -* ]] || found=$(grep -v '^[-/]' <<< "$found")
    COMPREPLY=($(compgen -W "$found" -- "$word"))
}
complete -o default -F _iommusim iommusim
