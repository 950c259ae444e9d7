/* Hosts of low priority, or all but those named: only packets between two of them may wait, be cut or be shed under load. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash_words(const uint32_t w[4]) {
  uint32_t h = (w[0] ^ (w[1] * 0x9e3779b1u)) + (w[2] * 0x85ebca6bu) + w[3];
  h ^= h >> 16;
  h *= 0x7feb352du;
  return h ^ (h >> 15);
}

void hosts_free(hosts_t *h) {
  free(h->slots);
  free(h->used);
  memset(h, 0, sizeof *h);
}

int hosts_set(hosts_t *h, const uint32_t *words, size_t count) {
  hosts_free(h);
  if (count == 0) return 0;
  size_t size = 16;
  while (size < count * 2) size *= 2;
  h->slots = calloc(size, sizeof *h->slots);
  h->used = calloc(size, 1);
  if (h->slots == NULL || h->used == NULL) {
    hosts_free(h);
    return -1;
  }
  h->mask = (uint32_t)size - 1;
  for (size_t i = 0; i < count; i++) {
    uint32_t at = hash_words(words + 4 * i) & h->mask;
    while (h->used[at]) at = (at + 1) & h->mask;
    memcpy(h->slots[at], words + 4 * i, 16);
    h->used[at] = 1;
  }
  return 0;
}

/* Whether a host is of low priority. */
static int holds(const hosts_t *h, const uint32_t w[4]) {
  if (h->mask == 0) return h->inverted;
  for (uint32_t at = hash_words(w) & h->mask; h->used[at]; at = (at + 1) & h->mask)
    if (memcmp(h->slots[at], w, 16) == 0) return !h->inverted;
  return h->inverted;
}

static uint32_t u32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int between_low(const hosts_t *h, const uint8_t *frame, uint32_t len) {
  if (h->mask == 0 && !h->inverted) return 0;
  uint32_t at = 12;
  for (int tags = 0; tags < 4; tags++) {
    if (at + 2 > len) return 0;
    const uint16_t type = (uint16_t)(frame[at] << 8 | frame[at + 1]);
    at += 2;
    if (type == 0x0800) {
      if (at + 20 > len) return 0;
      const uint32_t src[4] = {0, 0, 0xffff, u32(frame + at + 12)};
      const uint32_t dst[4] = {0, 0, 0xffff, u32(frame + at + 16)};
      return holds(h, src) && holds(h, dst);
    }
    if (type == 0x86dd) {
      if (at + 40 > len) return 0;
      uint32_t src[4], dst[4];
      for (int i = 0; i < 4; i++) {
        src[i] = u32(frame + at + 8 + 4 * i);
        dst[i] = u32(frame + at + 24 + 4 * i);
      }
      return holds(h, src) && holds(h, dst);
    }
    if (type != 0x8100 && type != 0x88a8 && type != 0x9100) return 0;
    at += 2;
  }
  return 0;
}
