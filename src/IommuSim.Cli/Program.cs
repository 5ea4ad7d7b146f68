using IommuSim.Bridge;
using IommuSim.Cli;

if (args is [ChildStage.Verb, ..])
    return ChildStage.Run(args);
LongRun.Enter(args);
return CommandLine.Run(args, Console.Out, Console.Error, ConsoleSettings.FromEnvironment());
