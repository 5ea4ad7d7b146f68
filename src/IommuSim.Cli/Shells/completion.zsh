#compdef iommusim
# Completion of iommusim for zsh. To have it in every shell, in a folder of $fpath:
#   iommusim completion zsh > _iommusim
_iommusim() {
    local line="${(j: :)words[1,CURRENT]}"
    local -a found
    found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2> /dev/null)}")
    # Options are offered where one is begun; elsewhere names, and files where there are none.
    [[ $words[CURRENT] == -* ]] || found=("${(@)found:#[-\/]*}")
    compadd -a -- found || _files
}
if [[ $funcstack[1] == _iommusim ]]; then
    _iommusim "$@"
else
    compdef _iommusim iommusim
fi
