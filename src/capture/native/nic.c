/*
 * What a network card is set to, as ethtool(8) shows it: read-only requests of SIOCETHTOOL (linux/ethtool.h). Nothing is changed, and
 * no capability is needed. What a driver does not know is left out.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture.h"

/* More than any driver has; a count beyond it is not believed. */
#define MOST_FEATURES 1024
#define MOST_KEY 1024

typedef struct {
  int fd;
  struct ifreq request;
} nic_t;

static int ask(nic_t *n, void *data) {
  n->request.ifr_data = data;
  return ioctl(n->fd, SIOCETHTOOL, &n->request);
}

static void put_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value v;
  napi_create_double(env, number, &v);
  napi_set_named_property(env, object, name, v);
}

static void put_text(napi_env env, napi_value object, const char *name, const char *text, size_t most) {
  napi_value v;
  napi_create_string_utf8(env, text, strnlen(text, most), &v);
  napi_set_named_property(env, object, name, v);
}

/* features: [[name, on, fixed], …] */
static void put_features(napi_env env, nic_t *n, napi_value object) {
  napi_value list, item, v;
  napi_create_array(env, &list);
  napi_set_named_property(env, object, "features", list);
  struct {
    struct ethtool_sset_info head;
    uint32_t count;
  } set = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
  if (ask(n, &set) < 0 || set.head.sset_mask == 0 || set.count == 0 || set.count > MOST_FEATURES) return;
  const uint32_t blocks = (set.count + 31) / 32;
  struct ethtool_gstrings *names = calloc(1, sizeof *names + (size_t)set.count * ETH_GSTRING_LEN);
  struct ethtool_gfeatures *bits = calloc(1, sizeof *bits + blocks * sizeof bits->features[0]);
  if (names != NULL && bits != NULL) {
    names->cmd = ETHTOOL_GSTRINGS;
    names->string_set = ETH_SS_FEATURES;
    names->len = set.count;
    bits->cmd = ETHTOOL_GFEATURES;
    bits->size = blocks;
    if (ask(n, names) == 0 && ask(n, bits) == 0) {
      for (uint32_t i = 0; i < set.count; i++) {
        const char *name = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;
        const struct ethtool_get_features_block *b = &bits->features[i / 32];
        const uint32_t bit = 1u << (i % 32);
        const int fixed = (b->never_changed & bit) != 0 || (b->available & bit) == 0;
        napi_create_array_with_length(env, 3, &item);
        napi_create_string_utf8(env, name, strnlen(name, ETH_GSTRING_LEN), &v);
        napi_set_element(env, item, 0, v);
        napi_get_boolean(env, (b->active & bit) != 0, &v);
        napi_set_element(env, item, 1, v);
        napi_get_boolean(env, fixed, &v);
        napi_set_element(env, item, 2, v);
        napi_set_element(env, list, i, item);
      }
    }
  }
  free(names);
  free(bits);
}

/* rssKey: the hash key in hexadecimal, '' unknown */
static void put_key(napi_env env, nic_t *n, napi_value object) {
  static const char digits[] = "0123456789abcdef";
  struct ethtool_rxfh head = {.cmd = ETHTOOL_GRSSH};
  char text[2 * MOST_KEY + 1] = "";
  if (ask(n, &head) == 0 && head.key_size > 0 && head.key_size <= MOST_KEY && head.indir_size <= 65536) {
    struct ethtool_rxfh *full = calloc(1, sizeof *full + head.indir_size * sizeof(uint32_t) + head.key_size);
    if (full != NULL) {
      full->cmd = ETHTOOL_GRSSH;
      full->indir_size = head.indir_size;
      full->key_size = head.key_size;
      if (ask(n, full) == 0) {
        const uint8_t *key = (const uint8_t *)&full->rss_config[head.indir_size];
        for (uint32_t i = 0; i < head.key_size; i++) {
          text[2 * i] = digits[key[i] >> 4];
          text[2 * i + 1] = digits[key[i] & 15];
        }
      }
      free(full);
    }
  }
  put_text(env, object, "rssKey", text, sizeof text);
}

/*
 * nic(name) -> {driver, features, ringRx, ringRxMax, queues, queuesCombinedMax, pauseRx, pauseTx, rssKey}; numbers are -1 and texts empty
 * when the driver does not tell
 */
napi_value nic_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1], result;
  size_t argc = 1, length = 0;
  nic_t n;
  memset(&n, 0, sizeof n);
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc < 1 || napi_get_value_string_utf8(env, argv[0], n.request.ifr_name, IFNAMSIZ, &length) != napi_ok) {
    napi_throw_error(env, "internal", "an interface name is needed");
    return NULL;
  }
  napi_create_object(env, &result);
  n.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
  struct ethtool_channels queues = {.cmd = ETHTOOL_GCHANNELS};
  struct ethtool_pauseparam pause = {.cmd = ETHTOOL_GPAUSEPARAM};
  const int known = n.fd >= 0;
  put_text(env, result, "driver", known && ask(&n, &driver) == 0 ? driver.driver : "", sizeof driver.driver);
  const int rings = known && ask(&n, &ring) == 0;
  put_number(env, result, "ringRx", rings ? (double)ring.rx_pending : -1);
  put_number(env, result, "ringRxMax", rings ? (double)ring.rx_max_pending : -1);
  const int channels = known && ask(&n, &queues) == 0;
  put_number(env, result, "queues", channels ? (double)queues.rx_count + queues.combined_count : -1);
  put_number(env, result, "queuesCombinedMax", channels ? (double)queues.max_combined : -1);
  const int pauses = known && ask(&n, &pause) == 0;
  put_number(env, result, "pauseRx", pauses ? pause.rx_pause != 0 : -1);
  put_number(env, result, "pauseTx", pauses ? pause.tx_pause != 0 : -1);
  put_features(env, &n, result);
  put_key(env, &n, result);
  if (n.fd >= 0) close(n.fd);
  return result;
}
