import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessCost {
  readonly rssMib: number;
  /** User and system time so far, in steps of 10 ms. */
  readonly cpuS: number;
}

/** What a process holds and has used; null when it has ended. */
function processCost(pid: string): (ProcessCost & { readonly parent: string }) | null {
  try {
    const rssMib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return { rssMib, cpuS: (Number(stat[11]) + Number(stat[12])) / 100, parent: stat[1] };
  } catch {
    return null;
  }
}

const pids = (): string[] => readdirSync('/proc').filter((n) => /^\d+$/.test(n));

/** What the processes whose command line holds a text hold and have used. */
export function processesWith(text: string): ProcessCost[] {
  const found: ProcessCost[] = [];
  for (const pid of pids()) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)) continue;
    } catch {
      continue;
    }
    const cost = processCost(pid);
    if (cost !== null) found.push(cost);
  }
  return found;
}

/** What a process and all that it has started hold and have used, together. */
export function processTree(root: number): ProcessCost {
  const all = new Map(pids().map((pid) => [pid, processCost(pid)]));
  const sum = { rssMib: 0, cpuS: 0 };
  for (const [pid, cost] of all) {
    let at: string | undefined = pid;
    while (at !== undefined && at !== String(root)) at = all.get(at)?.parent;
    if (at === undefined || cost === null) continue;
    sum.rssMib += cost.rssMib;
    sum.cpuS += cost.cpuS;
  }
  return sum;
}
