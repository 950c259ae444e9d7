import { WardwireError } from '../core/index.js';

/** What to do when a capture may not be opened; names the capability and both ways to grant it. */
export function permissionError(name: string, cause: unknown): WardwireError {
  return new WardwireError(
    'permission',
    `no permission to capture on ${name}: the capability CAP_NET_RAW is missing`,
    [
      { path: name, text: 'run as root (sudo), or as a service with AmbientCapabilities=CAP_NET_RAW' },
      { path: name, text: 'or grant it once: sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"' },
    ],
    { cause },
  );
}

/** The addon's failure to open, in the operator's terms. */
export function openError(name: string, filter: string, cause: unknown): WardwireError {
  const { code, message } = cause as { code?: string; message: string };
  if (code === 'permission') return permissionError(name, cause);
  if (code === 'filter') {
    return new WardwireError(
      'filter',
      `the filter does not compile: ${message}`,
      [{ path: 'capture.filter', text: filter, hint: 'pcap-filter(7) describes the language' }],
      { cause },
    );
  }
  const hint = /not up|is down/i.test(message)
    ? `sudo ip link set ${name} up`
    : 'wardwire interfaces lists what there is';
  return new WardwireError(
    'interface',
    `cannot capture on ${name}: ${message}`,
    [{ path: 'capture.interface', text: name, hint }],
    { cause },
  );
}

export function noInterfaceError(): WardwireError {
  return new WardwireError('interface', 'no interface to capture on is given', [
    {
      path: 'capture.interface',
      text: 'is empty',
      hint: 'wardwire interfaces lists what there is; several are separated by commas',
    },
  ]);
}

export function noAddonError(): WardwireError {
  return new WardwireError('interface', 'the capture addon is not built on this machine', [
    { path: 'capture.source', text: 'install libpcap-dev and a C compiler, then run npm start again' },
  ]);
}
