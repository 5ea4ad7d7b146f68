using System.Runtime.CompilerServices;
using IommuSim.Bridge;
using IommuSim.Cli;

// IommuSim.Native has another entry, and through this one it would have all commands in it.
if (!RuntimeFeature.IsDynamicCodeSupported)
    return ExitCode.InternalError;
if (args is [ChildStage.Verb, ..])
    return ChildStage.Run(args);
LongRun.Enter(args);
return CommandLine.Run(args, Console.Out, Console.Error, ConsoleSettings.FromEnvironment());
