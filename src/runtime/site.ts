import { WardwireError } from '../core/index.js';
import { readSiteFile, type SiteFile } from '../inventory/index.js';

/** Parses the site inventory; every bad row is named at once. @throws WardwireError('config') */
export function readSite(file: { readonly text: string; readonly path: string } | null): SiteFile | null {
  if (file === null) return null;
  const { site, problems } = readSiteFile(file.text, file.path);
  if (problems.length > 0) throw new WardwireError('config', `${file.path}: the site inventory has errors`, problems);
  return site;
}
