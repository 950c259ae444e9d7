#!/bin/sh
# Prints verdicts as they come and says when one is missing: every verdict of a sensor has a number (seq) that counts from 1
# since the sensor's start (boot_id). Needs mosquitto-clients and awk.
#
#   watch-seq.sh SESSION [GRACE_S] -- mosquitto_sub options, as -h broker -p 8883 --cafile ca.pem --cert me.pem --key me.key
#
# SESSION names the broker's memory for this subscriber, so that what comes while it is away waits (for a week).
# A verdict may come late: graver ones overtake, and what was owed comes behind live ones. Only what is not there after
# GRACE_S seconds (60) is called missing. Exit 0 when the connection was ended, 3 when verdicts were missing.
set -eu
session=${1:?usage: watch-seq.sh SESSION [GRACE_S] -- mosquitto_sub options}
shift
grace=60
if [ "${1:---}" != -- ]; then grace=$1; shift; fi
[ "${1:-}" = -- ] && shift

# Debian's mawk waits for a full buffer otherwise
interactive=
if awk -W version 2>&1 | grep -q mawk; then interactive='-W interactive'; fi

# %U time, %P user properties, %t topic; a line without a topic every second, so that time passes when nothing comes
{
  while sleep 1; do date '+%s tick'; done &
  ticker=$!
  trap 'kill $ticker 2>/dev/null || true' EXIT INT TERM
  mosquitto_sub -V 5 -c -x 604800 -i "$session" -q 1 -F '%U %t %P' "$@" -t 'wardwire/v1/+/+/verdict/#' || true
  kill $ticker 2>/dev/null || true
} | awk $interactive -v grace="$grace" '
  function property(name,  i, p) {
    for (i = 3; i <= NF; i++) { p = index($i, ":"); if (substr($i, 1, p - 1) == name) return substr($i, p + 1) }
    return ""
  }
  # what has been missing for too long is said once
  function overdue(now, all,  k, part) {
    for (k in since) if (all || now - since[k] > grace) {
      split(k, part, SUBSEP)
      printf "MISSING  %s  boot %s  seq %d\n", part[1], part[2], part[3]
      fflush()
      delete since[k]
      lost++
    }
  }
  $2 == "tick" { overdue($1, 0); next }
  {
    split($2, level, "/")
    sensor = level[3] "/" level[4]
    boot = property("boot_id")
    seq = property("seq") + 0
    if (seq == 0) next
    printf "%s  %s  %s  %s  seq %d\n", level[6], level[7], level[8], sensor, seq
    fflush()
    # joining a boot midway is no hole; a new boot of a sensor already known begins with 1
    if (!((sensor, boot) in last)) last[sensor, boot] = (sensor in known) ? 0 : seq
    known[sensor] = 1
    if (seq > last[sensor, boot]) {
      for (n = last[sensor, boot] + 1; n < seq; n++) since[sensor, boot, n] = $1 + 0
      last[sensor, boot] = seq
    } else delete since[sensor, boot, seq]
    overdue($1 + 0, 0)
  }
  END { overdue(0, 1); exit lost > 0 ? 3 : 0 }
'
