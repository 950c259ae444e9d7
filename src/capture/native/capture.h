#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_HEADER 16
/* What is kept of a packet in the second lane: Ethernet, two tags, IPv6, TCP with options. */
#define LOW_LANE_BYTES 128

/* What read() does with packets between hosts of low priority: nothing special, second lane, count only. */
enum { MODE_ALL = 0, MODE_LANES = 1, MODE_SHED = 2 };

/* Slots of the array shared with JavaScript. */
enum { STATE_END = 0, STATE_LOW_END = 1, STATE_CUT_PACKETS = 2, STATE_SHED_PACKETS = 3, STATE_SHED_OCTETS = 4, STATE_NEWEST_US = 5, STATE_SIZE = 8 };

/* A set of addresses by open addressing; IPv4 in its mapped form. */
typedef struct {
  uint32_t (*slots)[4];
  uint8_t *used;
  uint32_t mask; /* slots - 1; 0 when the set is empty */
  /* The set names those that are dear: all others are of low priority. */
  int inverted;
} hosts_t;

typedef struct {
  pcap_t *pcap;
  napi_ref buffer_ref; /* keeps the buffer alive as long as we write into it */
  napi_ref state_ref;
  uint8_t *buffer;
  size_t size;
  double *state;
  uint32_t snaplen;
  int nano;
  int ethernet;
  int mode;
  size_t at, low_at; /* where the next record of each lane goes */
  hosts_t low;
  napi_threadsafe_function wake;
  pthread_t thread;
  int thread_running;
  int control; /* eventfd: tells the thread to wait again or, with `ending`, to end */
  atomic_int ending;
  atomic_int armed; /* the thread waits for packets or is about to */
} capture_t;

/* hosts.c */
int hosts_set(hosts_t *h, const uint32_t *words, size_t count);
void hosts_free(hosts_t *h);
/* Whether an Ethernet frame (up to three VLAN tags) is IP between two hosts of the set. */
int between_low(const hosts_t *h, const uint8_t *frame, uint32_t len);

/* privilege.c: effective capabilities of this thread become none, permitted and ambient ones stay; 0, or -1 with errno */
int privilege_lay_down(void);

/* nic.c: what a card is set to */
napi_value nic_facts(napi_env env, napi_callback_info info);

/* share.c: lets through what is for process `index` of `of`; 0, or -1 with errno */
int share_attach(int fd, int index, int of, const uint32_t *servers, size_t count);
