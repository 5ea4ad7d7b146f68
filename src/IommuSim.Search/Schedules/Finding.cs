namespace IommuSim.Search.Schedules;

/// <summary>
/// What a search has found. Titles hold no ids and no addresses, so that findings merge by them.
/// </summary>
/// <param name="Title">A report's title, or <c>I6: reserved range without an attached device</c>.</param>
/// <param name="Search">The search that found it.</param>
/// <param name="Replay">What brings it back.</param>
/// <param name="Detail">For a reader.</param>
public sealed record Finding(string Title, string Search, string Replay, string Detail);
