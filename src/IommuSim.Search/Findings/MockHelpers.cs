using System.Globalization;
using IommuSim.Iommufd.Selftest;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;
using IommuSim.Uapi;

namespace IommuSim.Search.Findings;

/// <summary>The C functions by which a program binds, attaches and detaches mock devices.</summary>
internal static class MockHelpers
{
    private const string Functions = """

        struct mock {
            int fd;
            uint32_t stdev;
            int attached;
        };

        /* Where the group is; 0 for nowhere, and where each device has a group of its own. */
        static uint32_t group_pt;
        static int group_users;

        UNUSED static void moved(struct mock *mock, int attached, uint32_t pt)
        {
            group_users += attached - mock->attached;
            mock->attached = attached;
            if (SHARED_GROUP)
                group_pt = group_users ? pt : 0;
        }

        UNUSED static long test(int fd, uint8_t *cmd, uint32_t op, uint32_t id)
        {
            put(cmd, 4, TEST_SIZE);
            put(cmd + 4, 4, op);
            put(cmd + 8, 4, id);
            return ioctl(fd, TEST_CMD, cmd);
        }

        /* Makes, binds and attaches a device, for which there is an IOAS until it is detached again. */
        UNUSED static uint32_t mock_bind(struct mock *mock, int fd, uint32_t op, uint32_t flags)
        {
            uint8_t cmd[TEST_SIZE] = {0}, detach[TEST_SIZE] = {0}, ioas[12] = {0}, destroy[8] = {0};
            uint32_t pt = group_pt;
            long rc;

            mock->fd = fd;
            if (!pt) {
                put(ioas, 4, sizeof(ioas));
                ioctl(fd, IOAS_ALLOC, ioas);
                pt = get(ioas + 8);
            }
            put(cmd + 28, 4, flags);
            rc = test(fd, cmd, op, pt);
            tell("bind", rc);
            if (rc < 0)
                return 0;
            mock->stdev = get(cmd + 16);
        #ifdef PASID_DETACH
            test(fd, detach, PASID_DETACH, mock->stdev);
            put(destroy, 4, sizeof(destroy));
            put(destroy + 4, 4, get(ioas + 8));
            if (!group_pt)
                ioctl(fd, DESTROY, destroy);
        #else
            (void)detach;
            (void)destroy;
            moved(mock, 1, get(cmd + 20));
        #endif
            return get(cmd + 24);
        }

        UNUSED static uint32_t mock_replace(struct mock *mock, const char *name, uint32_t pt)
        {
            uint8_t cmd[TEST_SIZE] = {0};
            long rc;

            put(cmd + 16, 4, pt);
            rc = test(mock->fd, cmd, MOCK_REPLACE, mock->stdev);
            tell(name, rc);
            if (rc == 0)
                moved(mock, 1, get(cmd + 16));
            return get(cmd + 16);
        }

        UNUSED static uint32_t mock_attach(struct mock *mock, uint32_t pt)
        {
        #ifdef PASID_ATTACH
            uint8_t cmd[TEST_SIZE] = {0};
            long rc;

            put(cmd + 20, 4, pt);
            rc = test(mock->fd, cmd, PASID_ATTACH, mock->stdev);
            tell("attach", rc);
            if (rc == 0)
                moved(mock, 1, get(cmd + 20));
            return get(cmd + 20);
        #else
            return mock_replace(mock, "attach", pt);
        #endif
        }

        UNUSED static void mock_detach(struct mock *mock)
        {
        #ifdef PASID_DETACH
            uint8_t cmd[TEST_SIZE] = {0};

            tell("detach", test(mock->fd, cmd, PASID_DETACH, mock->stdev));
            moved(mock, 0, group_pt);
        #else
            (void)mock; /* It is detached when it goes, which is next. */
        #endif
        }

        UNUSED static void mock_unbind(struct mock *mock)
        {
            uint8_t destroy[8] = {0};

            put(destroy, 4, sizeof(destroy));
            put(destroy + 4, 4, mock->stdev);
            tell("unbind", ioctl(mock->fd, DESTROY, destroy));
            moved(mock, 0, group_pt);
        }

        """;

    public static string Write(SearchTarget target, MockDevices devices)
    {
        var test = target.Plans[MockDeviceTopics.Plug];
        var text = "\n";
        text += Define("TEST_CMD", test.Request);
        text += Define("TEST_SIZE", (uint)test.Size);
        text += Define("IOAS_ALLOC", IoctlNumber.Request(IoctlNumber.IOMMU_IOAS_ALLOC));
        text += Define("DESTROY", IoctlNumber.Request(IoctlNumber.IOMMU_DESTROY));
        text += Define("MOCK_REPLACE", SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE);
        if (devices.CanDetach)
        {
            text += Define("PASID_ATTACH", SelftestConstants.IOMMU_TEST_OP_PASID_ATTACH);
            text += Define("PASID_DETACH", SelftestConstants.IOMMU_TEST_OP_PASID_DETACH);
        }

        return text + Define("SHARED_GROUP", devices.IsShared ? 1u : 0u) + Functions;
    }

    private static string Define(string name, uint value) =>
        string.Create(CultureInfo.InvariantCulture, $"#define {name} {value}U\n");
}
