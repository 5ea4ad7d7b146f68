namespace IommuSim.Cli.Rendering.Html;

/// <summary>How pages look in a browser: light or dark as the system is, and readable on a telephone.</summary>
internal static class PageStyle
{
    /// <summary>Colours, which pictures in pages use too.</summary>
    private const string Colors = """
        :root { color-scheme: light dark; --text: #1c1e21; --page: #ffffff; --quiet: #5b6068; --line: #d0d4da;
          --block: #f4f5f7; --bad: #b42318; --good: #1a7f37; --refused: #8a5a00; --link: #0a58ca; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e4e6ea; --page: #16181c; --quiet: #a0a6b0; --line: #3a3f47; --block: #21242a;
            --bad: #ff8a80; --good: #6fd388; --refused: #e3b341; --link: #8ab4f8; }
        }

        """;

    private const string Drawing = """
        svg .box { fill: var(--block); stroke: var(--quiet); }
        svg .line { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
        svg .head { fill: var(--quiet); }
        svg .changed { stroke: var(--link); stroke-width: 2.5; }
        svg text { fill: var(--text); font: 13px system-ui, sans-serif; text-anchor: middle; }
        svg .users { fill: var(--quiet); }

        """;

    public const string Css =
        Colors
        + """
            * { box-sizing: border-box; }
            body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
            main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
            h1 { font-size: 1.5rem; line-height: 1.25; }
            h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
            h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
            h1, h2, h3, p, li { overflow-wrap: anywhere; }
            a { color: var(--link); }
            code, pre { font-family: ui-monospace, monospace; font-size: .85em; }
            pre { background: var(--block); border: 1px solid var(--line); border-radius: 6px; padding: .75rem;
              overflow-x: auto; margin: .5rem 0; }
            .option { white-space: nowrap; }
            pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
            .bad { color: var(--bad); font-weight: 600; }
            .good { color: var(--good); font-weight: 600; }
            .quiet { color: var(--quiet); }
            .refused { color: var(--refused); }
            .strong { font-weight: 600; }
            .lines { white-space: pre-line; }
            main.answer { max-width: 110rem; }
            .answer p, .answer pre { max-width: 60rem; }
            .answer table { width: auto; }
            .answer th { text-align: left; }
            .answer th:first-child, .answer td:first-child { position: sticky; left: 0; background: var(--page); }
            td.words { text-align: left; white-space: pre-line; }
            td.cell { text-align: left; white-space: pre-wrap; font-family: ui-monospace, monospace; font-size: .85em; }
            .wide { overflow-x: auto; }
            table { border-collapse: collapse; width: 100%; font-size: .9rem; }
            th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem; text-align: center;
              vertical-align: top; }
            th { font-weight: 600; vertical-align: bottom; }
            th:first-child, td:first-child { text-align: left; }
            td a { text-decoration: none; font-weight: 600; }
            details { margin: .5rem 0; }
            summary { cursor: pointer; color: var(--link); }
            figure { margin: .75rem 0; }
            figcaption { color: var(--quiet); font-size: .9rem; }
            svg { max-width: 100%; height: auto; }
            @media (max-width: 40rem) {
              main { padding: .75rem; }
              .matrix th:not(:first-child) { writing-mode: vertical-rl; text-align: right; padding: .35rem .1rem; }
              .matrix td { padding: .35rem .1rem; }
              .matrix .subject { display: none; }
              td.cell { overflow-wrap: anywhere; min-width: 4.9rem; font-size: .75em; }
              .cells th, .cells td { padding: .35rem .25rem; }
              .rows tr:first-child { display: none; }
              .rows tr, .rows td { display: block; }
              .rows tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
              .rows td { border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
              .rows td:first-child { font-weight: 600; }
              .rows td:not(:first-child)::before { content: attr(data-head) ": "; color: var(--quiet);
                font-weight: 400; }
            }

            """
        + Drawing;

    /// <summary>Of a picture that is a file of its own.</summary>
    public const string Svg =
        Colors
        + Drawing
        + """
            .paper { fill: var(--page); }
            svg .title, svg .caption { text-anchor: start; font: 13px ui-monospace, monospace; }
            svg .title { font-weight: 600; }
            svg .bad { fill: var(--bad); }

            """;
}
