/*
 * Several sensor processes on one interface: each has a ring of its own and a classic BPF program on it that lets the packets of its
 * devices through. The place of a process is fixed, so one that dies takes nobody else's devices along (in a PACKET_FANOUT group
 * the places move when a socket leaves).
 *
 *   home(address) = ((last 32 bits * 0x9e3779b1) >> 15) modulo the number of processes
 *   one end is a listed server:   the packet is for the home of the other end
 *   both are:                     for the home of the larger address
 *   the destination is a group:   for the home of the source
 *   else:                         for the homes of both ends
 *
 * core/share.ts is the same and has the last word; this program may let through more, never less: whatever is not plain IPv4 or IPv6
 * (ARP, tags within tags, options, extension headers, fragments of UDP, tunnels) passes. Offsets are relative to the network header
 * (SKF_NET_OFF), so that frames with and without a VLAN tag in the packet's metadata are read alike.
 */
#include "capture.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_SERVERS 32
#define MAX_CODE 512
#define ALL 0xffffffffu
/* scratch memory */
enum { SRC = 0, DST = 1, SRC_SERVER = 2, DST_SERVER = 3 };
/* What is judged here: ICMP, TCP, UDP, ICMPv6; everything else may be a tunnel or an extension header. */
static const uint8_t JUDGED[] = {1, 6, 17, 58};
/* Tunnels over UDP (layers/transport.ts). */
static const uint32_t TUNNEL_PORTS[] = {4789, 8472, 6081, 2152, 1701, 5247, 4754};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct {
  struct sock_filter code[MAX_CODE];
  int n;
} program_t;

static int emit(program_t *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k) {
  p->code[p->n] = (struct sock_filter){code, jt, jf, k};
  return p->n++;
}

static void load(program_t *p, uint16_t size, uint32_t at) {
  emit(p, (uint16_t)(BPF_LD | size | BPF_ABS), 0, 0, (uint32_t)SKF_NET_OFF + at);
}

/* Lets the packet through unless A is a protocol that is judged. */
static void pass_others(program_t *p) {
  for (size_t i = 0; i < COUNT(JUDGED); i++) emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(COUNT(JUDGED) - i), 0, JUDGED[i]);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
}

/* Lets the packet through when A is one of these. */
static void pass_if(program_t *p, const uint32_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, values[i]);
    emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  }
}

/* Leaves in scratch memory whether the address in `slot` is a server: 1 or 0. */
static void is_server(program_t *p, int slot, int into, const uint32_t *servers, size_t count) {
  emit(p, BPF_LD | BPF_MEM, 0, 0, (uint32_t)slot);
  for (size_t i = 0; i < count; i++) emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(count - i + 1), 0, servers[i]);
  emit(p, BPF_LDX | BPF_IMM, 0, 0, 0);
  emit(p, BPF_JMP | BPF_JA, 0, 0, 1);
  emit(p, BPF_LDX | BPF_IMM, 0, 0, 1);
  emit(p, BPF_STX, 0, 0, (uint32_t)into);
}

/* Passes when the address in `slot` is at home here, else drops or goes on. */
static void judge(program_t *p, int slot, int index, int of, int go_on) {
  emit(p, BPF_LD | BPF_MEM, 0, 0, (uint32_t)slot);
  emit(p, BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9e3779b1u);
  emit(p, BPF_ALU | BPF_RSH | BPF_K, 0, 0, 15);
  emit(p, BPF_ALU | BPF_MOD | BPF_K, 0, 0, (uint32_t)of);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)index);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  if (!go_on) emit(p, BPF_RET | BPF_K, 0, 0, 0);
}
#define JUDGE_LENGTH 7

/* What both versions of IP share, once SRC and DST are in scratch memory. */
static void decide(program_t *p, int index, int of, const uint32_t *servers, size_t count) {
  is_server(p, SRC, SRC_SERVER, servers, count);
  is_server(p, DST, DST_SERVER, servers, count);
  emit(p, BPF_LD | BPF_MEM, 0, 0, SRC_SERVER);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 5 + 2 * JUDGE_LENGTH, 1);
  /* the source is one */
  emit(p, BPF_LD | BPF_MEM, 0, 0, DST_SERVER);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 1);
  emit(p, BPF_LDX | BPF_MEM, 0, 0, DST);
  emit(p, BPF_LD | BPF_MEM, 0, 0, SRC);
  emit(p, BPF_JMP | BPF_JGT | BPF_X, JUDGE_LENGTH, 0, 0); /* both, and the source is larger */
  judge(p, DST, index, of, 0);
  judge(p, SRC, index, of, 0);
  /* the source is none */
  emit(p, BPF_LD | BPF_MEM, 0, 0, DST_SERVER);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, JUDGE_LENGTH, 1);
  judge(p, SRC, index, of, 0);
  judge(p, SRC, index, of, 1);
  judge(p, DST, index, of, 0);
}

#define UDP_LENGTH (2 * (1 + 2 * COUNT(TUNNEL_PORTS)))
static void udp_tunnels(program_t *p, uint32_t at) {
  for (uint32_t port = 0; port < 4; port += 2) {
    load(p, BPF_H, at + port);
    pass_if(p, TUNNEL_PORTS, COUNT(TUNNEL_PORTS));
  }
}

static void build4(program_t *p, int index, int of, const uint32_t *servers, size_t count) {
  /* options: their length is not worked out here */
  load(p, BPF_B, 0);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0x45);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  load(p, BPF_B, 9);
  pass_others(p);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3 + UDP_LENGTH, 17);
  load(p, BPF_H, 6);
  emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x3fff);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  udp_tunnels(p, 20);
  load(p, BPF_W, 12);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0); /* asks for an address */
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  emit(p, BPF_ST, 0, 0, SRC);
  load(p, BPF_W, 16);
  emit(p, BPF_ST, 0, 0, DST);
  emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, JUDGE_LENGTH, 0xe0000000u);
  judge(p, SRC, index, of, 0);
  decide(p, index, of, servers, count);
}

static void build6(program_t *p, int index, int of, const uint32_t *servers, size_t count) {
  load(p, BPF_B, 6);
  pass_others(p);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, UDP_LENGTH, 17);
  udp_tunnels(p, 40);
  /* the unspecified address ends in zero */
  load(p, BPF_W, 20);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  emit(p, BPF_ST, 0, 0, SRC);
  load(p, BPF_W, 36);
  emit(p, BPF_ST, 0, 0, DST);
  load(p, BPF_B, 24);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, JUDGE_LENGTH, 0xff);
  judge(p, SRC, index, of, 0);
  decide(p, index, of, servers, count);
}

static void build(program_t *p, int index, int of, const uint32_t *servers, size_t count) {
  p->n = 0;
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, ETH_P_IP);
  const int to4 = emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ETH_P_IPV6);
  emit(p, BPF_RET | BPF_K, 0, 0, ALL);
  build6(p, index, of, servers, count);
  p->code[to4].k = (uint32_t)(p->n - to4 - 1);
  build4(p, index, of, servers, count);
}

int share_attach(int fd, int index, int of, const uint32_t *servers, size_t count) {
  program_t p;
  if (count > MAX_SERVERS) count = MAX_SERVERS;
  build(&p, index, of, servers, count);
  const struct sock_fprog program = {(unsigned short)p.n, p.code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
