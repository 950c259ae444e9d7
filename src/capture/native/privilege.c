/* Capabilities of the calling thread: held for children, not used by itself (capabilities(7)). */
#include "capture.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

int privilege_lay_down(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &head, data) != 0) return -1;
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) data[i].effective = 0;
  return (int)syscall(SYS_capset, &head, data);
}
