#!/usr/bin/env bash
# Records capture.pcap, attacks.tsv and site.csv anew: a small ward of network namespaces with real DICOM and HL7
# programs. Root; Debian packages dcmtk nmap iproute2 ethtool tcpdump python3. Sends nothing outside its namespaces.
set -euo pipefail
cd "$(dirname "$0")"
missing=()
for program in storescu:dcmtk nmap:nmap ip:iproute2 ethtool:ethtool tcpdump:tcpdump python3:python3; do
  command -v "${program%%:*}" >/dev/null || missing+=("${program##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "missing Debian packages: ${missing[*]}  (apt-get install ${missing[*]})" >&2
  exit 69
fi
[ "$(id -u)" = 0 ] || { echo "network namespaces need root" >&2; exit 77; }
export PYTHONDONTWRITEBYTECODE=1
exec python3 maker/main.py "$@"
