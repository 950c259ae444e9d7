/*
 * Wardwire's live capture: libpcap with TPACKET_V3, drained in batches into one buffer that JavaScript owns.
 *
 * A batch is a run of records in the layout of a nanosecond pcap file in host byte order: seconds, nanoseconds, captured
 * length, wire length (32 bits each), then the bytes. A thread waits on the descriptor and wakes the event loop; reading
 * happens on the loop's own thread, a bounded number of packets a call. Nothing is ever sent.
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <net/if.h>
#include <node_api.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RECORD_HEADER 16

typedef struct {
  pcap_t *pcap;
  napi_ref buffer_ref; /* keeps the buffer alive as long as we write into it */
  uint8_t *buffer;
  size_t size;
  uint32_t snaplen;
  int nano;
  napi_threadsafe_function wake;
  pthread_t thread;
  int thread_running;
  int control; /* eventfd: tells the thread to wait again (1) or to end (a large number) */
  volatile int ending;
} capture_t;

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
    if (napi_call_threadsafe_function(c->wake, NULL, napi_tsfn_nonblocking) != napi_ok) break;
  }
  napi_release_threadsafe_function(c->wake, napi_tsfn_release);
  return NULL;
}

static void stop_thread(capture_t *c) {
  if (!c->thread_running) return;
  uint64_t one = 1;
  c->ending = 1;
  if (write(c->control, &one, sizeof one) < 0) { /* the thread polls with the flag set: nothing else to do */
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
}

static void finalize_capture(napi_env env, void *data, void *hint) {
  (void)hint;
  close_capture(env, data);
  free(data);
}

/* open({interface, filter, snaplen, bufferBytes, promiscuous, timeoutMs}, buffer, onReadable) -> handle */
static napi_value capture_open(napi_env env, napi_callback_info info) {
  napi_value argv[3], handle, resource;
  size_t argc = 3;
  char errbuf[PCAP_ERRBUF_SIZE] = "";
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  capture_t *c = calloc(1, sizeof *c);
  if (c == NULL) return throw_code(env, "internal", "out of memory");
  c->control = -1;
  void *bytes;
  if (napi_get_buffer_info(env, argv[1], &bytes, &c->size) != napi_ok) {
    free(c);
    return throw_code(env, "internal", "a buffer is needed");
  }
  c->buffer = bytes;
  c->snaplen = (uint32_t)get_int(env, argv[0], "snaplen", 65535);
  char *interface = get_string(env, argv[0], "interface");
  char *filter = get_string(env, argv[0], "filter");
  const char *code = NULL;
  char text[PCAP_ERRBUF_SIZE + 160] = "";

  if (c->size < c->snaplen + RECORD_HEADER) {
    code = "internal";
    snprintf(text, sizeof text, "the batch buffer is smaller than one frame");
  } else if (interface == NULL || (c->pcap = pcap_create(interface, errbuf)) == NULL) {
    code = "interface";
    snprintf(text, sizeof text, "%s", errbuf[0] ? errbuf : "no interface given");
  } else {
    pcap_set_snaplen(c->pcap, (int)c->snaplen);
    pcap_set_promisc(c->pcap, get_int(env, argv[0], "promiscuous", 1));
    pcap_set_timeout(c->pcap, get_int(env, argv[0], "timeoutMs", 1));
    pcap_set_buffer_size(c->pcap, get_int(env, argv[0], "bufferBytes", 64 << 20));
    pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int r = pcap_activate(c->pcap);
    if (r < 0) {
      code = r == PCAP_ERROR_PERM_DENIED || r == PCAP_ERROR_PROMISC_PERM_DENIED ? "permission" : "interface";
      const char *detail = pcap_geterr(c->pcap);
      snprintf(text, sizeof text, "%s%s%s", pcap_statustostr(r), detail[0] ? ": " : "", detail);
    } else if (filter != NULL && filter[0] != 0) {
      struct bpf_program program;
      if (pcap_compile(c->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        code = "filter";
        snprintf(text, sizeof text, "%s", pcap_geterr(c->pcap));
      } else {
        if (pcap_setfilter(c->pcap, &program) < 0) {
          code = "filter";
          snprintf(text, sizeof text, "%s", pcap_geterr(c->pcap));
        }
        pcap_freecode(&program);
      }
    }
    if (code == NULL && pcap_setnonblock(c->pcap, 1, errbuf) < 0) {
      code = "interface";
      snprintf(text, sizeof text, "%s", errbuf);
    }
    if (code == NULL && (pcap_get_selectable_fd(c->pcap) < 0 || (c->control = eventfd(1, EFD_CLOEXEC)) < 0)) {
      code = "interface";
      snprintf(text, sizeof text, "the interface cannot be waited on");
    }
  }
  free(interface);
  free(filter);
  if (code != NULL) {
    if (c->pcap != NULL) pcap_close(c->pcap);
    free(c);
    return throw_code(env, code, text);
  }
  c->nano = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO;
  napi_create_reference(env, argv[1], 1, &c->buffer_ref);
  napi_create_string_utf8(env, "wardwire capture", NAPI_AUTO_LENGTH, &resource);
  if (napi_create_threadsafe_function(env, argv[2], NULL, resource, 1, 1, NULL, NULL, c, NULL, &c->wake) != napi_ok ||
      pthread_create(&c->thread, NULL, wait_thread, c) != 0) {
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

/* read(handle, maxPackets) -> bytes written to the buffer, 0 none waiting, -1 the interface failed (see error()) */
static napi_value capture_read(napi_env env, napi_callback_info info) {
  napi_value argv[2], result;
  capture_t *c = handle_of(env, info, argv, 2);
  int32_t max = 1024;
  int32_t written = 0;
  if (c != NULL) {
    napi_get_value_int32(env, argv[1], &max);
    size_t at = 0;
    int failed = 0;
    while (max-- > 0 && c->size - at >= RECORD_HEADER + c->snaplen) {
      struct pcap_pkthdr *h;
      const u_char *bytes;
      int r = pcap_next_ex(c->pcap, &h, &bytes);
      if (r != 1) {
        failed = r < 0;
        break;
      }
      uint32_t header[4] = {(uint32_t)h->ts.tv_sec, (uint32_t)(c->nano ? h->ts.tv_usec : h->ts.tv_usec * 1000), h->caplen, h->len};
      memcpy(c->buffer + at, header, RECORD_HEADER);
      memcpy(c->buffer + at + RECORD_HEADER, bytes, h->caplen);
      at += RECORD_HEADER + h->caplen;
    }
    written = at == 0 && failed ? -1 : (int32_t)at;
  } else {
    written = -1;
  }
  napi_create_int32(env, written, &result);
  return result;
}

/* arm(handle): call onReadable once when packets wait */
static napi_value capture_arm(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  capture_t *c = handle_of(env, info, argv, 1);
  uint64_t one = 1;
  if (c != NULL && write(c->control, &one, sizeof one) < 0) return throw_code(env, "internal", "the waiting thread is gone");
  return NULL;
}

/* stats(handle) -> [received, dropped by kernel, dropped by interface, link type] */
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

static napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"open", capture_open},   {"read", capture_read},   {"arm", capture_arm},
                   {"stats", capture_stats}, {"error", capture_error}, {"close", capture_close},
                   {"interfaces", capture_interfaces}};
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value f;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &f);
    napi_set_named_property(env, exports, functions[i].name, f);
  }
  return exports;
}

NAPI_MODULE(wardwire_capture, init)
