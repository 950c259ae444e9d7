/** Waits until `ready`. @throws when it does not come in time */
export async function until(what: string, ready: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const end = performance.now() + ms; !(await ready()); ) {
    if (performance.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((r) => setTimeout(r, 10));
  }
}
