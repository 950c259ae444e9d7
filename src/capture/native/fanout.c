/*
 * Several sensor processes on one interface: PACKET_FANOUT with a classic BPF program that picks the process. Both
 * directions of a conversation, and all conversations of a device, meet in one process:
 *
 *   key = the address that is not a listed server (a PACS, an interface engine: everybody talks to them);
 *         when both or neither are listed, the larger address
 *   process = mix(key) modulo the number of processes (done by the kernel)
 *
 * IPv6 uses the last 32 bits of its addresses; anything else goes to the first process. Offsets are relative to the network
 * header (SKF_NET_OFF), so that frames with and without a VLAN tag in the packet's metadata are read alike.
 */
#include "capture.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_SERVERS 32
#define MAX_CODE 256
#define SRC 0 /* scratch memory */
#define DST 1

typedef struct {
  struct sock_filter code[MAX_CODE];
  int n;
} program_t;

static int emit(program_t *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k) {
  p->code[p->n] = (struct sock_filter){code, jt, jf, k};
  return p->n++;
}

/* Loads both addresses into scratch memory. */
static void load_addresses(program_t *p, uint32_t src, uint32_t dst) {
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_NET_OFF + src);
  emit(p, BPF_ST, 0, 0, SRC);
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_NET_OFF + dst);
  emit(p, BPF_ST, 0, 0, DST);
}

/* Leaves in X whether the address in `slot` is a server: 1 or 0. */
static void is_server(program_t *p, int slot, const uint32_t *servers, size_t count) {
  emit(p, BPF_LD | BPF_MEM, 0, 0, (uint32_t)slot);
  for (size_t i = 0; i < count; i++) {
    const uint8_t to_yes = (uint8_t)(count - i + 1);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, to_yes, 0, servers[i]);
  }
  emit(p, BPF_LDX | BPF_IMM, 0, 0, 0);
  emit(p, BPF_JMP | BPF_JA, 0, 0, 1);
  emit(p, BPF_LDX | BPF_IMM, 0, 0, 1);
}

static void build(program_t *p, const uint32_t *servers, size_t count) {
  p->n = 0;
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, ETH_P_IP);
  load_addresses(p, 12, 16);
  emit(p, BPF_JMP | BPF_JA, 0, 0, 6);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ETH_P_IPV6);
  emit(p, BPF_RET | BPF_K, 0, 0, 0);
  load_addresses(p, 20, 36);
  /* mem 2: source is a server, mem 3: destination is */
  is_server(p, SRC, servers, count);
  emit(p, BPF_STX, 0, 0, 2);
  is_server(p, DST, servers, count);
  emit(p, BPF_LD | BPF_MEM, 0, 0, 2);
  emit(p, BPF_JMP | BPF_JEQ | BPF_X, 2, 0, 0);        /* both or neither: to the comparison */
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1);        /* only the source: key is the destination */
  emit(p, BPF_JMP | BPF_JA, 0, 0, 6);                 /* only the destination: key is the source */
  emit(p, BPF_LDX | BPF_MEM, 0, 0, DST);
  emit(p, BPF_LD | BPF_MEM, 0, 0, SRC);
  emit(p, BPF_JMP | BPF_JGT | BPF_X, 3, 0, 0);        /* the source is larger */
  emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
  emit(p, BPF_LD | BPF_MEM, 0, 0, DST);
  emit(p, BPF_JMP | BPF_JA, 0, 0, 1);
  emit(p, BPF_LD | BPF_MEM, 0, 0, SRC);
  /* neighbours differ in their low bits only: mix before the modulo */
  emit(p, BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9e3779b1u);
  emit(p, BPF_ALU | BPF_RSH | BPF_K, 0, 0, 15);
  emit(p, BPF_RET | BPF_A, 0, 0, 0);
}

int fanout_join(int fd, int group, const uint32_t *servers, size_t count) {
  program_t p;
  if (count > MAX_SERVERS) count = MAX_SERVERS;
  build(&p, servers, count);
  const int arg = (group & 0xffff) | (PACKET_FANOUT_CBPF << 16);
  if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, sizeof arg) < 0) return -1;
  const struct sock_fprog program = {(unsigned short)p.n, p.code};
  return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program);
}
