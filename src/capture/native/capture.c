/*
 * Wardwire's live capture: libpcap with TPACKET_V3, drained in batches into one buffer that JavaScript owns.
 *
 * A batch is a run of records in the layout of a nanosecond pcap file in host byte order: seconds, nanoseconds, captured
 * length, wire length (32 bits each), then the bytes. A thread waits on the descriptor and wakes the event loop; reading
 * happens on the loop's own thread, a bounded number of packets a call. Nothing is ever sent: no function here could.
 *
 * The buffer has two lanes. Normally everything goes to the first in the order of arrival. Under load JavaScript asks for
 * the second: packets between two hosts of low priority go there with their payload cut off, or are only counted.
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture.h"

static napi_value throw_code(napi_env env, const char *code, const char *text) {
  napi_throw_error(env, code, text);
  return NULL;
}

static int get_int(napi_env env, napi_value object, const char *name, int otherwise) {
  napi_value v;
  int32_t n;
  if (napi_get_named_property(env, object, name, &v) != napi_ok) return otherwise;
  if (napi_get_value_int32(env, v, &n) != napi_ok) return otherwise;
  return n;
}

static char *get_string(napi_env env, napi_value object, const char *name) {
  napi_value v;
  size_t len = 0;
  if (napi_get_named_property(env, object, name, &v) != napi_ok) return NULL;
  if (napi_get_value_string_utf8(env, v, NULL, 0, &len) != napi_ok) return NULL;
  char *s = malloc(len + 1);
  if (s == NULL) return NULL;
  napi_get_value_string_utf8(env, v, s, len + 1, &len);
  return s;
}

/* Words of a Uint32Array, NULL when it is none. */
static uint32_t *get_words(napi_env env, napi_value v, size_t *count) {
  napi_typedarray_type type;
  void *data = NULL;
  *count = 0;
  if (napi_get_typedarray_info(env, v, &type, count, &data, NULL, NULL) != napi_ok || type != napi_uint32_array) return NULL;
  return data;
}

/* Waits for packets; after each wake-up it sleeps on the control descriptor until JavaScript asks to be woken again. */
static void *wait_thread(void *arg) {
  capture_t *c = arg;
  struct pollfd control = {.fd = c->control, .events = POLLIN};
  int fd = pcap_get_selectable_fd(c->pcap);
  for (;;) {
    uint64_t n;
    if (poll(&control, 1, -1) < 0 && errno != EINTR) break;
    if (c->ending) break;
    if (read(c->control, &n, sizeof n) != sizeof n) continue;
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = c->control, .events = POLLIN}};
    int r;
    do r = poll(both, 2, -1);
    while (r < 0 && errno == EINTR);
    if (c->ending) break;
    atomic_store(&c->armed, 0);
    if (napi_call_threadsafe_function(c->wake, NULL, napi_tsfn_nonblocking) == napi_closing) return NULL;
  }
  napi_release_threadsafe_function(c->wake, napi_tsfn_release);
  return NULL;
}

static void stop_thread(capture_t *c) {
  if (!c->thread_running) return;
  uint64_t one = 1;
  c->ending = 1;
  if (write(c->control, &one, sizeof one) < 0) { /* the counter is full: the thread wakes all the same */
  }
  pthread_join(c->thread, NULL);
  c->thread_running = 0;
}

static void close_capture(napi_env env, capture_t *c) {
  stop_thread(c);
  if (c->pcap != NULL) pcap_close(c->pcap);
  c->pcap = NULL;
  if (c->control >= 0) close(c->control);
  c->control = -1;
  if (c->buffer_ref != NULL) napi_delete_reference(env, c->buffer_ref);
  c->buffer_ref = NULL;
  if (c->state_ref != NULL) napi_delete_reference(env, c->state_ref);
  c->state_ref = NULL;
  hosts_free(&c->low);
}

static void finalize_capture(napi_env env, void *data, void *hint) {
  (void)hint;
  close_capture(env, data);
  free(data);
}

/* The NIC's clock when it is kept in step with the system's; a clock of its own would make latencies meaningless. */
static void choose_timestamps(pcap_t *p) {
  int *types;
  int n = pcap_list_tstamp_types(p, &types);
  for (int i = 0; i < n; i++)
    if (types[i] == PCAP_TSTAMP_ADAPTER) pcap_set_tstamp_type(p, PCAP_TSTAMP_ADAPTER);
  if (n > 0) pcap_free_tstamp_types(types);
}

/* Opens and sets up c->pcap. Returns NULL, or the code of the failure with its text. */
static const char *open_pcap(capture_t *c, napi_env env, napi_value options, const char *interface, const char *filter,
                             char *text, size_t size) {
  char errbuf[PCAP_ERRBUF_SIZE] = "";
  if (interface == NULL || (c->pcap = pcap_create(interface, errbuf)) == NULL) {
    snprintf(text, size, "%s", errbuf[0] ? errbuf : "no interface given");
    return "interface";
  }
  pcap_set_snaplen(c->pcap, (int)c->snaplen);
  pcap_set_promisc(c->pcap, get_int(env, options, "promiscuous", 1));
  pcap_set_timeout(c->pcap, get_int(env, options, "timeoutMs", 1));
  pcap_set_buffer_size(c->pcap, get_int(env, options, "bufferBytes", 64 << 20));
  pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
  if (get_int(env, options, "adapterTime", 0)) choose_timestamps(c->pcap);
  int r = pcap_activate(c->pcap);
  if (r < 0) {
    const char *detail = pcap_geterr(c->pcap);
    snprintf(text, size, "%s%s%s", pcap_statustostr(r), detail[0] ? ": " : "", detail);
    return r == PCAP_ERROR_PERM_DENIED || r == PCAP_ERROR_PROMISC_PERM_DENIED ? "permission" : "interface";
  }
  if (filter != NULL && filter[0] != 0) {
    struct bpf_program program;
    if (pcap_compile(c->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
      snprintf(text, size, "%s", pcap_geterr(c->pcap));
      return "filter";
    }
    int failed = pcap_setfilter(c->pcap, &program) < 0;
    pcap_freecode(&program);
    if (failed) {
      snprintf(text, size, "%s", pcap_geterr(c->pcap));
      return "filter";
    }
  }
  if (pcap_setnonblock(c->pcap, 1, errbuf) < 0) {
    snprintf(text, size, "%s", errbuf);
    return "interface";
  }
  int of = get_int(env, options, "shareOf", 1);
  /* a filter of the operator's stays the only one: what it lets through is divided above the kernel */
  if (of > 1 && (filter == NULL || filter[0] == 0)) {
    napi_value v;
    size_t servers = 0;
    uint32_t *words = NULL;
    if (napi_get_named_property(env, options, "shareServers", &v) == napi_ok) words = get_words(env, v, &servers);
    if (share_attach(pcap_fileno(c->pcap), get_int(env, options, "shareIndex", 0), of, words, servers) < 0) {
      snprintf(text, size, "the interface cannot be divided: %s", strerror(errno));
      return "interface";
    }
  }
  if (pcap_get_selectable_fd(c->pcap) < 0 || (c->control = eventfd(0, EFD_CLOEXEC)) < 0) {
    snprintf(text, size, "the interface cannot be waited on");
    return "interface";
  }
  return NULL;
}

/* open(options, buffer, state: Float64Array(STATE_SIZE), onReadable) -> handle */
static napi_value capture_open(napi_env env, napi_callback_info info) {
  napi_value argv[4], handle, resource;
  size_t argc = 4;
  size_t states = 0;
  void *bytes, *state;
  napi_typedarray_type type;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  capture_t *c = calloc(1, sizeof *c);
  if (c == NULL) return throw_code(env, "internal", "out of memory");
  c->control = -1;
  c->snaplen = (uint32_t)get_int(env, argv[0], "snaplen", 65535);
  if (napi_get_buffer_info(env, argv[1], &bytes, &c->size) != napi_ok || c->size < 2 * (size_t)(c->snaplen + RECORD_HEADER) ||
      napi_get_typedarray_info(env, argv[2], &type, &states, &state, NULL, NULL) != napi_ok || type != napi_float64_array ||
      states < STATE_SIZE) {
    free(c);
    return throw_code(env, "internal", "a buffer for two frames and a state array are needed");
  }
  c->buffer = bytes;
  c->state = state;
  char *interface = get_string(env, argv[0], "interface");
  char *filter = get_string(env, argv[0], "filter");
  char text[PCAP_ERRBUF_SIZE + 160] = "";
  const char *code = open_pcap(c, env, argv[0], interface, filter, text, sizeof text);
  free(interface);
  free(filter);
  if (code != NULL) {
    if (c->pcap != NULL) pcap_close(c->pcap);
    if (c->control >= 0) close(c->control);
    free(c);
    return throw_code(env, code, text);
  }
  c->nano = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO;
  c->ethernet = pcap_datalink(c->pcap) == DLT_EN10MB;
  napi_create_reference(env, argv[1], 1, &c->buffer_ref);
  napi_create_reference(env, argv[2], 1, &c->state_ref);
  napi_create_string_utf8(env, "wardwire capture", NAPI_AUTO_LENGTH, &resource);
  if (napi_create_threadsafe_function(env, argv[3], NULL, resource, 1, 1, NULL, NULL, c, NULL, &c->wake) != napi_ok) {
    close_capture(env, c);
    free(c);
    return throw_code(env, "internal", "the waiting thread cannot be started");
  }
  if (pthread_create(&c->thread, NULL, wait_thread, c) != 0) {
    napi_release_threadsafe_function(c->wake, napi_tsfn_abort);
    close_capture(env, c);
    free(c);
    return throw_code(env, "internal", "the waiting thread cannot be started");
  }
  c->thread_running = 1;
  napi_create_external(env, c, finalize_capture, NULL, &handle);
  return handle;
}

static capture_t *handle_of(napi_env env, napi_callback_info info, napi_value *argv, size_t argc) {
  void *data = NULL;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc < 1 || napi_get_value_external(env, argv[0], &data) != napi_ok) return NULL;
  capture_t *c = data;
  return c->pcap == NULL ? NULL : c;
}

static void put_record(capture_t *c, size_t *at, const struct pcap_pkthdr *h, uint32_t caplen, const u_char *bytes) {
  uint32_t header[4] = {(uint32_t)h->ts.tv_sec, (uint32_t)(c->nano ? h->ts.tv_usec : h->ts.tv_usec * 1000), caplen, h->len};
  memcpy(c->buffer + *at, header, RECORD_HEADER);
  memcpy(c->buffer + *at + RECORD_HEADER, bytes, caplen);
  *at += RECORD_HEADER + caplen;
}

/* pcap_dispatch is asked for no more packets than both lanes have room for, so there is always room here. */
static void take_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
  capture_t *c = (capture_t *)user;
  uint32_t caplen = h->caplen < c->snaplen ? h->caplen : c->snaplen;
  /* also of what is only counted: else a sensor that sheds everything would never see that it has caught up */
  c->state[STATE_NEWEST_US] = (double)h->ts.tv_sec * 1e6 + (double)h->ts.tv_usec / (c->nano ? 1e3 : 1);
  if (c->mode == MODE_ALL || !c->ethernet || !between_low(&c->low, bytes, caplen)) {
    put_record(c, &c->at, h, caplen, bytes);
    return;
  }
  if (c->mode == MODE_SHED) {
    c->state[STATE_SHED_PACKETS]++;
    c->state[STATE_SHED_OCTETS] += h->len;
    return;
  }
  if (caplen > LOW_LANE_BYTES) {
    c->state[STATE_CUT_PACKETS]++;
    caplen = LOW_LANE_BYTES;
  }
  put_record(c, &c->low_at, h, caplen, bytes);
}

/*
 * read(handle, maxPackets, mode) -> packets taken off the ring, 0 none waiting, -1 the interface failed (see error()).
 * state[0] and state[1] are the ends of the two lanes; the second begins in the middle of the buffer.
 */
static napi_value capture_read(napi_env env, napi_callback_info info) {
  napi_value argv[3], result;
  capture_t *c = handle_of(env, info, argv, 3);
  int32_t max = 1, mode = MODE_ALL, taken = 0;
  if (c != NULL) {
    napi_get_value_int32(env, argv[1], &max);
    napi_get_value_int32(env, argv[2], &mode);
    const size_t frame = RECORD_HEADER + c->snaplen;
    const size_t half = c->size / 2;
    const size_t limit = mode == MODE_ALL ? c->size : half;
    c->mode = mode;
    c->at = 0;
    c->low_at = half;
    while (taken < max) {
      size_t room = (limit - c->at) / frame;
      if (mode != MODE_ALL) {
        const size_t low_room = (c->size - c->low_at) / (RECORD_HEADER + LOW_LANE_BYTES);
        if (low_room < room) room = low_room;
      }
      if (room == 0) break;
      const int ask = (size_t)(max - taken) < room ? max - taken : (int)room;
      const int got = pcap_dispatch(c->pcap, ask, take_packet, (u_char *)c);
      if (got <= 0) {
        if (got < 0 && taken == 0) taken = -1;
        break;
      }
      taken += got;
    }
    c->state[STATE_END] = (double)c->at;
    c->state[STATE_LOW_END] = (double)c->low_at;
  } else {
    taken = -1;
  }
  napi_create_int32(env, taken, &result);
  return result;
}

/* arm(handle): call onReadable once when packets wait; while that is outstanding a second call changes nothing */
static napi_value capture_arm(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  capture_t *c = handle_of(env, info, argv, 1);
  uint64_t one = 1;
  if (c == NULL || atomic_exchange(&c->armed, 1)) return NULL;
  if (write(c->control, &one, sizeof one) < 0) return throw_code(env, "internal", "the waiting thread is gone");
  return NULL;
}

/* lowHosts(handle, words: Uint32Array, others: boolean): four address words a host; these, or all others, are of low priority */
static napi_value capture_low_hosts(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  capture_t *c = handle_of(env, info, argv, 3);
  size_t count = 0;
  bool others = false;
  if (c == NULL) return NULL;
  const uint32_t *words = get_words(env, argv[1], &count);
  if (words == NULL && count > 0) return throw_code(env, "internal", "address words are needed");
  if (hosts_set(&c->low, words, count / 4) < 0) return throw_code(env, "internal", "out of memory");
  napi_get_value_bool(env, argv[2], &others);
  c->low.inverted = others;
  return NULL;
}

/* stats(handle) -> [received, dropped by kernel, dropped by interface, link type], each modulo 2^32 */
static napi_value capture_stats(napi_env env, napi_callback_info info) {
  napi_value argv[1], result, v;
  capture_t *c = handle_of(env, info, argv, 1);
  struct pcap_stat s = {0};
  double numbers[4] = {-1, -1, -1, -1};
  if (c != NULL) {
    if (pcap_stats(c->pcap, &s) == 0) {
      numbers[0] = s.ps_recv;
      numbers[1] = s.ps_drop;
      numbers[2] = s.ps_ifdrop;
    }
    numbers[3] = pcap_datalink(c->pcap);
  }
  napi_create_array_with_length(env, 4, &result);
  for (uint32_t i = 0; i < 4; i++) {
    napi_create_double(env, numbers[i], &v);
    napi_set_element(env, result, i, v);
  }
  return result;
}

/* error(handle) -> text of the last failure */
static napi_value capture_error(napi_env env, napi_callback_info info) {
  napi_value argv[1], result;
  capture_t *c = handle_of(env, info, argv, 1);
  napi_create_string_utf8(env, c == NULL ? "closed" : pcap_geterr(c->pcap), NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value capture_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  capture_t *c = handle_of(env, info, argv, 1);
  if (c != NULL) close_capture(env, c);
  return NULL;
}

/* interfaces() -> [{name, description, up}] */
static napi_value capture_interfaces(napi_env env, napi_callback_info info) {
  (void)info;
  char errbuf[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t *all = NULL;
  napi_value result, item, v;
  if (pcap_findalldevs(&all, errbuf) < 0) return throw_code(env, "interface", errbuf);
  napi_create_array(env, &result);
  uint32_t n = 0;
  for (pcap_if_t *d = all; d != NULL; d = d->next) {
    napi_create_object(env, &item);
    napi_create_string_utf8(env, d->name, NAPI_AUTO_LENGTH, &v);
    napi_set_named_property(env, item, "name", v);
    napi_create_string_utf8(env, d->description ? d->description : "", NAPI_AUTO_LENGTH, &v);
    napi_set_named_property(env, item, "description", v);
    napi_get_boolean(env, (d->flags & PCAP_IF_UP) != 0, &v);
    napi_set_named_property(env, item, "up", v);
    napi_set_element(env, result, n++, item);
  }
  pcap_freealldevs(all);
  return result;
}

/* layDownPrivileges() -> true when it worked */
static napi_value capture_lay_down(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value v;
  napi_get_boolean(env, privilege_lay_down() == 0, &v);
  return v;
}

static napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"open", capture_open},         {"read", capture_read},   {"arm", capture_arm},
                   {"lowHosts", capture_low_hosts}, {"stats", capture_stats}, {"error", capture_error},
                   {"close", capture_close},       {"interfaces", capture_interfaces},
                   {"layDownPrivileges", capture_lay_down}, {"nic", nic_facts}};
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value f;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &f);
    napi_set_named_property(env, exports, functions[i].name, f);
  }
  return exports;
}

NAPI_MODULE(wardwire_capture, init)
