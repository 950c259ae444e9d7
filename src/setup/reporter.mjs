// Reporter of the test runner: one line a file, below it its failures in full and its skips with their reason, closing line with the counts.
// A test is what a file declares at its top level; assertions inside it are not counted. A file of bare assertions is one.
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const short = (file) =>
  relative(process.cwd(), file ?? '')
    .replace(/^dist\//, '')
    .replace(/\.js$/, '.ts');

function reason(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  const text = String(cause?.stack ?? cause?.message ?? cause ?? 'failed');
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}

const why = (data) => (typeof data.skip === 'string' && data.skip !== '' ? `${data.name} (${data.skip})` : data.name);

/** Lines for the events of `source`; `sum` receives the counts. */
export default async function* reporter(source, sum) {
  const failures = [];
  // What happened inside the top-level test whose end has not been told yet.
  let inner = { passed: 0, skipped: 0 };
  let skips = [];
  let told = '';
  for await (const { type, data } of source) {
    if (type === 'test:stderr') yield data.message;
    else if (type === 'test:pass' || type === 'test:fail') {
      const skip = (data.skip !== undefined && data.skip !== false) || (data.todo !== undefined && data.todo !== false);
      const suite = data.details?.type === 'suite';
      if (type === 'test:fail' && !suite) {
        failures.push(`${short(data.file)}: ${short(data.name)}\n${reason(data).replace(/^/gm, '    ')}`);
      }
      if (skip) skips.push(why(data));
      if (data.nesting > 0 && data.file !== undefined) {
        if (data.file !== told) inner = { passed: 0, skipped: 0 };
        told = data.file;
        if (!suite && type === 'test:pass') inner[skip ? 'skipped' : 'passed']++;
        continue;
      }
      if (type === 'test:fail') sum.failed++;
      else if (skip || (inner.skipped > 0 && inner.passed === 0)) sum.skipped++;
      else sum.passed++;
      // tap tells a skipped top-level test one level down and without a file
      if (data.nesting === 0) inner = { passed: 0, skipped: 0 };
    } else if (type === 'test:complete' && data.nesting === 0 && data.name === data.file) {
      const ok = data.details?.passed !== false;
      yield `${ok ? 'ok  ' : 'FAIL'}  ${short(data.file)}  ${Math.round(data.details?.duration_ms ?? 0)} ms\n`;
      // at once, so that a cut log still tells the reason
      for (const text of failures.splice(0)) yield `\n${text}\n\n`;
      for (const s of skips) yield `      skipped: ${s}\n`;
      skips = [];
    }
  }
  for (const text of failures) yield `\n${text}\n`;
  yield `\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}\n`;
}
