import type { Severity } from '../../src/core/index.js';
import type { CaptureFacts } from '../../src/evidence/manifest.js';

/** What is told of a capture, with what a test needs of it. */
export function captureFacts(id: string, severity: Severity = 'medium'): CaptureFacts {
  return {
    id,
    verdict: `V${id}`,
    incident: `I${id}`,
    scenario: 'net.scan.ports',
    severity,
    device: 'mac-020000000001',
    device_type: 'pacs',
    payload: 'header',
    packets: 1,
    packets_sha256: '',
    packets_after: 0,
    from: '2026-01-01T00:00:00.000000Z',
    to: '2026-01-01T00:00:01.000000Z',
    trigger: '2026-01-01T00:00:01.000000Z',
    incomplete: false,
  };
}
