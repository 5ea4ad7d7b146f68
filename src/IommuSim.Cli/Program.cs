using IommuSim.Cli;

return CommandLine.Run(args, Console.Out, Console.Error, ConsoleSettings.FromEnvironment());
