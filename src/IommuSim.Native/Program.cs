using System.CommandLine;
using IommuSim.Cli;
using IommuSim.Cli.Commands;
using IommuSim.Native;

if (!OwnCommands.Include(args))
    return Portable.Start(args);
return CommandLine.Run(
    args,
    Console.Out,
    Console.Error,
    ConsoleSettings.FromEnvironment(),
    static context => new RootCommand { RunCommand.Create(context) }
);
