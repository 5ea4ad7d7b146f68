namespace IommuSim.Source.UserMode;

/// <summary>
/// The first process of the machine: mounts what programs need, runs the one program, keeps its status and the
/// kernel's log beside it, and turns the machine off.
/// </summary>
internal static class InitProgram
{
    public const string Text = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/klog.h>
        #include <sys/mount.h>
        #include <sys/reboot.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static char log_text[1 << 20];

        static void run(void)
        {
            int out = open("out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

            dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
            dup2(out, 1);
            dup2(out, 2);
            execl("./program", "program", (char *)NULL);
            _exit(127);
        }

        int main(void)
        {
            const char *work = getenv("work");
            int status = 0, length;
            FILE *file;
            pid_t child;

            setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
            mount("proc", "/proc", "proc", 0, NULL);
            mount("sysfs", "/sys", "sysfs", 0, NULL);
            mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
            mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
            if (work && chdir(work) == 0) {
                child = fork();
                if (child == 0)
                    run();
                /* Children whose parent is gone are reaped here as well. */
                while (wait(&status) != child)
                    ;
                length = klogctl(3 /* read all */, log_text, sizeof(log_text));
                file = fopen("dmesg", "w");
                if (file && length > 0)
                    fwrite(log_text, 1, length, file);
                if (file)
                    fclose(file);
                file = fopen("status", "w");
                if (file) {
                    fprintf(file, "%d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
                    fclose(file);
                }
            }
            sync();
            reboot(RB_POWER_OFF);
            return 1;
        }
        """;
}
