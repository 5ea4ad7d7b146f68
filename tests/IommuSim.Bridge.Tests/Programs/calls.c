/* Calls until it is killed. */
#include "iommu.h"

int main(void)
{
    int fd = open_iommu();
    for (;;)
        alloc(fd);
}
