using System.Text.Json.Nodes;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Explanations;
using IommuSim.Search.Programs;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>explain</c>.</summary>
internal static class ExplainJson
{
    /// <param name="only">The checks that return it; null for all.</param>
    public static string Of(SearchTarget target, IEnumerable<IoctlExplanation> ioctls, Errno? only) =>
        JsonText.Write(
            new JsonObject
            {
                ["kernel"] = target.Node.Name,
                ["sequences"] = FailureSurvey.Sequences,
                ["ioctls"] = JsonText.List(ioctls, ioctl => Of(ioctl, only)),
            }
        );

    private static JsonObject Of(IoctlExplanation ioctl, Errno? only) =>
        new()
        {
            ["ioctl"] = ioctl.Ioctl,
            ["modelled"] = ioctl.Support != Support.NotModelled,
            ["shapes"] = ioctl.Shapes,
            ["checks"] = JsonText.List(ioctl.Checks.Where(c => only is null || c.Errno == only), Of),
            ["neverSeen"] = JsonText.List(ioctl.NeverSeen.Select(e => e.ToString())),
        };

    private static JsonObject Of(FailureCheck check) =>
        new()
        {
            ["number"] = check.Number,
            ["errno"] = check.Errno.ToString(),
            ["when"] = check.When,
            ["source"] = check.Source switch
            {
                CheckSource.Contract => "contract",
                CheckSource.Seen => "seen",
                _ => "not known",
            },
            ["example"] = JsonText.OrNull(check.Example),
            ["after"] = JsonText.List(check.After, static number => JsonValue.Create(number)),
            ["notTold"] = JsonText.List(check.NotTold, static number => JsonValue.Create(number)),
        };
}
