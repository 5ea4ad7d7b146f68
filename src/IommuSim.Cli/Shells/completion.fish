# Completion of iommusim for fish. To have it in every shell:
#   iommusim completion fish > ~/.config/fish/completions/iommusim.fish
function __iommusim_complete
    set -l line (commandline -cp)
    set -l found (iommusim "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null)
    # Options are offered where one is begun; elsewhere names, and files where there are none.
    string match -q -- '-*' (commandline -ct); or set found (string match -v -r -- '^[-/]' $found)
    printf '%s\n' $found
end
complete -c iommusim -a '(__iommusim_complete)'
