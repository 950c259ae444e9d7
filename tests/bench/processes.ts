import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessCost {
  readonly rssMib: number;
  /** User and system time so far, in steps of 10 ms. */
  readonly cpuS: number;
}

/** What the processes whose command line holds a text hold and have used. */
export function processesWith(text: string): ProcessCost[] {
  const found: ProcessCost[] = [];
  for (const pid of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)) continue;
      const rssMib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      found.push({ rssMib, cpuS: (Number(stat[11]) + Number(stat[12])) / 100 });
    } catch {
      // it has ended meanwhile
    }
  }
  return found;
}
