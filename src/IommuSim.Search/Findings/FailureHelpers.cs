using IommuSim.Machine;

namespace IommuSim.Search.Findings;

/// <summary>
/// The C functions by which a program lets one call of a sequence fail inside. Which allocation it is only the model
/// counts: the program makes the sequence in a child for each, by the bytes that may be allocated before, and a second
/// time with two failures in a row, as an xarray asks twice for a node.
/// </summary>
internal static class FailureHelpers
{
    /// <summary>Stands in the way of nothing where no call is to fail.</summary>
    public const string None = """
        #define START_FAILING() ((void)0)
        #define STOP_FAILING(result) ((void)0)
        #define SHOW_FAILED() ((void)0)

        """;

    private const string Functions = """
        #include <stdlib.h>
        #include <sys/wait.h>

        static int failing = -1, is_failing;
        static long failed;

        static void set(const char *name, long value)
        {
            char path[80], text[24];
            int fd, length = snprintf(text, sizeof(text), "%ld", value);

            snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", FAILURE, name);
            fd = open(path, O_WRONLY);
            if (fd < 0 || write(fd, text, length) < 0) {
                perror(path);
                exit(2);
            }
            close(fd);
        }

        static long left_of(const char *name)
        {
            char path[80], text[24] = "";
            int fd;

            snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", FAILURE, name);
            fd = open(path, O_RDONLY);
            if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0) {
                perror(path);
                exit(2);
            }
            close(fd);
            return atol(text);
        }

        static void start_failing(void)
        {
            is_failing = 1;
            if (write(failing, "1", 1) < 0)
                exit(2);
        }

        /* Keeps what the call returned. */
        static void stop_failing(long result)
        {
            if (!is_failing)
                return;
            is_failing = 0;
            failed = result;
            if (write(failing, "0", 1) < 0)
                exit(2);
        }

        #define START_FAILING() start_failing()
        #define STOP_FAILING(result) stop_failing(result)
        #define SHOW_FAILED() printf("%ld, ", failed)

        static int sequence(int argc, char **argv);

        /* One child for each place of the failure. */
        static int with_failures(int argc, char **argv)
        {
            long times, before;
            int status = 0;

            failing = open("/proc/self/make-it-fail", O_WRONLY);
            if (failing < 0) {
                perror("make-it-fail");
                return 2;
            }
            close(failing);
            set("task-filter", 1);
            set("verbose", 0);
            set("interval", 1);
            set("probability", 100);
            if (WAITS)
                set("ignore-gfp-wait", 0);
            for (times = 1; times <= MOST; times++) {
                for (before = 0; before <= LAST; before += STEP) {
                    pid_t child;

                    fflush(stdout);
                    child = fork();
                    if (child == 0) {
                        set("times", times);
                        set("space", before);
                        failing = open("/proc/self/make-it-fail", O_WRONLY);
                        status = sequence(argc, argv);
                        fflush(stdout);
                        _exit(status);
                    }
                    waitpid(child, &status, 0);
                    /* Nothing failed: the call has no further place. */
                    if (left_of("times") == times)
                        break;
                }
            }
            return 0;
        }

        """;

    /// <summary>Whether a real kernel can be asked for such failures.</summary>
    public static bool Can(DecisionKind kind) =>
        kind is DecisionKind.Allocation or DecisionKind.Copy or DecisionKind.FaultAttribute;

    /// <summary>Allocations are counted in bytes, all else one by one.</summary>
    public static string Write(DecisionKind kind) =>
        kind switch
        {
            DecisionKind.Allocation => Define("failslab", waits: 1, most: 2, last: 4096, step: 16),
            DecisionKind.Copy => Define("fail_usercopy", waits: 0, most: 1, last: 32, step: 1),
            _ => Define("fail_iommufd", waits: 0, most: 1, last: 32, step: 1),
        } + Functions;

    private static string Define(string name, int waits, int most, int last, int step) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"#define FAILURE \"{name}\"\n#define WAITS {waits}\n#define MOST {most}\n#define LAST {last}\n#define STEP {step}\n"
        );
}
